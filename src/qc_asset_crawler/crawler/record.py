"""Record what was decided: under the folder's lock, after reading again what is recorded."""

import os
import time
from collections import deque
from dataclasses import dataclass, field

from ..errors import (
    BusyError,
    LockLostError,
    QCError,
    RecordError,
    StopRequestedError,
    VolumeError,
)
from ..files.atomic import explain
from ..files.lock import HeldLock, Patience, locked
from .context import Context
from .decisions import Item
from .gather import FolderScan
from .ledger import Ledger
from .report import AssetResult, Problem, ProblemKind

# A large folder's lock is let go from time to time: nobody waits long, and it never looks stale.
_SLICE_SECONDS = 0.5
_BREATHE_SECONDS = 0.03
_AUTOMATED_PATIENCE_SECONDS = 2.0


@dataclass(slots=True)
class Recording:
    """What recording a folder came to, so far. An asset is in `results` once it is safe."""

    results: list[AssetResult] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    stopped: bool = False


def record(scan: FolderScan, items: list[Item], context: Context) -> Recording:
    """Write the sidecars of a folder; asked to stop, finish what is in hand."""
    recording = Recording()
    waiting = deque(items)
    ledger = Ledger(scan, context)
    folder_fd = scan.listing.folder.fd
    device = os.fstat(folder_fd).st_dev
    while waiting or ledger.damaged:
        taken: list[Item] = []
        try:
            _check_may_write(context, device)
            with locked(folder_fd, _patience(context)) as lock:
                recording.results.extend(_slice(ledger, waiting, taken, recording, lock))
        except StopRequestedError:
            recording.stopped = True
            break
        except LockLostError:
            ledger.distrust()
            waiting.extendleft(reversed(taken))  # under a new lock all of it is decided again
        except (QCError, OSError) as error:
            reason = explain(error) if isinstance(error, OSError) else error
            if isinstance(reason, VolumeError):
                context.full.add(device, str(reason))
            _name(recording, [*taken, *waiting], reason)
            break
        if waiting:
            time.sleep(_BREATHE_SECONDS)
    return recording


def _check_may_write(context: Context, device: int) -> None:
    if context.stopped():
        raise StopRequestedError
    full = context.full.reason(device)
    if full is not None:
        raise RecordError(full)


def _patience(context: Context) -> Patience:
    """A nightly run gives way; what a person says is never refused because of a lock."""
    automated = context.signature.signing is None
    return Patience(_AUTOMATED_PATIENCE_SECONDS if automated else None, context.stopped)


def _name(recording: Recording, items: list[Item], reason: Exception) -> None:
    kind = ProblemKind.BUSY if isinstance(reason, BusyError) else ProblemKind.UNRECORDED
    recording.problems.extend(Problem(kind, item.path, str(reason)) for item in items)


def _slice(
    ledger: Ledger,
    waiting: deque[Item],
    taken: list[Item],
    recording: Recording,
    lock: HeldLock,
) -> list[AssetResult]:
    """Write as many sidecars as fit into a slice of time, then make them safe.

    `taken` are the items whose fate hangs on this slice.
    """
    ledger.refresh()
    ledger.set_damaged_aside(lock)
    until = time.monotonic() + _SLICE_SECONDS
    results: list[AssetResult] = []
    while waiting and (not taken or time.monotonic() < until):
        item = waiting.popleft()
        taken.append(item)
        try:
            result = ledger.settle(item, lock)
        except LockLostError:
            ledger.distrust()
            waiting.appendleft(taken.pop())  # under a new lock it is decided again
            break
        except VolumeError:
            raise
        except RecordError as error:
            _name(recording, [taken.pop()], error)
        else:
            if result is not None:
                results.append(result)
    ledger.sync()
    return results
