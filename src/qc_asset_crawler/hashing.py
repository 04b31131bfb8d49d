"""Compute: the cheap fingerprint, the hash of a sequence's manifest, and by which algorithms."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

from .model import Fingerprint, is_content_hash
from .stats import Stats

_LINES_AT_ONCE = 1024


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


class Algorithms(NamedTuple):
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


def fingerprint(names: Sequence[str], stats: Stats, *, ignore_ctime: bool) -> Fingerprint:
    """Compute the cheap fingerprint of an asset from the stats of its members, in order.

    The digest is blake2b (256 bits) over ``name NUL size NUL mtime_ns NUL ctime_ns LF`` a
    member, with ``-`` for a ctime that is ignored.
    """
    hasher = hashlib.blake2b(digest_size=32)
    for start in range(0, len(names), _LINES_AT_ONCE):
        some = slice(start, start + _LINES_AT_ONCE)
        text = _lines(names[some], stats, some, ignore_ctime=ignore_ctime)
        hasher.update(text.encode("utf-8", "surrogateescape"))
    return Fingerprint(
        bytes=sum(stats.sizes),
        files=len(stats),
        newest_mtime=max(stats.mtimes_ns) // 1_000_000_000,
        digest=f"blake2b:{hasher.hexdigest()}",
    )


def _lines(names: Sequence[str], stats: Stats, some: slice, *, ignore_ctime: bool) -> str:
    """Write some lines of what the digest is made of; at once, for there may be a million."""
    columns: list[Sequence[object]] = [names, stats.sizes[some], stats.mtimes_ns[some]]
    if not ignore_ctime:
        columns.append(stats.ctimes_ns[some])
    values: list[object] = [None] * (len(columns) * len(names))
    for at, column in enumerate(columns):
        values[at :: len(columns)] = column
    line = "%s\0%d\0%d\0-\n" if ignore_ctime else "%s\0%d\0%d\0%d\n"
    return (line * len(names)) % tuple(values)
