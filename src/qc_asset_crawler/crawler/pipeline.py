"""One folder, from its listing to its sidecars; or just to what it owes the tracker."""

from ..errors import StopRequestedError
from ..files.lock import Patience
from ..model import label_of
from ..outbox import Debts, sum_debts
from ..settings import QCResult
from .context import Context
from .decisions import decide_folder
from .examine import examine
from .finding import Task
from .gather import FolderScan, found_in, gather, gather_records, media_of, regrouped_signed
from .ledger import Ledger
from .leftovers import remove_leftovers
from .plan import meant
from .record import GIVE_WAY_SECONDS, record
from .report import FolderOutcome


def process_folder(task: Task, context: Context) -> FolderOutcome:
    """Take one folder from its listing to its sidecars. What goes wrong is in the outcome."""
    outcome = FolderOutcome(task.place)
    if context.stopped():
        return outcome._replace(stopped=True)
    try:
        scan = gather(task.listing, task.root.only, context)
        outcome = _seen(outcome, task, scan, context)
        remove_leftovers(scan)
        examination = examine(scan, context)
    except StopRequestedError:
        return outcome._replace(stopped=True, files_seen=0, bytes_seen=0)
    decided = decide_folder(scan, examination.examined, context)
    recording = record(
        task.listing.folder,
        Ledger(scan, context),
        decided.items,
        context.full,
        _patience(context),
    )
    order = sorted([*decided.kept, *recording.results], key=lambda result: result.path)
    return outcome._replace(
        results=tuple(order),
        problems=(
            *outcome.problems,
            *examination.problems,
            *decided.problems,
            *recording.problems,
        ),
        warnings=(*scan.warnings, *examination.warnings),
        files_read=examination.files_read,
        debts=sum((result.incurred for result in order), outcome.debts),
        stopped=recording.stopped,
    )


def look_for_debts(task: Task, context: Context) -> FolderOutcome:
    """Find out what a folder owes the tracker; neither media nor stamps are looked at."""
    outcome = FolderOutcome(task.place)
    try:
        scan = gather_records(task.listing, task.root.only, context)
    except StopRequestedError:
        return outcome._replace(stopped=True)
    return _seen(outcome, task, scan, context)._replace(warnings=scan.warnings)


def _patience(context: Context) -> Patience:
    """A nightly run gives way; what a person says is never refused because of a lock."""
    automated = context.signature.signing is None
    return Patience(GIVE_WAY_SECONDS if automated else None, context.stopped)


def _seen(outcome: FolderOutcome, task: Task, scan: FolderScan, context: Context) -> FolderOutcome:
    """Fill in what was found before anything was read."""
    whole = task.root.only is None
    listing = task.listing
    files, size = media_of(scan)
    return outcome._replace(
        problems=scan.problems,
        skipped=listing.skipped_reasons() if whole else {},
        not_looked_at=listing.skipped_extensions() if whole else {},
        files_seen=files,
        bytes_seen=size,
        media_or_records=found_in(scan, context.rules),
        numbered=sum(map(bool, scan.numbered.values())),
        regrouped=len(scan.resolution.regrouped) if whole else 0,
        regrouped_signed=len(regrouped_signed(scan)) if whole else 0,
        regrouped_failed=_failed_before(scan) if whole else (),
        left_alone=_left_alone(scan) if whole else 0,
        debts=_owed(scan, task.root.only),
    )


def _owed(scan: FolderScan, only: str | None) -> Debts:
    concerned = meant(scan.records, scan.resolution, only)
    return sum_debts(record.sidecar for _, record in concerned)


def _failed_before(scan: FolderScan) -> tuple[str, ...]:
    """Name the frames that were failed as single files, where nobody judged the sequence since."""
    signed = regrouped_signed(scan)
    failed = {
        owner
        for owner, sidecar in signed.items()
        if sidecar.verdict and sidecar.verdict.qc_result == QCResult.FAIL
    }
    judged = {
        name
        for plan in scan.plans
        if plan.record and plan.record.sidecar.verdict
        for name in plan.asset.names
    }
    return tuple(sorted(scan.listing.folder.join(label_of(owner)) for owner in failed - judged))


def _left_alone(scan: FolderScan) -> int:
    return len(scan.resolution.left_alone) + len(scan.resolution.held)
