"""Read everything again, trust no cache, write nothing: is it what was recorded, and passed?"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import NamedTuple

from ..errors import never
from ..settings import Settings
from .compare import Verified, united
from .comparing import Compared, compare_folder
from .events import FolderDone, OnEvent, silent
from .finding import Share, Task
from .looking import look_at_folders
from .report import Problem
from .runs import RootPath


class Verification(NamedTuple):
    """What reading everything again came to; how much was read says how strong it was.

    `left_out` are recorded assets that are there and were not looked at: excluded, linked, or no
    media in this run. `regrouped` counts sidecars of single files that are frames of a sequence
    now, `regrouped_signed` those that carry a verdict.
    """

    roots: tuple[str, ...]
    assets: tuple[Verified, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[str, ...]
    left_out: tuple[str, ...]
    folders: int
    files_read: int
    bytes_read: int
    regrouped: int
    regrouped_signed: int
    share: Share
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
    known: list[Verified] = []
    new: list[Verified] = []
    gone: list[Verified] = []
    left_out: list[str] = []
    counts: Counter[str] = Counter()

    def take(task: Task, compared: Compared) -> None:
        known.extend(compared.known)
        new.extend(compared.new)
        gone.extend(compared.gone)
        left_out.extend(compared.left_out)
        counts.update(
            folders=1,
            files=compared.files_read,
            bytes=compared.bytes_read,
            regrouped=compared.regrouped,
            regrouped_signed=compared.regrouped_signed,
        )
        on_event(FolderDone(task.place.path, 0, compared.files_read))

    done = look_at_folders(
        roots,
        (settings or Settings())._replace(findings=False),  # hashes are compared, no more
        compare_folder,
        take,
        on_event,
        stopped=stopped,
    )
    still_new, still_gone = united(_ordered(new), _ordered(gone))
    return Verification(
        roots=done.roots,
        assets=tuple(_ordered([*known, *still_new, *still_gone])),
        problems=done.problems,
        warnings=done.warnings,
        left_out=tuple(sorted(left_out)),
        folders=counts["folders"],
        files_read=counts["files"],
        bytes_read=counts["bytes"],
        regrouped=counts["regrouped"],
        regrouped_signed=counts["regrouped_signed"],
        share=done.share,
        interrupted=done.interrupted,
    )


def _ordered(assets: list[Verified]) -> list[Verified]:
    return sorted(assets, key=lambda asset: asset.path)
