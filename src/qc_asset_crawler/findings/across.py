"""What an asset's files tell: each by itself, and the frames of a sequence beside each other."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from ..model import Finding
from ..ranges import format_runs, runs_of
from ..text import plural
from .values import Facts, Kind, Look

# What is odd is told by a majority of at least so many frames.
_LEAST_MAJORITY = 3
# So many times smaller than most: such frames are outliers where they are few in a row among usual
# ones. A fade to black, or a slate at the head, is none; and a larger one has more in it.
_OUTLIER = 8
_LEAST_SIZES = 10
_MOST_IN_A_ROW = 3
_kind = attrgetter("kind")


class Files(NamedTuple):
    """An asset's files as they were read, in order, one of each a file.

    `numbers` are the frames; None of a single file. `step` is the usual distance of two frames.
    """

    numbers: Sequence[int] | None
    sizes: Sequence[int]
    hashes: Sequence[str]
    looks: Sequence[Look]
    step: int = 1


def findings_of(files: Files) -> tuple[Finding, ...]:
    """Return what is found in an asset's files."""
    kinds = {*map(_kind, files.looks)} - {None}
    empty = [at for at, size in enumerate(files.sizes) if not size]
    found = [*_empty(files, empty), *(_broken(files, kind) for kind in sorted(kinds))]
    if files.numbers is not None and len(files.sizes) > 1:
        spoilt = {*empty, *(at for at, look in enumerate(files.looks) if look.kind)}
        found += [
            *_odd_ones(files, spoilt),
            *_outliers(files, spoilt),
            *_frozen(files, frozenset(empty)),
        ]
    return tuple(found)


def _finding(kind: Kind, files: Files, places: Sequence[int], detail: str) -> Finding:
    """Compose a finding about the files at some places."""
    if files.numbers is None:
        return Finding(kind, None, detail)
    return Finding(kind, format_runs(runs_of([files.numbers[at] for at in places])), detail)


def _empty(files: Files, places: list[int]) -> Iterator[Finding]:
    if places:
        which = "the file is" if files.numbers is None else plural(len(places), "frame")
        be = "" if files.numbers is None else " is" if len(places) == 1 else " are"
        yield _finding(Kind.ZERO_BYTE, files, places, f"{which}{be} empty")


def _broken(files: Files, kind: Kind) -> Finding:
    """Tell of the files that are broken in one way; the first one's detail stands for all."""
    places = [at for at, look in enumerate(files.looks) if look.kind is kind]
    more = f"; and {plural(len(places) - 1, 'more frame')}" if len(places) > 1 else ""
    return _finding(kind, files, places, files.looks[places[0]].detail + more)


def _odd_ones(files: Files, spoilt: set[int]) -> Iterator[Finding]:
    """Tell which frames differ from most in what their headers say."""
    counts = Counter(look.facts for at, look in enumerate(files.looks) if at not in spoilt)
    counts.pop(None, None)
    if len(counts) < 2:
        return
    for name, of in _COMPARED.items():
        values: Counter[str] = Counter()
        for facts, count in counts.items():
            value = of(facts) if facts else None
            if value is not None:
                values[value] += count
        usual, most = max(values.items(), key=lambda pair: pair[1], default=("", 0))
        if most < _LEAST_MAJORITY or 2 * most <= values.total():
            continue
        for value in sorted(values.keys() - {usual}):
            places = [
                at
                for at, look in enumerate(files.looks)
                if at not in spoilt and look.facts and of(look.facts) == value
            ]
            detail = f"{name} {value} where {plural(most, 'frame has', 'frames have')} {usual}"
            yield _finding(Kind.ODD_ONE_OUT, files, places, detail)


def _resolution(facts: Facts) -> str | None:
    return None if facts.width is None else f"{facts.width}x{facts.height}"


_COMPARED: dict[str, Callable[[Facts], str | None]] = {
    "format": lambda facts: facts.format,
    "resolution": _resolution,
    "channels": lambda facts: facts.channels,
    "bit depth": lambda facts: facts.bits,
    "compression": lambda facts: facts.compression,
}


def _outliers(files: Files, spoilt: set[int]) -> Iterator[Finding]:
    """Tell which frames are far smaller than those around them."""
    sizes = [(at, size) for at, size in enumerate(files.sizes) if at not in spoilt]
    if len(sizes) < _LEAST_SIZES:
        return
    usual = sorted(size for _, size in sizes)[len(sizes) // 2]
    groups = [
        (odd, [at for at, _ in group])
        for odd, group in groupby(sizes, key=lambda pair: pair[1] * _OUTLIER < usual)
    ]
    places = [
        at
        for odd, group in groups[1:-1]  # at either end it may be a slate, or black
        if odd and len(group) <= _MOST_IN_A_ROW
        for at in group
    ]
    if places:
        size = files.sizes[places[0]]
        detail = f"{size:,} bytes where {usual:,} are usual"
        yield _finding(Kind.SIZE_OUTLIER, files, places, detail)


def _frozen(files: Files, empty: frozenset[int]) -> Iterator[Finding]:
    """Tell which frames have the very bytes of the frame before them."""
    numbers, hashes = files.numbers or (), files.hashes
    places = [
        at
        for at in range(1, len(hashes))
        if hashes[at] == hashes[at - 1]
        and numbers[at] - numbers[at - 1] == files.step
        and at not in empty
    ]
    if places:
        has = "frame has" if len(places) == 1 else "frames have"
        yield _finding(
            Kind.FROZEN, files, places, f"{len(places):,} {has} the very bytes of the frame before"
        )
