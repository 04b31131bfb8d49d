"""A folder held by descriptor, so that nothing swapped in later can lead elsewhere."""

import errno
import os
import stat
from contextlib import ExitStack
from types import TracebackType
from typing import NamedTuple

_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
# A step on the way down needs search permission only, where the platform can say so.
_STEP = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_CLOEXEC | os.O_NOFOLLOW
STORE_NAME = ".qc"
"""The directory inside a folder that holds its sidecars, unless they stand beside the media."""
READ_FILE = os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK

_GROUP_READ_WRITE = stat.S_IRGRP | stat.S_IWGRP


class Folder(NamedTuple):
    """An open directory. `path` is absolute, below ROOT as the user gave it; the owner closes.

    `below_root` is the part of it below ROOT: empty, or with a slash at its end.
    """

    fd: int
    path: str
    below_root: str = ""

    def join(self, name: str) -> str:
        """Return the path of an entry, for people and sidecars."""
        return f"{self.path.rstrip('/')}/{name}"

    def stands(self) -> bool:
        """Tell whether this is the directory yet that the path leads to, without following links.

        Moved away meanwhile, it may lie outside ROOT.

        Raises:
            OSError: it cannot be found out.
        """
        parts = tuple(self.below_root.split("/")[:-1])
        root = self.path.removesuffix("/".join(("", *parts))) or "/"
        try:
            with ExitStack() as closing:
                root_fd = open_root(root)
                closing.callback(close_quietly, root_fd)
                there = open_below(root_fd, parts)
                closing.callback(close_quietly, there)
                return os.path.samestat(os.fstat(there), os.fstat(self.fd))
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}:
                return False
            raise

    def close(self) -> None:
        """Close the descriptor."""
        close_quietly(self.fd)

    def __enter__(self) -> "Folder":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def close_quietly(fd: int) -> None:
    """Close what was only read from, or holds nothing: what storage says then is of no account."""
    try:
        os.close(fd)
    except OSError as error:
        if error.errno == errno.EBADF:  # a mistake of ours
            raise


def open_root(path: str) -> int:
    """Open ROOT; it may be a link itself.

    Raises:
        OSError: it cannot be opened or is no directory.
    """
    return os.open(path, _DIRECTORY)


def open_inside(folder_fd: int, name: str) -> int:
    """Open a directory inside a folder, never through a link.

    Raises:
        OSError: it cannot be opened, is a link or no directory.
    """
    return os.open(name, _DIRECTORY | os.O_NOFOLLOW, dir_fd=folder_fd)


def open_again(folder: Folder) -> Folder:
    """Open the same directory once more, to be read from its beginning.

    Raises:
        OSError: it cannot be opened.
    """
    try:
        return folder._replace(fd=os.open(".", _DIRECTORY, dir_fd=folder.fd))
    except PermissionError:  # names may be read here, but nothing be looked up, not even "."
        return folder._replace(fd=os.dup(folder.fd))


def open_below(folder_fd: int, parts: tuple[str, ...]) -> int:
    """Open the directory at `parts` below a folder step by step, each refusing links.

    Raises:
        OSError: a step cannot be opened, is a link or no directory.
    """
    if not parts:
        return os.open(".", _DIRECTORY, dir_fd=folder_fd)
    if len(parts) == 1:
        return open_inside(folder_fd, parts[0])
    at = os.open(parts[0], _STEP, dir_fd=folder_fd)
    try:
        for name in parts[1:-1]:
            below = os.open(name, _STEP, dir_fd=at)
            close_quietly(at)
            at = below
        return open_inside(at, parts[-1])
    finally:
        close_quietly(at)


class Descent:
    """Opens directories below a root step by step, each step refusing links.

    Paths may be longer than PATH_MAX and trees deeper than the limit of open files: so many
    descriptors of the first levels as to `keep` stay open while what is asked for lies below them,
    the rest is opened anew.
    """

    def __init__(self, root_fd: int, keep: int) -> None:
        self._root_fd = root_fd
        self._keep = keep
        self._steps: list[tuple[str, int]] = []

    def open(self, parts: tuple[str, ...]) -> int:
        """Open the directory at `parts` below the root; the caller closes it.

        Raises:
            OSError: a step cannot be opened, is a link or no directory.
        """
        self._forget_other_branches(parts)
        for name in parts[len(self._steps) : min(len(parts) - 1, self._keep)]:
            self._steps.append((name, os.open(name, _STEP, dir_fd=self._deepest())))
        return open_below(self._deepest(), parts[len(self._steps) :])

    def _deepest(self) -> int:
        return self._steps[-1][1] if self._steps else self._root_fd

    def _forget_other_branches(self, parts: tuple[str, ...]) -> None:
        shared = 0
        for (name, _), wanted in zip(self._steps, parts[:-1], strict=False):
            if name != wanted:
                break
            shared += 1
        for _, fd in self._steps[shared:]:
            close_quietly(fd)
        del self._steps[shared:]

    def close(self) -> None:
        """Close every kept descriptor but the root's."""
        for _, fd in self._steps:
            close_quietly(fd)
        self._steps.clear()


def share_with_folder(fd: int, folder_fd: int) -> None:
    """Give a new file or directory the folder's group and its group permission.

    So the next person of the group, and cron, can write it. Not being allowed to give a file
    to that group is no error: it is as good as it gets.
    """
    mine, folder = os.fstat(fd), os.fstat(folder_fd)
    try:
        if mine.st_gid != folder.st_gid:
            os.fchown(fd, -1, folder.st_gid)
        wanted = stat.S_IMODE(mine.st_mode) & ~stat.S_IRWXG
        if stat.S_ISDIR(mine.st_mode):
            wanted |= folder.st_mode & (stat.S_IRWXG | stat.S_ISGID)
        else:
            wanted |= folder.st_mode & _GROUP_READ_WRITE
        if wanted != stat.S_IMODE(mine.st_mode):
            os.fchmod(fd, wanted)
    except PermissionError:
        return
