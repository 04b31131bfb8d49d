"""Write the frames of a plan into a folder: all that `make-fake-seq` does to a disk."""

import errno
import os
import signal
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import NamedTuple

from ..errors import Stopped, StopRequestedError, go_on, never
from ..files.atomic import CREATE_FILE, remove_quietly, temp_name, write_all
from ..files.folder import open_root
from ..sequences.grouping import split_frame
from .bake import Bakery
from .filling import Baked
from .plan import FakePlan

_ONE_WRITE = 1 << 20
# The signals that end a process and can be put off.
_DEADLY = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class Taken(NamedTuple):
    """Names of the plan that something has already: how many, and the first of them."""

    count: int = 0  # type: ignore[assignment]  # hides what every tuple has
    first: str = ""
    folder: str | None = None


class Written(NamedTuple):
    """How much was written; and the file that could not be, with the reason, if there is one."""

    files: int
    bytes: int
    stopped: bool = False
    failed: str | None = None
    why: str = ""


def open_folder(path: str, *, make: bool) -> int | None:
    """Open the folder to write into; None where it is not there and is not to be made.

    Raises:
        OSError: it cannot be made or opened, or is no folder.
    """
    if make:
        os.makedirs(path, exist_ok=True)
    try:
        return open_root(path)
    except FileNotFoundError:
        if make:
            raise
        return None


def find_taken(folder_fd: int, plan: FakePlan) -> Taken:
    """Look in a folder for what has the name of a frame.

    Raises:
        OSError: the folder cannot be listed.
    """
    count, first, folder = 0, "", None
    with os.scandir(folder_fd) as entries:
        for entry in entries:
            if _is_planned(entry.name, plan):
                count += 1
                first = min(first, entry.name) if first else entry.name
                if folder is None and entry.is_dir(follow_symlinks=False):
                    folder = entry.name
    return Taken(count, first, folder)


def _is_planned(name: str, plan: FakePlan) -> bool:
    cut = split_frame(name)
    if cut is None or (cut.prefix, cut.ext) != (plan.key.prefix, plan.key.ext):
        return False
    number = int(cut.digits)
    return number in plan.frames and plan.key.name(number) == name


def write_frames(
    folder_fd: int,
    plan: FakePlan,
    bakery: Bakery,
    *,
    force: bool,
    stopped: Stopped,
    on_file: Callable[[int], None],
) -> Written:
    """Write every frame, until one cannot be written or `stopped` says so.

    What is written is whole; of the file in hand nothing is left. A small file is written under
    its own name in one call; a larger one, which takes its time, under a temporary name.
    """
    files = size = 0
    for number in plan.frames:
        if stopped():
            return Written(files, size, stopped=True)
        name = plan.key.name(number)
        try:
            baked = bakery.bake(number)
            _write(folder_fd, name, baked, force, stopped)
        except StopRequestedError:
            return Written(files, size, stopped=True)
        except OSError as error:
            return Written(files, size, failed=name, why=error.strerror or "input/output error")
        files += 1
        size += baked.size
        on_file(files)
    return Written(files, size)


def _write(folder_fd: int, name: str, baked: Baked, force: bool, stopped: Stopped) -> None:
    """Write one file; where `force` allows it, in the place of what is there."""
    if baked.size <= _ONE_WRITE:
        try:
            _write_at_once(folder_fd, name, baked)
        except FileExistsError:
            if not force:
                raise
        else:
            return
    temp = temp_name()
    fd = os.open(temp, CREATE_FILE, 0o666, dir_fd=folder_fd)
    with ExitStack() as undo:
        undo.callback(remove_quietly, folder_fd, temp)
        _fill(fd, baked.parts(), stopped)
        if force:
            os.rename(temp, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
        else:
            give_name(folder_fd, temp, name)
        undo.pop_all()


def _write_at_once(folder_fd: int, name: str, baked: Baked) -> None:
    """Write a small file under its own name: signals wait until that is whole, or gone again."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _DEADLY)
    try:
        fd = os.open(name, CREATE_FILE, 0o666, dir_fd=folder_fd)
        with ExitStack() as undo:
            undo.callback(remove_quietly, folder_fd, name)
            _fill(fd, [b"".join(baked.parts())], never)
            undo.pop_all()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _fill(fd: int, parts: Iterable[bytes | bytearray], stopped: Stopped) -> None:
    """Write a file and close it; nothing is left out: a sparse file reads faster than a frame."""
    try:
        for part in parts:
            go_on(stopped)
            write_all(fd, part)
    finally:
        os.close(fd)


def give_name(folder_fd: int, temp: str, name: str, link: Callable[..., None] = os.link) -> None:
    """Give a finished file its name, unless something has that already.

    Raises:
        FileExistsError: something has.
        OSError: it cannot be named.
    """
    try:
        link(temp, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd, follow_symlinks=False)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # Whoever creates the name has it: then it is ours to replace.
        os.close(os.open(name, CREATE_FILE, 0o666, dir_fd=folder_fd))
        try:
            os.rename(temp, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
        except OSError:
            remove_quietly(folder_fd, name)
            raise
    else:
        os.unlink(temp, dir_fd=folder_fd)
