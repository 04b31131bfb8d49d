"""Swap things for links, pipes and folders while the tool walks by: what every attack needs."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random

_SPARE = ".swapped-away"
Put = Callable[[Path], None]


class Swapper:
    """Puts other things in the place of some names, and what was there back again, on and on."""

    def __init__(self, targets: list[Path], outside: Path, random: Random) -> None:
        self._targets = targets
        self._outside = outside
        self._random = random
        self._stop = threading.Event()
        self.swaps = 0

    @contextmanager
    def swapping(self) -> Iterator[None]:
        """Swap in a thread for the time being; afterwards everything is in its place."""
        thread = threading.Thread(target=self._swap_on)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()

    def _swap_on(self) -> None:
        while not self._stop.wait(self._random.uniform(0, 0.003)):
            self._swap(self._random.choice(self._targets))

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
