"""Find the folders that a run is about: all below its roots, or its part of them."""

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from ..errors import StopRequestedError
from ..files.folder import Folder, close_quietly, open_root
from ..listing import Listing, Rules
from ..sequences.walk import Foreign, Unopened, list_folder, open_listed, walk
from ..sharing import WHOLE, Part
from .place import FolderPlace, Root

_TELL_EVERY = 1000


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


def find_folders(
    roots: tuple[Root, ...], rules: Rules, part: Part, stopped: Callable[[], bool]
) -> Iterator[Found]:
    """List every folder under the roots that is of this part, in order; asked to stop, end.

    What is of others is told now and then, and at the end of each root, where there is a part.
    """
    with suppress(StopRequestedError):
        for root in roots:
            yield from _below(root, rules, part, stopped)


def _below(root: Root, rules: Rules, part: Part, stopped: Callable[[], bool]) -> Iterator[Found]:
    try:
        fd = open_root(root.path)
    except OSError as error:
        yield Unopened(root.path, error.strerror or "cannot be opened")
        return
    try:
        if root.only is not None:
            yield Task(root, list_folder(Folder(os.dup(fd), root.path), rules))
        elif part.listed is not None:
            yield from _listed(fd, root, rules, part, stopped)
        else:
            yield from _walked(fd, root, rules, part, stopped)
    finally:
        close_quietly(fd)


def _walked(
    fd: int, root: Root, rules: Rules, part: Part, stopped: Callable[[], bool]
) -> Iterator[Found]:
    folders, present = 0, False
    owns = part.shard.owns if part.shard else None
    for found in walk(fd, root.path, rules, stopped, owns):
        if isinstance(found, Foreign):
            folders += 1
            present = present or found.present
            if found.error:
                yield Unopened(found.path, found.error)
            if folders == _TELL_EVERY:
                yield Others(root, folders, present=present, last=found.path)
                folders = 0
        else:
            yield found if isinstance(found, Unopened) else Task(root, found)
    if part.shard:
        yield Others(root, folders, present=present)


def _listed(
    fd: int, root: Root, rules: Rules, part: Part, stopped: Callable[[], bool]
) -> Iterator[Found]:
    listed = part.listed or ()
    entered = [path for path in listed if is_entered(path, rules)]
    mine = [path for path in entered if part.owns(path)]
    for found in open_listed(fd, root.path, rules, mine, stopped):
        yield found if isinstance(found, Unopened) else Task(root, found)
    others = len(entered) - len(mine)
    yield Others(root, others, len(listed) - len(entered), present=others > 0)


def is_entered(path: str, rules: Rules) -> bool:
    """Tell whether a walk comes by a directory at this path below ROOT."""
    parts = path.split("/")
    ends = range(1, len(parts) + 1)
    return not path or all(rules.enters(parts[end - 1], "/".join(parts[:end])) for end in ends)
