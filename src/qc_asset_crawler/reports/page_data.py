"""The rows of a report as compact JSON for the page, which `page.js` reads. Pure."""

import json

from ..text import cut, show
from .judge import first_reasons
from .strip import missing_of, strip_of
from .totals import count_states
from .values import Concern, Kind, Report, Row, State

_CONCERNS = {concern: at for at, concern in enumerate(Concern)}
_KINDS = {kind: at for at, kind in enumerate(Kind)}
_STATES = {state: at for at, state in enumerate(State)}
_USUAL_SUFFIX = ".qc.json"
_MOST_CHARS = 500
_MOST_VERDICTS = 20
# What could end the element that holds the data, or a line of a script.
_ESCAPES = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"})


class _Words:
    """Texts that occur again and again, each kept once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, printable: str) -> int:
        """Return the number of a text."""
        return self._numbers.setdefault(printable, len(self._numbers))

    def all(self) -> list[str]:
        """Return the texts in the order of their numbers."""
        return list(self._numbers)


def page_data(report: Report) -> str:
    """Write what the page draws its rows from; safe inside an element of HTML."""
    folders, words = _Words(), _Words()
    rows = [_row(row, folders, words) for row in report.rows]
    document = {
        "states": list(State),
        "counts": list(count_states(report.rows).values()),
        "concerns": list(Concern),
        "kinds": list(Kind),
        "most_verdicts": _MOST_VERDICTS,
        "rows": rows,
        "folders": folders.all(),
        "words": words.all(),
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.translate(_ESCAPES)


def _row(row: Row, folders: _Words, words: _Words) -> list[object]:
    """Lay one asset out; `page.js` knows the positions. 0 stands for nothing."""
    sidecar = row.sidecar
    sequence = sidecar.sequence if sidecar else None
    usual = row.place == f".qc/{row.name}{_USUAL_SUFFIX}"
    return [
        folders.number(show(row.folder)),
        show(row.name),
        _KINDS[row.kind],
        _STATES[row.state],
        [part for r in first_reasons(row) for part in (_CONCERNS[r.concern], words.number(r.text))]
        or 0,
        cut(show(sequence.frames), _MOST_CHARS) if sequence else "",
        sequence.frame_count if sequence else 0,
        missing_of(sequence) if sequence else 0,
        _strip(row),
        row.files,
        row.bytes,
        _minutes(sidecar.qc_time) if sidecar else "",
        0 if usual else show(row.place),
        _verdicts(row, words),
        *([] if show(row.path) == row.path else [1]),  # what is shown is not its name
    ]


def _strip(row: Row) -> list[int] | int:
    runs = strip_of(row.sidecar, gone=row.state is State.MISSING) if row.sidecar else ()
    return [part for run in runs for part in run] or 0


def _verdicts(row: Row, words: _Words) -> list[object] | int:
    verdicts = row.sidecar.verdicts[-_MOST_VERDICTS:] if row.sidecar else ()
    return [
        part
        for verdict in verdicts
        for part in (
            words.number(show(verdict.qc_result)),
            words.number(show(verdict.operator)),
            _minutes(verdict.qc_time),
            words.number(cut(show(verdict.notes), _MOST_CHARS)),
        )
    ] or 0


def _minutes(time: str) -> str:
    """Shorten a time to its minutes: "2025-11-13 17:27"."""
    return show(time[:16].replace("T", " "))
