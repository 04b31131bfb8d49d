"""Swap things for links, pipes and folders, and move them away, while the tool walks by."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import NamedTuple

from .stock import Stock, altered, listing
from .strikes import has_open

_SPARE = ".swapped-away"
_BACK_AT_ONCE = 0.3
_IN_HAND_SECONDS = 0.05  # what is being written when a folder goes may be finished
Put = Callable[[Path], None]


class Targets(NamedTuple):
    """What is swapped, and a movie: while that is read, its folder is moved away."""

    names: list[Path]
    movie: Path


class Swapper:
    """Puts other things in the place of some names, and what was there back again, on and on.

    Now and then a folder is moved to outside ROOT: `moves` counts them, and `written` says what
    of it was touched since.
    """

    def __init__(self, targets: Targets, outside: Path, random: Random) -> None:
        self._targets = targets
        self._outside = outside
        self._away = outside.with_name("away")
        self._random = random
        self._stop = threading.Event()
        self._moved: Stock | None = None
        self.swaps = 0
        self.moves = 0
        self.written: tuple[str, ...] = ()

    @contextmanager
    def swapping(self, pid: int) -> Iterator[None]:
        """Swap in a thread while a process runs; afterwards everything is in its place."""
        thread = threading.Thread(target=self._swap_on, args=(pid,))
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            self._bring_back()

    def _swap_on(self, pid: int) -> None:
        while not self._stop.wait(self._random.uniform(0, 0.003)):
            if not self.moves and has_open(pid, self._targets.movie):
                self._move_away()
            self._swap(self._random.choice(self._targets.names))

    def _move_away(self) -> None:
        """Move a folder away; every other time bring it back at once."""
        os.rename(self._targets.movie.parent, self._away)
        self.moves += 1
        self._stop.wait(_IN_HAND_SECONDS)
        self._moved = listing(self._away)
        if self._random.random() < _BACK_AT_ONCE:
            self._bring_back()

    def _bring_back(self) -> None:
        if self._moved is not None:
            self.written += tuple(altered(self._moved, listing(self._away)))
            self._moved = None
            os.rename(self._away, self._targets.movie.parent)

    def _swap(self, target: Path) -> None:
        spare = target.with_name(target.name + _SPARE)
        try:
            os.rename(target, spare)
        except FileNotFoundError:
            return  # a run removed it, or has not made it yet
        put: Put = self._random.choice((self._link, self._link, self._pipe, self._folder))
        with suppress(FileExistsError):  # a run made it meanwhile
            put(target)
            self.swaps += 1
        self._stop.wait(self._random.uniform(0, 0.004))
        _clear(target)
        try:
            os.rename(spare, target)
        except (NotADirectoryError, IsADirectoryError, OSError):
            # A run has made it anew just now, and that is as good.
            _remove(spare)

    def _link(self, at: Path) -> None:
        at.symlink_to(self._outside / at.name)

    def _pipe(self, at: Path) -> None:
        os.mkfifo(at)

    def _folder(self, at: Path) -> None:
        at.mkdir()


def _clear(at: Path) -> None:
    """Take away what was put there; not what a run has put there since."""
    with suppress(OSError):
        if at.is_symlink() or at.is_fifo():
            at.unlink()
        elif at.is_dir():
            at.rmdir()


def _remove(at: Path) -> None:
    if at.is_dir():
        for inside in at.iterdir():
            _remove(inside)
        at.rmdir()
    else:
        at.unlink()
