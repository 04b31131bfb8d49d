"""What a folder's assets come to before anything is written: which need writing, which do not."""

from typing import NamedTuple

from ..findings.holes import missing_frames
from ..findings.values import Kind
from ..identity import new_stamp
from ..model import ContentState, Finding, Owner, SequenceKey, Sidecar, label_of
from ..outbox import NO_DEBTS, Debts, debts_of
from ..qcstate import Content, Decision, Gone, Signature, decide
from ..ranges import Runs
from ..settings import Settings, SidecarMode
from ..sidecar.recorded import Place, Record
from ..stats import Stats
from .context import Context
from .examine import Examined
from .gather import FolderScan
from .plan import AssetPlan
from .report import Action, AssetResult, Problem, ProblemKind


class Item(NamedTuple):
    """One asset whose sidecar is to be written, unless it turns out otherwise under the lock.

    `plan` is None where the media is gone; `record` is what was gathered.
    """

    path: str
    owner: Owner
    plan: AssetPlan | None
    record: Record | None
    now: Content | Gone
    stats: Stats | None = None


class Decided(NamedTuple):
    """What needs writing, and what is done already."""

    items: list[Item]
    kept: list[AssetResult]
    problems: list[Problem]


def decide_folder(scan: FolderScan, examined: tuple[Examined, ...], context: Context) -> Decided:
    """Decide for every asset of a folder whether its sidecar must be written at all."""
    decided = Decided([], [], [])
    folder = scan.listing.folder
    for one in examined:
        asset = one.plan.asset
        path = folder.join(asset.label)
        item = Item(path, asset.identity, one.plan, one.plan.record, one.content, one.stats)
        _sort(item, scan, context, decided)
    for owner in scan.gone:
        path = folder.join(label_of(owner))
        item = Item(path, owner, None, scan.records.of(owner), Gone())
        _sort(item, scan, context, decided)
    return decided


def _sort(item: Item, scan: FolderScan, context: Context, decided: Decided) -> None:
    if not _as_agreed(item, context.signature):
        detail = "changed after you were asked; not signed"
        decided.problems.append(Problem(ProblemKind.UNSIGNED, item.path, detail))
        return
    record = item.record
    if record is None:
        decided.items.append(item)
        return
    decision = decide(record.sidecar, item.now, context.signature, new_stamp())
    if decision.sidecar or must_move(record, item.now, context.settings):
        decided.items.append(item)
    else:
        outcome = Outcome(decision, record.sidecar, record.sidecar, record.place)
        decided.kept.append(result_of(item, outcome, scan, context.settings))


def _as_agreed(item: Item, signature: Signature) -> bool:
    """Tell whether what would be signed is what the person was shown when they were asked."""
    signing, plan = signature.signing, item.plan
    if signing is None or signing.agreed is None or plan is None:
        return True
    shown = signing.agreed.get(item.path)
    return shown == plan.fingerprint.digest and plan.stats == item.stats


def must_move(record: Record, now: Content | Gone, settings: Settings) -> bool:
    """Tell whether a sidecar stands where it should not: twice, or not in the mode asked for."""
    if isinstance(now, Gone) and settings.sidecar_mode is None:
        return False
    return len(record.places) > 1 or target_mode(record, settings) is not record.place.mode


def target_mode(record: Record, settings: Settings) -> SidecarMode:
    """Return the mode a recorded asset belongs in: its own, unless another is asked for."""
    return settings.sidecar_mode or record.place.mode


class Outcome(NamedTuple):
    """How an asset's sidecar stands after a decision: from `before` to `after`, at `place`."""

    decision: Decision
    after: Sidecar
    before: Sidecar | None
    place: Place
    moved: bool = False


def result_of(item: Item, outcome: Outcome, scan: FolderScan, settings: Settings) -> AssetResult:
    """Describe an asset as this run leaves it."""
    after = outcome.after
    action = _action(outcome)
    recorded = action is Action.RECORDED
    missing = after.content_state == ContentState.MISSING
    state = after.content_state if recorded or missing else ContentState.UNCHANGED
    sequence = after.sequence
    findings = _findings(after.findings, scan.numbered.get(item.owner), settings.expected)
    return AssetResult(
        path=item.path,
        asset_path=after.asset_path,
        kind="sequence" if isinstance(item.owner, SequenceKey) else "file",
        action=action,
        why=outcome.decision.why,
        content_state=state,
        qc_result=after.qc_result,
        content_hash=after.content_hash,
        sidecar=scan.listing.folder.join(outcome.place.below_folder),
        files=after.cheap_fp.files if after.cheap_fp else 0,
        bytes=after.cheap_fp.bytes if after.cheap_fp else 0,
        frames=sequence.frames if sequence else None,
        holes=sequence.holes if sequence else 0,
        findings=findings,
        found_now=recorded or findings != (outcome.before.findings if outcome.before else ()),
        verdict=after.verdict,
        same_bytes=None if missing else after.same_bytes_verdict(),
        incurred=_incurred(outcome),
    )


def _findings(
    recorded: tuple[Finding, ...], frames: Runs | None, expected: Runs
) -> tuple[Finding, ...]:
    """Add what is expected of this run's frames to what is recorded."""
    if frames is None:
        return recorded
    missing = missing_frames(frames, expected)
    others = (finding for finding in recorded if finding.kind != Kind.MISSING_FRAMES)
    return (*others, missing) if missing else tuple(others)


def _incurred(outcome: Outcome) -> Debts:
    """Tell what the tracker is to be told since this run."""
    if outcome.decision.sidecar is None:
        return NO_DEBTS
    return debts_of(outcome.after) - (debts_of(outcome.before) if outcome.before else NO_DEBTS)


def _action(outcome: Outcome) -> Action:
    after, before = outcome.after, outcome.before
    if outcome.decision.sidecar is None:
        return Action.MOVED if outcome.moved else Action.KEPT
    if before is None:
        return Action.RECORDED
    same = (
        after.qc_time == before.qc_time
        and after.content_state == before.content_state
        and after.asset_id == before.asset_id
    )
    return Action.REFRESHED if same else Action.RECORDED
