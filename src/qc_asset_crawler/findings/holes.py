"""Which frames of a sequence are missing. Pure; never builds a list as long as a gap."""

from collections import Counter
from itertools import islice, pairwise
from math import gcd
from typing import NamedTuple

from ..model import Finding
from ..ranges import Runs, format_runs, runs_of
from ..text import plural
from .values import Kind

# What is missing is listed in so many runs at most, and counted beyond.
_MOST_RUNS = 1000
_LEAST_FRAMES = 4
# So many frames may stand between those that are in step: a last one is added to a render on twos.
_MOST_EXTRA = 2


class Grid(NamedTuple):
    """Where frames are to stand: at `start`, and at every `step`-th number from there on."""

    start: int
    step: int


def grid_of(runs: Runs) -> Grid:
    """Return where frames stand: at every number, or every second of a render on twos, and so on.

    Three distances of four are the same then, and all but one or two frames are in step; or they
    are all multiples of one. Less than four frames are no steps: any three could seem to be some.
    """
    first = runs[0][0] if runs else 0
    distances = Counter(after[0] - before[1] for before, after in pairwise(runs))
    if in_runs := sum(last - start for start, last in runs):
        distances[1] += in_runs
    count = distances.total()
    if count < _LEAST_FRAMES - 1:
        return Grid(first, 1)
    step, times = distances.most_common(1)[0]
    if step > 1 and 4 * times >= 3 * count:
        every = (at for start, last in runs for at in range(start, last + 1))
        phases = Counter((at - first) % step for at in every)
        phase, in_step = phases.most_common(1)[0]
        if phases.total() - in_step <= _MOST_EXTRA:
            return Grid(first + phase, step)
    return Grid(first, gcd(*distances))


def step_of(runs: Runs) -> int:
    """Return the distance at which frames stand: 1, or 2 of a render on twos, and so on."""
    return grid_of(runs).step


def count_missing(runs: Runs) -> int:
    """Count the frames that are missing in between."""
    return _count(_absent(runs, grid_of(runs))) if runs else 0


def missing_frames(runs: Runs, expected: Runs = ()) -> Finding | None:
    """Tell which frames are missing: in between, and of those `expected`, where that is said.

    What is expected is all expected, whatever the distance of those that are there; between the
    first and the last of it nothing else is.
    """
    start, step = grid = grid_of(runs)
    absent = _absent(runs, grid) if runs else ()
    others: Runs = ()
    if expected:
        others = () if step > 1 else subtract(absent, ((expected[0][0], expected[-1][1]),))
        step, absent = 1, tuple(sorted((*subtract(expected, runs), *others)))
    if not absent:
        return None
    count = _count(absent)
    listed = absent[:_MOST_RUNS]
    if step > 1:
        every = (at for first, last in listed for at in range(first, last + 1))
        frames = [start + at * step for at in islice(every, _MOST_RUNS)]
        listed = tuple((frame, frame) for frame in frames)
    detail = plural(count, "frame is", "frames are") + " missing"
    if expected:
        detail += f" of {format_runs(expected)}" + (" and beyond" if others else "")
    if step > 1:
        detail += f"; every {_ordinal(step)} one is there"
    if _count(listed) < count:
        detail += f"; the first {len(listed):,} runs are listed"
    return Finding(Kind.MISSING_FRAMES, format_runs(listed), detail)


def _absent(runs: Runs, grid: Grid) -> Runs:
    """Return the places on a grid, counted from 0, at which no frame is; by number, if all count.

    Where frames are in steps there are few in a row.
    """
    start, step = grid
    if step == 1:
        return subtract(((start, runs[-1][1]),), runs)
    frames = (at for first, last in runs for at in range(first, last + 1))
    there = runs_of([(at - start) // step for at in frames if not (at - start) % step])
    return subtract(((0, (runs[-1][1] - start) // step),), there)


def _count(runs: Runs) -> int:
    return sum(last - first + 1 for first, last in runs)


def _ordinal(step: int) -> str:
    return {2: "second", 3: "third"}.get(step, f"{step}th")


def subtract(runs: Runs, others: Runs) -> Runs:
    """Return what is in `runs` and not in `others`; both are sorted."""
    left: list[tuple[int, int]] = []
    at = 0
    for first, last in runs:
        begin = first
        while at < len(others) and others[at][0] <= last:
            start, end = others[at]
            if begin < start:
                left.append((begin, start - 1))
            begin = max(begin, end + 1)
            if end > last:  # it may take from the next run as well
                break
            at += 1
        if begin <= last:
            left.append((begin, last))
    return tuple(left)
