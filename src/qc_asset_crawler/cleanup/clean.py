"""Clean trees: look at every folder, decide, and remove where that is asked for."""

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Set
from typing import NamedTuple

from ..crawler.engine import Engine, StopFlag
from ..crawler.events import OnEvent, ProblemFound, silent
from ..crawler.finding import Others, Task
from ..crawler.place import Root
from ..crawler.report import Problem
from ..crawler.roots import empty_roots, refuse_stores, resolve_roots, unopened_problem
from ..crawler.search import Search
from ..errors import StopRequestedError, never
from ..listing import Rules
from ..sequences.walk import Unopened
from ..settings import Settings
from ..sharing import WHOLE
from .judge import Allowance
from .look import Look, Looked
from .remove import Item, Removal, remove
from .values import Artifact, Kind, Standing


class Found(NamedTuple):
    """One artifact, and what becomes of it; `goes`: it may be removed, or has been."""

    path: str
    artifact: Artifact
    goes: bool


OnFound = Callable[[Found], None]


Agreement = Set[bytes]
"""What somebody was shown that it will go; opaque."""


class CleanReport(NamedTuple):
    """What a run came to: `going` counts what may go (or has gone), `staying` what stays.

    Of what goes, `said` holds what people said; `bytes` and `folders` are of all of it. `agreement`
    is what was found to go by a run that only looked.
    """

    roots: tuple[str, ...]
    going: Counter[Kind]
    staying: Counter[Standing]
    said: int
    bytes: int
    folders: int
    folders_seen: int
    problems: tuple[Problem, ...]
    seconds: float
    interrupted: bool
    agreement: Agreement = frozenset()

    @property
    def goes(self) -> int:
        """How many artifacts may go, or have gone."""
        return self.going.total()

    def failures(self) -> Counter[str]:
        """Count by kind what could not be examined or removed."""
        counts: Counter[str] = Counter(problem.kind.value for problem in self.problems)
        if self.staying[Standing.UNKNOWN]:
            counts[Standing.UNKNOWN.value] = self.staying[Standing.UNKNOWN]
        return counts


class _Folder(NamedTuple):
    """What one folder came to."""

    task: Task
    found: tuple[Found, ...] = ()
    problems: tuple[Problem, ...] = ()


def look_for_artifacts(
    roots: tuple[str, ...],
    settings: Settings,
    allowance: Allowance,
    on_event: OnEvent = silent,
    on_found: OnFound = lambda found: None,
    *,
    stopped: Callable[[], bool] = never,
) -> CleanReport:
    """Look for what could be removed below the roots; nothing is written.

    Raises:
        UsageError: a ROOT does not exist or cannot be understood.
    """

    def work(look: Look, task: Task) -> _Folder:
        looked = look.all(allowance)
        found = tuple(_found(task, one, goes=allowance.permits(one)) for one in looked.artifacts)
        return _Folder(task, found, looked.problems)

    agreement: set[bytes] = set()

    def note(found: Found) -> None:
        if found.goes:
            agreement.add(_token(found.path, found.artifact))
        on_found(found)

    report = _run(roots, settings, _Callers(on_event, note, stopped), work)
    return report._replace(agreement=agreement)


def clean(
    roots: tuple[str, ...],
    settings: Settings,
    allowance: Allowance,
    on_event: OnEvent = silent,
    on_found: OnFound = lambda found: None,
    *,
    agreement: Agreement | None = None,
    stopped: Callable[[], bool] = never,
) -> CleanReport:
    """Remove what may go below the roots: with an `agreement`, nothing that is not in it.

    Raises:
        UsageError: a ROOT does not exist or cannot be understood.
    """

    def agreed(path: str, artifact: Artifact) -> bool:
        return agreement is None or _token(path, artifact) in agreement

    def work(look: Look, task: Task) -> _Folder:
        looked = look.all(allowance)
        removal = remove(look, looked, allowance, agreed)
        return _Folder(
            task, _became(task, looked, removal, allowance), (*looked.problems, *removal.problems)
        )

    return _run(roots, settings, _Callers(on_event, on_found, stopped), work)


class _Callers(NamedTuple):
    on_event: OnEvent
    on_found: OnFound
    stopped: Callable[[], bool]


def _run(
    roots: tuple[str, ...],
    settings: Settings,
    callers: _Callers,
    work: Callable[[Look, Task], _Folder],
) -> CleanReport:
    started = time.monotonic()
    resolved = resolve_roots(roots, settings)
    refuse_stores(resolved)
    rules = Rules.of(settings)
    stop = StopFlag(callers.stopped)
    engine: Engine[_Folder] = Engine(settings.workers, stop, callers.on_event)
    totals = _Totals(rules)

    def tell(problem: Problem) -> None:
        totals.problems.append(problem)
        callers.on_event(ProblemFound(problem))

    def look_at(task: Task) -> _Folder:
        try:
            return work(Look(task.listing, task.root.only, rules, time.time_ns(), stop), task)
        except StopRequestedError:
            return _Folder(task)

    def consume(folder: _Folder | Unopened | Others) -> None:
        if isinstance(folder, Unopened):
            if not folder.vanished:  # what went meanwhile needs no cleaning
                tell(unopened_problem(folder))
            return
        if isinstance(folder, Others):  # never: cleaning is about the whole of a tree
            return
        totals.add(folder)
        for problem in folder.problems:
            tell(problem)
        for found in folder.found:
            callers.on_found(found)

    engine.run(Search(resolved, rules, WHOLE, stop), look_at, consume)
    interrupted = callers.stopped()
    if not (settings.allow_empty or interrupted):
        for problem in totals.empty(resolved):
            tell(problem)
    return CleanReport(
        roots=tuple(root.shown for root in resolved),
        going=totals.going,
        staying=totals.staying,
        said=totals.said,
        bytes=totals.bytes,
        folders=totals.folders,
        folders_seen=totals.folders_seen,
        problems=tuple(sorted(totals.problems, key=lambda problem: (problem.path, problem.kind))),
        seconds=time.monotonic() - started,
        interrupted=interrupted,
    )


class _Totals:
    """What the folders came to so far."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._present: Counter[str] = Counter()
        self._not_looked_at: Counter[str] = Counter()
        self.going: Counter[Kind] = Counter()
        self.staying: Counter[Standing] = Counter()
        self.said = self.bytes = self.folders = self.folders_seen = 0
        self.problems: list[Problem] = []

    def add(self, folder: _Folder) -> None:
        """Add one folder."""
        self.folders_seen += 1
        self.folders += any(found.goes for found in folder.found)
        for found in folder.found:
            if found.goes:
                self.going[found.artifact.kind] += 1
                self.said += found.artifact.standing is not Standing.OURS
                self.bytes += found.artifact.size
            elif found.artifact.standing is not Standing.OURS:
                self.staying[found.artifact.standing] += 1
        there = folder.task.listing.media_there(self._rules) + len(folder.found)
        self._present[folder.task.root.path] += there
        self._not_looked_at.update(folder.task.listing.skipped_extensions())

    def empty(self, roots: tuple[Root, ...]) -> list[Problem]:
        """Name the roots that hold nothing at all."""
        return empty_roots(roots, self._present, self.problems, self._not_looked_at)


def _found(task: Task, artifact: Artifact, *, goes: bool) -> Found:
    return Found(task.listing.folder.join(artifact.name), artifact, goes)


def _became(
    task: Task, looked: Looked, removal: Removal, allowance: Allowance
) -> tuple[Found, ...]:
    """Tell what became of everything that was looked at; what is gone already is left out."""
    done: dict[str, Item] = {item.artifact.name: item for item in removal.items}
    found = []
    for artifact in looked.artifacts:
        item = done.get(artifact.name)
        if item is not None:
            found.append(Found(item.path, item.artifact, item.removed))
        elif not allowance.permits(artifact):
            found.append(_found(task, artifact, goes=False))
    return tuple(found)


def _token(path: str, artifact: Artifact) -> bytes:
    """Return what tells an artifact, with the content that somebody was shown, from any other."""
    content = artifact.digest if artifact.kind is Kind.SIDECAR else b""
    return hashlib.blake2b(os.fsencode(path) + b"\0" + content, digest_size=16).digest()
