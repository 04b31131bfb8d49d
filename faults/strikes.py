"""Change a file while a run reads it: `/proc` tells which files it has open, and how far it is."""

import os
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import NamedTuple

from .commands import Process
from .rows import MissingError

Change = Callable[[Path, Random], None]


class Struck(NamedTuple):
    """A file that was changed; `in_time`: the run was not yet through with it."""

    path: Path
    change: str
    in_time: bool


def _rewrite(path: Path, random: Random) -> None:
    size = path.stat().st_size
    data = (random.randbytes(1024) * (size // 1024 + 1))[:size]
    with path.open("r+b", buffering=0) as file:
        file.write(data)


def _rewrite_unseen(path: Path, random: Random) -> None:
    before = path.stat()
    _rewrite(path, random)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _truncate(path: Path, random: Random) -> None:
    os.truncate(path, max(1024, path.stat().st_size // 2 >> 10 << 10))


def _grow(path: Path, random: Random) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(random.randbytes(1024) * 100)


def _replace(path: Path, random: Random) -> None:
    """Put another file of the same size and mtime in its place."""
    before = path.stat()
    other = path.with_name(f".{path.name}")
    other.write_bytes(random.randbytes(1024) * (before.st_size >> 10))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


def _remove(path: Path, random: Random) -> None:
    path.unlink()


CHANGES: dict[str, Change] = {
    "rewritten": _rewrite,
    "rewritten, its mtime put back": _rewrite_unseen,
    "truncated": _truncate,
    "grown": _grow,
    "replaced": _replace,
    "removed": _remove,
}


def strike_while_read(
    process: Process, left: dict[Path, int], random: Random, struck: Callable[[Struck], None]
) -> None:
    """Change files while a run has them open, each as often as `left` says, until it ends.

    Frames are never removed: which frames a verdict was of could not be told then.

    Raises:
        MissingError: there is no `/proc`.
    """
    if not os.path.isdir("/proc/self/fdinfo"):
        raise MissingError("there is no /proc to see what a process has open")
    while process.poll() is None:
        found = _being_read(process.pid, left)
        if found is None:
            continue
        fd, path = found
        size = path.stat().st_size
        names = [name for name in CHANGES if name != "removed" or path.suffix == ".mov"]
        change = random.choice(names)
        CHANGES[change](path, random)
        struck(Struck(path, change, in_time=0 < _position(process.pid, fd, path) < size))


def is_amid(process: Process, path: Path) -> bool:
    """Tell whether a run is in the middle of reading a file."""
    return _being_read(process.pid, {path: 1}) is not None


def has_open(pid: int, path: Path) -> bool:
    """Tell whether a process has a file open; it has not where it has ended."""
    return any(_opened(pid, fd) == path for fd in _descriptors(pid))


def _descriptors(pid: int) -> list[str]:
    try:
        return os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return []


def _being_read(pid: int, left: dict[Path, int]) -> tuple[str, Path] | None:
    for fd in _descriptors(pid):
        path = _opened(pid, fd)
        if left.get(path, 0) > 0 and path.exists() and _position(pid, fd, path) > 0:
            return fd, path
    return None


def _opened(pid: int, fd: str) -> Path:
    try:
        return Path(os.readlink(f"/proc/{pid}/fd/{fd}").removesuffix(" (deleted)"))
    except OSError:
        return Path()


def _position(pid: int, fd: str, path: Path) -> int:
    """Return how far an open file was read; -1 where it is closed by now."""
    try:
        with open(f"/proc/{pid}/fdinfo/{fd}", encoding="ascii") as file:
            first = file.readline()
    except OSError:
        return -1
    return int(first.split()[1]) if _opened(pid, fd) == path else -1
