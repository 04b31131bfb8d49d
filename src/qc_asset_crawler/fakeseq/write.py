"""Write the frames of a plan into a folder: all that `make-fake-seq` does to a disk."""

import os
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import StopRequestedError
from ..files.atomic import remove_quietly, temp_name, write_all
from ..files.folder import open_root
from ..sequences.grouping import split_frame
from .bake import Baked, Bakery
from .plan import FakePlan

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_ZEROS = bytes(1 << 20)

Stopped = Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Taken:
    """Names of the plan that something has already: how many, and the first of them."""

    count: int = 0
    first: str = ""
    folder: str | None = None


@dataclass(frozen=True, slots=True)
class Written:
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
    if len(cut.digits) > plan.shape.digits:
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

    What is written is whole; of the file in hand nothing is left.
    """
    files = size = 0
    for number in plan.frames:
        if stopped():
            return Written(files, size, stopped=True)
        baked = bakery.bake(number)
        name = plan.key.name(number)
        try:
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
    try:
        fd = os.open(name, _CREATE, 0o666, dir_fd=folder_fd)
    except FileExistsError:
        if not force:
            raise
    else:
        _fill(folder_fd, name, fd, baked, stopped)
        return
    temp = temp_name()
    fd = os.open(temp, _CREATE, 0o666, dir_fd=folder_fd)
    _fill(folder_fd, temp, fd, baked, stopped)
    try:
        os.rename(temp, name, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
    except OSError:
        remove_quietly(folder_fd, temp)
        raise


def _fill(folder_fd: int, name: str, fd: int, baked: Baked, stopped: Stopped) -> None:
    """Write a new file and close it; it is removed if that fails or is called off."""
    try:
        try:
            write_all(fd, baked.data)
            _pad(fd, baked.padding, stopped)
        finally:
            os.close(fd)
    except BaseException:
        remove_quietly(folder_fd, name)
        raise


def _pad(fd: int, count: int, stopped: Stopped) -> None:
    """Write zeros, really: a sparse file would read faster than a frame does."""
    while count > len(_ZEROS):
        write_all(fd, _ZEROS)
        count -= len(_ZEROS)
        if stopped():
            raise StopRequestedError("interrupted")
    if count:
        write_all(fd, _ZEROS[:count])
