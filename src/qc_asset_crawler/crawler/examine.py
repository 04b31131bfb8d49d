"""Find out the content of a folder's assets: hashes, manifests, findings."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from ..errors import VolumeError
from ..files.atomic import explain
from ..findings.across import Files, findings_of
from ..findings.holes import missing_frames, step_of
from ..findings.values import Kind
from ..hashing import fingerprint, manifest_hash
from ..model import Finding, ImageSequence, SingleFile, describe
from ..qcstate import Content
from ..ranges import format_runs, runs_of
from ..reading import NotHashed, Unread
from ..stats import Stats
from ..text import plural, show
from .context import Context
from .gather import FolderScan
from .hashes import FolderHashes, Request
from .plan import AssetPlan, runs_with_links
from .report import Problem, ProblemKind

_SILENT = "the bytes changed while size and modification time stayed the same"
_PROBLEM_OF = {
    Unread.UNREADABLE: ProblemKind.UNREADABLE,
    Unread.UNSTABLE: ProblemKind.UNSTABLE,
}


class Examined(NamedTuple):
    """An asset whose content is known; `stats` are those the content was read under."""

    plan: AssetPlan
    content: Content
    stats: Stats


class Examination(NamedTuple):
    """What examining a folder came to."""

    examined: tuple[Examined, ...]
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    files_read: int = 0


def examine(scan: FolderScan, context: Context) -> Examination:
    """Examine every planned asset of a folder; media is read only where it must be.

    Raises:
        StopRequestedError: asked to stop; what was hashed is in the cache.
    """
    known = [plan for plan in scan.plans if not plan.must_read]
    unknown = [plan for plan in scan.plans if plan.must_read]
    examined = [_as_recorded(scan, plan) for plan in known]
    if not unknown:
        return Examination(tuple(examined))
    trouble = context.full.reason(scan.listing.folder.fd)
    if trouble is not None:
        return _unrecorded(scan, examined, unknown, trouble)
    hashes = FolderHashes(scan.listing, context)
    try:
        found = _sorted_out(scan, examined, list(_read(scan, unknown, hashes, context)))
    except OSError as error:
        reason = explain(error)
        if isinstance(reason, VolumeError):
            context.full.add(scan.listing.folder.fd, str(reason))
        found = _unrecorded(scan, examined, unknown, str(reason))
    finally:
        hashes.save()
    return found._replace(warnings=tuple(hashes.warnings), files_read=hashes.files_read)


def _sorted_out(
    scan: FolderScan, examined: list[Examined], outcomes: list[Examined | list[Problem]]
) -> Examination:
    """Put what was examined, by reading or without, in the order of the folder."""
    problems: list[Problem] = []
    for outcome in outcomes:
        if isinstance(outcome, Examined):
            examined.append(outcome)
        else:
            problems.extend(outcome)
    order = {plan.asset.identity: at for at, plan in enumerate(scan.plans)}
    examined.sort(key=lambda one: order[one.plan.asset.identity])
    return Examination(tuple(examined), tuple(problems))


def _unrecorded(
    scan: FolderScan, examined: list[Examined], unknown: list[AssetPlan], why: str
) -> Examination:
    """Name the assets that are not read, or not all of them, for nothing could be recorded."""
    problems = tuple(
        Problem(
            ProblemKind.UNRECORDED,
            scan.listing.folder.join(plan.asset.label),
            f"the folder cannot be written: {why}",
        )
        for plan in unknown
    )
    return Examination(tuple(examined), problems)


def _as_recorded(scan: FolderScan, plan: AssetPlan) -> Examined:
    """Take the recorded hash of an asset whose fingerprint is equal."""
    assert plan.record is not None
    recorded = plan.record.sidecar.content_hash
    assert recorded is not None
    return Examined(plan, _content(scan, plan, recorded), plan.stats)


def _content(scan: FolderScan, plan: AssetPlan, content_hash: str) -> Content:
    folder = scan.listing.folder
    if isinstance(plan.asset, SingleFile):
        return Content(folder.join(plan.asset.name), content_hash, plan.fingerprint)
    return Content(folder.path, content_hash, plan.fingerprint, describe(plan.asset))


def request_of(plan: AssetPlan, context: Context) -> Request:
    """Name what must be hashed to know an asset's content, cached or not."""
    return _request(plan, _first_algorithm(plan, context))


def _request(plan: AssetPlan, algorithm: str) -> Request:
    return Request(plan.asset.names, plan.stats, algorithm)


def _read(
    scan: FolderScan, plans: list[AssetPlan], hashes: FolderHashes, context: Context
) -> Iterator[Examined | list[Problem]]:
    """Hash what must be hashed; the recorded algorithm, where there is one, decides first."""
    preferred = context.algorithms.preferred
    first = [_first_algorithm(plan, context) for plan in plans]
    hashes.ensure(request_of(plan, context) for plan in plans)
    outcomes = [
        _outcome(scan, plan, algorithm, hashes, context)
        for plan, algorithm in zip(plans, first, strict=True)
    ]
    again = [
        at
        for at, outcome in enumerate(outcomes)
        if isinstance(outcome, Examined)
        and first[at] != preferred
        and outcome.content.content_hash != _recorded_hash(plans[at])
    ]
    hashes.ensure(_request(plans[at], preferred) for at in again)
    for at in again:
        outcomes[at] = _outcome(scan, plans[at], preferred, hashes, context)
    yield from outcomes


def _recorded_hash(plan: AssetPlan) -> str | None:
    return plan.record.sidecar.content_hash if plan.record else None


def _first_algorithm(plan: AssetPlan, context: Context) -> str:
    return context.algorithms.of(_recorded_hash(plan)) or context.algorithms.preferred


def _outcome(
    scan: FolderScan,
    plan: AssetPlan,
    algorithm: str,
    hashes: FolderHashes,
    context: Context,
) -> Examined | list[Problem]:
    names = plan.asset.names
    request = _request(plan, algorithm)
    failures = hashes.failures(request)
    if failures:
        return _problems(scan, plan, failures)
    hashed, stats = hashes.known(request)
    print_now = plan.fingerprint
    if stats != plan.stats:
        print_now = fingerprint(names, stats, ignore_ctime=context.settings.ignore_ctime)
    if not hashes.racy.isdisjoint(names):
        print_now = print_now._replace(digest=None)
    content_hash = _content_hash(plan, hashed, stats, algorithm, context)
    found = _findings(plan, hashes, (hashed, stats), scan, context)
    if found is not None and not context.settings.decode and content_hash == _recorded_hash(plan):
        found = (*found, *_decoded_before(plan, found))
    content = _content(scan, plan, content_hash)._replace(
        fingerprint=print_now,
        findings=found,
        why_changed=_why(plan, context),
    )
    return Examined(plan, content, stats)


def _decoded_before(plan: AssetPlan, found: tuple[Finding, ...]) -> list[Finding]:
    """Return what a decoder said of these very bytes, where the cache that knew it was lost."""
    if plan.record is None or any(finding.kind == Kind.UNREADABLE for finding in found):
        return []
    recorded = plan.record.sidecar.findings
    return [finding for finding in recorded if finding.kind == Kind.UNREADABLE]


def _content_hash(
    plan: AssetPlan, hashed: list[str], stats: Stats, algorithm: str, context: Context
) -> str:
    if isinstance(plan.asset, SingleFile):
        return hashed[0]
    members = zip(plan.asset.names, stats.sizes, hashed, strict=True)
    return manifest_hash(members, context.algorithms.start(algorithm), algorithm)


def _why(plan: AssetPlan, context: Context) -> str:
    recorded = _recorded_hash(plan)
    if recorded is None or context.algorithms.of(recorded):
        return "content changed"
    return f"recorded as {show(recorded[:20])}…, which cannot be computed here"


def _findings(
    plan: AssetPlan,
    hashes: FolderHashes,
    read: tuple[list[str], Stats],
    scan: FolderScan,
    context: Context,
) -> tuple[Finding, ...] | None:
    """Say what an asset's files tell, as they were read; None where nobody looked."""
    names, asset = plan.asset.names, plan.asset
    silent = [at for at, name in enumerate(names) if name in hashes.silent]
    found: list[Finding] = []
    numbers, step = None, 1
    if isinstance(asset, ImageSequence):
        numbers, step = asset.frames, step_of(asset.runs)
    if silent:
        frames = format_runs(runs_of([numbers[at] for at in silent])) if numbers else None
        found.append(Finding(Kind.SILENT_CHANGE, frames, _SILENT))
    if not context.settings.findings:
        return tuple(found) or None
    content_hashes, stats = read
    files = Files(numbers, stats.sizes, content_hashes, hashes.looks(names), step)
    found += findings_of(files)
    if isinstance(asset, ImageSequence):
        also = (missing_frames(runs_with_links(asset, scan.linked)), scan.mixed.get(asset.key))
        found += [finding for finding in also if finding is not None]
    return tuple(found)


def _problems(
    scan: FolderScan, plan: AssetPlan, failures: Mapping[str, NotHashed]
) -> list[Problem]:
    """Make one problem a reason of an asset, naming its files."""
    grouped: dict[NotHashed, list[str]] = {}
    for name, failure in failures.items():
        grouped.setdefault(failure, []).append(name)
    path = scan.listing.folder.join(plan.asset.label)
    problems: list[Problem] = []
    for failure, names in grouped.items():
        which = ""
        if isinstance(plan.asset, ImageSequence):
            more = f" and {plural(len(names) - 1, 'more frame')}" if len(names) > 1 else ""
            which = f"{show(names[0])}{more}: "
        problems.append(Problem(_PROBLEM_OF[failure.reason], path, f"{which}{failure.detail}"))
    return problems
