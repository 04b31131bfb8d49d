"""Find the folders that a run is about: all below its roots, or its part of them."""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from typing import NamedTuple

from ..errors import StopRequestedError
from ..files.folder import Descent, Folder, close_quietly, open_root
from ..listing import Rules
from ..sequences.walk import Foreign, Unopened, list_open, look_through, open_listed
from ..sharing import Part
from .finding import Found, Others, Task, is_entered
from .place import Root

_TELL_EVERY = 1000
_TICK_SECONDS = 0.1
_Parts = tuple[str, ...]


class _Tree:
    """One root while it is searched; `left` counts places that are not looked at yet."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.fd: int | None = None
        self.left = 1
        self.others = Others(root, 0)

    def close(self) -> None:
        """Close the root, if it is open."""
        if self.fd is not None:
            close_quietly(self.fd)
            self.fd = None


class _Place(NamedTuple):
    """A directory to look at; without `parts` its root is yet to be opened."""

    tree: _Tree
    parts: _Parts | None = None


class _Branch(NamedTuple):
    """Directories below one that was looked at: names, or paths, of those that nobody has yet."""

    tree: _Tree
    parts: _Parts
    names: Iterator[str]


class Search:
    """What is yet to be looked at. Used from several threads; closed by who made it.

    Directories are opened and listed outside of the lock: one that storage does not answer for
    keeps nobody waiting. Holds the names that are pending on the branches it is on, never the tree;
    follows no link; has no limit of depth.
    """

    def __init__(
        self, roots: Iterable[Root], rules: Rules, part: Part, stopped: Callable[[], bool]
    ) -> None:
        self._rules = rules
        self._part = part
        self._stopped = stopped
        self._changed = threading.Condition()
        self._trees = [_Tree(root) for root in roots]
        self._unopened = deque(self._trees)
        self._branches: list[_Branch] = []
        self._in_hand = 0
        self._told: deque[Others] = deque()

    def close(self) -> None:
        """Let go of the roots, once no thread looks at anything any more."""
        for tree in self._trees:
            tree.close()

    def folders(self, keep: int) -> Generator[Found, None, None]:
        """Yield folders that nobody else has, parents first, until none is left or asked to stop.

        Each thread takes an iterator of its own, which may `keep` so many folders open on its way
        down, and closes those that it gets. With one thread names come in order. What is of others
        is told now and then, and at the end of each root, where there is a part.
        """
        with suppress(StopRequestedError), closing(_Stairs(keep)) as stairs:
            while (taken := self._take()) is not None:
                found = taken if isinstance(taken, Others) else self._look_at(taken, stairs)
                if found is not None:
                    yield found

    def _take(self) -> _Place | Others | None:
        """Take what is next; wait for it where others may find more. None: there is nothing."""
        with self._changed:
            while not self._stopped():
                if self._told:
                    return self._told.popleft()
                if (place := self._next_place()) is not None:
                    self._in_hand += 1
                    return place
                if not self._in_hand:
                    break
                self._changed.wait(_TICK_SECONDS)
        return None

    def _next_place(self) -> _Place | None:
        """Return the next place that nobody has yet; those far down first."""
        while self._branches:
            tree, parts, names = self._branches[-1]
            for name in names:
                return _Place(tree, (*parts, *filter(None, name.split("/"))))
            self._branches.pop()
        return _Place(self._unopened.popleft()) if self._unopened else None

    def _look_at(self, place: _Place, stairs: "_Stairs") -> Found | None:
        """Look at a place, and remember what lies below it.

        Raises:
            StopRequestedError: asked to stop.
        """
        found: Found | None
        below: Sequence[str] = ()
        try:
            if place.parts is None:
                found, below = self._entered(place.tree)
            else:
                found, below = self._seen(place.tree, place.parts, stairs)
            return found
        finally:
            self._put_back(place, below)

    def _put_back(self, place: _Place, below: Sequence[str]) -> None:
        """Be done with a place; below it are further ones."""
        tree = place.tree
        with self._changed:
            if below:
                self._branches.append(_Branch(tree, place.parts or (), iter(below)))
            tree.left += len(below) - 1
            self._in_hand -= 1
            searched = not tree.left and tree.fd is not None
            if searched and not self._part.is_whole:
                self._told.append(tree.others)
            self._changed.notify_all()
        if searched:
            tree.close()

    def _entered(self, tree: _Tree) -> tuple[Unopened | None, Sequence[str]]:
        """Open a root, and find out where to begin."""
        try:
            tree.fd = open_root(tree.root.path)
        except OSError as error:
            return Unopened(tree.root.path, error.strerror or "cannot be opened"), ()
        listed = self._part.listed
        if listed is None:
            return None, ("",)
        entered = [path for path in listed if is_entered(path, self._rules)]
        mine = [path for path in entered if self._part.owns(path)]
        others = len(entered) - len(mine)
        tree.others = Others(tree.root, others, len(listed) - len(entered), present=others > 0)
        return None, mine

    def _seen(
        self, tree: _Tree, parts: _Parts, stairs: "_Stairs"
    ) -> tuple[Found | None, Sequence[str]]:
        """List a directory that is this run's; of another's just find what lies below it.

        Raises:
            StopRequestedError: asked to stop.
        """
        folder = stairs.open(tree, parts)
        if isinstance(folder, Unopened):
            # Somebody has named it: that it is gone is an error.
            return (folder if self._part.listed is None else folder._replace(vanished=False)), ()
        if self._part.shard and not self._part.shard.owns("/".join(parts)):
            foreign = look_through(folder, self._rules, self._stopped)
            return self._pass_by(tree, foreign), foreign.subfolders
        listing = list_open(folder, self._rules, self._stopped)
        walks = tree.root.only is None and self._part.listed is None
        return Task(tree.root, listing), listing.subfolders if walks else ()

    def _pass_by(self, tree: _Tree, found: Foreign) -> Unopened | None:
        """Count a directory that is another run's."""
        with self._changed:
            before = tree.others
            folders, present = before.folders + 1, before.present or found.present
            tree.others = before._replace(folders=folders, present=present)
            if folders == _TELL_EVERY:
                self._told.append(tree.others._replace(last=found.path))
                tree.others = Others(tree.root, 0)
        return Unopened(found.path, found.error) if found.error else None


class _Stairs:
    """One thread's way down a root."""

    def __init__(self, keep: int) -> None:
        self._keep = keep
        self._tree: _Tree | None = None
        self._descent: Descent | None = None

    def open(self, tree: _Tree, parts: _Parts) -> Folder | Unopened:
        """Open a directory of a root; whoever receives it closes it."""
        if self._descent is None or self._tree is not tree:
            self.close()
            assert tree.fd is not None
            self._tree, self._descent = tree, Descent(tree.fd, self._keep)
        return open_listed(self._descent, tree.root.path, parts)

    def close(self) -> None:
        """Close what was kept open on the way."""
        if self._descent is not None:
            self._descent.close()
