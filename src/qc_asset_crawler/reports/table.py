"""A report as a table of folders that fits on a terminal. Pure."""

from collections.abc import Callable, Iterable, Sequence

from ..columns import fit_end
from ..text import plural, show
from .values import FolderTotals, State

Paint = Callable[[State, str], str]
_GAP = "  "
_LEAST_FOR_PATH = 12


def unpainted(state: State, text: str) -> str:
    """Leave a text as it is."""
    return text


def table(
    folders: Sequence[FolderTotals],
    columns: int | None = None,
    most: int | None = None,
    paint: Paint = unpainted,
) -> list[str]:
    """Lay folders out, one a line, with a column for each state that occurs.

    `columns` is how many the terminal has (None: there is no limit), `most` how many folders are
    shown. The path comes last, and loses its beginning where it is too long.
    """
    shown = folders[:most]
    states = [state for state in State if any(folder.states[state] for folder in folders)]
    widths = {state: _width(state, shown) for state in states}
    head = _GAP.join(f"{state.value:>{widths[state]}}" for state in states)
    room = None if columns is None else max(columns - 1 - len(head) - len(_GAP), _LEAST_FOR_PATH)
    lines = [f"{head}{_GAP}folder"]
    for folder in shown:
        counts = (_count(folder, state, widths[state], paint) for state in states)
        path = show(folder.path)
        lines.append(f"{_GAP.join(counts)}{_GAP}{path if room is None else fit_end(path, room)}")
    if more := len(folders) - len(shown):
        lines.append(f"… and {plural(more, 'more folder')}")
    return lines


def _width(state: State, folders: Iterable[FolderTotals]) -> int:
    return max(len(state.value), *(len(f"{folder.states[state]:,}") for folder in folders))


def _count(folder: FolderTotals, state: State, width: int, paint: Paint) -> str:
    count = folder.states[state]
    return paint(state, f"{count:>{width},}") if count else f"{'·':>{width}}"
