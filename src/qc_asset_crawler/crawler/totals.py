"""Sum up a run. Touched by one thread only, which also tells the events."""

from collections import Counter

from ..outbox import NO_DEBTS
from ..sequences.walk import Unopened
from ..settings import QCResult, Settings
from ..text import show
from .events import (
    AssetDone,
    BytesHashed,
    Delivering,
    Event,
    FolderDone,
    OnEvent,
    OthersPassed,
    ProblemFound,
    Warned,
)
from .finding import Others, Share
from .gate import refused
from .place import Root
from .report import (
    AssetResult,
    CrawlReport,
    FolderOutcome,
    FolderTold,
    Notice,
    Problem,
    TrakReport,
    needs_attention,
)
from .roots import empty_roots, unnumbered_roots, unopened_problem


class Totals:
    """The running totals of a crawl."""

    def __init__(self, on_event: OnEvent, settings: Settings) -> None:
        self._on_event = on_event
        self._operator_run = settings.signing is not None
        self._fail_on = settings.fail_on
        self._expected = settings.expected
        self._share = Share(settings.part)
        self._refused: Counter[str] = Counter()
        self._states: Counter[str] = Counter()
        self._actions: Counter[str] = Counter()
        self._results: Counter[str] = Counter()
        self._kinds: Counter[str] = Counter()
        self._skipped: Counter[str] = Counter()
        self._not_looked_at: Counter[str] = Counter()
        self._found_in: Counter[str] = Counter()
        self._numbered_in: Counter[str] = Counter()
        self._counts: Counter[str] = Counter()
        self._problems: list[Problem] = []
        self._attention: list[AssetResult] = []
        self._warnings: list[str] = []
        self._owes = NO_DEBTS
        self._notices: list[Notice] = []

    def tell(self, event: Event) -> None:
        """Pass an event on, counting what is counted by events."""
        if isinstance(event, BytesHashed):
            self._counts["bytes_read"] += event.count
        self._on_event(event)

    def warn(self, text: str) -> None:
        """Remember a warning and tell it."""
        self._warnings.append(text)
        self._on_event(Warned(text))

    def take(self, outcome: FolderOutcome | Unopened | Others) -> None:
        """Take what became of one folder, or of those that are not this run's."""
        if isinstance(outcome, Unopened):
            self._name(unopened_problem(outcome))
            return
        if isinstance(outcome, Others):
            self._found_in[outcome.root.path] += outcome.present
            self._share = self._share.without(outcome)
            self._on_event(OthersPassed(outcome.last, outcome.folders))
            return
        for warning in outcome.warnings:
            self.warn(warning)
        for result in outcome.results:
            self._count(result)
        for problem in outcome.problems:
            self._name(problem)
        if QCResult.FAIL in self._fail_on:
            for path in outcome.regrouped_failed:
                self._refused.update([QCResult.FAIL.value])
                self.warn(
                    f"{show(path)} was failed as a single file; it is a frame of a sequence now"
                )
        self._skipped.update(outcome.skipped)
        self._not_looked_at.update(outcome.not_looked_at)
        self._found_in[outcome.place.root.path] += outcome.media_or_records
        self._numbered_in[outcome.place.root.path] += outcome.numbered
        self._owes += outcome.debts
        self._counts.update(
            folders=1,
            files_seen=outcome.files_seen,
            bytes_seen=outcome.bytes_seen,
            files_read=outcome.files_read,
            regrouped=outcome.regrouped,
            regrouped_signed=outcome.regrouped_signed,
            left_alone=outcome.left_alone,
        )
        cached = outcome.files_seen - outcome.files_read
        self._on_event(FolderDone(outcome.place.path, cached, outcome.files_read))

    def take_news(self, news: FolderTold | str) -> None:
        """Take what the tracker was told of a folder, or what ails it."""
        if isinstance(news, str):
            self.warn(news)
            return
        self._owes += news.owes - news.was
        self._counts.update(delivered=news.delivered, looked_up=news.looked_up)
        self._notices.extend(news.notices)
        for problem in news.problems:
            self._name(problem)

    def tick_delivery(self) -> None:
        """Tell how far the delivery to the tracker is."""
        counts = self._counts
        self._on_event(Delivering(counts["delivered"], self._owes.verdicts, self._owes.lookups))

    def trak_report(self, *, on: bool, given_up: str | None) -> TrakReport:
        """Sum up what the tracker was told."""
        return TrakReport(
            on=on,
            delivered=self._counts["delivered"],
            looked_up=self._counts["looked_up"],
            owes=self._owes,
            notices=tuple(sorted(self._notices, key=lambda notice: notice.path)),
            given_up=given_up,
        )

    def _count(self, result: AssetResult) -> None:
        self._states[result.content_state] += 1
        self._actions[result.action] += 1
        self._results[result.qc_result] += 1
        self._kinds[result.kind] += 1
        refusals = refused(result, self._fail_on)
        self._refused.update(refusals)
        if refusals or needs_attention(result, operator_run=self._operator_run):
            self._attention.append(result)
        self._on_event(AssetDone(result))

    def _name(self, problem: Problem) -> None:
        self._problems.append(problem)
        self._refused.update({str(problem.kind)} & self._fail_on)
        self._on_event(ProblemFound(problem))

    def name_empty(self, roots: tuple[Root, ...]) -> None:
        """Name the roots that hold neither media nor sidecars."""
        for problem in empty_roots(roots, self._found_in, self._problems, self._not_looked_at):
            self._name(problem)

    def name_unnumbered(self, roots: tuple[Root, ...]) -> None:
        """Name the roots in which nothing is that the frames expected could be of."""
        for problem in unnumbered_roots(roots, self._numbered_in, self._problems, self._expected):
            self._name(problem)

    def report(
        self,
        trak: TrakReport,
        *,
        run_id: str,
        roots: tuple[str, ...],
        seconds: tuple[float, float],
        interrupted: tuple[bool, bool],
        decoded: int | None,
    ) -> CrawlReport:
        """Sum up; `seconds` and `interrupted` are those of the media, and of the whole run."""
        counts = self._counts
        return CrawlReport(
            run_id=run_id,
            roots=roots,
            operator_run=self._operator_run,
            media_seconds=seconds[0],
            seconds=seconds[1],
            folders=counts["folders"],
            assets=self._states.total(),
            sequences=self._kinds["sequence"],
            states=dict(self._states),
            actions=dict(self._actions),
            results=dict(self._results),
            files_seen=counts["files_seen"],
            bytes_seen=counts["bytes_seen"],
            files_read=counts["files_read"],
            bytes_read=counts["bytes_read"],
            problems=tuple(sorted(self._problems, key=lambda p: (p.path, p.kind, p.detail))),
            attention=tuple(sorted(self._attention, key=lambda result: result.path)),
            warnings=tuple(self._warnings),
            skipped=dict(self._skipped),
            not_looked_at=dict(self._not_looked_at),
            regrouped=counts["regrouped"],
            regrouped_signed=counts["regrouped_signed"],
            left_alone=counts["left_alone"],
            compared=self._numbered_in.total() if self._expected else None,
            share=self._share,
            cut_short=interrupted[0],
            decoded=decoded,
            interrupted=interrupted[1],
            trak=trak,
            gated=bool(self._fail_on),
            refused=dict(sorted(self._refused.items())),
        )
