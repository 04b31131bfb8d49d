"""A report in words: counts, the folders, what needs attention, what to do next."""

from argparse import Namespace
from typing import NamedTuple

from ..crawler.report import ProblemKind
from ..reports.judge import attention, first_reasons
from ..reports.table import Paint, table
from ..reports.totals import by_folder, count_states
from ..reports.values import Concern, Report, Row, State
from ..text import plural, show
from .lists import printable
from .shell import shell_word

_TO_LOOK_AT = {Concern.MODIFIED, Concern.PENDING}


class Room(NamedTuple):
    """How much is shown: so many columns, and so many lines of each list; None: no limit."""

    columns: int | None = None
    lines: int | None = None


def report_words(report: Report, room: Room, options: Namespace, paint: Paint) -> list[str]:
    """Compose what a terminal shows; what needs attention comes last."""
    urgent = attention(report.rows)
    lines = [_headline(report)]
    if report.rows:
        lines += table(by_folder(report.rows), room.columns, room.lines, paint)
    lines += report.unlike.in_words()
    if urgent or report.problems:
        lines.append("needs attention:")
        lines += _capped([_attention(row, paint) for row in urgent], room)
        lines += _capped(
            [f"  {p.kind}  {show(p.path)}: {printable(p.detail)}" for p in report.problems], room
        )
    if step := _next(report, urgent, options):
        lines.append(f"next: {step}")
    return lines


def _headline(report: Report) -> str:
    counts = count_states(report.rows)
    states = ", ".join(f"{count:,} {state}" for state, count in counts.items() if count)
    seen = f"{plural(report.folders_seen, 'folder')} looked at in {report.seconds:.1f} s"
    head = f"{plural(len(report.rows), 'asset')}{f': {states}' if states else ''} ({seen})"
    return f"interrupted; so far {head}" if report.interrupted else head


def _attention(row: Row, paint: Paint) -> str:
    reasons = "; ".join(reason.text for reason in first_reasons(row))
    return f"  {paint(row.state, row.state.value)}  {show(row.path)}: {reasons}"


def _capped(lines: list[str], room: Room) -> list[str]:
    if room.lines is None or len(lines) <= room.lines:
        return lines
    return [*lines[: room.lines], f"  … and {len(lines) - room.lines:,} more"]


def _next(report: Report, urgent: list[Row], options: Namespace) -> str:
    """Name the next useful command."""
    roots = " ".join(map(shell_word, report.roots))
    if report.interrupted or not any(row.sidecar or _is_damaged(row) for row in report.rows):
        return ""
    if report.unlike.unrecorded or report.unlike.gone or any(map(_is_damaged, urgent)):
        return f"qc-crawl {roots} records what has changed"
    look_at = [row for row in urgent if row.reasons[0].concern in _TO_LOOK_AT]
    if look_at:
        return f"look at it, then: {_signing(shell_word(look_at[0].path))}"
    if any(row.state is State.PENDING for row in report.rows):
        return f"look at what is pending, then: {_signing(roots)}"
    return "" if options.html else f"qc-report --html report.html {roots}"


def _is_damaged(row: Row) -> bool:
    """Tell whether a crawl would set a sidecar aside; one of a newer schema it leaves alone."""
    return row.flaw is not None and row.flaw.kind is not ProblemKind.NEWER_SIDECAR


def _signing(what: str) -> str:
    return f"qc-crawl --result pass --note '…' {what}"
