"""Compute: the cheap fingerprint, the deep hash of a file, the hash of a sequence's manifest."""

import errno
import hashlib
import os
import stat
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from .errors import StopRequestedError
from .files.folder import READ_FILE
from .model import FileStat, Fingerprint, is_content_hash

BUFFER_BYTES = 1 << 20
_NOATIME = getattr(os, "O_NOATIME", 0)
_local = threading.local()
_new_tuple = tuple.__new__


class Hasher(Protocol):
    """What `hashlib` and `blake3` have in common."""

    def update(self, data: memoryview, /) -> object:
        """Take in more bytes."""

    def hexdigest(self) -> str:
        """Return the hash as lower-case hexadecimal."""


class Maker(Protocol):
    """What makes a hasher, of the first bytes if they are there already."""

    def __call__(self, data: memoryview | bytes = b"", /) -> Hasher:
        """Make a hasher."""


@dataclass(frozen=True, slots=True)
class Algorithms:
    """The hash algorithms of this installation, the preferred one first."""

    makers: dict[str, Maker]

    @property
    def preferred(self) -> str:
        """The algorithm that new hashes are made with."""
        return next(iter(self.makers))

    def start(self, name: str) -> Hasher:
        """Return a fresh hasher."""
        return self.makers[name]()

    def of(self, content_hash: str | None) -> str | None:
        """Return the algorithm of a recorded hash where it can be computed here, else None."""
        name = (content_hash or "").partition(":")[0]
        return name if is_content_hash(content_hash) and name in self.makers else None


def available_algorithms() -> Algorithms:
    """Look for `blake3`; SHA-256 is always there."""
    makers: dict[str, Maker] = {"sha256": hashlib.sha256}
    try:
        from blake3 import blake3  # noqa: PLC0415 - its absence is a supported state
    except ImportError:
        return Algorithms(makers)
    return Algorithms({"blake3": blake3, **makers})


class Unread(StrEnum):
    """Why a file has no hash."""

    UNREADABLE = "unreadable"
    UNSTABLE = "unstable"


class Hashed(NamedTuple):
    """A file's content hash, and the stamps it held all the while it was read."""

    stat: FileStat
    content_hash: str


class NotHashed(NamedTuple):
    """A file that could not be hashed, and why."""

    reason: Unread
    detail: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read: when to stop, and who is told how many bytes went by."""

    stopped: Callable[[], bool]
    on_bytes: Callable[[int], None]


def file_stat(found: os.stat_result) -> FileStat:
    """Keep what matters of a stat result."""
    # What `FileStat(…)` does, at half the price: this is called several times for every file.
    values = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return _new_tuple(FileStat, values)


def lstat_file(folder_fd: int, name: str) -> FileStat | None:
    """Stat a name without following a link; None where it is no regular file.

    Raises:
        OSError: there is no such name, or it cannot be asked.
    """
    found = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    return file_stat(found) if stat.S_ISREG(found.st_mode) else None


def lstat_files(folder_fd: int, names: Iterable[str], into: list[FileStat]) -> str | None:
    """Stat names in order without following links; return the first that is no regular file.

    Raises:
        OSError: there is no such name, or it cannot be asked; `into` holds those before it.
    """
    lstat, is_regular, append = os.stat, stat.S_ISREG, into.append
    for name in names:
        found = lstat(name, dir_fd=folder_fd, follow_symlinks=False)
        if not is_regular(found.st_mode):
            return name
        append(file_stat(found))
    return None


def hash_file(
    folder_fd: int, name: str, maker: Maker, algorithm: str, reading: Reading
) -> Hashed | NotHashed:
    """Hash one file of a folder; a file that changes while it is read is tried once more.

    Raises:
        StopRequestedError: asked to stop; checked between buffers.
    """
    outcome = _hash_once(folder_fd, name, maker, algorithm, reading)
    if isinstance(outcome, NotHashed) and outcome.reason is Unread.UNSTABLE:
        outcome = _hash_once(folder_fd, name, maker, algorithm, reading)
    return outcome


def _hash_once(
    folder_fd: int, name: str, maker: Maker, algorithm: str, reading: Reading
) -> Hashed | NotHashed:
    try:
        fd = _open_media(folder_fd, name)
    except OSError as error:
        return _not_opened(error)
    try:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            return NotHashed(Unread.UNSTABLE, "is no regular file any more")
        buffer, buffers = _thread_buffer()
        if reading.stopped():
            raise StopRequestedError
        count = os.readv(fd, buffers)
        hasher = maker(buffer[:count])
        reading.on_bytes(count)
        if 0 < count < before.st_size:
            count += _feed(fd, before.st_size - count, hasher, reading)
        after = file_stat(os.fstat(fd))
        there = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    except FileNotFoundError:
        return NotHashed(Unread.UNSTABLE, "vanished while it was read")
    except OSError as error:
        return NotHashed(Unread.UNREADABLE, error.strerror or "input/output error")
    finally:
        os.close(fd)
    # A name that leads to no regular file by now has another inode than the one that was read.
    if not after == file_stat(before) == file_stat(there) or count != after.size:
        return NotHashed(Unread.UNSTABLE, "changed while it was read")
    return Hashed(after, f"{algorithm}:{hasher.hexdigest()}")


def _open_media(folder_fd: int, name: str) -> int:
    """Open media for reading only, sparing its access time where that is allowed."""
    try:
        return os.open(name, READ_FILE | _NOATIME, dir_fd=folder_fd)
    except PermissionError:
        if not _NOATIME:
            raise
        return os.open(name, READ_FILE, dir_fd=folder_fd)


def _not_opened(error: OSError) -> NotHashed:
    if error.errno == errno.ENOENT:
        return NotHashed(Unread.UNSTABLE, "vanished before it was read")
    if error.errno in {errno.ELOOP, errno.ENXIO}:
        return NotHashed(Unread.UNSTABLE, "is no regular file any more")
    return NotHashed(Unread.UNREADABLE, error.strerror or "cannot be opened")


def _feed(fd: int, size: int, hasher: Hasher, reading: Reading) -> int:
    """Read the rest of a file through this thread's buffer; return the bytes read.

    `size` bytes are its end as far as reading goes: what is appended meanwhile shows in the stamps
    that are taken afterwards.
    """
    buffer, buffers = _thread_buffer()
    total = 0
    while not reading.stopped():
        count = os.readv(fd, buffers)
        if count:
            hasher.update(buffer[:count])
            reading.on_bytes(count)
        total += count
        if not count or total >= size:
            return total
    raise StopRequestedError


def _thread_buffer() -> tuple[memoryview, list[memoryview]]:
    """Return this thread's buffer, also as `readv` wants it.

    A fresh one a file costs more than hashing a small file.
    """
    found: tuple[memoryview, list[memoryview]] | None = getattr(_local, "buffer", None)
    if found is None:
        buffer = memoryview(bytearray(BUFFER_BYTES))
        found = _local.buffer = buffer, [buffer]
    return found


def manifest(members: Iterable[tuple[str, int, str]]) -> bytes:
    """Compose a sequence's manifest from (name, size, content hash) in frame order.

    One line a frame: ``name NUL size NUL algo:hex LF``, the name as its raw bytes.
    """
    text = "".join(f"{name}\0{size}\0{digest}\n" for name, size, digest in members)
    return text.encode("utf-8", "surrogateescape")


def manifest_hash(members: Iterable[tuple[str, int, str]], hasher: Hasher, algorithm: str) -> str:
    """Hash a manifest: the content hash of a sequence."""
    hasher.update(memoryview(manifest(members)))
    return f"{algorithm}:{hasher.hexdigest()}"


def fingerprint(
    names: Sequence[str], stats: Sequence[FileStat], *, ignore_ctime: bool
) -> Fingerprint:
    """Compute the cheap fingerprint of an asset from the stats of its members, in order.

    The digest is blake2b (256 bits) over ``name NUL size NUL mtime_ns NUL ctime_ns LF`` a
    member, with ``-`` for a ctime that is ignored.
    """
    if ignore_ctime:
        lines = [
            f"{name}\0{size}\0{mtime_ns}\0-\n"
            for name, (_, _, size, mtime_ns, _) in zip(names, stats, strict=True)
        ]
    else:
        lines = [
            f"{name}\0{size}\0{mtime_ns}\0{ctime_ns}\n"
            for name, (_, _, size, mtime_ns, ctime_ns) in zip(names, stats, strict=True)
        ]
    text = "".join(lines).encode("utf-8", "surrogateescape")
    return Fingerprint(
        bytes=sum([found.size for found in stats]),
        files=len(stats),
        newest_mtime=max([found.mtime_ns for found in stats]) // 1_000_000_000,
        digest=f"blake2b:{hashlib.blake2b(text, digest_size=32).hexdigest()}",
    )
