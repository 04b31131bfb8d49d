"""Read everything again, trust no cache, write nothing: is it what was recorded, and passed?"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..errors import never
from ..sequences.walk import Unopened
from ..settings import Settings
from .compare import Verified, united
from .comparing import Compared, compare_folder
from .context import open_context
from .engine import Engine, StopFlag, Task, find_folders
from .events import FolderDone, OnEvent, ProblemFound, silent
from .report import Problem
from .roots import empty_roots, resolve_roots, unopened_problem
from .runs import RootPath, as_paths


class Verification(NamedTuple):
    """What reading everything again came to; how much was read says how strong it was."""

    assets: tuple[Verified, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    folders: int
    files_read: int
    bytes_read: int
    interrupted: bool

    def states(self) -> Counter[str]:
        """Count the assets by state; one may be in two."""
        return Counter(state.value for asset in self.assets for state in asset.states)


def verify(
    roots: RootPath | Iterable[RootPath],
    settings: Settings | None = None,
    on_event: OnEvent = silent,
    *,
    stopped: Callable[[], bool] = never,
) -> Verification:
    """Verify the roots: hash everything, and compare it with what is recorded and was passed.

    Raises:
        UsageError: a ROOT does not exist or cannot be understood.
    """
    settings = (settings or Settings())._replace(findings=False)  # hashes are compared, no more
    resolved = resolve_roots(as_paths(roots), settings)
    stop = StopFlag(stopped)
    engine: Engine[tuple[Task, Compared]] = Engine(settings.workers, stop, on_event)
    total = Compared([], [], [], [], [])
    counts: Counter[str] = Counter()
    present: Counter[str] = Counter()

    def name(problem: Problem) -> None:
        total.problems.append(problem)
        on_event(ProblemFound(problem))

    def consume(found: tuple[Task, Compared] | Unopened) -> None:
        if isinstance(found, Unopened):
            name(unopened_problem(found))
            return
        task, compared = found
        for into, more in zip(total[:3], compared[:3], strict=True):
            into.extend(more)
        for problem in compared.problems:
            name(problem)
        total.warnings.extend(compared.warnings)
        counts.update(folders=1, files=compared.files_read, bytes=compared.bytes_read)
        present[task.root.path] += compared.present
        on_event(FolderDone(task.place.path, 0, compared.files_read))

    with open_context(settings, stop, engine.count_bytes, engine.pace) as context:
        engine.run(
            find_folders(resolved, context.rules, stop),
            lambda task: (task, compare_folder(task, context)),
            consume,
        )
    if not (settings.allow_empty or stopped()):
        for problem in empty_roots(resolved, present, total.problems, {}):
            name(problem)
    new, gone = united(_ordered(total.new), _ordered(total.gone))
    return Verification(
        assets=tuple(_ordered([*total.known, *new, *gone])),
        problems=tuple(sorted(total.problems, key=lambda p: (p.path, p.kind))),
        warnings=tuple(total.warnings),
        folders=counts["folders"],
        files_read=counts["files"],
        bytes_read=counts["bytes"],
        interrupted=stopped(),
    )


def _ordered(assets: list[Verified]) -> list[Verified]:
    return sorted(assets, key=lambda asset: asset.path)
