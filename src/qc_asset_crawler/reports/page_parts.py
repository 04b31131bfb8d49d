"""The parts of the page that are there without a script. Pure.

Everything that comes from a name or a person goes through `text`.
"""

from collections.abc import Iterable
from html import escape
from urllib.parse import quote

from ..crawler.report import Problem
from ..text import human_bytes, plural, show
from .judge import attention, first_reasons
from .strip import Cell, Strip, missing_of, strip_of
from .totals import by_folder, count_states
from .values import Report, Row, State

MOST_URGENT = 200
MOST_FOLDERS = 30
# As `page.css` cuts them for paper.
_ON_FIRST_PAGE = 6
_FOLDERS_ON_PAPER = 8
_BAR_WIDTH = 1000
_CLASSES = {
    Cell.PRESENT: "present",
    Cell.MISSING: "gap",
    Cell.DAMAGED: "damaged",
    Cell.PARTLY: "partly",
}


def text(name: str) -> str:
    """Return a name, or what a person wrote, as text of HTML."""
    return escape(show(name))


def title(report: Report) -> str:
    """Name the page."""
    return f"QC report: {', '.join(map(text, report.roots))}"


def roots(report: Report) -> str:
    """Say what the report is about."""
    return "<br>".join(map(text, report.roots))


def made(report: Report) -> str:
    """Say when it was made: "2025-11-13 17:27"."""
    return text(report.made[:16].replace("T", " "))


def headline(report: Report) -> str:
    """Say in one sentence how it stands."""
    total, urgent = len(report.rows), sum(bool(row.reasons) for row in report.rows)
    passed = count_states(report.rows)[State.PASS]
    if not total:
        return "No assets are recorded."
    head = f"{urgent:,} of {plural(total, 'asset')} need attention" if urgent else (
        f"None of {plural(total, 'asset')} needs attention"
    )  # fmt: skip
    return f"{head}; {passed:,} passed ({100 * passed // total} %)."


def bar(report: Report) -> str:
    """Draw the states as parts of the whole."""
    paths, start, total = [], 0, len(report.rows)
    for state, count in count_states(report.rows).items():
        if count:
            x, width = (n * _BAR_WIDTH / total for n in (start, count))
            paths.append(f'<path class="{state}" d="M{x:.1f} 0h{width:.1f}v8h-{width:.1f}z"/>')
        start += count
    return _svg("bar", _BAR_WIDTH, paths, "states") if paths else ""


def counts(report: Report) -> str:
    """Count the states."""
    return "".join(
        f'<li class="{state}"><b>{count:,}</b> {state}</li>'
        for state, count in count_states(report.rows).items()
        if count
    )


def notes(report: Report) -> str:
    """Say what the counts do not tell."""
    lines = report.unlike.in_words()
    if report.problems:
        lines.append(f"could not be read, see below: {plural(len(report.problems), 'place')}")
    return "".join(f'<p class="quiet">{line}</p>' for line in lines)


def first_page(report: Report) -> str:
    """Say on paper that the first page does not list everything."""
    count = len(report.problems) + len(attention(report.rows))
    if count <= _ON_FIRST_PAGE:
        return ""
    return f'<span class="print">the first {_ON_FIRST_PAGE} of {count:,}; more overleaf</span>'


def urgent(report: Report) -> str:
    """List what needs attention, the worst first, with a count of what is not listed."""
    rows = attention(report.rows)
    problems = report.problems[:MOST_URGENT]
    items = [*map(_problem, problems), *map(_item, rows[: MOST_URGENT - len(problems)])]
    if not items:
        return "<p>Nothing.</p>"
    more = len(rows) + len(report.problems) - len(items)
    rest = f"<p>… and {more:,} more.</p>" if more else ""
    return f'<ol class="urgent" tabindex="0">{"".join(items)}</ol>{rest}'


def _problem(problem: Problem) -> str:
    return (
        f'<li><span class="badge unknown">{text(problem.kind)}</span> '
        f'<span class="path">{text(problem.path)}</span> '
        f'<span class="quiet">{text(problem.detail)}</span></li>'
    )


def _item(row: Row) -> str:
    reasons = "".join(f"<li>{escape(reason.text)}</li>" for reason in first_reasons(row))
    drawn = strip_of(row.sidecar, gone=row.state is State.MISSING) if row.sidecar else ()
    return (
        f'<li><span class="badge {row.state}">{row.state}</span> '
        f'<a class="path" href="#{_fragment(row)}">{text(row.path)}</a>'
        f'<ul class="why">{reasons}</ul>{_strip(row, drawn)}</li>'
    )


def _fragment(row: Row) -> str:
    return quote(show(row.path), safe="")


def _strip(row: Row, strip: Strip) -> str:
    if all(run.cell is Cell.PRESENT for run in strip):
        return ""
    pieces: dict[Cell, list[str]] = {}
    start = 0
    for cell, length in strip:
        pieces.setdefault(cell, []).append(f"M{start} 0h{length}v8h-{length}z")
        start += length
    paths = [f'<path class="{_CLASSES[cell]}" d="{"".join(d)}"/>' for cell, d in pieces.items()]
    sequence = row.sidecar.sequence if row.sidecar else None
    label = f"{sequence.frame_count:,} frames, {missing_of(sequence):,} missing" if sequence else ""
    return _svg("strip", start, paths, label)


def _svg(kind: str, width: int, paths: Iterable[str], label: str) -> str:
    return (
        f'<svg class="{kind}" viewBox="0 0 {width} 8" preserveAspectRatio="none" '
        f'role="img" aria-label="{label}">{"".join(paths)}</svg>'
    )


def folders(report: Report) -> str:
    """Sum up the folders, the worst first, with a count of those that are not listed."""
    totals = by_folder(report.rows)
    states = [state for state in State if any(folder.states[state] for folder in totals)]
    heads = "".join(f'<th class="number {state}">{state}</th>' for state in states)
    lines = [
        "<tr>"
        + "".join(_count(folder.states[state], state) for state in states)
        + f'<td class="number">{human_bytes(folder.bytes)}</td>'
        + f'<td class="path">{text(folder.path)}</td></tr>'
        for folder in totals[:MOST_FOLDERS]
    ]
    if not lines:
        return "<p>None.</p>"
    rest = _more_folders(len(totals), MOST_FOLDERS, "screen")
    rest += _more_folders(len(totals), _FOLDERS_ON_PAPER, "print")
    head = f'<tr>{heads}<th class="number">size</th><th>folder</th></tr>'
    return f"<table><thead>{head}</thead><tbody>{''.join(lines)}</tbody></table>{rest}"


def _more_folders(total: int, most: int, where: str) -> str:
    """Say how many folders are not listed; on paper it is fewer that are."""
    more = max(total - most, 0)
    return f'<p class="{where}">… and {plural(more, "more folder")}.</p>' if more else ""


def _count(count: int, state: State) -> str:
    return f'<td class="number {state}">{count:,}</td>' if count else '<td class="number">·</td>'
