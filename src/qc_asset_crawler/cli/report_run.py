"""One run of `qc-report`: read the sidecars, show, write."""

from collections import Counter

from ..columns import columns_of
from ..crawler.events import Event, OnEvent, ProblemFound
from ..reports.described import Json
from ..reports.destination import Destination, destination_of
from ..reports.gather import gather_report
from ..reports.jsonout import report_json
from ..reports.shards import Merged
from ..reports.table import Paint
from ..reports.values import Report
from ..text import json_text, show
from .command import Command
from .ending import Ending
from .exits import Exit
from .lists import MOST_LISTED
from .merge_words import merge_words, merged_json
from .progress import FolderProgress, line_for
from .report_file import write_all
from .report_words import Room, report_words


class ReportRun(Command):
    """One report, asked for on a command line."""

    def run(self, paint: Paint, merged: Merged | None) -> Ending:
        """Read, show and write; `merged` are the runs of shards to be summed up besides.

        Raises:
            UsageError: a ROOT or a FILE is wrong.
        """
        destinations = self._destinations()
        report = gather_report(
            self.resolved.roots,
            self.resolved.settings,
            self._listener(),
            stopped=self.interruption,
        )
        failures = report.failures()
        if not report.interrupted:
            failures |= write_all(self.console, report, destinations)
        ending = self._ending(failures, merged)
        self._show(report, ending, merged, paint)
        return ending

    def _destinations(self) -> list[Destination]:
        given = ("--html", self.options.html), ("--csv", self.options.csv)
        settings = self.resolved.settings
        return [
            destination_of(flag, path, settings, (f".{flag.removeprefix('--')}",))
            for flag, path in given
            if path is not None
        ]

    def _listener(self) -> OnEvent:
        line = line_for(self.console, self.options, self.terminal)
        progress = FolderProgress(line) if line else None

        def take(event: Event) -> None:
            if isinstance(event, ProblemFound):
                problem = event.problem
                text = f"{problem.kind}: {show(problem.path)}: {problem.detail}"
                self.console.say("WARNING", text)
            if progress:
                progress.take(event)

        return take

    def _ending(self, failures: dict[str, int], merged: Merged | None) -> Ending:
        if self.interruption():
            return Ending(self.interruption.status)
        if merged is None:
            return Ending(Exit.INCOMPLETE if failures else Exit.DONE, failures)
        return _merged_ending(failures, merged)

    def _show(self, report: Report, ending: Ending, merged: Merged | None, paint: Paint) -> None:
        if self.options.json:
            exit_json: Json = {"status": int(ending.status), "reasons": dict(ending.reasons)}
            runs: Json = {"runs": merged_json(merged)} if merged else {}
            self.console.result(json_text(report_json(report, exit_json) | runs))
        elif not self.options.quiet:
            lines = report_words(report, self._room(), self.options, paint)
            lines += merge_words(merged) if merged else []
            self.console.result("\n".join(lines) + "\n")

    def _room(self) -> Room:
        """Return how much fits on a screen; whoever reads a pipe or a file gets everything."""
        if not self.console.out.isatty():
            return Room()
        return Room(columns_of(self.console.out), MOST_LISTED)


def _merged_ending(failures: dict[str, int], merged: Merged) -> Ending:
    """End as the worst of the runs did, and with 3 where not all of them are there."""
    reasons = Counter(failures) | Counter(merged.reasons())
    odd = {run.status for run in merged.runs} - {Exit.DONE}
    if failures or not merged.is_complete or odd - {Exit.REFUSED, Exit.UNTOLD}:
        return Ending(Exit.INCOMPLETE, reasons)
    return Ending(min(odd, default=Exit.DONE), reasons)
