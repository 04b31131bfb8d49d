"""Look without touching: what a run would find, read and sign. Opens no media, writes nothing."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..errors import StopRequestedError, never
from ..model import ContentState, Finding, ImageSequence, SequenceKey, label_of
from ..settings import Settings
from .context import Context
from .events import OnEvent, silent
from .examine import request_of
from .finding import Share, Task
from .gather import FolderScan, found_in, gather
from .hashes import FolderHashes
from .looking import look_at_folders
from .plan import AssetPlan
from .report import Problem
from .runs import RootPath


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
    share: Share
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
    assets: list[SurveyedAsset] = []
    done = look_at_folders(
        roots,
        settings or Settings(),
        _look,
        lambda _, found: assets.extend(found.assets),
        on_event,
        stopped=stopped,
    )
    return Survey(
        assets=tuple(sorted(assets, key=lambda asset: asset.path)),
        problems=done.problems,
        warnings=done.warnings,
        not_looked_at=dict(done.not_looked_at),
        share=done.share,
        interrupted=done.interrupted,
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
