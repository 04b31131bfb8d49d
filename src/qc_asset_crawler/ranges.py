"""Frame numbers in range notation: ``1001-1100,1105``."""

import re
from bisect import bisect_right
from collections.abc import Sequence

_PIECE = re.compile(r"([0-9]{1,255})(?:-([0-9]{1,255}))?")

Runs = tuple[tuple[int, int], ...]


def runs_of(frames: Sequence[int]) -> Runs:
    """Return the contiguous runs (first, last) of sorted, distinct frame numbers."""
    if not frames:
        return ()
    runs: list[tuple[int, int]] = []
    start = last = frames[0]
    for frame in frames[1:]:
        if frame != last + 1:
            runs.append((start, last))
            start = frame
        last = frame
    runs.append((start, last))
    return tuple(runs)


def format_runs(runs: Runs) -> str:
    """Write runs as ``1001-1100,1105``."""
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def parse_runs(text: str) -> Runs:
    """Read range notation.

    Raises:
        ValueError: `text` is not in range notation, or its runs are not in rising order.
    """
    runs: list[tuple[int, int]] = []
    for piece in text.split(",") if text else ():
        match = _PIECE.fullmatch(piece)
        if match is None:
            raise ValueError(f"not a frame range: {piece!r}")
        first = int(match[1])
        last = int(match[2] or match[1])
        if last < first or (runs and first <= runs[-1][1]):
            raise ValueError(f"frame ranges must rise: {piece!r}")
        runs.append((first, last))
    return tuple(runs)


def contains(runs: Runs, frame: int) -> bool:
    """Tell whether `frame` lies in one of the (sorted) runs."""
    at = bisect_right(runs, frame, key=lambda run: run[0])
    return at > 0 and frame <= runs[at - 1][1]
