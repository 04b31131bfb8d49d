"""Remove what may go from one folder: by descriptor, under the folder's lock."""

import os
from collections.abc import Callable
from typing import NamedTuple

from ..crawler.context import FullVolumes
from ..crawler.record import GIVE_WAY_SECONDS, record
from ..crawler.report import Problem, ProblemKind
from ..errors import LockLostError, RecordError
from ..files.atomic import explain
from ..files.folder import STORE_NAME, Folder
from ..files.lock import HeldLock, Patience, is_stale_temp
from ..settings import SidecarMode
from ..sidecar.records import open_store
from ..sidecar.store import remove_sidecar
from .judge import Allowance
from .look import Look, Looked
from .values import Artifact, Kind, Ruling, Standing

_NOT_LOCKABLE = "is not cleaned, for it cannot be locked: .qc.lock {}"
_NO_LOCK = {Standing.FOREIGN, Standing.EXCLUDED, Standing.UNKNOWN}
_CHANGED = "was not there, or not so, when it was listed"


class Item(NamedTuple):
    """An artifact that may go, or what became of it; `path` is for people."""

    path: str
    artifact: Artifact
    removed: bool = False


class Removal(NamedTuple):
    """What became of the artifacts of one folder that could have gone."""

    items: tuple[Item, ...]
    problems: tuple[Problem, ...] = ()


def remove(
    look: Look,
    looked: Looked,
    allowance: Allowance,
    agreed: Callable[[str, Artifact], bool],
) -> Removal:
    """Remove what is allowed and agreed; what changed since it was looked at is judged again.

    Caches go first and without the lock: they can be lost at any time, and on a full disk make
    room for it.
    """
    folder = look.folder
    may_go = [
        Item(folder.join(artifact.name), artifact)
        for artifact in looked.artifacts
        if allowance.permits(artifact)
    ]
    items = [item for item in may_go if agreed(item.path, item.artifact)]
    caches = [item for item in items if item.artifact.kind is Kind.CACHE]
    rest = [item for item in items if item.artifact.kind is not Kind.CACHE]
    done, problems = _remove_caches(folder, caches)
    done += [_kept(item, _CHANGED) for item in may_go if not agreed(item.path, item.artifact)]
    lock = look.lock() if rest else None
    if lock is not None and lock.standing in _NO_LOCK:
        detail = _NOT_LOCKABLE.format(lock.ruling.detail or "is excluded")
        problems.append(Problem(ProblemKind.UNREMOVED, folder.path, detail))
    elif rest:
        book = _Book(look, allowance, agreed)
        patience = Patience(GIVE_WAY_SECONDS, look.stopped)
        recording = record(folder, book, _with_store(rest, folder), FullVolumes(), patience)
        done += recording.results
        problems += [_unremoved(problem) for problem in recording.problems]
        done += _taken_over(look, looked, done)
    return Removal(tuple(done), tuple(problems))


def _with_store(items: list[Item], folder: Folder) -> list[Item]:
    """Add `.qc`, which goes when it turns out to be empty: another run may be about the rest."""
    kinds = {item.artifact.kind for item in items}
    inside = any(item.artifact.name.startswith(f"{STORE_NAME}/") for item in items)
    if Kind.STORE in kinds or not inside:
        return items
    store = Artifact(Kind.STORE, STORE_NAME, Ruling(Standing.OURS))
    return [*items, Item(folder.join(STORE_NAME), store)]


def _taken_over(look: Look, looked: Looked, done: list[Item]) -> list[Item]:
    """Name a lock that seemed to be in use, and turned out not to be when it was taken."""
    known = {item.artifact.name for item in done}
    return [
        Item(look.folder.join(lock.name), lock, removed=True)
        for lock in looked.artifacts
        if lock.kind is Kind.LOCK and lock.name not in known and look.lock() is None
    ]


def _kept(item: Item, why: str) -> Item:
    """Leave an artifact to a later run."""
    ruling = Ruling(Standing.IN_USE, why)
    return item._replace(artifact=item.artifact._replace(ruling=ruling))


def _unremoved(problem: Problem) -> Problem:
    recorded = problem.kind is ProblemKind.UNRECORDED
    return problem._replace(kind=ProblemKind.UNREMOVED) if recorded else problem


def _remove_caches(folder: Folder, items: list[Item]) -> tuple[list[Item], list[Problem]]:
    done: list[Item] = []
    problems: list[Problem] = []
    for item in items:
        try:
            if not folder.stands():
                break
            os.unlink(item.artifact.name, dir_fd=folder.fd)
        except FileNotFoundError:
            continue
        except OSError as error:
            detail = str(explain(error))
            problems.append(Problem(ProblemKind.UNREMOVED, item.path, detail))
        else:
            done.append(item._replace(removed=True))
    return done, problems


class _Book:
    """What may go from one folder, while its lock is held."""

    unfinished = False

    def __init__(
        self, look: Look, allowance: Allowance, agreed: Callable[[str, Artifact], bool]
    ) -> None:
        self._look = look
        self._allowance = allowance
        self._agreed = agreed

    def open(self, lock: HeldLock) -> None:
        """Each file is looked at when it is its turn."""

    def distrust(self) -> None:
        """Nothing is remembered that could be wrong by now."""

    def sync(self) -> None:
        """What is removed need not be safe: a re-run finds what a crash brought back."""

    def close(self) -> None:
        """Nothing stays open."""

    def settle(self, item: Item, lock: HeldLock) -> Item | None:
        """Remove one artifact; None: it is gone already.

        Raises:
            LockLostError: the lock is not ours any more.
            RecordError: it cannot be removed.
        """
        try:
            match item.artifact.kind:
                case Kind.SIDECAR:
                    return self._sidecar(item, lock)
                case Kind.STORE:
                    return self._store(item, lock)
                case Kind.TEMP:
                    return self._temp(item)
                case _:
                    return item._replace(removed=True)  # whoever holds the lock took it away
        except FileNotFoundError:
            return None
        except OSError as error:
            # Not a `VolumeError`: what is removed already is not to be called unremoved.
            raise RecordError(str(explain(error))) from error

    def _sidecar(self, item: Item, lock: HeldLock) -> Item | None:
        """Remove a sidecar: these very bytes, or what has come in their place and may go as well.

        Raises:
            LockLostError, OSError: it cannot be removed.
        """
        place = item.artifact.place
        assert place is not None
        with open_store(self._look.folder, place.mode) as fd:
            naming = self._look.rules.naming
            try:
                remove_sidecar(fd, place, item.artifact.digest, lock, naming)
            except LockLostError:
                lock.check()
                now = self._look.sidecar(fd, place)
                if now is None:
                    return None
                if not self._allowance.permits(now):
                    return item._replace(artifact=now)
                if not self._agreed(item.path, now):
                    return _kept(item, _CHANGED)
                remove_sidecar(fd, place, now.digest, lock, naming)
        return item._replace(removed=True)

    def _store(self, item: Item, lock: HeldLock) -> Item | None:
        """Remove `.qc`, if nothing is left in it; what is left is named itself.

        Raises:
            LockLostError, OSError: it cannot be removed.
        """
        with open_store(self._look.folder, SidecarMode.SUBDIR) as fd:
            if os.listdir(fd):
                return None
        lock.check()
        os.rmdir(STORE_NAME, dir_fd=self._look.folder.fd)
        return item._replace(removed=True)

    def _temp(self, item: Item) -> Item:
        """Remove a temp file, if it is left over by the disk's own clock.

        Raises:
            OSError: it cannot be removed.
        """
        in_store = item.artifact.name.startswith(f"{STORE_NAME}/")
        mode = SidecarMode.SUBDIR if in_store else SidecarMode.INLINE
        name = item.artifact.name.rpartition("/")[2]
        with open_store(self._look.folder, mode) as fd:
            if is_stale_temp(fd, name):
                os.unlink(name, dir_fd=fd)
                return item._replace(removed=True)
        return _kept(item, "a crawler may be at work")
