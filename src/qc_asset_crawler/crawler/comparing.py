"""Compare one folder, with every byte of it read, with what is recorded there."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from ..errors import StopRequestedError
from ..hashcache import Entry
from ..hashing import Algorithms, manifest_hash
from ..model import ImageSequence, Owner, SequenceKey, Sidecar, SingleFile, label_of
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
from .crew import Job
from .finding import Task
from .gather import FolderScan, found_in, gather, left_out, regrouped_signed
from .hashes import stored_entries
from .plan import AssetPlan
from .report import Problem, ProblemKind
from .rereading import Reread, algorithms, batches, jobs_of, reread


class Compared(NamedTuple):
    """What comparing one folder came to."""

    known: list[Verified]
    new: list[Verified]
    gone: list[Verified]
    problems: list[Problem]
    warnings: list[str]
    left_out: Sequence[str] = ()
    regrouped: int = 0
    regrouped_signed: int = 0
    files_read: int = 0
    bytes_read: int = 0
    present: int = 0


def compare_folder(task: Task, context: Context) -> Compared:
    """Compare one folder; asked to stop, nothing is said of it."""
    try:
        scan = gather(task.listing, task.root.only, context, vouches=True)
        aside = left_out(scan, task.root.only)
        found = Compared([], [], [], [*scan.problems], [*scan.warnings], aside)
        signed = regrouped_signed(scan)
        if task.root.only is None:
            found = found._replace(
                regrouped=len(scan.resolution.regrouped), regrouped_signed=len(signed)
            )
        cached = stored_entries(scan.listing, context, found.warnings)
        return _Comparison(scan, cached, signed, context).compare(found)
    except StopRequestedError:
        return Compared([], [], [], [], [])


def _algorithms_of_gone(
    scan: FolderScan, known: Algorithms
) -> dict[tuple[bool, int | None], set[str]]:
    """Return by what is hashed what is gone, for sequences and files of each size, if known."""
    found: dict[tuple[bool, int | None], set[str]] = {}
    for owner in scan.gone:
        record = scan.records.of(owner)
        algorithm = known.of(record.sidecar.content_hash) if record else None
        if record and algorithm:
            before = record.sidecar.cheap_fp
            key = (isinstance(owner, SequenceKey), before.bytes if before else None)
            found.setdefault(key, set()).add(algorithm)
    return found


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


class _Comparison:
    """One folder: what is recorded there, against what is read."""

    def __init__(
        self,
        scan: FolderScan,
        cached: Mapping[str, Entry],
        signed: Mapping[Owner, Sidecar],
        context: Context,
    ) -> None:
        self._scan = scan
        self._cached = cached
        self._context = context
        self._gone = list(scan.gone)
        self._gone_by = _algorithms_of_gone(scan, context.algorithms)
        self._signed = signed

    def compare(self, found: Compared) -> Compared:
        """Read and sort asset by asset, some at a time; what is gone comes last.

        Raises:
            StopRequestedError: asked to stop.
        """
        files = size = 0
        for plans in batches(self._scan.plans):
            jobs = chain.from_iterable(map(self._jobs, plans))
            batch = reread(self._scan.listing.folder.fd, jobs, self._context)
            for plan in plans:
                self._sort(plan, batch.read, found)
                self._sort_signed(plan, batch.read, found)
            files += batch.files_read
            size += batch.bytes_read
        found.gone.extend(_gone(self._scan, owner) for owner in self._gone)
        present = found_in(self._scan, self._context.rules)
        return found._replace(files_read=files, bytes_read=size, present=present)

    def _jobs(self, plan: AssetPlan) -> Iterator[Job]:
        """Say what to hash of an asset; frames that were signed before also as they were then."""
        done = self._algorithms(plan)
        yield from jobs_of(plan, done)
        signed = self._signed_frames(plan)
        for name, stat in zip(plan.asset.names, plan.stats, strict=True) if signed else ():
            then = self._signed_by(signed[name]) if name in signed else None
            if then is not None and then not in done:
                yield Job(name, stat, then)

    def _algorithms(self, plan: AssetPlan) -> list[str]:
        """Say by what to hash an asset; a new one also as what it may have been before was."""
        known = algorithms(plan, self._context)
        if plan.record is None:
            kind = isinstance(plan.asset, ImageSequence)
            for size in (plan.fingerprint.bytes, None):
                known += sorted(self._gone_by.get((kind, size), ()))
        return list(dict.fromkeys(known))

    def _signed_by(self, sidecar: Sidecar) -> str | None:
        last = sidecar.verdict
        return self._context.algorithms.of(last.content_hash) if last else None

    def _signed_frames(self, plan: AssetPlan) -> dict[str, Sidecar]:
        """Return what was said of an asset's frames as single files, and not of all of it since."""
        if not self._signed or (plan.record and plan.record.sidecar.verdict):
            return {}
        return {name: self._signed[name] for name in plan.asset.names if name in self._signed}

    def _sort_signed(self, plan: AssetPlan, read: Mapping[str, Reread], found: Compared) -> None:
        """Compare the frames that were signed as single files with what was passed."""
        for name, sidecar in self._signed_frames(plan).items():
            verified = Verified(
                path=self._scan.listing.folder.join(name),
                kind="file",
                states=(State.OK,),
                detail=f"a frame of {show(plan.asset.label)} now",
                verdict=sidecar.verdict,
            )
            readings = {
                a: one for a, one in read.items() if name in one.hashes or name in one.failed
            }
            failed = unread((name,), readings.values())
            if failed is not None:
                verified = verified._replace(states=(failed.state,), detail=failed.detail)
            else:
                hashes = {a: one.hashes[name] for a, one in readings.items()}
                verified = verified._replace(content_hash=next(iter(hashes.values())))
                verified = self._against_verdict(sidecar, verified, hashes, found.problems)
            if verified.differs:
                found.known.append(verified)

    def _sort(self, plan: AssetPlan, read: Mapping[str, Reread], found: Compared) -> None:
        """Say how one asset stands."""
        sidecar = plan.record.sidecar if plan.record else None
        verified = Verified(
            path=self._scan.listing.folder.join(plan.asset.label),
            kind="sequence" if isinstance(plan.asset, ImageSequence) else "file",
            states=(State.OK,),
            verdict=sidecar.verdict if sidecar else None,
            bytes=plan.fingerprint.bytes,
        )
        readings = {one: read[one] for one in self._algorithms(plan)}
        failed = unread(plan.asset.names, readings.values())
        if failed is not None:
            found.known.append(_differing(verified, plan, failed))
            return
        hashes = {one: self._hash(plan, plan.asset.names, one, read[one]) for one in readings}
        content_hash, *others = hashes.values()
        verified = verified._replace(content_hash=content_hash, other_hashes=tuple(others))
        if sidecar is None:
            self._sort_new(plan, readings, verified, found)
        elif self._context.algorithms.of(sidecar.content_hash) is None:
            detail = "is recorded with a hash that cannot be computed here: not comparable"
            found.problems.append(Problem(ProblemKind.BAD_SIDECAR, verified.path, detail))
        else:
            if sidecar.content_hash not in hashes.values():
                first = next(iter(readings.values()))
                verified = _differing(verified, plan, changed(plan, first, self._cached))
            found.known.append(self._against_verdict(sidecar, verified, hashes, found.problems))

    def _sort_new(
        self, plan: AssetPlan, read: Mapping[str, Reread], verified: Verified, found: Compared
    ) -> None:
        """Sort what has no record: it may be a sequence that had another name."""
        owner = next((owner for owner in self._gone if self._was(plan, owner, read)), None)
        if owner is None:
            found.new.append(verified._replace(states=(State.NEW,)))
        else:
            self._gone.remove(owner)
            found.known.append(renamed(verified, _gone(self._scan, owner)))

    def _against_verdict(
        self,
        sidecar: Sidecar,
        verified: Verified,
        hashes: Mapping[str, str],
        problems: list[Problem],
    ) -> Verified:
        """Compare an asset with what was passed."""
        last = sidecar.verdict
        if last is None or self._context.algorithms.of(last.content_hash) is not None:
            return with_pass(verified, not_what_was_passed(sidecar, hashes.values()))
        if last.content_hash:
            detail = "its last verdict is of a hash that cannot be computed here"
            problems.append(Problem(ProblemKind.BAD_SIDECAR, verified.path, detail))
        return verified

    def _hash(self, plan: AssetPlan, names: tuple[str, ...], algorithm: str, read: Reread) -> str:
        """Compute an asset's content hash, its files called by `names`."""
        hashed = [read.hashes[name] for name in plan.asset.names]
        if isinstance(plan.asset, SingleFile):
            return hashed[0]
        members = zip(names, read.stats(plan).sizes, hashed, strict=True)
        return manifest_hash(members, self._context.algorithms.start(algorithm), algorithm)

    def _was(self, plan: AssetPlan, owner: Owner, read: Mapping[str, Reread]) -> bool:
        """Tell whether a new sequence has the bytes of one that is gone."""
        record = self._scan.records.of(owner)
        if record is None or not isinstance(plan.asset, ImageSequence):
            return False
        names = names_before(record.sidecar, len(plan.asset.names))
        return names is not None and any(
            self._hash(plan, names, algorithm, one) == record.sidecar.content_hash
            for algorithm, one in read.items()
        )


def _differing(verified: Verified, plan: AssetPlan, difference: Difference) -> Verified:
    return verified._replace(
        states=(difference.state,),
        detail=difference.detail,
        frames=frames_of(plan.asset, difference),
    )
