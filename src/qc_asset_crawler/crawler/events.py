"""What a crawl tells while it runs. Delivered one at a time, by the thread that called `crawl`."""

from collections.abc import Callable
from typing import NamedTuple

from .report import AssetResult, Problem


class FolderListed(NamedTuple):
    """A folder was listed; work on it begins."""

    path: str


class BytesHashed(NamedTuple):
    """So many more bytes of media were read."""

    count: int  # type: ignore[assignment]  # hides what every tuple has, and nobody needs here


class AssetDone(NamedTuple):
    """An asset is examined, and recorded where there was something to record."""

    result: AssetResult


class ProblemFound(NamedTuple):
    """Something could not be examined or recorded."""

    problem: Problem


class Warned(NamedTuple):
    """Something worth knowing that costs nothing: a damaged cache, skipped links."""

    text: str


class OthersPassed(NamedTuple):
    """So many more folders are of other shards; `path` is one of them."""

    path: str
    folders: int


class FolderDone(NamedTuple):
    """A folder is done; of its assets, so many files did not have to be read."""

    path: str
    files_cached: int
    files_read: int


class Delivering(NamedTuple):
    """The media is done; verdicts are delivered to the asset tracker: so many, so many to go."""

    delivered: int
    verdicts: int
    lookups: int


class Tick:
    """Time went by: about ten a second, for whoever draws."""

    __slots__ = ()  # a tuple without fields would count as false

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tick)

    def __hash__(self) -> int:
        return hash(Tick)

    def __repr__(self) -> str:
        return "Tick()"


Event = (
    FolderListed
    | BytesHashed
    | AssetDone
    | ProblemFound
    | Warned
    | OthersPassed
    | FolderDone
    | Delivering
    | Tick
)
OnEvent = Callable[[Event], None]


def silent(event: Event) -> None:
    """Take an event and do nothing: the default."""
