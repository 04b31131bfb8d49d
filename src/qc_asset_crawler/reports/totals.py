"""Sum up the rows of a report. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping

from .values import FolderTotals, Row, State


def count_states(rows: Iterable[Row]) -> dict[State, int]:
    """Count the assets by state, the worst first; all states, also where there are none."""
    counts = Counter(row.state for row in rows)
    return {state: counts[state] for state in State}


def by_folder(rows: Iterable[Row]) -> list[FolderTotals]:
    """Sum up each folder, the worst first."""
    folders: dict[str, list[Row]] = {}
    for row in rows:
        folders.setdefault(row.folder, []).append(row)
    totals = (_sum_up(path, mine) for path, mine in folders.items())
    return sorted(totals, key=lambda one: (_badness(one.states), one.path))


def _sum_up(path: str, rows: list[Row]) -> FolderTotals:
    there = [row for row in rows if row.state is not State.MISSING]
    return FolderTotals(
        path=path,
        states=count_states(rows),
        attention=sum(bool(row.reasons) for row in rows),
        files=sum(row.files for row in there),
        bytes=sum(row.bytes for row in there),
    )


def _badness(states: Mapping[State, int]) -> tuple[int, ...]:
    return tuple(-states[state] for state in State if state is not State.PASS)
