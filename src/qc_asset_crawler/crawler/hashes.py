"""The hashes of one folder's files: from the cache where it can be trusted, else by reading."""

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, as_completed
from contextlib import suppress
from typing import NamedTuple

from .. import hashcache
from ..errors import StopRequestedError
from ..files.clock import DiskTime, read_clock
from ..hashcache import BadCacheError, Entry
from ..hashing import Hashed, NotHashed, hash_file
from ..listing import Listing
from ..model import FileStat
from ..text import show
from .context import Context

_BATCH_FILES = 128
_BATCH_BYTES = 32 << 20
_COUNT_EVERY = 4
_CALLS_A_FILE = 4
# Reading and hashing more than this is mostly done outside Python, on all processors.
_LARGE_BYTES = 64 << 10
_SAVE_EVERY_SECONDS = 15.0
_SAVE_SHARE = 20  # saving may take a twentieth of the time


class Job(NamedTuple):
    """One file to be hashed with one algorithm; `stat` as gathered."""

    name: str
    stat: FileStat
    algorithm: str


class FolderHashes:
    """Hashes of one folder, kept and extended by one thread; readers are other threads."""

    def __init__(self, listing: Listing, context: Context) -> None:
        self._listing = listing
        self._context = context
        self._ignore_ctime = context.settings.ignore_ctime
        self._done: dict[tuple[str, str], Hashed | NotHashed] = {}
        self._last_save = time.monotonic()
        self._pause = _SAVE_EVERY_SECONDS
        self.warnings: list[str] = []
        self.racy: set[str] = set()
        self.silent: set[str] = set()
        self.files_read: set[str] = set()
        self._usable = True
        self._stored = self._load()
        self._saved = self._stored
        self._entries = dict(self._stored)

    def _load(self) -> dict[str, Entry]:
        name = self._context.settings.naming.hashcache
        try:
            return hashcache.load(self._listing.folder.fd, name, len(self._listing.files))
        except BadCacheError as error:
            path = show(self._listing.folder.join(name))
            self.warnings.append(f"{path} {error}; it is not used")
            return {}

    def trusts(self, job: Job) -> bool:
        """Tell whether the cache knows the hash of a file as it is now."""
        entry = self._entries.get(job.name)
        return (
            entry is not None
            and not self._context.settings.rehash
            and entry.trusted(job.stat, job.algorithm, ignore_ctime=self._ignore_ctime)
        )

    def ensure(self, jobs: Iterable[Job]) -> None:
        """Read every file whose hash is not known.

        Raises:
            StopRequestedError: asked to stop; what was hashed is saved.
            OSError: nothing can be written in the folder, so nothing is read either.
        """
        wanted = [
            job
            for job in jobs
            if (job.name, job.algorithm) not in self._done and not self.trusts(job)
        ]
        if not wanted:
            return
        clock = self._settle(job.stat for job in wanted)
        self._read(wanted, clock)
        if clock.whole_seconds:
            again = [
                Job(job.name, outcome.stat, job.algorithm)
                for job in wanted
                if job.name in self.racy
                and isinstance(outcome := self._done[job.name, job.algorithm], Hashed)
            ]
            if again:
                self._read(again, self._settle(job.stat for job in again))

    def hash_of(self, job: Job) -> Hashed | NotHashed:
        """Return what `ensure` made known of a file."""
        done = self._done.get((job.name, job.algorithm))
        if done is not None:
            return done
        return Hashed(job.stat, self._entries[job.name].content_hash)

    def _settle(self, stats: Iterable[FileStat]) -> DiskTime:
        """Return the disk's time, after waiting until the youngest files can be trusted.

        At most the window of this file system (0.1 s, or 2 s for whole seconds) is waited;
        stamps further in the future would take for ever.
        """
        fd = self._listing.folder.fd
        clock = read_clock(fd)
        limit = clock.window_ns
        settled = clock.settled_ns
        youths = (
            clock.youth_ns(found)
            for found in stats
            if found.ctime_ns > settled or found.mtime_ns > settled
        )
        youth = max((y for y in youths if 0 < y <= limit), default=0)
        until = time.monotonic() + 2 * limit / 1e9
        target = clock.now_ns + youth
        while youth and clock.now_ns < target and time.monotonic() < until:
            if self._context.stopped():
                raise StopRequestedError
            time.sleep(min(0.05, (target - clock.now_ns) / 1e9))
            clock = read_clock(fd)
        return clock

    def _read(self, jobs: list[Job], clock: DiskTime) -> None:
        settled = clock.settled_ns
        for batch, outcomes in self._read_batches(jobs):
            for job, outcome in zip(batch, outcomes, strict=False):
                self._take(job, outcome, clock, settled)
            self._save_now_and_then()
        if self._context.stopped():
            self.save()
            raise StopRequestedError

    def _read_batches(
        self, jobs: list[Job]
    ) -> Iterator[tuple[list[Job], list[Hashed | NotHashed]]]:
        futures: dict[Future[list[Hashed | NotHashed]], list[Job]] = {}
        with suppress(RuntimeError):  # the pool takes nothing more once the run is stopped
            for batch in _cut(jobs):
                futures[self._context.pool.submit(self._read_batch, batch)] = batch
        for future in as_completed(futures):
            if not future.cancelled():
                yield futures[future], future.result()

    def _read_batch(self, batch: list[Job]) -> list[Hashed | NotHashed]:
        """Hash some files; asked to stop, return what is done so far."""
        outcomes: list[Hashed | NotHashed] = []
        fd, context = self._listing.folder.fd, self._context
        reading = context.reading
        large = sum(job.stat.size for job in batch) >= _LARGE_BYTES * len(batch)
        with suppress(StopRequestedError), context.pace.turn(computing=large):
            for job in batch:
                maker = context.algorithms.makers[job.algorithm]
                outcomes.append(hash_file(fd, job.name, maker, job.algorithm, reading))
                if not len(outcomes) % _COUNT_EVERY:
                    context.pace.count(_COUNT_EVERY * _CALLS_A_FILE)
            context.pace.count(len(outcomes) % _COUNT_EVERY * _CALLS_A_FILE)
        return outcomes

    def _take(self, job: Job, outcome: Hashed | NotHashed, clock: DiskTime, settled: int) -> None:
        """Remember what became of a file; stamps up to `settled` are old enough by the clock."""
        self._done[job.name, job.algorithm] = outcome
        self.racy.discard(job.name)
        self.files_read.add(job.name)
        before = self._stored.get(job.name)
        if isinstance(outcome, NotHashed):
            self._entries.pop(job.name, None)
            return
        found = outcome.stat
        old = found.mtime_ns <= settled and found.ctime_ns <= settled
        racy = not old and clock.is_racy(found)
        if racy:
            self.racy.add(job.name)
        if before is not None and _changed_silently(before, outcome):
            self.silent.add(job.name)
        self._entries[job.name] = Entry(
            found.size, found.mtime_ns, found.ctime_ns, outcome.content_hash, racy
        )

    def _save_now_and_then(self) -> None:
        """Save at least once a minute, so that a killed run has lost little."""
        now = time.monotonic()
        if now - self._last_save < self._pause:
            return
        self.save()
        took = time.monotonic() - now
        self._pause = min(60.0, max(_SAVE_EVERY_SECONDS, took * _SAVE_SHARE))
        self._last_save = time.monotonic()

    def save(self) -> None:
        """Write the cache if it changed. A cache that cannot be written costs time, not truth."""
        present = {*self._listing.files, *self._listing.passed_over}
        entries = hashcache.only_present(self._entries, present)
        if not self._usable or entries == self._saved:
            return
        name = self._context.settings.naming.hashcache
        fd = self._listing.folder.fd
        try:
            hashcache.save(fd, name, entries, self._context.algorithms.preferred)
        except (OSError, BadCacheError) as error:
            self._usable = False
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            path = show(self._listing.folder.join(name))
            if not self.warnings:
                self.warnings.append(f"{path} {why}; the cache is not written")
        else:
            self._saved = entries


def _changed_silently(before: Entry, now: Hashed) -> bool:
    same_algorithm = before.content_hash.partition(":")[0] == now.content_hash.partition(":")[0]
    return (
        same_algorithm
        and before.silent_if_changed(now.stat)
        and before.content_hash != now.content_hash
    )


def _cut(jobs: list[Job]) -> Iterator[list[Job]]:
    """Cut jobs into batches: one future a file costs as much as a small file."""
    batch: list[Job] = []
    size = 0
    for job in jobs:
        batch.append(job)
        size += job.stat.size
        if len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
