"""How many threads work at once: as many as pay, by measurement.

Python runs one thread at a time, so on a fast disk every further thread only gets in the way of the
first; on storage that answers after milliseconds, dozens of them are needed to keep it busy. Which
of the two it is shows in how much of the time the process computes.
"""

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LOOK_EVERY_SECONDS = 0.1
# Below these shares of one processor's time the process waits for storage: a little, or mostly.
_IDLE = 0.8
_VERY_IDLE = 0.3
# More threads that do not get more done than this are too many.
_GAIN = 1.15
_HOLD_SECONDS = 2.0
# Where nothing at all has come back for so long, one thread more may work.
_STANDSTILL_SECONDS = 2.0
# After a folder of one large file, so many more may be worked on beside each other.
_LONE_FOLDERS = 4
# Of the files that may be open, so many are for what is no folder's, and for each thread at work:
# its folder, the listing, a store, a lock, a sidecar and its temp file, a frame.
_FILES_BESIDE, _FILES_A_THREAD = 20, 8
_LEAST_KEPT, _MOST_KEPT = 2, 16


def room_for(workers: int, files: int) -> tuple[int, int]:
    """Return how many threads there is room for, and how many folders each may keep open.

    `files` is how many the process may have open.
    """
    left = max(1, files - _FILES_BESIDE)
    threads = max(1, min(workers, left // (_FILES_A_THREAD + _LEAST_KEPT)))
    return threads, max(0, min(_MOST_KEPT, left // threads - _FILES_A_THREAD))


class Pace:
    """Lets so many threads work at once, beginning with one. Used from several threads.

    `most` is never exceeded; `processors` is how many of them it lets us use. `now` and `busy` are
    clocks, in seconds: the wall's, and that of the time in which this process computes.
    """

    def __init__(
        self,
        most: int,
        now: Callable[[], float] = time.perf_counter,
        busy: Callable[[], float] = time.process_time,
    ) -> None:
        self.most = most
        self.processors = min(most, os.cpu_count() or 1)
        self._now = now
        self._busy = busy
        self._changed = threading.Condition()
        self._queue: deque[object] = deque()
        self._working = 0
        self._done = 0
        self._limit = 1
        self._lone = 0
        self._before: tuple[int, float] | None = None
        self._hold_until = 0.0
        self._settling = False
        self._since = (now(), busy())
        self._moved = self._since
        self._came_back = False

    @property
    def limit(self) -> int:
        """How many threads may work now, on what keeps Python itself busy."""
        return self._limit

    @property
    def computing_limit(self) -> int:
        """How many may work on what is mostly done outside Python: large reads and hashes."""
        return max(self._limit, self.processors)

    @property
    def folders(self) -> int:
        """How many folders may be worked on: several where lone turns were taken lately."""
        return self._allowed(computing=self._lone > 0)

    def count_folder(self) -> None:
        """Count a folder that is done."""
        with self._changed:
            self._lone -= self._lone > 0
        self.count(1)

    @contextmanager
    def turn(self, *, computing: bool = False, lone: bool = False) -> Iterator[None]:
        """Wait for a turn to work, and take it; who waits longest is first.

        A `lone` turn computes on what nobody else of its folder can take a part of.
        """
        ticket = object()
        with self._changed:
            self._queue.append(ticket)
            self._changed.wait_for(
                lambda: (
                    self._queue[0] is ticket and self._working < self._allowed(computing=computing)
                )
            )
            self._queue.popleft()
            self._working += 1
            self._lone = _LONE_FOLDERS if lone else self._lone
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._working -= 1
                self._changed.notify_all()

    @contextmanager
    def spare_turn(self) -> Iterator[bool]:
        """Take a further turn to compute, if there is one that nobody uses; tell whether."""
        with self._changed:
            spare = not self._queue and self._working < self.computing_limit
            self._working += spare
        try:
            yield spare
        finally:
            with self._changed:
                self._working -= spare
                self._changed.notify_all()

    def _allowed(self, *, computing: bool) -> int:
        return self.computing_limit if computing else self._limit

    def count(self, calls: int) -> None:
        """Count calls to the storage; now and then decide how many threads pay."""
        with self._changed:
            self._done += calls
            self._came_back = True
            now = self._now()
            if now - self._since[0] >= _LOOK_EVERY_SECONDS:
                self._decide(now)

    def watch(self, *, moved: bool) -> None:
        """See to it, several times a second, that what never comes back does not hold up the rest.

        `moved` tells whether anything came of the work since. To compute is no standstill either.
        """
        with self._changed:
            now = self._now(), self._busy()
            seconds, busy = now[0] - self._moved[0], now[1] - self._moved[1]
            if moved or self._came_back or busy > _VERY_IDLE * seconds:
                self._moved, self._came_back = now, False
            elif seconds >= _STANDSTILL_SECONDS and self._limit < self.most:
                self._limit, self._before, self._moved = self._limit + 1, None, now
                self._changed.notify_all()

    def _decide(self, now: float) -> None:
        seconds, busy = now - self._since[0], self._busy() - self._since[1]
        rate, share = self._done / seconds, busy / seconds
        self._since, self._done = (now, self._busy()), 0
        if self._settling:
            self._settling = False
        elif self._before is not None and rate < self._before[1] * _GAIN:
            self._limit, self._before = self._before[0], None
            self._hold_until = now + _HOLD_SECONDS
        elif share < _IDLE and now >= self._hold_until and self._limit < self.most:
            self._before = self._limit, rate
            self._limit = min(self.most, self._limit * (4 if share < _VERY_IDLE else 2))
            self._settling = True
            self._changed.notify_all()
        else:
            self._before = None
