"""The crawl: every folder examined and recorded, told as events, summed up in a report."""

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from ..errors import StopRequestedError, never
from ..hashing import available_algorithms
from ..identity import new_stamp
from ..listing import Rules
from ..qcstate import Signature
from ..settings import Settings
from .context import Context
from .decisions import decide_folder
from .engine import Engine, StopFlag, Task, find_folders
from .events import OnEvent, silent
from .examine import examine
from .gather import FolderScan, found_in, gather, media_of
from .leftovers import remove_leftovers
from .record import record
from .report import CrawlReport, FolderOutcome
from .roots import resolve_roots
from .totals import Totals

RootPath = str | os.PathLike[str]


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
    what is done is kept, and the report says `interrupted`.

    Raises:
        UsageError: a ROOT does not exist or cannot be understood; before anything starts.
    """
    settings = settings or Settings()
    started = time.monotonic()
    resolved = resolve_roots(as_paths(roots), settings)
    totals = Totals(on_event, operator_run=settings.signing is not None)
    stop = StopFlag(stopped)
    engine: Engine[FolderOutcome] = Engine(settings.workers, stop, totals.tell)
    with ThreadPoolExecutor(settings.workers, thread_name_prefix="qc-read") as readers:
        context = make_context(settings, readers, stop, engine.count_bytes)
        if context.algorithms.preferred != "blake3":
            totals.warn("the blake3 module is missing: hashing with sha256, which is slower")
        engine.run(
            find_folders(resolved, context.rules, stop),
            lambda task: process_folder(task, context),
            totals.take,
        )
    if not (settings.allow_empty or stopped()):
        totals.name_empty(resolved)
    return totals.report(
        run_id=context.signature.run_id,
        roots=tuple(root.shown for root in resolved),
        seconds=time.monotonic() - started,
        interrupted=stopped(),
    )


def as_paths(roots: RootPath | Iterable[RootPath]) -> tuple[str, ...]:
    """Take one ROOT or several, as paths."""
    given = (roots,) if isinstance(roots, str | os.PathLike) else tuple(roots)
    return tuple(os.fspath(root) for root in given)


def make_context(
    settings: Settings,
    readers: ThreadPoolExecutor,
    stop: Callable[[], bool],
    on_bytes: Callable[[int], None],
) -> Context:
    """Resolve what all stages of a run share."""
    signature = Signature(
        run_id=new_stamp().qc_id,
        policy=settings.policy,
        operator=settings.operator,
        signing=settings.signing,
        asset_id=settings.asset_id,
    )
    return Context(
        settings=settings,
        rules=Rules.of(settings),
        algorithms=available_algorithms(),
        signature=signature,
        pool=readers,
        stopped=stop,
        on_bytes=on_bytes,
    )


def process_folder(task: Task, context: Context) -> FolderOutcome:
    """Take one folder from its listing to its sidecars. What goes wrong is in the outcome."""
    outcome = FolderOutcome(task.root.path, task.listing.folder.path)
    if context.stopped():
        return replace(outcome, stopped=True)
    try:
        scan = gather(task.listing, task.root.only, context)
        outcome = _seen(outcome, task, scan, context)
        remove_leftovers(scan)
        examination = examine(scan, context)
    except StopRequestedError:
        return replace(outcome, stopped=True, files_seen=0, bytes_seen=0)
    decided = decide_folder(scan, examination.examined, context)
    recording = record(scan, decided.items, context)
    order = sorted([*decided.kept, *recording.results], key=lambda result: result.path)
    return replace(
        outcome,
        results=tuple(order),
        problems=(
            *outcome.problems,
            *examination.problems,
            *decided.problems,
            *recording.problems,
        ),
        warnings=(*scan.warnings, *examination.warnings),
        files_read=examination.files_read,
        stopped=recording.stopped,
    )


def _seen(outcome: FolderOutcome, task: Task, scan: FolderScan, context: Context) -> FolderOutcome:
    """Fill in what was found before anything was read."""
    whole = task.root.only is None
    listing = task.listing
    files, size = media_of(scan)
    return replace(
        outcome,
        problems=scan.problems,
        skipped=listing.skipped_reasons() if whole else {},
        not_looked_at=listing.skipped_extensions() if whole else {},
        files_seen=files,
        bytes_seen=size,
        media_or_records=found_in(scan, context.rules),
        regrouped=len(scan.resolution.regrouped) if whole else 0,
        regrouped_signed=_signed(scan) if whole else 0,
        left_alone=_left_alone(scan) if whole else 0,
    )


def _left_alone(scan: FolderScan) -> int:
    return len(scan.resolution.left_alone) + len(scan.resolution.held)


def _signed(scan: FolderScan) -> int:
    """Count the sidecars of regrouped files that carry a verdict."""
    records = (scan.records.of(owner) for owner in scan.resolution.regrouped)
    return sum(record is not None and bool(record.sidecar.verdicts) for record in records)
