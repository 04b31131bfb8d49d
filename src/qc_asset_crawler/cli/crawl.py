"""`qc-crawl`: resolve, run, show."""

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..config import resolve
from ..crawler import AssetResult, CrawlReport, Survey, crawl, survey
from ..crawler.events import AssetDone, Event, OnEvent, ProblemFound, Warned, silent
from ..errors import UsageError
from ..settings import Settings
from ..text import json_text, show
from .ask import agreed, confirm, question
from .console import Console
from .exits import Ending, Exit
from .jsonout import (
    asset_json,
    document,
    summary_json,
    survey_document,
    survey_summary_json,
    surveyed_json,
)
from .parser import build_parser, raw_arguments
from .progress import Progress
from .signals import Interruption, interruptible
from .summary import summary, survey_summary

COMMAND = "qc-crawl"


def main(argv: list[str], environ: Mapping[str, str], checkout: Path | None) -> int:
    """Run `qc-crawl` and return its exit status.

    Raises:
        UsageError: an argument, a configuration value or a ROOT is wrong.
    """
    options = build_parser().parse_args(argv)
    if options.json and options.json_lines:
        raise UsageError("--json and --json-lines exclude each other")
    resolved = resolve(raw_arguments(options), environ, checkout)
    console = Console(COMMAND, level=resolved.log_level)
    for warning in resolved.warnings:
        console.say("WARNING", warning)
    with interruptible() as interruption:
        run = _Run(options, resolved.settings, console, interruption, environ.get("TERM", ""))
        ending = run.dry() if options.dry_run else run.crawl()
    console.erase()
    if ending.status != Exit.DONE:
        console.line(ending.line(COMMAND))
    return ending.status


@dataclass(frozen=True, slots=True)
class _Run:
    options: Namespace
    settings: Settings
    console: Console
    interruption: Interruption
    terminal: str
    results: list[AssetResult] = field(default_factory=list)

    def dry(self) -> Ending:
        """Show what a run would find, read and sign."""
        found = self._survey()
        ending = self._ending(Counter(p.kind.value for p in found.problems))
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

    def crawl(self) -> Ending:
        """Crawl, after asking where a person is there to be asked."""
        settings = self.settings
        if settings.asset_id is not None:
            self._check_one_asset()
        if settings.signing is not None and not self.options.yes and self._on_terminal():
            found = self._survey()
            if self.interruption():
                return Ending(self.interruption.status)
            with self.interruption.raising():
                if not confirm(self.console, sys.stdin, question(found, settings)):
                    return Ending(Exit.USAGE, {"not-signed": len(found.assets)})
            settings = agreed(settings, found)
        report = crawl(self.options.roots, settings, self._listener(), stopped=self.interruption)
        ending = self._ending(report.failures())
        self._show(report, ending)
        return ending

    def _survey(self) -> Survey:
        progress = self._progress()
        return survey(
            self.options.roots,
            self.settings,
            progress.take if progress else silent,
            stopped=self.interruption,
        )

    def _check_one_asset(self) -> None:
        found = self._survey()
        if len(found.assets) != 1:
            raise UsageError(
                f"--asset-id is for exactly one asset, and ROOT holds {len(found.assets):,}; "
                "give the file or the pattern"
            )

    def _on_terminal(self) -> bool:
        return sys.stdin.isatty() and self.console.err.isatty()

    def _ending(self, failures: Mapping[str, int]) -> Ending:
        if self.interruption():
            return Ending(self.interruption.status)
        return Ending(Exit.INCOMPLETE if failures else Exit.DONE, dict(failures))

    def _progress(self) -> Progress | None:
        wanted, err = self.options.progress, self.console.err
        if wanted == "never" or (self.options.quiet and wanted != "always"):
            return None
        live = (wanted == "always" or err.isatty()) and self.terminal != "dumb"
        return Progress(self.console, live=live)

    def _listener(self) -> OnEvent:
        progress = self._progress()

        def take(event: Event) -> None:
            if isinstance(event, ProblemFound):
                problem = event.problem
                self.console.say(
                    "WARNING", f"{problem.kind}: {show(problem.path)}: {problem.detail}"
                )
            elif isinstance(event, Warned):
                self.console.say("WARNING", event.text)
            elif isinstance(event, AssetDone):
                self._done(event.result)
            if progress:
                progress.take(event)

        return take

    def _done(self, result: AssetResult) -> None:
        self.console.say("DEBUG", f"{result.action} {result.content_state}: {show(result.path)}")
        if self.options.json:
            self.results.append(result)
        elif self.options.json_lines:
            self.console.result(json_text(asset_json(result), indent=None))

    def _show(self, report: CrawlReport, ending: Ending) -> None:
        if self.options.json:
            self.console.result(json_text(document(report, self.results, ending)))
        elif self.options.json_lines:
            totals = {"summary": summary_json(report, ending)}
            self.console.result(json_text(totals, indent=None))
        elif not self.options.quiet:
            self.console.result(summary(report, self.settings))
