"""Take stock of a tree: everything that a user could notice about a name, but for access time."""

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_SET_ASIDE = ".unreadable-"
ARTIFACTS = (".qc.json", "qc.sequence.json", ".qc.hashcache.json", ".qc.lock", ".tmp")
_DIGESTED_BYTES = 64 << 20


class Entry(NamedTuple):
    """What a name on disk is; `digest` is that of a file's bytes, or where a link leads."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int
    mode: int
    nlink: int
    xattrs: tuple[tuple[str, bytes], ...]
    digest: str


Stock = dict[str, Entry]


def listing(root: Path) -> Stock:
    """Take stock of a tree, artifacts included."""
    return {
        os.path.join(at, name): _entry(os.path.join(at, name))
        for at, folders, names in os.walk(root)
        for name in (".", *folders, *names)
    }


def media_listing(root: Path) -> Stock:
    """Take stock of the media of a tree, and of everything else that is not the tool's own."""
    return {
        path: entry
        for path, entry in listing(root).items()
        if not stat.S_ISDIR(entry.mode) and not path.endswith(ARTIFACTS) and _SET_ASIDE not in path
    }


def altered(before: Stock, after: Stock) -> Iterator[str]:
    """Name what is not as it was."""
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) != after.get(path):
            yield f"{path} was {before.get(path)}, is {after.get(path)}"


def _entry(path: str) -> Entry:
    found = os.lstat(path)
    digest = ""
    if stat.S_ISREG(found.st_mode) and found.st_size < _DIGESTED_BYTES:
        digest = hashlib.blake2b(Path(path).read_bytes()).hexdigest()
    elif stat.S_ISLNK(found.st_mode):
        digest = os.readlink(path)
    return Entry(
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
        found.st_ino,
        found.st_mode,
        found.st_nlink,
        _xattrs(path),
        digest,
    )


def _xattrs(path: str) -> tuple[tuple[str, bytes], ...]:
    try:
        names = os.listxattr(path, follow_symlinks=False)
        return tuple((name, os.getxattr(path, name, follow_symlinks=False)) for name in names)
    except (OSError, AttributeError):
        return ()
