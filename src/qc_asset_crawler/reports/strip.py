"""A sequence as a strip of few cells: which frames are there, missing, damaged. Pure."""

from enum import IntEnum
from itertools import groupby, pairwise
from typing import NamedTuple

from ..findings.holes import count_missing, grid_of
from ..model import ContentState, SequenceRecord, Sidecar
from ..ranges import Runs, parse_runs

MOST_CELLS = 400
_MISSING_FRAMES = "missing-frames"


class Cell(IntEnum):
    """What the frames of a cell are; `PARTLY`: some are there, some are missing."""

    PRESENT = 0
    MISSING = 1
    DAMAGED = 2
    PARTLY = 3


class Run(NamedTuple):
    """So many cells of one kind."""

    cell: Cell
    length: int


Strip = tuple[Run, ...]


def strip_of(sidecar: Sidecar, *, gone: bool = False) -> Strip:
    """Draw what is recorded of a sequence; nothing where that cannot be understood.

    `gone`: its media is not there any more, which no crawl may have recorded.
    """
    if sidecar.sequence is None:
        return ()
    found = [(f.kind, f.frames) for f in sidecar.findings if f.frames]
    try:
        present = parse_runs(sidecar.sequence.frames)
        missing = [parse_runs(frames) for kind, frames in found if kind == _MISSING_FRAMES]
        damaged = [parse_runs(frames) for kind, frames in found if kind != _MISSING_FRAMES]
    except ValueError:
        return ()
    if gone or sidecar.content_state == ContentState.MISSING:
        missing, present = [*missing, present], ()
    return draw(_steady(present), sum(missing, ()), sum(damaged, ()))


def missing_of(sequence: SequenceRecord) -> int:
    """Count the frames missing in between; where they stand in steps, only every so many one."""
    try:
        return count_missing(parse_runs(sequence.frames))
    except ValueError:
        return sequence.holes


def _steady(runs: Runs) -> Runs:
    """Fill up the steps in which frames stand: what is between them is not missing."""
    start, step = grid_of(runs)
    return tuple(
        (first, min(last + step - 1 - (last - start) % step, runs[-1][1])) for first, last in runs
    )


def draw(present: Runs, missing: Runs, damaged: Runs, most: int = MOST_CELLS) -> Strip:
    """Lay frames out from the first to the last, in a cell each while they fit.

    Where many frames share a cell, a single damaged or missing one among them still shows.
    """
    marks = (*present, *missing, *damaged)
    if not marks:
        return ()
    first = min(run[0] for run in marks)
    span = max(run[1] for run in marks) - first + 1
    count = min(span, most)
    there, absent, bad = (_mark(runs, first, span, count) for runs in (
        present, (*missing, *_gaps(present)), damaged,
    ))  # fmt: skip
    cells = map(_cell, there, absent, bad)
    return tuple(Run(cell, len(list(group))) for cell, group in groupby(cells))


def _gaps(runs: Runs) -> Runs:
    return tuple((before[1] + 1, after[0] - 1) for before, after in pairwise(runs))


def _mark(runs: Runs, first: int, span: int, count: int) -> bytearray:
    """Mark the cells that a frame of the runs falls into."""
    marked = bytearray(count)
    for start, end in runs:
        low, high = ((frame - first) * count // span for frame in (start, end))
        marked[low : high + 1] = b"\1" * (high + 1 - low)
    return marked


def _cell(there: int, absent: int, bad: int) -> Cell:
    if bad:
        return Cell.DAMAGED
    if there:
        return Cell.PARTLY if absent else Cell.PRESENT
    return Cell.MISSING
