"""One run of `qc-clean`: look, ask, remove, show."""

from ..cleanup import Allowance, CleanReport, Found, Standing, clean, look_for_artifacts
from ..cleanup.clean import OnFound
from ..crawler.events import Event, OnEvent, ProblemFound
from ..reports.described import Json
from ..text import json_text, show
from . import clean_words as words
from .clean_json import document
from .clean_progress import CleanProgress
from .command import Command, InHand
from .confirm import confirmed
from .ending import Ending
from .exits import Exit
from .lists import MOST_LISTED
from .progress import line_for


class CleanRun(Command):
    """One cleaning, asked for on a command line."""

    def __init__(self, *in_hand: *InHand) -> None:
        super().__init__(*in_hand)
        self.told: set[str] = set()

    def run(self) -> Ending:
        """Look, ask where somebody is there to be asked, remove, and show."""
        if self.options.yes and not self.options.dry_run:
            return self._remove(None)
        kept = _Kept(everything=True)
        report = self._look(kept)
        if self.options.dry_run or self.interruption() or not report.goes:
            return self._show(report, kept, self._ending(report))
        refused = Ending(Exit.USAGE, {"not-removed": report.goes})
        if not self.console.can_ask():
            self._show(report, kept, refused)
            self.console.say("WARNING", "nothing was removed; --yes removes without asking")
            return refused
        self._propose(report, kept)
        if confirmed(self.console, self.interruption, words.question(report)):
            return self._remove(report)
        ending = Ending(self.interruption.status) if self.interruption() else refused
        return self._show(report, kept, ending) if self.options.json else ending

    @property
    def _allowance(self) -> Allowance:
        options = self.options
        return Allowance(options.cache_only, options.include_verdicts, options.discard_unsent)

    def _look(self, kept: "_Kept") -> CleanReport:
        return look_for_artifacts(
            self.resolved.roots,
            self.resolved.settings,
            self._allowance,
            *self._listeners(kept),
            stopped=self.interruption,
        )

    def _remove(self, shown: CleanReport | None) -> Ending:
        """Remove what may go; what somebody was `shown`, or all."""
        kept = _Kept(everything=self.options.json)
        report = clean(
            self.resolved.roots,
            self.resolved.settings,
            self._allowance,
            *self._listeners(kept),
            agreement=shown.agreement if shown else None,
            stopped=self.interruption,
        )
        return self._show_removed(report, kept, shown)

    def _listeners(self, kept: "_Kept") -> tuple[OnEvent, OnFound]:
        line = line_for(self.console, self.options, self.terminal)
        progress = CleanProgress(line) if line else None

        def take(event: Event) -> None:
            if isinstance(event, ProblemFound):
                problem = event.problem
                self._tell(f"{problem.kind}: {show(problem.path)}: {problem.detail}")
            if progress:
                progress.take(event)

        def take_found(found: Found) -> None:
            kept.take(found)
            if found.artifact.standing is Standing.UNKNOWN:
                self._tell(" ".join(words.line_of(found).split()))
            if progress:
                progress.count(found)

        return take, take_found

    def _tell(self, text: str) -> None:
        """Name what could not be examined or removed when it is found, and only then."""
        if text not in self.told:
            self.told.add(text)
            self.console.say("WARNING", text)

    def _ending(self, report: CleanReport) -> Ending:
        if self.interruption():
            return Ending(self.interruption.status)
        failures = report.failures()
        return Ending(Exit.INCOMPLETE if failures else Exit.DONE, dict(failures))

    def _propose(self, report: CleanReport, kept: "_Kept") -> None:
        """Show on stderr what a yes would remove, and what would stay."""
        if self.options.quiet:
            return
        found = kept.sorted()
        lines = [
            *words.would_go(found, all_of_it=False),
            *words.stays(report, report.staying, found, self.options),
            *words.problems(report.problems),
            *words.totals(report, removed=False),
        ]
        for line in lines:
            self.console.line(line)

    def _show(self, report: CleanReport, kept: "_Kept", ending: Ending) -> Ending:
        """Show what would go, and what would stay."""
        found = kept.sorted()
        text = [
            *words.would_go(found, all_of_it=True),
            *words.totals(report, removed=False),
            *words.stays(report, report.staying, found, self.options),
            *words.problems(report.problems),
        ]
        self._write(document(report, found, ending, removed=False), text)
        return ending

    def _show_removed(
        self, report: CleanReport, kept: "_Kept", shown: CleanReport | None
    ) -> Ending:
        """Show what has gone and what stays; what somebody was shown already is left out."""
        found, ending = kept.sorted(), self._ending(report)
        staying = report.staying - shown.staying if shown else report.staying
        text = [
            *words.totals(report, removed=True),
            *words.stays(report, staying, found, self.options),
            *words.problems(report.problems),
        ]
        self._write(document(report, found, ending, removed=True), text)
        return ending

    def _write(self, as_json: Json, text: list[str]) -> None:
        if self.options.json:
            self.console.result(json_text(as_json))
        elif not self.options.quiet:
            self.console.result("\n".join(text) + "\n")


class _Kept:
    """What is to be shown: everything, or of what stays as much as fits on a screen."""

    def __init__(self, *, everything: bool) -> None:
        self.everything = everything
        self.found: list[Found] = []
        self._stay: dict[str, int] = {}

    def take(self, found: Found) -> None:
        """Take one artifact."""
        if not self.everything:
            standing = found.artifact.standing
            self._stay[standing] = self._stay.get(standing, 0) + 1
            if found.goes or self._stay[standing] > MOST_LISTED:
                return
        self.found.append(found)

    def sorted(self) -> list[Found]:
        """Return it in the order of paths."""
        return sorted(self.found, key=lambda found: found.path)
