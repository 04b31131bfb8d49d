"""Which frame numbers a sequence has: from what was asked to pieces of a row. Pure."""

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate, chain, pairwise

from ..errors import UsageError
from ..text import plural
from .chance import Chance, below, chance, sample
from .request import Numbering

HIGHEST = 2**31 - 1
"""The highest frame number that every format's header has room for."""
MOST_RUNS = 1_000_000
"""More runs than anybody's plates come in are refused: they are kept in memory."""
_DEFAULT_COUNT = 24


class Frames:
    """Frame numbers in rising order, as the pieces they come in; never expanded.

    A piece with a step of 1 is one run; one with another step is as many as it has numbers.
    """

    __slots__ = ("_ends", "pieces")

    def __init__(self, pieces: tuple[range, ...]) -> None:
        self.pieces = pieces
        self._ends = tuple(accumulate(len(piece) for piece in pieces))

    def __repr__(self) -> str:
        return f"Frames(pieces={self.pieces!r})"

    def __eq__(self, other: object) -> bool:
        return self.pieces == other.pieces if isinstance(other, Frames) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.pieces)

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self.pieces)

    def __len__(self) -> int:
        return self._ends[-1]

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self.pieces, number, key=lambda piece: piece[0])
        return at > 0 and number in self.pieces[at - 1]

    @property
    def first(self) -> int:
        """The lowest number."""
        return self.pieces[0][0]

    @property
    def last(self) -> int:
        """The highest number."""
        return self.pieces[-1][-1]

    @property
    def holes(self) -> int:
        """How many numbers are missing between the lowest and the highest."""
        return self.last - self.first + 1 - len(self)

    @property
    def range_count(self) -> int:
        """How many contiguous runs there are."""
        return sum(1 if piece.step == 1 else len(piece) for piece in self.pieces)

    def at(self, index: int) -> int:
        """Return the number at an index, counted from 0."""
        piece = bisect_right(self._ends, index)
        before = self._ends[piece - 1] if piece else 0
        return self.pieces[piece][index - before]

    def runs(self) -> Iterator[tuple[int, int]]:
        """Name the contiguous runs (first, last)."""
        for piece in self.pieces:
            if piece.step == 1:
                yield piece[0], piece[-1]
            else:
                yield from zip(piece, piece, strict=True)


def number_frames(asked: Numbering, seed: int) -> Frames:
    """Decide which frame numbers there are.

    Raises:
        UsageError: what is asked contradicts itself.
    """
    _check_bounds(asked)
    frames = _stepped(asked) if asked.step > 1 else _in_runs(asked, chance(seed, "runs"))
    if frames.last > HIGHEST:
        raise UsageError(f"the last frame would be {frames.last}; the highest is {HIGHEST}")
    return frames


def _check_bounds(asked: Numbering) -> None:
    for flag, value, least in (
        ("--start", asked.start, 0),
        ("--end", asked.end, 0),
        ("--frames", asked.frames, 1),
        ("--step", asked.step, 1),
        ("--holes", asked.holes, 0),
        ("--ranges", asked.ranges, 1),
    ):
        if value is not None and value < least:
            raise UsageError(f"{flag} is at least {least}, not {value}")
        if value is not None and value > HIGHEST:
            raise UsageError(f"{flag} is at most {HIGHEST}, not {value}")
    if asked.end is not None and asked.frames is not None:
        raise UsageError("--end and --frames exclude each other")
    if asked.end is not None and asked.end < asked.start:
        raise UsageError(f"--end {asked.end} comes before --start {asked.start}")


def _stepped(asked: Numbering) -> Frames:
    if asked.holes is not None or asked.ranges is not None:
        raise UsageError("--step leaves numbers out itself: no --holes and no --ranges with it")
    if asked.end is not None:
        piece = range(asked.start, asked.end + 1, asked.step)
    else:
        count = asked.frames or _DEFAULT_COUNT
        piece = range(asked.start, asked.start + count * asked.step, asked.step)
    # One number alone is a run, whatever the step.
    return Frames((piece if len(piece) > 1 else range(piece[0], piece[0] + 1),))


def _in_runs(asked: Numbering, roll: Chance) -> Frames:
    holes = asked.holes if asked.holes is not None else (asked.ranges or 1) - 1
    count = asked.frames or _DEFAULT_COUNT
    if asked.end is not None:
        span = asked.end - asked.start + 1
        count = span - holes
        if count < min(2, span):
            raise UsageError(
                f"holes ({holes}) do not fit between {asked.start} and {asked.end}: "
                "both of these are made"
            )
    runs = _run_count(asked.ranges, count, holes, roll)
    lengths = _parts(count, runs, roll)
    gaps = [*_parts(holes, runs - 1, roll), 0]
    pieces = []
    at = asked.start
    for length, gap in zip(lengths, gaps, strict=True):
        pieces.append(range(at, at + length))
        at += length + gap
    return Frames(tuple(pieces))


def _run_count(asked: int | None, count: int, holes: int, roll: Chance) -> int:
    """Return how many runs there are; left open, chance decides."""
    if asked is None:
        if holes and count < 2:
            raise UsageError("a single frame has no holes")
        most = min(count, holes + 1, MOST_RUNS)
        return 2 + below(most - 1, roll) if holes else 1
    if asked > MOST_RUNS:
        raise UsageError(f"--ranges is at most {MOST_RUNS:,}, not {asked:,}")
    if asked > count:
        raise UsageError(f"{plural(count, 'frame')} cannot make {plural(asked, 'run')}")
    if holes < asked - 1:
        raise UsageError(f"{plural(asked, 'run')} need {asked - 1} holes or more, not {holes}")
    if holes and asked == 1:
        raise UsageError(f"one run has no holes, and {plural(holes, 'hole')} are asked for")
    return asked


def _parts(total: int, count: int, roll: Chance) -> list[int]:
    """Cut a total into so many parts of 1 and more."""
    if count == 0:
        return []
    cuts = [0, *(cut + 1 for cut in sample(count - 1, total - 1, roll)), total]
    return [after - before for before, after in pairwise(cuts)]
