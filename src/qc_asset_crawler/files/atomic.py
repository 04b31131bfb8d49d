"""Write a file so that at every moment either the old or the new one is there, whole."""

import errno
import os
import re
from collections.abc import Callable
from functools import cache

from ..errors import RecordError, VolumeError
from .folder import close_quietly, share_with_folder

CREATE_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_TEMP = re.compile(r"\.qc-(?P<host>.+)-(?P<pid>[0-9]{1,10})-[0-9a-f]{8}\.tmp", re.DOTALL)
_VOLUME_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


@cache
def this_host() -> str:
    """Return this host's name in a form that fits into a file name."""
    return re.sub(r"[^A-Za-z0-9.-]", "_", os.uname().nodename)[:64] or "localhost"


def temp_name() -> str:
    """Return a fresh name for a temporary file of this process."""
    return f".qc-{this_host()}-{os.getpid()}-{os.urandom(4).hex()}.tmp"


def temp_owner(name: str) -> tuple[str, int] | None:
    """Return (host, pid) of a temporary file's name, or None where it is none of ours."""
    match = _TEMP.fullmatch(name)
    return None if match is None else (match["host"], int(match["pid"]))


def create(folder_fd: int, name: str) -> int:
    """Create a new file beside the media, shared with the folder's group; return it open.

    Raises:
        OSError: it exists or cannot be created.
    """
    fd = os.open(name, CREATE_FILE, 0o666, dir_fd=folder_fd)
    try:
        share_with_folder(fd, folder_fd)
    except OSError:
        remove_quietly(folder_fd, name)
        close_quietly(fd)
        raise
    return fd


def write_all(fd: int, data: bytes | bytearray) -> None:
    """Write all of `data`, however the system cuts it up."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def replace_file(
    folder_fd: int,
    name: str,
    data: bytes | bytearray,
    *,
    durable: bool,
    before_rename: Callable[[], None] = lambda: None,
) -> None:
    """Write `name` in the folder: a temp file, then a rename, both by descriptor.

    With `durable` the file is synced before the rename; the caller syncs the folder, once for
    many files, before it acknowledges (`sync_folder`). `before_rename` may raise to call it off.

    Raises:
        OSError: it could not be written; the old file is untouched, the temp file removed.
    """
    temp = temp_name()
    fd = create(folder_fd, temp)
    placed = False
    try:
        try:
            write_all(fd, data)
            if durable:
                os.fsync(fd)
        finally:
            os.close(fd)
        before_rename()
        os.rename(temp, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
        placed = True
    finally:
        if not placed:
            remove_quietly(folder_fd, temp)


def remove_quietly(folder_fd: int, name: str) -> None:
    """Remove a file of ours; one that is gone or cannot be removed is left to a later run."""
    try:
        os.unlink(name, dir_fd=folder_fd)
    except OSError:
        return


def sync_folder(folder_fd: int) -> None:
    """Make the names in a folder durable; a system that cannot sync folders is taken as is."""
    try:
        os.fsync(folder_fd)
    except OSError as error:
        if error.errno not in {errno.EINVAL, errno.ENOTSUP, errno.EBADF}:
            raise


def explain(error: OSError) -> RecordError:
    """Translate a failed write: does it concern this folder only, or the whole volume?"""
    kind = VolumeError if error.errno in _VOLUME_ERRORS else RecordError
    return kind(error.strerror or "input/output error")
