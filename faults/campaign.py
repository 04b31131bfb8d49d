"""All rows, in the order of docs/reliability.md."""

from itertools import chain

from . import (
    clocks,
    cuts,
    exhaustion,
    extremes,
    failing_calls,
    fills,
    guided,
    hanging,
    hostile_documents,
    hostile_trees,
    huge,
    interruptions,
    killed_calls,
    kills,
    planting,
    races,
    refusals,
    sshfs,
    takeover,
    unstable,
)
from .rows import Row

ROWS: tuple[Row, ...] = tuple(
    chain(
        kills.ROWS,
        killed_calls.ROWS,
        failing_calls.ROWS,
        races.ROWS,
        sshfs.ROWS,
        takeover.ROWS,
        interruptions.ROWS,
        huge.ROWS,
        exhaustion.ROWS,
        planting.ROWS,
        hostile_documents.ROWS,
        guided.ROWS,
        hostile_trees.ROWS,
        extremes.ROWS,
        hanging.ROWS,
        fills.ROWS,
        cuts.ROWS,
        refusals.ROWS,
        unstable.ROWS,
        clocks.ROWS,
    )
)
