"""What shards of a described tree have to do, and how long that takes. Pure."""

import heapq
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from qc_asset_crawler.sharing import shard_of

from .described import Folder

GB = 10**9


class Loads(NamedTuple):
    """What each shard has; that of shard K is at K - 1."""

    folders: list[int]
    frames: list[int]
    bytes: list[int]


def shared(folders: Iterable[Folder], of: int) -> Loads:
    """Share folders as `--shard` does."""
    loads = Loads([0] * of, [0] * of, [0] * of)
    for folder in folders:
        at = shard_of(folder.path, of) - 1
        loads.folders[at] += 1
        loads.frames[at] += folder.frames
        loads.bytes[at] += folder.bytes
    return loads


def handed_out(pieces: Iterable[int], takers: int) -> list[int]:
    """Give each piece in turn to whoever has least so far; return what each has in the end.

    So a farm hands out the tasks of an array, and so lists by size are made: longest first.
    """
    loads = [0] * takers
    for piece in pieces:
        heapq.heapreplace(loads, loads[0] + piece)
    return loads


def unevenness(loads: Sequence[int]) -> float:
    """Return the largest load over the mean."""
    return max(loads) * len(loads) / sum(loads)


def hours(loads: Sequence[int], storage: int, machine: int) -> float:
    """Return when the last of some loads, in bytes, is read, each by a machine of its own.

    A machine reads `machine` GB/s at most, and those still at work share the `storage` GB/s that
    all of them get together.
    """
    seconds, read = 0.0, 0
    for left, load in zip(range(len(loads), 0, -1), sorted(loads), strict=True):
        seconds += (load - read) / GB / min(machine, storage / left)
        read = load
    return seconds / 3600
