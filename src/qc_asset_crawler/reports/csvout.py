"""A report as CSV that a spreadsheet can open: one row an asset. Pure."""

import re
from collections.abc import Callable, Iterable

from ..model import Sidecar
from ..text import cut, show
from .values import Reason, Report, Row

# What a spreadsheet takes for the beginning of a formula; the wide forms count in some countries.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What it takes for a number or a date; without the spaces. Each part can match in one way only, so
# that a long cell takes no longer than its length. Months are those of English.
_NUMBER = r"[($€£¥%]*[\d.,'\u2019]+(?:e[+-]?\d+)?[)$€£¥%-]*"
_DATE = r"\d+(?:[-/.:]\d+)*(?:[ap]m?)?"
_NAMED_DATE = (
    r"[\d.,/-]*(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)[\d.,:/-]*(?:[ap]m?)?"
)
_KANJI_DATE = r"[\d年月日時分秒]+"
_WORKED_OUT = re.compile("|".join((_NUMBER, _DATE, _NAMED_DATE, _KANJI_DATE)), re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_MOST_CHARS = 32_000  # a cell of Excel holds 32,767

_Cell = str | int | tuple[Reason, ...] | None


def csv_bytes(report: Report) -> bytes:
    """Lay a report out: UTF-8 with a byte-order mark, every cell quoted, lines end in CR LF."""
    lines = [_line(_COLUMNS), *(_line(_cells(row)) for row in report.rows)]
    return "".join(lines).encode("utf-8-sig")


def _line(cells: Iterable[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\r\n"


def _cells(row: Row) -> Iterable[str]:
    for read in _COLUMNS.values():
        value = read(row)
        if isinstance(value, tuple):
            yield defuse("; ".join(reason.text for reason in value))
        elif value is None:
            yield ""
        else:
            yield str(value) if isinstance(value, int) else defuse(show(value))


def defuse(text: str) -> str:
    """Make of a printable text what a spreadsheet does not work out.

    So that ``1-12``, a range of frames, becomes no day in December, and ``00012E5`` no number.
    """
    text = cut(text, _MOST_CHARS)
    return f"'{text}" if text.startswith(_FORMULA) or _is_worked_out(text) else text


def _is_worked_out(text: str) -> bool:
    return bool(_DIGIT.search(text) and _WORKED_OUT.fullmatch("".join(text.split())))


def _of(read: Callable[[Sidecar], _Cell]) -> Callable[[Row], _Cell]:
    """Make a column of what is recorded; empty where nothing is."""
    return lambda row: None if row.sidecar is None else read(row.sidecar)


_COLUMNS: dict[str, Callable[[Row], _Cell]] = {
    "state": lambda row: row.state.value,
    "needs_attention": lambda row: row.reasons,
    "folder": lambda row: row.folder,
    "name": lambda row: row.name,
    "kind": lambda row: row.kind.value,
    "qc_result": _of(lambda sidecar: sidecar.qc_result),
    "content_state": _of(lambda sidecar: sidecar.content_state),
    "qc_time": _of(lambda sidecar: sidecar.qc_time),
    "verdict": _of(lambda sidecar: sidecar.verdict and sidecar.verdict.qc_result),
    "verdict_by": _of(lambda sidecar: sidecar.verdict and sidecar.verdict.operator),
    "verdict_time": _of(lambda sidecar: sidecar.verdict and sidecar.verdict.qc_time),
    "verdict_notes": _of(lambda sidecar: sidecar.verdict and sidecar.verdict.notes),
    "verdicts": _of(lambda sidecar: len(sidecar.verdicts)),
    "frames": _of(lambda sidecar: sidecar.sequence and sidecar.sequence.frames),
    "frame_count": _of(lambda sidecar: sidecar.sequence and sidecar.sequence.frame_count),
    "holes": _of(lambda sidecar: sidecar.sequence and sidecar.sequence.holes),
    "files": _of(lambda sidecar: sidecar.cheap_fp and sidecar.cheap_fp.files),
    "bytes": _of(lambda sidecar: sidecar.cheap_fp and sidecar.cheap_fp.bytes),
    "findings": _of(lambda sidecar: ", ".join(sorted({f.kind for f in sidecar.findings}))),
    "asset_id": _of(lambda sidecar: sidecar.asset_id),
    "qc_id": _of(lambda sidecar: sidecar.qc_id),
    "content_hash": _of(lambda sidecar: sidecar.content_hash),
    "sidecar": lambda row: row.sidecar_path,
}
