"""Work through a folder's sidecars under its lock, in slices of time."""

import time
from collections import deque
from collections.abc import Iterable
from contextlib import closing
from typing import Generic, Protocol, TypeVar

from ..errors import (
    BusyError,
    LockLostError,
    QCError,
    RecordError,
    StopRequestedError,
    VolumeError,
)
from ..files.atomic import explain
from ..files.folder import Folder
from ..files.lock import HeldLock, Patience, locked
from .context import FullVolumes
from .report import Problem, ProblemKind

# A large folder's lock is let go from time to time: nobody waits long, and it never looks stale.
_SLICE_SECONDS = 0.5
_BREATHE_SECONDS = 0.03
GIVE_WAY_SECONDS = 2.0


class Asset(Protocol):
    """Whatever is written down of an asset; `path` is what people call it."""

    @property
    def path(self) -> str:
        """The folder with the file name or pattern."""


A = TypeVar("A", bound=Asset)
R = TypeVar("R")
A_contra = TypeVar("A_contra", bound=Asset, contravariant=True)
R_co = TypeVar("R_co", covariant=True)


class Book(Protocol[A_contra, R_co]):
    """The sidecars of one folder, as whoever writes them sees them."""

    @property
    def unfinished(self) -> bool:
        """Whether something besides the given items is to be done."""

    def open(self, lock: HeldLock) -> None:
        """Look again at what is there: the lock was just taken."""

    def settle(self, item: A_contra, lock: HeldLock) -> R_co | None:
        """Write what is to be written of one asset; None: there is no more to do."""

    def sync(self) -> None:
        """Make safe what was written."""

    def close(self) -> None:
        """Close what was opened since the lock was taken."""

    def distrust(self) -> None:
        """Somebody else held the lock meanwhile."""


class Recording(Generic[R]):
    """What recording a folder came to, so far. An asset is in `results` once it is safe."""

    __slots__ = ("problems", "results", "stopped")

    def __init__(self) -> None:
        self.results: list[R] = []
        self.problems: list[Problem] = []
        self.stopped = False


def record(
    folder: Folder, book: Book[A, R], items: Iterable[A], full: FullVolumes, patience: Patience
) -> Recording[R]:
    """Write the sidecars of a folder; asked to stop, finish what is in hand."""
    recording: Recording[R] = Recording()
    waiting = deque(items)
    while waiting or book.unfinished:
        taken: list[A] = []
        try:
            _check_may_write(full, folder, patience)
            with locked(folder.fd, patience) as lock, closing(book):
                recording.results.extend(_slice(book, waiting, taken, recording, lock))
        except StopRequestedError:
            recording.stopped = True
            break
        except LockLostError:
            book.distrust()
            waiting.extendleft(reversed(taken))  # under a new lock all of it is decided again
        except (QCError, OSError) as error:
            reason = explain(error) if isinstance(error, OSError) else error
            if isinstance(reason, VolumeError):
                full.add(folder.fd, str(reason))
            _name(recording, [*taken, *waiting], reason)
            break
        if waiting:
            time.sleep(_BREATHE_SECONDS)
    return recording


def _check_may_write(full: FullVolumes, folder: Folder, patience: Patience) -> None:
    """Make sure that a folder is to be written in, and still stands where it was found.

    Raises:
        StopRequestedError: asked to stop.
        RecordError: it is not.
    """
    if patience.stopped():
        raise StopRequestedError
    reason = full.reason(folder.fd)
    if reason is not None:
        raise RecordError(reason)
    if not folder.stands():
        raise RecordError("the folder was moved away meanwhile")


def _name(recording: Recording[R], items: Iterable[Asset], reason: Exception) -> None:
    kind = ProblemKind.BUSY if isinstance(reason, BusyError) else ProblemKind.UNRECORDED
    recording.problems.extend(Problem(kind, item.path, str(reason)) for item in items)


def _slice(
    book: Book[A, R],
    waiting: deque[A],
    taken: list[A],
    recording: Recording[R],
    lock: HeldLock,
) -> list[R]:
    """Write as many sidecars as fit into a slice of time, then make them safe.

    `taken` are the items whose fate hangs on this slice.
    """
    book.open(lock)
    until = time.monotonic() + _SLICE_SECONDS
    results: list[R] = []
    while waiting and (not taken or time.monotonic() < until):
        item = waiting.popleft()
        taken.append(item)
        try:
            result = book.settle(item, lock)
        except LockLostError:
            book.distrust()
            waiting.appendleft(taken.pop())  # under a new lock it is decided again
            break
        except VolumeError:
            raise
        except RecordError as error:
            _name(recording, [taken.pop()], error)
        else:
            if result is not None:
                results.append(result)
    book.sync()
    lock.check()  # taken over meanwhile, somebody may have written over it: nothing is said then
    return results
