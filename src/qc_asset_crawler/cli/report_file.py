"""Write reports to the files their users named, and say so."""

from collections.abc import Iterable

from ..errors import RecordError
from ..reports.destination import Destination, write_report
from ..reports.values import Report
from ..text import show
from .console import Console

_UNWRITTEN = "unwritten"


def write_all(
    console: Console, report: Report, destinations: Iterable[Destination]
) -> dict[str, int]:
    """Write each report; return a count, by kind, of those that could not be."""
    failed = 0
    for destination in destinations:
        path = show(destination.path)
        try:
            write_report(report, destination)
        except RecordError as error:
            console.say("WARNING", f"{_UNWRITTEN}: {path}: {error}")
            failed += 1
        else:
            console.say("INFO", f"wrote {path}")
    return {_UNWRITTEN: failed} if failed else {}
