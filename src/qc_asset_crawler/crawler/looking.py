"""Go through folders without touching: the runs that record nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from ..sequences.walk import Unopened
from ..settings import Settings
from ..sharing import Part
from .context import Context, open_context
from .engine import Engine, StopFlag
from .events import OnEvent, OthersPassed, ProblemFound
from .finding import Others, Share, Task
from .place import Root
from .report import Problem
from .roots import empty_roots, resolve_roots, unopened_problem
from .runs import RootPath, as_paths
from .search import Search


class FolderLook(Protocol):
    """What looking at one folder came to."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What could not be examined."""

    @property
    def warnings(self) -> Sequence[str]:
        """What people should know, a line each."""

    @property
    def present(self) -> int:
        """How many media and sidecars there are, so that an empty ROOT is seen."""


Found = TypeVar("Found", bound=FolderLook)


class Looked(NamedTuple):
    """How a look at all folders went."""

    roots: tuple[str, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    not_looked_at: Mapping[str, int]
    share: Share
    interrupted: bool


class _SoFar:
    """What the folders came to so far. Touched by one thread only, which also tells the events."""

    def __init__(self, part: Part, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._present: Counter[str] = Counter()
        self.problems: list[Problem] = []
        self.warnings: list[str] = []
        self.not_looked_at: Counter[str] = Counter()
        self.share = Share(part)

    def take(self, task: Task, looked: FolderLook) -> None:
        """Take what looking at one folder came to."""
        self.name(looked.problems)
        self.warnings.extend(looked.warnings)
        self._present[task.root.path] += looked.present
        if task.root.only is None:
            self.not_looked_at.update(task.listing.skipped_extensions())

    def pass_by(self, others: Others) -> None:
        """Take what is not this run's."""
        self._present[others.root.path] += others.present
        self.share = self.share.without(others)
        self._on_event(OthersPassed(others.last, others.folders))

    def name(self, found: Iterable[Problem]) -> None:
        """Remember problems, and tell them."""
        for problem in found:
            self.problems.append(problem)
            self._on_event(ProblemFound(problem))

    def name_empty(self, roots: tuple[Root, ...]) -> None:
        """Name the roots that hold neither media nor sidecars."""
        self.name(empty_roots(roots, self._present, self.problems, self.not_looked_at))


def look_at_folders(
    roots: RootPath | Iterable[RootPath],
    settings: Settings,
    look: Callable[[Task, Context], Found],
    take: Callable[[Task, Found], None],
    on_event: OnEvent,
    *,
    stopped: Callable[[], bool],
) -> Looked:
    """Look at every folder below the roots, in several threads; this one takes what they found.

    Raises:
        UsageError: a ROOT does not exist or cannot be understood.
    """
    resolved = resolve_roots(as_paths(roots), settings)
    stop = StopFlag(stopped)
    engine: Engine[tuple[Task, Found]] = Engine(settings.workers, stop, on_event)
    so_far = _SoFar(settings.part, on_event)

    def consume(found: tuple[Task, Found] | Unopened | Others) -> None:
        if isinstance(found, Unopened):
            so_far.name([unopened_problem(found)])
        elif isinstance(found, Others):
            so_far.pass_by(found)
        else:
            so_far.take(*found)
            take(*found)

    with open_context(settings, stop, engine.count_bytes, engine.pace) as context:
        engine.run(
            Search(resolved, context.rules, settings.part, stop),
            lambda task: (task, look(task, context)),
            consume,
        )
    if not (settings.allow_empty or stopped()):
        so_far.name_empty(resolved)
    return Looked(
        roots=tuple(root.shown for root in resolved),
        problems=tuple(sorted(so_far.problems, key=lambda problem: (problem.path, problem.kind))),
        warnings=tuple(so_far.warnings),
        not_looked_at=so_far.not_looked_at,
        share=so_far.share,
        interrupted=stopped(),
    )
