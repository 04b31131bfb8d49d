"""The runs over a tree: `crawl` it, or `deliver` what it owes the asset tracker."""

import os
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING

from ..errors import UsageError, never
from ..sequences.walk import Unopened
from ..settings import Settings
from .context import Context, open_context
from .engine import Engine, StopFlag
from .events import OnEvent, silent
from .finding import Others, Task
from .pipeline import look_for_debts, process_folder
from .report import CrawlReport, FolderOutcome
from .roots import resolve_roots
from .search import Search
from .totals import Totals

if TYPE_CHECKING:
    from .courier import Courier

RootPath = str | os.PathLike[str]
Work = Callable[[Task, Context], FolderOutcome]


def crawl(
    roots: RootPath | Iterable[RootPath],
    settings: Settings | None = None,
    on_event: OnEvent = silent,
    *,
    stopped: Callable[[], bool] = never,
) -> CrawlReport:
    """Crawl the roots: find media, hash what changed, record the QC state beside it.

    `roots` are folders, media files or printf patterns. `on_event` is called in this thread.
    `stopped` is asked from several threads; once it returns true the run ends within seconds,
    what is done is kept, and the report says `interrupted`. With `settings.trak` the tracker is
    asked and told beside the crawl, and waited for one deadline at its end.

    Raises:
        UsageError: a ROOT does not exist or cannot be understood; before anything starts.
    """
    settings = settings or Settings()
    patience = settings.trak.deadline_seconds if settings.trak else None
    return _run(as_paths(roots), settings, (on_event, stopped), process_folder, patience)


def deliver(
    roots: RootPath | Iterable[RootPath],
    settings: Settings,
    on_event: OnEvent = silent,
    *,
    stopped: Callable[[], bool] = never,
) -> CrawlReport:
    """Deliver what the sidecars below the roots have queued for the tracker; reads no media.

    Raises:
        UsageError: a ROOT does not exist, or `settings` name no tracker.
    """
    if settings.trak is None:
        raise UsageError("there is no tracker to deliver to")
    return _run(as_paths(roots), settings, (on_event, stopped), look_for_debts, None)


def as_paths(roots: RootPath | Iterable[RootPath]) -> tuple[str, ...]:
    """Take one ROOT or several, as paths."""
    given = (roots,) if isinstance(roots, str | os.PathLike) else tuple(roots)
    return tuple(os.fspath(root) for root in given)


def _run(
    roots: tuple[str, ...],
    settings: Settings,
    caller: tuple[OnEvent, Callable[[], bool]],
    work: Work,
    patience: float | None,
) -> CrawlReport:
    """Work on every folder of the roots; wait for the tracker as long as `patience` allows."""
    on_event, stopped = caller
    started = time.monotonic()
    resolved = resolve_roots(roots, settings)
    totals = Totals(on_event, settings)
    stop = StopFlag(stopped)
    engine: Engine[FolderOutcome] = Engine(settings.workers, stop, totals.tell)
    given_up = None
    with ExitStack() as ending:
        context = ending.enter_context(
            open_context(settings, stop, engine.count_bytes, engine.pace)
        )
        courier = ending.enter_context(_courier(context)) if settings.trak else None
        if context.algorithms.preferred != "blake3":
            totals.warn("the blake3 module is missing: hashing with sha256, which is slower")

        def consume(outcome: FolderOutcome | Unopened | Others) -> None:
            totals.take(outcome)
            if courier and isinstance(outcome, FolderOutcome):
                courier.take(outcome.place, outcome.debts)
                courier.drain(totals.take_news)

        engine.run(
            Search(resolved, context.rules, settings.part, stop),
            lambda task: work(task, context),
            consume,
        )
        cut_short = stopped()
        media_seconds = time.monotonic() - started
        if courier:
            given_up = courier.finish(patience, lambda: _tick(courier, totals))
    if not (settings.allow_empty or stopped()):
        totals.name_empty(resolved)
    if settings.expected and settings.part.shard is None and not stopped():
        totals.name_unnumbered(resolved)
    return totals.report(
        totals.trak_report(on=courier is not None, given_up=given_up),
        run_id=context.signature.run_id,
        roots=tuple(root.shown for root in resolved),
        seconds=(media_seconds, time.monotonic() - started),
        interrupted=(cut_short, stopped()),
        decoded=context.readers.decoded if settings.decode else None,
    )


def _courier(context: Context) -> "Courier":
    """Bring in what speaks to the tracker; without one nothing of it is even imported."""
    from .courier import Courier  # noqa: PLC0415

    assert context.settings.trak is not None
    return Courier(context.settings.trak, context)


def _tick(courier: "Courier", totals: Totals) -> None:
    courier.drain(totals.take_news)
    totals.tick_delivery()
