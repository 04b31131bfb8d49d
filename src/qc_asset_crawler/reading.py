"""Read media, to hash it; nothing else opens it. Who changes a file meanwhile is found out."""

import errno
import os
import queue
import stat
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from enum import StrEnum
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from .errors import DecoderError, StopRequestedError
from .files.folder import READ_FILE, close_quietly
from .findings.values import HEAD_BYTES, Look, Looks, Sample
from .hashing import Hasher, Maker
from .model import FileStat
from .stats import Stats

if TYPE_CHECKING:
    from .decoding.decoder import Decoder

BUFFER_BYTES = 1 << 20
AHEAD_BYTES, _AHEAD = 512 << 10, 4
_NOATIME = getattr(os, "O_NOATIME", 0)
_TYPE, _REGULAR = 0o170000, stat.S_IFREG
# The fields of `FileStat`; in one call, for it is made several times for every file.
_stamps = attrgetter("st_dev", "st_ino", "st_size", "st_mtime_ns", "st_ctime_ns")
_new_tuple = tuple.__new__
Pieces = Generator[memoryview, None, None]


class Unread(StrEnum):
    """Why a file has no hash."""

    UNREADABLE = "unreadable"
    UNSTABLE = "unstable"


class Hashed(NamedTuple):
    """A file's content hash, the stamps it held all the while it was read, and what it told.

    `look` is None where nobody looked.
    """

    stat: FileStat
    content_hash: str
    look: Look | None = None


class NotHashed(NamedTuple):
    """A file that could not be hashed, and why."""

    reason: Unread
    detail: str


def lstat_files(folder_fd: int, names: Iterable[str], into: Stats) -> str | None:
    """Stat names in order without following links; return the first that is no regular file.

    Raises:
        OSError: there is no such name, or it cannot be asked; `into` holds those before it.
    """
    lstat, rows = os.stat, list[tuple[int, ...]]()
    try:
        for name in names:
            found = lstat(name, dir_fd=folder_fd, follow_symlinks=False)
            if found.st_mode & _TYPE != _REGULAR:
                return name
            rows.append(_stamps(found))
        return None
    finally:
        into.extend(rows)


class Reader:
    """Hashes files one after the other, through one buffer. Used by one thread at a time.

    `stopped` is asked, and `on_bytes` told how many bytes went by, after every buffer of a file
    but the first. `looks` sees each file's first bytes while it is open, `decoder` the bytes of
    pictures in which nothing was seen.
    """

    def __init__(
        self,
        stopped: Callable[[], bool],
        on_bytes: Callable[[int], None],
        looks: Looks | None = None,
        decoder: "Decoder | None" = None,
    ) -> None:
        self._stopped = stopped
        self._on_bytes = on_bytes
        self._looks = looks
        self._decoder = decoder
        self._buffer = memoryview(bytearray(BUFFER_BYTES))
        self._buffers = [self._buffer]

    def hash_file(
        self, folder_fd: int, name: str, maker: Maker, algorithm: str, *, ahead: bool = False
    ) -> Hashed | NotHashed:
        """Hash one file of a folder; a file that changes while it is read is tried once more.

        With `ahead` another thread reads the next buffer while one is hashed.

        Raises:
            StopRequestedError: asked to stop; checked between buffers.
        """
        try:
            outcome = self._hash_once(folder_fd, name, maker, algorithm, ahead=ahead)
            if isinstance(outcome, NotHashed) and outcome.reason is Unread.UNSTABLE:
                outcome = self._hash_once(folder_fd, name, maker, algorithm, ahead=ahead)
        except DecoderError as error:
            return NotHashed(Unread.UNREADABLE, f"cannot be decoded here: {error}")
        return outcome

    def _hash_once(
        self, folder_fd: int, name: str, maker: Maker, algorithm: str, *, ahead: bool
    ) -> Hashed | NotHashed:
        try:
            fd = _open_media(folder_fd, name)
        except OSError as error:
            return _not_opened(error)
        try:
            found = os.fstat(fd)
            if found.st_mode & _TYPE != _REGULAR:
                return NotHashed(Unread.UNSTABLE, "is no regular file any more")
            before = _stamps(found)
            count = os.readv(fd, self._buffers)
            head = self._buffer[:count]
            hasher = maker(head)
            self._on_bytes(count)
            look = decoder = None
            if self._looks is not None and count >= min(found.st_size, HEAD_BYTES):
                parts = (found.st_size, head, partial(_read_at, fd))
                sample = _new_tuple(Sample, parts)
                look = self._looks(name, sample)
                decoder = self._decoder_for(name, look, sample)
            if 0 < count < found.st_size:
                read = _read_ahead if ahead else self._read_on
                with closing(read(fd, found.st_size - count)) as pieces:
                    count += self._feed(pieces, hasher, decoder)
            after = _stamps(os.fstat(fd))
            there = _stamps(os.stat(name, dir_fd=folder_fd, follow_symlinks=False))
        except FileNotFoundError:
            return NotHashed(Unread.UNSTABLE, "vanished while it was read")
        except OSError as error:
            return NotHashed(Unread.UNREADABLE, error.strerror or "input/output error")
        finally:
            close_quietly(fd)
        # A name that leads to no regular file by now has another inode than the one that was read.
        if not before == after == there or count != found.st_size:
            return NotHashed(Unread.UNSTABLE, "changed while it was read")
        if decoder and look:
            look = decoder.judged(look)
        digest = f"{algorithm}:{hasher.hexdigest()}"
        # What `Hashed(FileStat(…), …)` does, at a third of the price.
        return _new_tuple(Hashed, (_new_tuple(FileStat, after), digest, look))

    def _decoder_for(self, name: str, look: Look, sample: Sample) -> "Decoder | None":
        """Let the decoder begin with a file, if it is one for it: what is broken is told already.

        Raises:
            DecoderError: it cannot begin.
        """
        if self._decoder is None or look.kind is not None:
            return None
        return self._decoder if self._decoder.begin(name, sample.head) else None

    def _feed(self, pieces: Pieces, hasher: Hasher, decoder: "Decoder | None") -> int:
        """Hash the rest of a file, piece by piece; return its bytes."""
        total = 0
        for piece in pieces:
            if self._stopped():
                raise StopRequestedError
            hasher.update(piece)
            if decoder:
                decoder.feed(piece)
            self._on_bytes(len(piece))
            total += len(piece)
        return total

    def _read_on(self, fd: int, size: int) -> Pieces:
        """Read the rest of a file, into the one buffer.

        `size` bytes are its end as far as reading goes: what is appended meanwhile shows in the
        stamps that are taken afterwards.
        """
        while size > 0 and (count := os.readv(fd, self._buffers)):
            yield self._buffer[:count]
            size -= count


def _read_ahead(fd: int, size: int) -> Pieces:
    """Do what `Reader._read_on` does, with another thread that fills buffers ahead."""
    free: queue.SimpleQueue[memoryview | None] = queue.SimpleQueue()
    full: queue.SimpleQueue[tuple[memoryview, int] | Future[None]] = queue.SimpleQueue()

    def fill() -> None:
        left = size
        while left > 0 and (buffer := free.get()) is not None:
            count = os.readv(fd, [buffer])
            full.put((buffer, count))
            left -= count or left

    with ThreadPoolExecutor(1, thread_name_prefix="qc-ahead") as other, ExitStack() as ending:
        ending.callback(free.put, None)
        for _ in range(_AHEAD):
            free.put(memoryview(bytearray(AHEAD_BYTES)))
        other.submit(fill).add_done_callback(full.put)
        while size > 0:
            filled = full.get()
            if isinstance(filled, Future):
                return filled.result()  # an error: without one, all was filled before
            buffer, count = filled
            if not count:
                return
            yield buffer[:count]
            size -= count
            free.put(buffer)


class Readers:
    """The readers of a run. The one used last comes first: its buffer is in the cache yet.

    `looks` is asked for what sees each file's first bytes once something is to be read, `decoders`
    for what decodes pictures.
    """

    def __init__(
        self,
        stopped: Callable[[], bool],
        on_bytes: Callable[[int], None],
        looks: Callable[[], Looks | None] = lambda: None,
        decoders: "Callable[[], Decoder | None]" = lambda: None,
    ) -> None:
        self._stopped = stopped
        self._on_bytes = on_bytes
        self._looks = looks
        self._new_decoder = decoders
        self._free: list[Reader] = []
        self._decoders: list[Decoder] = []

    @contextmanager
    def one(self) -> Iterator[Reader]:
        """Lend a reader."""
        try:
            reader = self._free.pop()
        except IndexError:
            reader = self._new()
        yield reader
        self._free.append(reader)

    def _new(self) -> Reader:
        decoder = self._new_decoder()
        if decoder is not None:
            self._decoders.append(decoder)
        return Reader(self._stopped, self._on_bytes, self._looks(), decoder)

    @property
    def decoded(self) -> int:
        """How many pictures were decoded."""
        return sum(decoder.decoded for decoder in self._decoders)

    def close(self) -> None:
        """End what decodes."""
        for decoder in self._decoders:
            decoder.close()


def _read_at(fd: int, offset: int, count: int) -> bytes:
    """Read a few bytes of an open file from elsewhere."""
    return os.pread(fd, count, offset)


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
