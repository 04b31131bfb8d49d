"""What a search finds: folders to work on, and how many are left to others."""

from typing import NamedTuple

from ..listing import Listing, Rules
from ..sequences.walk import Unopened
from ..sharing import WHOLE, Part
from .place import FolderPlace, Root


class Task(NamedTuple):
    """One listed folder of a root; of it, with `only`, just one asset."""

    root: Root
    listing: Listing

    @property
    def place(self) -> FolderPlace:
        """Where the folder is to be found again."""
        return FolderPlace(self.root, self.listing.below_root)


class Others(NamedTuple):
    """What of a root is not this run's: folders of other shards, and listed ones not entered.

    `not_entered` are hidden, excluded, or the storage's own. `present`: something is in them, or
    may be; `last` is the path of one of them.
    """

    root: Root
    folders: int
    not_entered: int = 0
    present: bool = False
    last: str = ""


class Share(NamedTuple):
    """What of its roots a run was about, and how many folders it left to others.

    `elsewhere` counts folders of other shards, `not_entered` listed ones that no run goes into.
    """

    part: Part = WHOLE
    elsewhere: int = 0
    not_entered: int = 0

    def without(self, others: Others) -> "Share":
        """Count what is of others at one root."""
        elsewhere, not_entered = others.folders, others.not_entered
        return Share(self.part, self.elsewhere + elsewhere, self.not_entered + not_entered)


Found = Task | Unopened | Others


def is_entered(path: str, rules: Rules) -> bool:
    """Tell whether a walk comes by a directory at this path below ROOT."""
    parts = path.split("/")
    ends = range(1, len(parts) + 1)
    return not path or all(rules.enters(parts[end - 1], "/".join(parts[:end])) for end in ends)
