"""Look without touching: what a run would find, read and sign. Opens no media, writes nothing."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..errors import StopRequestedError, never
from ..model import ContentState, Finding, ImageSequence, SequenceKey, label_of
from ..sequences.walk import Unopened
from ..settings import Settings
from .context import Context, open_context
from .engine import Engine, StopFlag, Task, find_folders
from .events import OnEvent, silent
from .examine import request_of
from .gather import FolderScan, found_in, gather
from .hashes import FolderHashes
from .plan import AssetPlan
from .report import Problem
from .roots import empty_roots, resolve_roots, unopened_problem
from .runs import RootPath, as_paths


class SurveyedAsset(NamedTuple):
    """One asset as it lies there: `state` by its stamps, against what is recorded.

    `digest` is that of its fingerprint as of now. `read_files` and `read_bytes` are what a run
    would have to read of it.
    """

    path: str
    folder: str
    kind: str
    state: ContentState
    files: int
    bytes: int
    read_files: int
    read_bytes: int
    digest: str | None
    findings: tuple[Finding, ...] = ()


class Survey(NamedTuple):
    """What lies under the roots."""

    assets: tuple[SurveyedAsset, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    not_looked_at: dict[str, int]
    interrupted: bool

    def states(self) -> Counter[str]:
        """Count the assets by state."""
        return Counter(asset.state.value for asset in self.assets)


def survey(
    roots: RootPath | Iterable[RootPath],
    settings: Settings | None = None,
    on_event: OnEvent = silent,
    *,
    stopped: Callable[[], bool] = never,
) -> Survey:
    """Survey the roots by names and stamps, as `crawl` would see them.

    Raises:
        UsageError: a ROOT does not exist or cannot be understood.
    """
    settings = settings or Settings()
    resolved = resolve_roots(as_paths(roots), settings)
    stop = StopFlag(stopped)
    engine: Engine[tuple[Task, _Looked]] = Engine(settings.workers, stop, on_event)
    total = _Looked([], [], [])
    not_looked_at: Counter[str] = Counter()
    present: Counter[str] = Counter()

    def consume(found: tuple[Task, _Looked] | Unopened) -> None:
        if isinstance(found, Unopened):
            total.problems.append(unopened_problem(found))
            return
        task, looked = found
        total.assets.extend(looked.assets)
        total.problems.extend(looked.problems)
        total.warnings.extend(looked.warnings)
        present[task.root.path] += looked.present
        if task.root.only is None:
            not_looked_at.update(task.listing.skipped_extensions())

    with open_context(settings, stop, engine.count_bytes, engine.pace) as context:
        engine.run(
            find_folders(resolved, context.rules, stop),
            lambda task: (task, _look(task, context)),
            consume,
        )
    if not (settings.allow_empty or stopped()):
        total.problems.extend(empty_roots(resolved, present, total.problems, not_looked_at))
    return Survey(
        assets=tuple(sorted(total.assets, key=lambda asset: asset.path)),
        problems=tuple(sorted(total.problems, key=lambda p: (p.path, p.kind))),
        warnings=tuple(total.warnings),
        not_looked_at=dict(not_looked_at),
        interrupted=stopped(),
    )


class _Looked(NamedTuple):
    assets: list[SurveyedAsset]
    problems: list[Problem]
    warnings: list[str]
    present: int = 0


def _look(task: Task, context: Context) -> _Looked:
    """Survey one folder."""
    try:
        scan = gather(task.listing, task.root.only, context)
    except StopRequestedError:
        return _Looked([], [], [])
    looked = _Looked([], list(scan.problems), list(scan.warnings), found_in(scan, context.rules))
    hashes = None
    if any(plan.must_read for plan in scan.plans):
        hashes = FolderHashes(task.listing, context)
        looked.warnings.extend(hashes.warnings)
    looked.assets.extend(_surveyed(scan, plan, hashes, context) for plan in scan.plans)
    looked.assets.extend(_gone(scan))
    return looked


def _surveyed(
    scan: FolderScan, plan: AssetPlan, hashes: FolderHashes | None, context: Context
) -> SurveyedAsset:
    to_read: list[int] = []
    if plan.must_read and hashes is not None:
        to_read = [job.stat.size for job in hashes.unknown(request_of(plan, context))]
    folder = scan.listing.folder
    return SurveyedAsset(
        path=folder.join(plan.asset.label),
        folder=folder.path,
        kind="sequence" if isinstance(plan.asset, ImageSequence) else "file",
        state=_state(plan),
        files=plan.fingerprint.files,
        bytes=plan.fingerprint.bytes,
        read_files=len(to_read),
        read_bytes=sum(to_read),
        digest=plan.fingerprint.digest,
        findings=plan.record.sidecar.findings if plan.record else (),
    )


def _state(plan: AssetPlan) -> ContentState:
    if plan.record is None:
        return ContentState.NEW
    return ContentState.MODIFIED if plan.changed else ContentState.UNCHANGED


def _gone(scan: FolderScan) -> list[SurveyedAsset]:
    folder = scan.listing.folder
    return [
        SurveyedAsset(
            path=folder.join(label_of(owner)),
            folder=folder.path,
            kind="sequence" if isinstance(owner, SequenceKey) else "file",
            state=ContentState.MISSING,
            files=0,
            bytes=0,
            read_files=0,
            read_bytes=0,
            digest=None,
        )
        for owner in scan.gone
    ]
