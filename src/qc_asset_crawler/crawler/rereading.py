"""Read files of a folder again, whatever a cache says; nothing is written."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, repeat
from typing import NamedTuple

from ..errors import StopRequestedError
from ..model import FileStat
from ..reading import NotHashed
from ..stats import Stats
from .context import Context
from .crew import Crew, Job
from .plan import AssetPlan

# So many files are taken in hand at once: a million would take hundreds of megabytes.
AT_ONCE = 20_000


class Reread(NamedTuple):
    """Files that were read with one algorithm, by name.

    `moved` are the stamps of those that are not as they were gathered: of most there are none.
    """

    hashes: dict[str, str]
    failed: dict[str, NotHashed]
    moved: dict[str, FileStat]

    def stats(self, plan: AssetPlan) -> Stats:
        """Return the stamps an asset's files were read under."""
        names = plan.asset.names
        if self.moved.keys().isdisjoint(names):
            return plan.stats
        return Stats(map(self.moved.get, names, plan.stats))


class Batch(NamedTuple):
    """Assets that were read, by algorithm: two where record and verdict have different ones."""

    read: Mapping[str, Reread]
    bytes_read: int

    @property
    def files_read(self) -> int:
        """How many files were read to the end, once or twice."""
        return len(set[str]().union(*(one.hashes for one in self.read.values())))


def batches(plans: Iterable[AssetPlan], at_once: int = AT_ONCE) -> Iterator[tuple[AssetPlan, ...]]:
    """Split assets so that no more than so many files are in hand; one asset may have more."""
    batch: list[AssetPlan] = []
    files = 0
    for plan in plans:
        count = len(plan.asset.names)
        if batch and files + count > at_once:
            yield tuple(batch)
            batch, files = [], 0
        batch.append(plan)
        files += count
    if batch:
        yield tuple(batch)


def reread(folder_fd: int, jobs: Iterable[Job], context: Context, at_once: int = AT_ONCE) -> Batch:
    """Hash files of some assets.

    Raises:
        StopRequestedError: asked to stop.
    """
    read: dict[str, Reread] = {}
    bytes_read = 0
    left = iter(jobs)
    while some := list(islice(left, at_once)):
        for done in Crew(folder_fd, some, context).read():
            for job, outcome in zip(done.jobs, done.outcomes, strict=True):
                into = read.setdefault(job.algorithm, Reread({}, {}, {}))
                if isinstance(outcome, NotHashed):
                    into.failed[job.name] = outcome
                    continue
                into.hashes[job.name] = outcome.content_hash
                bytes_read += outcome.stat.size
                if outcome.stat != job.stat:
                    into.moved[job.name] = outcome.stat
        if context.stopped():
            raise StopRequestedError
    return Batch(read, bytes_read)


def algorithms(plan: AssetPlan, context: Context) -> list[str]:
    """Return by which algorithms an asset is hashed: those of its record and its last verdict."""
    sidecar = plan.record.sidecar if plan.record else None
    verdict = sidecar.verdict if sidecar else None
    wanted = (sidecar.content_hash if sidecar else None, verdict.content_hash if verdict else None)
    known = [context.algorithms.of(one) for one in wanted]
    return list(dict.fromkeys(one for one in known if one)) or [context.algorithms.preferred]


def jobs_of(plan: AssetPlan, by: Iterable[str]) -> Iterator[Job]:
    """Say what is to be hashed of an asset: all its files, by each algorithm."""
    for algorithm in by:
        yield from map(Job, plan.asset.names, plan.stats, repeat(algorithm))
