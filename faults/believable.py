"""Caches that fit their folder to the nanosecond, and are not to be believed all the same."""

import re
from collections.abc import Callable
from pathlib import Path
from random import Random

from qc_asset_crawler.findings.values import NOTHING
from qc_asset_crawler.hashcache import Entry, compose

from .trees import media_of

_WRONG_HASH = f"blake3:{'0' * 64}"
_CHECKSUM = re.compile(rb"blake2b:[0-9a-f]{64}")
_FORMAT = re.compile(rb'(?<="qc_hashcache": )[0-9]+')

Make = Callable[[Path], bytes]


def believable(folder: Path, random: Random) -> bytes:
    """Make a cache with the stamps of a folder's media, wrong hashes, and one flaw."""
    make: Make = random.choice((_of_another_checksum, _of_another_format, _racy, _older))
    return make(folder)


def _entries(folder: Path) -> dict[str, Entry]:
    found = {path.name: path.stat() for path in media_of(folder)}
    return {
        name: Entry(
            stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, _WRONG_HASH, racy=False, look=NOTHING
        )
        for name, stat in found.items()
    }


def _composed(entries: dict[str, Entry]) -> bytes:
    return bytes(compose(entries, "blake3"))


def _of_another_checksum(folder: Path) -> bytes:
    """Bear the checksum of other entries, as where somebody edited a cache."""
    other = _CHECKSUM.search(_composed({}))
    return _CHECKSUM.sub(other.group() if other else b"", _composed(_entries(folder)), count=1)


def _of_another_format(folder: Path) -> bytes:
    return _FORMAT.sub(b"3", _composed(_entries(folder)), count=1)


def _racy(folder: Path) -> bytes:
    entries = _entries(folder).items()
    return _composed({name: entry._replace(racy=True) for name, entry in entries})


def _older(folder: Path) -> bytes:
    entries = _entries(folder).items()
    return _composed({name: entry._replace(ctime_ns=entry.ctime_ns - 1) for name, entry in entries})
