"""What a crawl tells while it runs. Delivered one at a time, by the thread that called `crawl`."""

from collections.abc import Callable
from dataclasses import dataclass

from .report import AssetResult, Problem


@dataclass(frozen=True, slots=True)
class FolderListed:
    """A folder was listed; work on it begins."""

    path: str


@dataclass(frozen=True, slots=True)
class BytesHashed:
    """So many more bytes of media were read."""

    count: int


@dataclass(frozen=True, slots=True)
class AssetDone:
    """An asset is examined, and recorded where there was something to record."""

    result: AssetResult


@dataclass(frozen=True, slots=True)
class ProblemFound:
    """Something could not be examined or recorded."""

    problem: Problem


@dataclass(frozen=True, slots=True)
class Warned:
    """Something worth knowing that costs nothing: a damaged cache, skipped links."""

    text: str


@dataclass(frozen=True, slots=True)
class FolderDone:
    """A folder is done; of its assets, so many files did not have to be read."""

    path: str
    files_cached: int
    files_read: int


@dataclass(frozen=True, slots=True)
class Delivering:
    """The media is done; verdicts are delivered to the asset tracker: so many, so many to go."""

    delivered: int
    verdicts: int
    lookups: int


@dataclass(frozen=True, slots=True)
class Tick:
    """Time went by: about ten a second, for whoever draws."""


Event = (
    FolderListed | BytesHashed | AssetDone | ProblemFound | Warned | FolderDone | Delivering | Tick
)
OnEvent = Callable[[Event], None]


def silent(event: Event) -> None:
    """Take an event and do nothing: the default."""
