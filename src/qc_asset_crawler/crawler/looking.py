"""Go through folders without touching: the runs that record nothing."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from ..sequences.walk import Unopened
from ..settings import Settings
from .context import Context, open_context
from .engine import Engine, StopFlag
from .events import OnEvent, OthersPassed, ProblemFound
from .finding import Others, Share, Task, find_folders
from .report import Problem
from .roots import empty_roots, resolve_roots, unopened_problem
from .runs import RootPath, as_paths


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
    problems: list[Problem] = []
    warnings: list[str] = []
    not_looked_at: Counter[str] = Counter()
    present: Counter[str] = Counter()
    shares = [Share(settings.part)]

    def name(found: Iterable[Problem]) -> None:
        for problem in found:
            problems.append(problem)
            on_event(ProblemFound(problem))

    def consume(found: tuple[Task, Found] | Unopened | Others) -> None:
        if isinstance(found, Unopened):
            name([unopened_problem(found)])
            return
        if isinstance(found, Others):
            present[found.root.path] += found.present
            shares[:] = [shares[0].without(found)]
            on_event(OthersPassed(found.last, found.folders))
            return
        task, looked = found
        name(looked.problems)
        warnings.extend(looked.warnings)
        present[task.root.path] += looked.present
        if task.root.only is None:
            not_looked_at.update(task.listing.skipped_extensions())
        take(task, looked)

    with open_context(settings, stop, engine.count_bytes, engine.pace) as context:
        engine.run(
            find_folders(resolved, context.rules, settings.part, stop),
            lambda task: (task, look(task, context)),
            consume,
        )
    if not (settings.allow_empty or stopped()):
        name(empty_roots(resolved, present, problems, not_looked_at))
    by_path = sorted(problems, key=lambda problem: (problem.path, problem.kind))
    return Looked(
        roots=tuple(root.shown for root in resolved),
        problems=tuple(by_path),
        warnings=tuple(warnings),
        not_looked_at=not_looked_at,
        share=shares[0],
        interrupted=stopped(),
    )
