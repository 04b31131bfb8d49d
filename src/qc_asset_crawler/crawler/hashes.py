"""The hashes of one folder's files: from the cache where it can be trusted, else by reading."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice, repeat
from typing import NamedTuple

from .. import hashcache
from ..errors import StopRequestedError
from ..files.clock import DiskTime, read_clock
from ..files.folder import Folder
from ..findings.values import NOTHING, Kind, Look
from ..hashcache import BadCacheError, Entry
from ..listing import Listing
from ..model import FileStat
from ..reading import Hashed, NotHashed, Unread
from ..stats import Stats
from ..text import show
from .context import Context
from .crew import Crew, Done, Job

# So many files are taken in hand at once: a million would take hundreds of megabytes.
_AT_ONCE = 20_000
_SAVE_EVERY_SECONDS = 15.0
_SAVE_SHARE = 20  # saving may take a twentieth of the time


class Request(NamedTuple):
    """The files of an asset, to be hashed with one algorithm; `stats` as gathered."""

    names: tuple[str, ...]
    stats: Stats
    algorithm: str


def stored_entries(listing: Listing, context: Context, warnings: list[str]) -> dict[str, Entry]:
    """Read a folder's cache; one that cannot be used is as good as none, with a warning."""
    name = context.settings.naming.hashcache
    try:
        return hashcache.load(listing.folder.fd, name, len(listing.files))
    except BadCacheError as error:
        warnings.append(f"{show(listing.folder.join(name))} {error}; it is not used")
        return {}


class FolderHashes:
    """Hashes of one folder, kept and extended by one thread; others may help it to read."""

    def __init__(
        self,
        listing: Listing,
        context: Context,
        at_once: int = _AT_ONCE,
        clock: Callable[[int], DiskTime] = read_clock,
    ) -> None:
        self._listing = listing
        self._context = context
        self._at_once = at_once
        self._clock = clock
        self._ignore_ctime = context.settings.ignore_ctime
        # A folder may hold a million files: of what is as expected, the entries say all.
        self._read: dict[str, set[str]] = defaultdict(set)
        self._failed: dict[str, NotHashed] = {}
        self._restamped: dict[str, FileStat] = {}
        self._looks: dict[Look, Look] = {}
        self._last_save = time.monotonic()
        self._pause = _SAVE_EVERY_SECONDS
        self.warnings: list[str] = []
        self.racy: set[str] = set()
        self.silent: set[str] = set()
        self._usable = True
        self._stored = stored_entries(listing, context, self.warnings)
        self._entries = dict(self._stored)
        self._unsaved = False

    @property
    def files_read(self) -> int:
        """How many files were read."""
        return len(set().union(*self._read.values()))

    def _trusts(self, job: Job) -> bool:
        """Tell whether the cache knows the hash of a file as it is now."""
        entry = self._entries.get(job.name)
        return (
            entry is not None
            and not self._context.settings.reads_all
            and not (entry.look is None and self._context.settings.findings)
            and entry.trusted(job.stat, job.algorithm, ignore_ctime=self._ignore_ctime)
        )

    def unknown(self, request: Request) -> Iterator[Job]:
        """Name the files whose hash is not known."""
        read = self._read[request.algorithm]
        jobs = map(Job, request.names, request.stats, repeat(request.algorithm))
        if not read and not self._entries:
            return jobs
        return (job for job in jobs if job.name not in read and not self._trusts(job))

    def ensure(self, requests: Iterable[Request]) -> None:
        """Read every file whose hash is not known.

        Raises:
            StopRequestedError: asked to stop; what was hashed is saved.
            OSError: nothing can be written in the folder, so nothing more is read either.
        """
        jobs = (job for request in requests for job in self.unknown(request))
        while wanted := list(islice(jobs, self._at_once)):
            self._ensure(wanted)

    def _ensure(self, wanted: list[Job]) -> None:
        """Read some files; once more those that were changed while this run was at it.

        One `write` stamps a file once, when it begins: read meanwhile it may be neither the old
        nor the new one, under stamps that stay. So it is read when its stamps are old enough.
        """
        clock = self._settle(job.stat for job in wanted)
        self._work_off(wanted, clock)
        again = [
            job._replace(stat=self._restamped.get(job.name, job.stat))
            for job in wanted
            if job.name in self.racy and (clock.whole_seconds or job.name in self._restamped)
        ]
        if again:
            self._work_off(again, self._settle(job.stat for job in again))
            for job in again:
                self._refuse_if_changed(job)

    def _refuse_if_changed(self, job: Job) -> None:
        """Give up a file that was changed yet again: somebody is writing it."""
        if job.name in self.racy and self._restamped.get(job.name, job.stat) != job.stat:
            self._failed[job.name] = NotHashed(Unread.UNSTABLE, "changed while it was read")
            self._unsaved |= self._entries.pop(job.name, None) is not None

    def failures(self, request: Request) -> dict[str, NotHashed]:
        """Name those files of a request that `ensure` could not hash, in order."""
        return {name: self._failed[name] for name in request.names if name in self._failed}

    def known(self, request: Request) -> tuple[list[str], Stats]:
        """Return the hashes of files of which none failed, and the stats they were read under.

        An entry holds the hash that was made last: it is asked for before another one is made.
        """
        restamped, entries = self._restamped, self._entries
        stats = request.stats
        if not restamped.keys().isdisjoint(request.names):
            stats = Stats(map(restamped.get, request.names, stats))
        return [entries[name].content_hash for name in request.names], stats

    def looks(self, names: tuple[str, ...]) -> list[Look]:
        """Return what the bytes of files told that are known."""
        return [self._entries[name].look or NOTHING for name in names]

    def _settle(self, stats: Iterable[FileStat]) -> DiskTime:
        """Return the disk's time, after waiting until the youngest files can be trusted.

        At most the window of this file system (0.1 s, or 2 s for whole seconds) is waited;
        stamps further in the future would take for ever.
        """
        fd = self._listing.folder.fd
        clock = self._clock(fd)
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
            clock = self._clock(fd)
        return clock

    def _work_off(self, jobs: list[Job], clock: DiskTime) -> None:
        for done in Crew(self._listing.folder.fd, jobs, self._context).read():
            self._take(done, clock)
            self._save_now_and_then()
        if self._context.stopped():
            self.save()
            raise StopRequestedError

    def _take(self, done: Done, clock: DiskTime) -> None:
        """Remember what became of some files."""
        settled = clock.settled_ns
        for job, outcome in zip(done.jobs, done.outcomes, strict=True):
            name = job.name
            self._read[job.algorithm].add(name)
            self.racy.discard(name)
            if isinstance(outcome, NotHashed):
                self._failed[name] = outcome
                self._unsaved |= self._entries.pop(name, None) is not None
                continue
            self._failed.pop(name, None)
            if outcome.stat != job.stat or name in self._restamped:
                self._restamped[name] = outcome.stat
            (_, _, size, mtime_ns, ctime_ns), content_hash, look = outcome
            if look is not None:
                look = self._looks.setdefault(look, look)  # most files tell the same
            young = mtime_ns > settled or ctime_ns > settled
            if young and clock.is_racy(outcome.stat):
                self.racy.add(name)
            before = self._stored.get(name)
            if before is not None:
                if _changed_silently(before, outcome):
                    self.silent.add(name)
                look = self._decoded_before(before, outcome) or look
            entry = Entry(size, mtime_ns, ctime_ns, content_hash, name in self.racy, look)
            self._unsaved = self._unsaved or entry != self._entries.get(name)
            self._entries[name] = entry

    def _decoded_before(self, before: Entry, now: Hashed) -> Look | None:
        """Return what a decoder said of these very bytes, where none is asked now."""
        said = before.look
        if said is None or said.kind is not Kind.UNREADABLE or self._context.settings.decode:
            return None
        return said if before.content_hash == now.content_hash else None

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
        gone = self._entries.keys() - {*self._listing.files, *self._listing.passed_over}
        for absent in gone:
            del self._entries[absent]
        if not self._usable or not (gone or self._unsaved):
            return
        name = self._context.settings.naming.hashcache
        folder = self._listing.folder
        try:
            _need_folder(folder)
            hashcache.save(folder.fd, name, self._entries, self._context.algorithms.preferred)
        except (OSError, BadCacheError) as error:
            self._usable = False
            why = (error.strerror if isinstance(error, OSError) else None) or str(error)
            path = show(self._listing.folder.join(name))
            if not self.warnings:
                self.warnings.append(f"{path} {why}; the cache is not written")
        else:
            self._unsaved = False


def _need_folder(folder: Folder) -> None:
    """Make sure that what is written in a folder is written below ROOT.

    Raises:
        BadCacheError: the folder was moved away meanwhile.
        OSError: that cannot be found out.
    """
    if not folder.stands():
        raise BadCacheError("was moved away with its folder")


def _changed_silently(before: Entry, now: Hashed) -> bool:
    same_algorithm = before.content_hash.partition(":")[0] == now.content_hash.partition(":")[0]
    return (
        same_algorithm
        and before.silent_if_changed(now.stat)
        and before.content_hash != now.content_hash
    )
