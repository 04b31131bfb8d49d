"""One run of `qc-crawl`: survey, ask, crawl, show."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from ..crawler import AssetResult, CrawlReport, Problem, Survey, crawl, deliver, survey
from ..crawler.events import AssetDone, Event, OnEvent, ProblemFound, Warned, silent
from ..crawler.report import failures
from ..settings import Settings
from ..text import json_text, show
from .ask import agreed, question, signable
from .command import Command, InHand
from .confirm import confirmed
from .ending import Ending
from .exits import Exit
from .jsonout import (
    asset_json,
    document,
    summary_json,
    survey_document,
    survey_summary_json,
    surveyed_json,
)
from .progress import Progress, line_for
from .summary import delivery_summary, summary, survey_summary
from .trak_words import notices

_NONE: Mapping[str, int] = MappingProxyType({})

if TYPE_CHECKING:
    from .report_file import Reporting


class Run(Command):
    """One crawl or delivery, asked for on a command line."""

    def __init__(self, *in_hand: *InHand) -> None:
        super().__init__(*in_hand)
        self.results: list[AssetResult] = []

    @property
    def settings(self) -> Settings:
        """The settings, as resolved."""
        return self.resolved.settings

    def dry(self) -> Ending:
        """Show what a run would find, read and sign."""
        found = self._survey()
        for problem in found.problems:
            self._tell(problem)
        ending = self._ending(
            failures(found.problems, operator_run=self.settings.signing is not None)
        )
        if self.options.json:
            self.console.result(json_text(survey_document(found, ending)))
        elif self.options.json_lines:
            for asset in found.assets:
                self.console.result(json_text(surveyed_json(asset), indent=None))
            totals = {"summary": survey_summary_json(found, ending)}
            self.console.result(json_text(totals, indent=None))
        elif not self.options.quiet:
            self.console.result(survey_summary(found, self.settings))
        return ending

    def record(self) -> Ending:
        """Deliver; or crawl, after asking where a person is there to be asked.

        Raises:
            UsageError: a ROOT is wrong, or a report cannot be written where it is to go.
        """
        settings, run = self.settings, deliver if self.options.deliver else crawl
        reporting = self._reporting()
        if settings.signing is not None and not self.options.yes and self.console.can_ask():
            found = self._survey()
            if self.interruption():
                return Ending(self.interruption.status)
            if signable(found) and not self._agrees(found):
                if self.interruption():
                    return Ending(self.interruption.status)
                return Ending(Exit.USAGE, {"not-signed": len(signable(found))})
            settings = agreed(settings, found)
        report = run(self.resolved.roots, settings, self._listener(), stopped=self.interruption)
        failures = report.failures()
        if reporting and not report.interrupted:
            failures |= reporting.write(self.interruption)
        ending = self._ending(failures, report.refused, report.untold())
        self._show(report, ending)
        return ending

    def _reporting(self) -> "Reporting | None":
        """Check, before anything starts, whether the report that is asked for can be written."""
        if self.options.report is None:
            return None
        from .report_file import Reporting  # noqa: PLC0415 - not needed by most runs

        return Reporting(self.resolved, self.console, self.options.report)

    def _agrees(self, found: Survey) -> bool:
        for line in question(found, self.settings):
            self.console.line(line)
        return confirmed(self.console, self.interruption, "sign?")

    def _survey(self) -> Survey:
        progress = self._progress()
        return survey(
            self.resolved.roots,
            self.settings,
            progress.take if progress else silent,
            stopped=self.interruption,
        )

    def _ending(
        self, failures: Mapping[str, int], refused: Mapping[str, int] = _NONE, untold: int = 0
    ) -> Ending:
        if self.interruption():
            keeps_nothing = self.options.verify or self.options.dry_run
            words = "interrupted; the next run begins anew" if keeps_nothing else ""
            return Ending(self.interruption.status, words=words)
        waiting = {"waiting-for-trak": untold} if untold else {}
        causes = {Exit.INCOMPLETE: failures, Exit.REFUSED: refused, Exit.UNTOLD: waiting}
        status = next((status for status, why in causes.items() if why), Exit.DONE)
        return Ending(status, {**failures, **refused, **waiting})

    def _progress(self) -> Progress | None:
        line = line_for(self.console, self.options, self.terminal)
        return Progress(line) if line else None

    def _listener(self) -> OnEvent:
        progress = self._progress()

        def take(event: Event) -> None:
            if isinstance(event, ProblemFound):
                self._tell(event.problem)
            elif isinstance(event, Warned):
                self.console.say("WARNING", event.text)
            elif isinstance(event, AssetDone):
                self._done(event.result)
            if progress:
                progress.take(event)

        return take

    def _tell(self, problem: Problem) -> None:
        """Name a problem when it is found; the summary lists only the first ones again."""
        detail = f"{problem.kind}: {show(problem.path)}: {problem.detail}"
        self.console.say("WARNING", detail)

    def _done(self, result: AssetResult) -> None:
        self.console.say("DEBUG", f"{result.action} {result.content_state}: {show(result.path)}")
        if self.options.json:
            self.results.append(result)
        elif self.options.json_lines:
            self.console.result(json_text(asset_json(result), indent=None))

    def _show(self, report: CrawlReport, ending: Ending) -> None:
        if self.options.quiet or self.options.json or self.options.json_lines:
            for line in notices(report.trak):
                self.console.say("WARNING", line.strip())
        if self.options.json:
            self.console.result(json_text(document(report, self.results, ending, self.options)))
        elif self.options.json_lines:
            totals = {"summary": summary_json(report, ending, self.options)}
            self.console.result(json_text(totals, indent=None))
        elif not self.options.quiet:
            compose = delivery_summary if self.options.deliver else summary
            self.console.result(compose(report, self.settings))
