"""Which directories of a tree are whose, where several machines share one run. Pure.

A directory belongs to exactly one shard: by a digest of its path below ROOT, so that no shard needs
to know of others, and clients that mount the storage elsewhere agree.
"""

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple

from .errors import UsageError
from .text import show

MOST_SHARDS = 100_000
_SHARD = re.compile(r"([0-9]{1,6})/([0-9]{1,6})", re.ASCII)
_DIGEST_BYTES = 8


class Shard(NamedTuple):
    """Share `number`, counted from 1, `of` so many."""

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"

    def owns(self, below_root: str) -> bool:
        """Tell whether a directory is this shard's; its path is as in `shard_of`."""
        return shard_of(below_root, self.of) == self.number


def shard_of(below_root: str, of: int) -> int:
    """Return the number, from 1, of the shard that a directory belongs to.

    `below_root` is its path relative to ROOT, with `/` between the names and none at the end; of
    ROOT itself it is empty. The digest is BLAKE2b of the path's raw bytes, its first 8 bytes taken
    for a big-endian number; its remainder counts. This never changes: shards of other versions
    would work on a directory twice, or not at all.
    """
    raw = below_root.encode("utf-8", "surrogateescape")
    digest = hashlib.blake2b(raw, digest_size=_DIGEST_BYTES).digest()
    return int.from_bytes(digest, "big") % of + 1


def parse_shard(text: str) -> Shard:
    """Read "3/8".

    Raises:
        UsageError: it is none, or there is no such shard.
    """
    match = _SHARD.fullmatch(text)
    if match is None:
        raise UsageError(f"--shard is K/N, such as 3/8, not {show(text)}")
    shard = Shard(int(match[1]), int(match[2]))
    if not 1 <= shard.number <= shard.of <= MOST_SHARDS:
        raise UsageError(f"--shard {show(text)}: K is from 1 to N, and N at most {MOST_SHARDS:,}")
    return shard


class Part(NamedTuple):
    """The part of a tree that a run is about: a shard of it, the folders of a list, or both.

    `listed` are paths below ROOT, each "" or without a slash at its end, in order, none twice;
    None: all that the walk finds.
    """

    shard: Shard | None = None
    listed: tuple[str, ...] | None = None

    def owns(self, below_root: str) -> bool:
        """Tell whether a directory is this run's."""
        return self.shard is None or self.shard.owns(below_root)

    @property
    def is_whole(self) -> bool:
        """Whether the run is about everything below its roots."""
        return self.shard is None and self.listed is None


WHOLE = Part()


def parse_list(data: bytes, roots: Iterable[str]) -> tuple[str, ...]:
    """Read a list of directories: separated by NUL where there is one, else by newlines.

    Each is relative to ROOT, or absolute and below one of `roots`, which are the ways to write it.
    They come back as in `Part.listed`.

    Raises:
        UsageError: there is none, or one lies outside ROOT.
    """
    prefixes = tuple(root.rstrip("/") + "/" for root in roots)
    lines = data.split(b"\0" if b"\0" in data else b"\n")
    paths = {
        _below_root(line.decode("utf-8", "surrogateescape"), prefixes) for line in lines if line
    }
    if not paths:
        raise UsageError("the list of --dirs-from is empty: it names no folder")
    return tuple(sorted(paths, key=_by_names))


def _by_names(path: str) -> str:
    """Sort a directory before what is below it, and that before its next sibling."""
    return path.replace("/", "\0")


def _below_root(path: str, prefixes: tuple[str, ...]) -> str:
    """Make a listed path one below ROOT.

    Raises:
        UsageError: it does not lie there.
    """
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if ".." in parts:
        raise UsageError(f"--dirs-from names a folder by way of '..': {show(path)}")
    tidy = "/".join(parts)
    if not path.startswith("/"):
        return tidy
    prefix = next((one for one in prefixes if f"/{tidy}/".startswith(one)), None)
    if prefix is None:
        raise UsageError(f"--dirs-from names a folder outside ROOT: {show(path)}")
    return f"/{tidy}/"[len(prefix) : -1]
