"""Compare one folder, with every byte of it read, with what is recorded there."""

from collections.abc import Mapping
from typing import NamedTuple

from .. import hashcache
from ..errors import StopRequestedError
from ..hashcache import BadCacheError, Entry
from ..hashing import manifest_hash
from ..model import ImageSequence, Owner, SequenceKey, Sidecar, SingleFile, label_of
from ..reading import Hashed, NotHashed
from ..text import show
from .compare import (
    Difference,
    State,
    Verified,
    changed,
    frames_of,
    names_before,
    not_what_was_passed,
    renamed,
    unread,
    with_pass,
)
from .context import Context
from .crew import Crew, Job
from .engine import Task
from .gather import FolderScan, found_in, gather
from .plan import AssetPlan
from .report import Problem, ProblemKind

Outcomes = dict[str, Hashed | NotHashed]


class Compared(NamedTuple):
    """What comparing one folder came to."""

    known: list[Verified]
    new: list[Verified]
    gone: list[Verified]
    problems: list[Problem]
    warnings: list[str]
    files_read: int = 0
    bytes_read: int = 0
    present: int = 0


def compare_folder(task: Task, context: Context) -> Compared:
    """Compare one folder; asked to stop, nothing is said of it."""
    found = Compared([], [], [], [], [])
    try:
        scan = gather(task.listing, task.root.only, context)
        read = _read(scan, context)
    except StopRequestedError:
        return found
    found.problems.extend(scan.problems)
    found.warnings.extend(scan.warnings)
    cached = _cached(scan, context, found.warnings)
    comparison = _Comparison(scan, read, cached, context)
    for plan in scan.plans:
        comparison.sort(plan, found)
    found.gone.extend(_gone(scan, owner) for owner in scan.gone)
    comparison.find_renamed(found)
    outcomes = {name: one for files in read.values() for name, one in files.items()}
    return found._replace(
        files_read=len(outcomes),
        bytes_read=sum(one.stat.size for one in outcomes.values() if isinstance(one, Hashed)),
        present=found_in(scan, context.rules),
    )


def _algorithms(plan: AssetPlan, context: Context) -> list[str]:
    """Return by which algorithms an asset is hashed: those of its record and its last verdict."""
    sidecar = plan.record.sidecar if plan.record else None
    verdict = sidecar.verdict if sidecar else None
    wanted = (sidecar.content_hash if sidecar else None, verdict.content_hash if verdict else None)
    known = [context.algorithms.of(one) for one in wanted]
    return list(dict.fromkeys(one for one in known if one)) or [context.algorithms.preferred]


def _read(scan: FolderScan, context: Context) -> dict[str, Outcomes]:
    """Hash all files of a folder, by algorithm.

    Raises:
        StopRequestedError: asked to stop.
    """
    jobs = [
        Job(name, found, algorithm)
        for plan in scan.plans
        for algorithm in _algorithms(plan, context)
        for name, found in zip(plan.asset.names, plan.stats, strict=True)
    ]
    read: dict[str, Outcomes] = {job.algorithm: {} for job in jobs}
    for done in Crew(scan.listing.folder.fd, jobs, context).read():
        for job, outcome in zip(done.jobs, done.outcomes, strict=True):
            read[job.algorithm][job.name] = outcome
    if context.stopped():
        raise StopRequestedError
    return read


def _cached(scan: FolderScan, context: Context, warnings: list[str]) -> dict[str, Entry]:
    """Read the folder's cache: it may name the frames that changed."""
    name = context.settings.naming.hashcache
    try:
        return hashcache.load(scan.listing.folder.fd, name, len(scan.listing.files))
    except BadCacheError as error:
        warnings.append(f"{show(scan.listing.folder.join(name))} {error}; it is not used")
        return {}


def _gone(scan: FolderScan, owner: Owner) -> Verified:
    record = scan.records.of(owner)
    sidecar = record.sidecar if record else None
    return Verified(
        path=scan.listing.folder.join(label_of(owner)),
        kind="sequence" if isinstance(owner, SequenceKey) else "file",
        states=(State.MISSING,),
        content_hash=sidecar.content_hash if sidecar else None,
        verdict=sidecar.verdict if sidecar else None,
        passed_other=not_what_was_passed(sidecar, [sidecar.content_hash]) if sidecar else "",
    )


class _Comparison(NamedTuple):
    """One folder: what is recorded there, and what was read."""

    scan: FolderScan
    read: Mapping[str, Outcomes]
    cached: Mapping[str, Entry]
    context: Context

    def sort(self, plan: AssetPlan, found: Compared) -> None:
        """Say how one asset stands."""
        sidecar = plan.record.sidecar if plan.record else None
        verified = Verified(
            path=self.scan.listing.folder.join(plan.asset.label),
            kind="sequence" if isinstance(plan.asset, ImageSequence) else "file",
            states=(State.OK,),
            verdict=sidecar.verdict if sidecar else None,
            bytes=plan.fingerprint.bytes,
        )
        algorithms = _algorithms(plan, self.context)
        failed = unread(plan.asset.names, [self.read[one] for one in algorithms])
        if failed is not None:
            found.known.append(_differing(verified, plan, failed))
            return
        hashes = {one: self._hash(plan, plan.asset.names, one) for one in algorithms}
        verified = verified._replace(content_hash=hashes[algorithms[0]])
        if sidecar is None:
            found.new.append(verified._replace(states=(State.NEW,)))
        elif self.context.algorithms.of(sidecar.content_hash) is None:
            detail = "is recorded with a hash that cannot be computed here: not comparable"
            found.problems.append(Problem(ProblemKind.BAD_SIDECAR, verified.path, detail))
        else:
            known = self._against(sidecar, verified, plan, hashes)
            found.known.append(known)
            last = sidecar.verdict
            if last and last.content_hash and self.context.algorithms.of(last.content_hash) is None:
                detail = "its last verdict is of a hash that cannot be computed here"
                found.problems.append(Problem(ProblemKind.BAD_SIDECAR, known.path, detail))

    def _against(
        self, sidecar: Sidecar, verified: Verified, plan: AssetPlan, hashes: Mapping[str, str]
    ) -> Verified:
        """Compare an asset with its record, and with what was passed."""
        if sidecar.content_hash not in hashes.values():
            algorithm = next(iter(hashes))
            files = {
                name: one
                for name in plan.asset.names
                if isinstance(one := self.read[algorithm][name], Hashed)
            }
            verified = _differing(verified, plan, changed(plan, files, self.cached))
        last = sidecar.verdict
        if last is None or self.context.algorithms.of(last.content_hash) is None:
            return verified
        return with_pass(verified, not_what_was_passed(sidecar, hashes.values()))

    def _hash(self, plan: AssetPlan, names: tuple[str, ...], algorithm: str) -> str:
        """Compute an asset's content hash, its files called by `names`."""
        read = self.read[algorithm]
        hashed = [one for name in plan.asset.names if isinstance(one := read[name], Hashed)]
        if isinstance(plan.asset, SingleFile):
            return hashed[0].content_hash
        members = (
            (name, one.stat.size, one.content_hash) for name, one in zip(names, hashed, strict=True)
        )
        return manifest_hash(members, self.context.algorithms.start(algorithm), algorithm)

    def find_renamed(self, found: Compared) -> None:
        """Find sequences with another name now: a manifest of the old names has the old hash."""
        plans = {self.scan.listing.folder.join(plan.asset.label): plan for plan in self.scan.plans}
        gone = [owner for owner in self.scan.gone if isinstance(owner, SequenceKey)]
        for at, one in enumerate(found.new):
            owner = next((owner for owner in gone if self._was(plans[one.path], owner)), None)
            if owner is not None:
                before = _gone(self.scan, owner)
                found.new[at] = renamed(one, before)
                found.gone.remove(before)
                gone.remove(owner)

    def _was(self, plan: AssetPlan, owner: Owner) -> bool:
        """Tell whether a new sequence has the bytes of one that is gone."""
        record = self.scan.records.of(owner)
        if record is None or not isinstance(plan.asset, ImageSequence):
            return False
        algorithm = _algorithms(plan, self.context)[0]
        names = names_before(record.sidecar, len(plan.asset.names))
        return names is not None and self._hash(plan, names, algorithm) == (
            record.sidecar.content_hash
        )


def _differing(verified: Verified, plan: AssetPlan, difference: Difference) -> Verified:
    return verified._replace(
        states=(difference.state,),
        detail=difference.detail,
        frames=frames_of(plan.asset, difference),
    )
