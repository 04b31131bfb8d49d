"""Run the pipeline over every folder: walk here, work in threads, consume here.

One thread (the caller's) walks and consumes; folder threads examine and record a folder each;
reader threads hash batches of files for them. Only the caller's thread tells events.
"""

import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Generic, NamedTuple, TypeVar

from ..errors import StopRequestedError
from ..files.folder import Folder, open_root
from ..listing import Listing, Rules
from ..sequences.walk import Unopened, list_folder, walk
from .events import BytesHashed, FolderListed, OnEvent, Tick
from .pace import Pace
from .place import FolderPlace, Root

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


class Task(NamedTuple):
    """One listed folder of a root; of it, with `only`, just one asset."""

    root: Root
    listing: Listing

    @property
    def place(self) -> FolderPlace:
        """Where the folder is to be found again."""
        return FolderPlace(self.root, self.listing.below_root)


def find_folders(
    roots: tuple[Root, ...], rules: Rules, stopped: StopFlag
) -> Iterator[Task | Unopened]:
    """List every folder under the roots, in order; asked to stop, end."""
    with suppress(StopRequestedError):
        yield from _find_folders(roots, rules, stopped)


def _find_folders(
    roots: tuple[Root, ...], rules: Rules, stopped: StopFlag
) -> Iterator[Task | Unopened]:
    for root in roots:
        try:
            fd = open_root(root.path)
        except OSError as error:
            yield Unopened(root.path, error.strerror or "cannot be opened")
            continue
        try:
            if root.only is not None:
                yield Task(root, list_folder(Folder(os.dup(fd), root.path), rules))
                continue
            for found in walk(fd, root.path, rules, stopped):
                yield found if isinstance(found, Unopened) else Task(root, found)
        finally:
            os.close(fd)


class Engine(Generic[T]):
    """Applies a function to every folder, in threads, and hands the results to one thread."""

    def __init__(self, workers: int, stopped: StopFlag, on_event: OnEvent) -> None:
        self._folders = ThreadPoolExecutor(workers, thread_name_prefix="qc-folder")
        self.pace = Pace(workers)
        self._stopped = stopped
        self._on_event = on_event
        self._finished: queue.SimpleQueue[Future[T]] = queue.SimpleQueue()
        self._read = 0
        self._read_lock = threading.Lock()

    def count_bytes(self, count: int) -> None:
        """Count, from any thread, bytes of media that were read; they are told now and then.

        Telling each time would wake the consumer for every small file.
        """
        with self._read_lock:
            self._read += count

    def _tell_bytes(self) -> None:
        with self._read_lock:
            count, self._read = self._read, 0
        if count:
            self._on_event(BytesHashed(count))

    def run(
        self,
        found: Iterator[Task | Unopened],
        work: Callable[[Task], T],
        consume: Callable[[T | Unopened], None],
    ) -> None:
        """Work on every folder; `consume` gets the results, in this thread, as they come."""
        running = 0
        exhausted = False
        with ExitStack() as ending:
            ending.callback(self._folders.shutdown, wait=True, cancel_futures=True)
            ending.callback(self._stopped.fail)  # an error is on its way up
            while running or not exhausted:
                while running < self.pace.limit and not exhausted and not self._stopped():
                    task = next(found, None)
                    if task is None:
                        exhausted = True
                    elif isinstance(task, Unopened):
                        consume(task)
                    else:
                        self._submit(task, work)
                        running += 1
                        self._on_event(FolderListed(task.listing.folder.path))
                if self._stopped():
                    exhausted = True
                if running:
                    running -= self._drain(consume)
            ending.pop_all()
        self._folders.shutdown()

    def _submit(self, task: Task, work: Callable[[Task], T]) -> None:
        def run_and_close() -> T:
            with task.listing.folder:
                result = work(task)
            self.pace.count(1)
            return result

        def finish(future: Future[T]) -> None:
            if future.cancelled():
                task.listing.folder.close()
            self._finished.put(future)

        self._folders.submit(run_and_close).add_done_callback(finish)

    def _drain(self, consume: Callable[[T | Unopened], None]) -> int:
        """Wait a moment for results; tell what came. Returns how many folders are done."""
        done = 0
        until = time.monotonic() + TICK_SECONDS
        while not done:
            try:
                future = self._finished.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            done += 1
            consume(future.result())
        self._tell_bytes()
        self._on_event(Tick())
        return done
