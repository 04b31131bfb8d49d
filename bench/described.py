"""A studio's tree as a description: which folders there are, and what each holds."""

from collections.abc import Iterator
from itertools import accumulate, count, islice, pairwise
from random import Random
from typing import NamedTuple

_SPREAD = 2.0  # of the logarithm of a folder's frames: the mean is e² = 7.4 times the median
_SEQUENCES, _SHOTS = (8, 40), (5, 60)

DISTRIBUTION = "a lognormal number of frames in each folder of frames (sigma 2); none in the others"


class _Kind(NamedTuple):
    """What a shot holds: a folder with between one and `versions` folders of frames."""

    name: str
    versions: int
    frame_kib: int


_KINDS = (
    _Kind("plate", 2, 12 << 10),
    _Kind("proxy", 2, 400),
    _Kind("anim", 8, 1 << 10),
    _Kind("light", 6, 40 << 10),
    _Kind("comp", 10, 18 << 10),
)


class Folder(NamedTuple):
    """One folder; its path is below ROOT, and what it holds is what lies in it directly."""

    path: str
    frames: int
    bytes: int


def described(folders: int, frames: int, seed: int) -> list[Folder]:
    """Describe a tree of so many folders that hold so many frames together."""
    chance = Random(seed)  # noqa: S311 (nothing is secret here)
    listed = list(islice(_paths(chance), folders))
    weights = [chance.lognormvariate(0, _SPREAD) if kib else 0.0 for _, kib in listed]
    ends = list(accumulate(weights, initial=0.0))
    marks = [round(end / ends[-1] * frames) for end in ends]
    held = [after - before for before, after in pairwise(marks)]
    return [
        Folder(path, many, many * kib << 10) for (path, kib), many in zip(listed, held, strict=True)
    ]


def _paths(chance: Random) -> Iterator[tuple[str, int]]:
    """Yield folders without end, each with the KiB that a frame in it has; 0: it has no frames."""
    yield "", 0
    for number in count(1):
        show = f"show{number:02d}"
        yield show, 0
        for sequence in range(1, chance.randint(*_SEQUENCES) + 1):
            at = f"{show}/sq{sequence:03d}"
            yield at, 0
            for shot in range(10, 10 * chance.randint(*_SHOTS) + 1, 10):
                yield from _shot(f"{at}/sq{sequence:03d}_{shot:04d}", chance)


def _shot(path: str, chance: Random) -> Iterator[tuple[str, int]]:
    yield path, 0
    for kind in _KINDS:
        yield f"{path}/{kind.name}", 0
        for version in range(1, chance.randint(1, kind.versions) + 1):
            yield f"{path}/{kind.name}/v{version:03d}", kind.frame_kib
