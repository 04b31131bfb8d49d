"""Write reports to the files their users named, and say so."""

from collections.abc import Callable, Iterable

from ..config import Resolved
from ..errors import RecordError, UsageError
from ..reports.destination import Destination, destination_of, write_report
from ..reports.gather import gather_report
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
        try:
            write_report(report, destination)
        except RecordError as error:
            _tell(console, destination, error)
            failed += 1
        else:
            console.say("INFO", f"wrote {show(destination.path)}")
    return {_UNWRITTEN: failed} if failed else {}


def _tell(console: Console, destination: Destination, error: RecordError | UsageError) -> None:
    console.say("WARNING", f"{_UNWRITTEN}: {show(destination.path)}: {error}")


class Reporting:
    """The report that a crawl ends with."""

    def __init__(self, resolved: Resolved, console: Console, path: str) -> None:
        """Check that it can be written.

        Raises:
            UsageError: it cannot.
        """
        self._resolved = resolved
        self._console = console
        self._destination = destination_of("--report", path, resolved.settings)

    def write(self, stopped: Callable[[], bool]) -> dict[str, int]:
        """Read what is recorded now, and write it; return a count of what failed, by kind.

        What cannot be examined was named by the crawl already.
        """
        roots, settings = self._resolved.roots, self._resolved.settings
        try:
            report = gather_report(roots, settings, stopped=stopped)
        except UsageError as error:  # a ROOT has gone meanwhile
            _tell(self._console, self._destination, error)
            return {_UNWRITTEN: 1}
        return {} if report.interrupted else write_all(self._console, report, [self._destination])
