"""Read the sidecars below the roots, and judge them. Reads nothing else, writes nothing."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from ..crawler.context import Context, open_context
from ..crawler.engine import Engine, StopFlag
from ..crawler.events import OnEvent, ProblemFound, silent
from ..crawler.finding import Others, Task
from ..crawler.gather import FolderScan, bad_sidecar, concerns, gather_records
from ..crawler.place import Root
from ..crawler.plan import meant
from ..crawler.report import Problem, ProblemKind
from ..crawler.roots import refuse_stores, resolve_roots, unopened_problem
from ..crawler.search import Search
from ..errors import StopRequestedError, never
from ..findings.holes import subtract
from ..identity import new_stamp
from ..listing import Passed
from ..model import Asset, ContentState, ImageSequence, Owner, Sidecar, label_of
from ..ranges import Runs, parse_runs, runs_of
from ..sequences.grouping import split_frame
from ..sequences.walk import Unopened
from ..settings import Settings
from .judge import aside_row, flawed_row, recorded_row
from .values import Report, Row, Unlike, in_order

_EMPTY = "holds no sidecars (is it mounted? has qc-crawl been there? --allow-empty accepts it)"


class _Folder(NamedTuple):
    """What one folder came to."""

    root: Root
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    unlike: Unlike = Unlike()


def gather_report(
    roots: tuple[str, ...],
    settings: Settings,
    on_event: OnEvent = silent,
    *,
    stopped: Callable[[], bool] = never,
) -> Report:
    """Report what the sidecars below the roots say.

    Raises:
        UsageError: a ROOT does not exist or cannot be understood.
    """
    started = time.monotonic()
    resolved = resolve_roots(roots, settings)
    refuse_stores(resolved)
    stop = StopFlag(stopped)
    engine: Engine[_Folder] = Engine(settings.workers, stop, on_event)
    totals = _Totals(on_event)
    with open_context(settings, stop, engine.count_bytes, engine.pace) as context:
        engine.run(
            Search(resolved, context.rules, settings.part, stop),
            lambda task: _read(task, context),
            totals.take,
        )
    if not (settings.allow_empty or stopped()):
        totals.name_empty(resolved)
    return Report(
        roots=tuple(root.shown for root in resolved),
        made=new_stamp().qc_time,
        rows=tuple(sorted(totals.rows, key=lambda row: (row.path, row.place))),
        problems=in_order(totals.problems),
        unlike=totals.unlike,
        folders_seen=totals.folders,
        seconds=time.monotonic() - started,
        interrupted=stopped(),
    )


class _Totals:
    """What the folders came to so far."""

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._recorded: Counter[str] = Counter()
        self.rows: list[Row] = []
        self.problems: list[Problem] = []
        self.unlike = Unlike()
        self.folders = 0

    def take(self, folder: _Folder | Unopened | Others) -> None:
        """Add one folder; what went while the tree was walked is in no report."""
        if isinstance(folder, Unopened):
            if not folder.vanished:
                self._name(unopened_problem(folder))
            return
        if isinstance(folder, Others):
            self._recorded[folder.root.path] += folder.present
            return
        self.folders += 1
        self.rows += folder.rows
        self.unlike += folder.unlike
        usable = len(folder.rows) - folder.unlike.set_aside
        self._recorded[folder.root.path] += usable + folder.unlike.excluded
        for problem in folder.problems:
            self._name(problem)
        for row in folder.rows:
            if row.flaw is not None:
                self._on_event(ProblemFound(row.flaw))

    def name_empty(self, roots: Iterable[Root]) -> None:
        """Name the roots that hold no sidecars."""
        named = {problem.path for problem in self.problems}
        for root in roots:
            if not self._recorded[root.path] and root.path not in named:
                self._name(Problem(ProblemKind.NOTHING_FOUND, root.shown, _EMPTY))

    def _name(self, problem: Problem) -> None:
        self.problems.append(problem)
        self._on_event(ProblemFound(problem))


def _read(task: Task, context: Context) -> _Folder:
    """Read the sidecars of one folder."""
    try:
        scan = gather_records(task.listing, task.root.only, context)
    except StopRequestedError:
        return _Folder(task.root)
    if scan.listing.error or scan.records.trouble:
        return _Folder(task.root, problems=scan.problems)
    left_out = _left_out(scan, context)
    return _Folder(
        task.root,
        rows=(
            *_recorded(task, scan, left_out),
            *_flawed(task, scan, left_out),
            *_aside(task, scan),
        ),
        unlike=_unlike(scan, len(left_out)) if task.root.only is None else Unlike(),
    )


def _left_out(scan: FolderScan, context: Context) -> frozenset[Owner]:
    """Return the owners whose media the report is told to leave out."""
    excluded, records, below = context.rules.excluded, scan.records, scan.listing.below_root
    if excluded is None:
        return frozenset()
    owners = [*records.files, *records.sequences, *(bad.owner for bad in records.bad)]
    named = (
        owner
        for owner in owners
        if owner is not None and excluded(label_of(owner), below + label_of(owner))
    )
    return frozenset((*scan.resolution.left_alone, *scan.resolution.held, *named))


def _recorded(task: Task, scan: FolderScan, left_out: frozenset[Owner]) -> list[Row]:
    """Judge what can be read; what is a frame of a sequence now is no asset any more."""
    regrouped = frozenset(scan.resolution.regrouped) if task.root.only is None else frozenset()
    gone = frozenset(scan.resolution.gone)
    there = {match.owner: match.asset for match in scan.resolution.matches}
    return [
        recorded_row(
            scan.listing.folder.path,
            owner,
            record.place.below_folder,
            record.sidecar,
            gone=owner in gone,
            gone_frames=_gone_frames(record.sidecar, there.get(owner), scan.listing.passed_over),
        )
        for owner, record in meant(scan.records, scan.resolution, task.root.only)
        if owner not in regrouped and owner not in left_out
    ]


def _gone_frames(sidecar: Sidecar, asset: Asset | None, passed_over: Mapping[str, Passed]) -> Runs:
    """Return the recorded frames of a sequence that are not there by any name, nor as a link."""
    record = sidecar.sequence
    if record is None or not isinstance(asset, ImageSequence):
        return ()
    try:
        gone = subtract(parse_runs(record.frames), asset.runs)
    except ValueError:
        return ()
    if not gone:
        return ()
    cuts = (split_frame(name) for name in passed_over)
    family = (asset.key.prefix, asset.key.ext)
    passed = {int(cut.digits) for cut in cuts if cut and (cut.prefix, cut.ext) == family}
    return subtract(gone, runs_of(sorted(passed)))


def _flawed(task: Task, scan: FolderScan, left_out: frozenset[Owner]) -> list[Row]:
    return [
        flawed_row(
            scan.listing.folder.path,
            bad.owner,
            bad.place.below_folder,
            bad_sidecar(scan.listing, bad),
        )
        for bad in scan.records.bad
        if concerns(bad, task.root.only) and bad.owner not in left_out
    ]


def _aside(task: Task, scan: FolderScan) -> list[Row]:
    """Name the sidecars that a crawl has set aside, where the report is about all of a folder."""
    if task.root.only is not None:
        return []
    return [aside_row(scan.listing.folder.path, place) for place in scan.records.set_aside]


def _unlike(scan: FolderScan, left_out: int) -> Unlike:
    """Compare the names in a folder with what is recorded there."""
    resolution, records = scan.resolution, scan.records
    bad = {one.owner for one in records.bad}
    gone = [record for owner in resolution.gone if (record := records.of(owner)) is not None]
    frames = [record for name in resolution.regrouped if (record := records.of(name)) is not None]
    return Unlike(
        unrecorded=sum(
            match.owner is None and match.blocked is None and match.asset.identity not in bad
            for match in resolution.matches
        ),
        gone=sum(record.sidecar.content_state != ContentState.MISSING for record in gone),
        regrouped=len(resolution.regrouped),
        regrouped_signed=sum(bool(record.sidecar.verdicts) for record in frames),
        excluded=left_out,
        set_aside=len(records.set_aside),
    )
