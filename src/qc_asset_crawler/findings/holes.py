"""Which frames of a sequence are missing. Pure; never builds a list as long as a gap."""

from itertools import islice, pairwise
from math import gcd

from ..model import Finding
from ..ranges import Runs, format_runs, runs_of
from ..text import plural
from .values import Kind

# What is missing is listed in so many runs at most, and counted beyond.
_MOST_RUNS = 1000
_LEAST_FRAMES = 4


def step_of(runs: Runs) -> int:
    """Return the distance at which frames stand: 1, or 2 of a render on twos, and so on.

    Of less than four frames it is 1: any three could seem to have a distance.
    """
    if len(runs) < _LEAST_FRAMES or any(first != last for first, last in runs):
        return 1
    return gcd(*(after[0] - before[0] for before, after in pairwise(runs)))


def missing_frames(runs: Runs, expected: Runs = ()) -> Finding | None:
    """Tell which frames are missing: in between, or of those `expected`, where that is said.

    What is expected is all expected, whatever the distance of those that are there.
    """
    step, start = 1 if expected else step_of(runs), runs[0][0]
    steps = runs_of([(first - start) // step for first, _ in runs]) if step > 1 else runs
    wanted = expected or ((start, runs[-1][1]),)
    if step > 1:
        wanted = ((0, (runs[-1][1] - start) // step),)
    absent = subtract(wanted, steps)
    if not absent:
        return None
    count = sum(last - first + 1 for first, last in absent)
    listed = absent[:_MOST_RUNS]
    if step > 1:
        every = (at for first, last in listed for at in range(first, last + 1))
        frames = [start + at * step for at in islice(every, _MOST_RUNS)]
        listed = tuple((frame, frame) for frame in frames)
    detail = plural(count, "frame is", "frames are") + " missing"
    if expected:
        detail += f" of {format_runs(expected)}"
    if step > 1:
        detail += f"; every {_ordinal(step)} one is there"
    if sum(last - first + 1 for first, last in listed) < count:
        detail += f"; the first {len(listed):,} runs are listed"
    return Finding(Kind.MISSING_FRAMES, format_runs(listed), detail)


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
