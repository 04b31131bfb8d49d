"""Read the files of one folder: its own thread does, and others help as long as that pays."""

import queue
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import NamedTuple

from ..errors import StopRequestedError
from ..model import FileStat
from ..reading import Hashed, NotHashed, Reader
from .context import Context

_LEAST_FILES, _MOST_FILES = 4, 256
_MOST_BYTES = 32 << 20
_COUNT_EVERY = 4
_TICK_SECONDS = 0.1
_CALLS_A_FILE = 4
# Reading and hashing more than this is mostly done outside Python, on all processors.
_LARGE_BYTES = 64 << 10
# From here on it pays to work on another folder, where a file is the only one of its own.
_LONE_BYTES = 1 << 20
# From here on it pays to start a thread to read ahead.
_HUGE_BYTES = 64 << 20
Outcome = Hashed | NotHashed


class Job(NamedTuple):
    """One file to be hashed with one algorithm; `stat` as gathered."""

    name: str
    stat: FileStat
    algorithm: str


class Done(NamedTuple):
    """Some files that were hashed."""

    jobs: Sequence[Job]
    outcomes: Sequence[Outcome]


class Crew:
    """Those who read one folder. Used by the folder's own thread."""

    def __init__(self, folder_fd: int, jobs: Sequence[Job], context: Context) -> None:
        self._fd = folder_fd
        self._context = context
        self._waiting = deque(jobs)
        size = sum(job.stat.size for job in jobs)
        self._large = context.settings.decode or size >= _LARGE_BYTES * len(jobs)
        self._lone = len(jobs) == 1 and size >= _LONE_BYTES
        self._helpers: list[Future[None]] = []
        self._answers = 0
        self._done: queue.SimpleQueue[Done | Future[None]] = queue.SimpleQueue()

    def read(self) -> Iterator[Done]:
        """Hash all files; asked to stop, what is in hand."""
        left = len(self._waiting)
        try:
            while left and not self._context.stopped():
                self._call_helpers()
                done = self._taken_over() or self._work(calls=True) or self._wait()
                left -= len(done.jobs)
                self._answers += bool(done.jobs)
                yield done
        finally:
            self._waiting.clear()
            if left:  # asked to stop, or an error: nobody may go on with the folder after this
                wait(self._helpers)
        yield from iter(self._taken_over, None)

    def _wait(self) -> Done:
        """Wait for what a helper has in hand; a while at most."""
        try:
            return _result(self._done.get(timeout=_TICK_SECONDS))
        except queue.Empty:
            return Done((), ())

    def _taken_over(self) -> Done | None:
        """Return what a helper has done by now."""
        try:
            return _result(self._done.get_nowait())
        except queue.Empty:
            return None

    def _call_helpers(self) -> None:
        """Ask for as many helpers as pay now.

        One at first, and others as the storage answers: a folder that never does so is not to take
        every thread, nor is one that stops doing so later.
        """
        pace = self._context.pace
        limit = pace.computing_limit if self._large else pace.limit
        most = min(limit - 1, 1 + self._answers, max(1, pace.most - 2))
        if len(self._helpers) >= most or not self._waiting:
            return
        self._helpers = [helper for helper in self._helpers if not helper.done()]
        with suppress(RuntimeError):  # the pool takes nothing more once the run is stopped
            while len(self._helpers) < min(most, len(self._waiting) - 1):
                helper = self._context.pool.submit(self._help)
                helper.add_done_callback(self._done.put)
                self._helpers.append(helper)

    def _help(self) -> None:
        while (done := self._work()) is not None:
            self._done.put(done)

    def _work(self, *, calls: bool = False) -> Done | None:
        """Hash some of the waiting files, if there are any; who `calls` looks out for helpers."""
        with self._context.pace.turn(computing=self._large, lone=self._lone):
            jobs = self._take()
            if not jobs:
                return None
            with self._context.readers.one() as reader:
                outcomes = self._hash(jobs, reader, calls=calls)
            return Done(jobs[: len(outcomes)], outcomes)

    def _take(self) -> list[Job]:
        """Take some of the waiting files: many, for handing over costs as much as a small file.

        Towards the end fewer, so that all get done at the same time.
        """
        pace, waiting = self._context.pace, self._waiting
        share = len(waiting) // (2 * (pace.computing_limit if self._large else pace.limit))
        jobs: list[Job] = []
        size = 0
        with suppress(IndexError):  # another one took the last
            while len(jobs) < max(_LEAST_FILES, min(_MOST_FILES, share)) and size < _MOST_BYTES:
                jobs.append(waiting.popleft())
                size += jobs[-1].stat.size
        return jobs

    def _hash(self, jobs: list[Job], reader: Reader, *, calls: bool) -> list[Outcome]:
        context, fd = self._context, self._fd
        makers, hash_file = context.algorithms.makers, reader.hash_file
        outcomes: list[Outcome] = []
        with suppress(StopRequestedError):
            for start in range(0, len(jobs), _COUNT_EVERY):
                if context.stopped():
                    break
                some = jobs[start : start + _COUNT_EVERY]
                for name, found, algorithm in some:
                    # Reading ahead pays where no other file waits for a thread.
                    if found.size < _HUGE_BYTES or self._waiting:
                        outcome = hash_file(fd, name, makers[algorithm], algorithm)
                    else:
                        with context.pace.spare_turn() as ahead:
                            maker = makers[algorithm]
                            outcome = hash_file(fd, name, maker, algorithm, ahead=ahead)
                    outcomes.append(outcome)
                context.pace.count(len(some) * _CALLS_A_FILE)
                if calls:
                    self._answers += 1
                    self._call_helpers()
        return outcomes


def _result(done: Done | Future[None]) -> Done:
    """Return what was done; a helper that has ended did nothing more, or raises what ended it."""
    if isinstance(done, Done):
        return done
    if not done.cancelled():
        done.result()
    return Done((), ())
