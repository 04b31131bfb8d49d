"""Run the pipeline over every folder: find and work in threads, consume here.

Folder threads find a folder each, then examine and record it; others help them to read. The thread
that called consumes, and it alone tells events.
"""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import Generic, NamedTuple, TypeVar

from ..files.limits import most_open_files
from ..sequences.walk import Unopened
from .events import BytesHashed, FolderListed, OnEvent, Tick
from .finding import Found, Others, Task
from .pace import Pace, room_for
from .search import Search

TICK_SECONDS = 0.1
T = TypeVar("T")


class StopFlag:
    """Whether the run is to end: because the caller asks for it, or because it failed."""

    def __init__(self, asked: Callable[[], bool]) -> None:
        self._asked = asked
        self._failed = threading.Event()

    def __call__(self) -> bool:
        """Tell whether the run is to end."""
        return self._failed.is_set() or self._asked()

    def fail(self) -> None:
        """End the run: an error is on its way up."""
        self._failed.set()


class Result(NamedTuple, Generic[T]):
    """What working on a folder came to."""

    value: T


News = str | Unopened | Others | Result[T] | Future[None]
"""A folder was found at a path, could not be opened, is done, or others; or a thread has ended."""


class Engine(Generic[T]):
    """Applies a function to every folder, in threads, and hands the results to one thread."""

    def __init__(self, workers: int, stopped: StopFlag, on_event: OnEvent) -> None:
        threads, self._keep = room_for(workers, most_open_files())
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="qc-folder")
        self.pace = Pace(threads)
        self._stopped = stopped
        self._on_event = on_event
        self._news: queue.SimpleQueue[News[T]] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._threads = self._staying = self._untaken = 0
        self._exhausted = False
        self._read = 0
        self._reading = threading.Lock()

    def count_bytes(self, count: int) -> None:
        """Count, from any thread, bytes of media that were read; they are told now and then.

        Telling each time would wake the consumer for every small file.
        """
        with self._reading:
            self._read += count

    def _tell_bytes(self) -> bool:
        """Tell of bytes that were read; return whether there were any."""
        with self._reading:
            count, self._read = self._read, 0
        if count:
            self._on_event(BytesHashed(count))
        return count > 0

    def run(
        self,
        search: Search,
        work: Callable[[Task], T],
        consume: Callable[[T | Unopened | Others], None],
    ) -> None:
        """Work on every folder; `consume` gets the results, in this thread, as they come."""
        with closing(search):
            with ExitStack() as ending:
                ending.callback(self._pool.shutdown, wait=True, cancel_futures=True)
                ending.callback(self._stopped.fail)  # an error is on its way up
                while self._start_threads(search, work):
                    self._take_news(consume)
                ending.pop_all()
            self._pool.shutdown()

    def _start_threads(self, search: Search, work: Callable[[Task], T]) -> int:
        """Let as many threads work as pay, while there are folders; tell how many do."""
        while self._staying < self.pace.folders and not (self._exhausted or self._stopped()):
            self._threads += 1
            with self._changed:
                self._staying += 1
            self._pool.submit(self._work_off, search, work).add_done_callback(self._news.put)
        return self._threads

    def _work_off(self, search: Search, work: Callable[[Task], T]) -> None:
        """Find a folder and work on it, and so on, until there is none or a thread less is enough.

        The thread that finds a folder works on it: handing it over would cost more than listing it.
        """
        try:
            with closing(search.folders(self._keep)) as folders:
                while self._staying <= self.pace.folders and self._has_room():
                    found = next(folders, None)
                    if found is None:
                        self._exhausted = True
                        return
                    with self._changed:
                        self._untaken += 1
                    self._news.put(self._worked_on(found, work))
        finally:
            with self._changed:
                self._staying -= 1

    def _worked_on(self, found: Found, work: Callable[[Task], T]) -> Result[T] | Unopened | Others:
        """Work on what was found, if it is a folder."""
        if not isinstance(found, Task):
            return found
        self._news.put(found.listing.folder.path)
        with found.listing.folder:
            result = Result(work(found))
        self.pace.count_folder()
        return result

    def _has_room(self) -> bool:
        """Wait until the consumer has taken most of what was done; asked to stop, tell so."""
        while not self._stopped():
            with self._changed:
                if self._changed.wait_for(self._is_taken, TICK_SECONDS):
                    return True
        return False

    def _is_taken(self) -> bool:
        return self._untaken <= 2 * self.pace.folders

    def _take_news(self, consume: Callable[[T | Unopened | Others], None]) -> None:
        """Wait a moment for something to happen, and tell it."""
        try:
            news = self._news.get(timeout=TICK_SECONDS)
        except queue.Empty:
            moved = False
        else:
            self._tell(news, consume)
            moved = True
        self.pace.watch(moved=self._tell_bytes() or moved)
        self._on_event(Tick())

    def _tell(self, news: News[T], consume: Callable[[T | Unopened | Others], None]) -> None:
        if isinstance(news, Future):
            self._threads -= 1
            news.result()  # what ended it, if it was an error
        elif isinstance(news, str):
            self._on_event(FolderListed(news))
        else:
            with self._changed:
                self._untaken -= 1
                self._changed.notify_all()
            consume(news.value if isinstance(news, Result) else news)
