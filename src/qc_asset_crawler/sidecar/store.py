"""Write sidecars, under the lock of their folder. What is written is decided elsewhere."""

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import RecordError
from ..files.atomic import replace_file
from ..files.folder import Folder, share_with_folder
from ..files.lock import HeldLock
from ..listing import STORE_NAME
from ..settings import SidecarMode
from .records import Place, open_store

_MAX_NAME_BYTES = 255


@contextmanager
def store_for_writing(folder: Folder, mode: SidecarMode) -> Iterator[int]:
    """Open the directory of a mode's sidecars, making `.qc` where it is needed.

    Raises:
        OSError: it cannot be made or opened, is a link or no directory.
    """
    if mode is SidecarMode.SUBDIR:
        try:
            os.mkdir(STORE_NAME, dir_fd=folder.fd)
        except FileExistsError:
            pass
        else:
            with open_store(folder, mode) as fd:
                share_with_folder(fd, folder.fd)
    with open_store(folder, mode) as fd:
        yield fd


def write_sidecar(
    store_fd: int, place: Place, data: bytes, lock: HeldLock, *, durable: bool
) -> None:
    """Write a sidecar's bytes under the folder's lock.

    Raises:
        BusyError: the lock is not ours any more.
        RecordError: a link or something else that is no file stands there.
        OSError: it could not be written; the old one is untouched.
    """
    try:
        found = os.stat(place.name, dir_fd=store_fd, follow_symlinks=False)
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISREG(found.st_mode):
            raise RecordError(f"{place.below_folder} is a link or no regular file")
    replace_file(store_fd, place.name, data, durable=durable, before_rename=lock.check)


def set_aside(store_fd: int, place: Place) -> str:
    """Rename a damaged sidecar out of the way, never over another file; return its new name.

    Raises:
        OSError: it could not be renamed.
    """
    when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    for number in range(1, 1000):
        mark = f".unreadable-{when}" + (f"-{number}" if number > 1 else "")
        raw = os.fsencode(place.name)[: _MAX_NAME_BYTES - len(mark)]
        name = os.fsdecode(raw) + mark
        try:
            os.stat(name, dir_fd=store_fd, follow_symlinks=False)
        except FileNotFoundError:
            os.rename(place.name, name, src_dir_fd=store_fd, dst_dir_fd=store_fd)
            return name
    raise OSError(errno.EEXIST, "too many set-aside sidecars")
