"""Ctrl-C, SIGTERM and SIGHUP: the first asks the run to end, a second one ends it at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .console import Console
from .ending import Ending

# Something that does not come back (a file server that is gone) must not keep a run for ever.
_PATIENCE_SECONDS = 4.0


class Interruption:
    """Which signal asked the run to end, if any."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self.signal: int | None = None

    def __call__(self) -> bool:
        """Tell whether the run is to end."""
        return self.signal is not None

    @property
    def status(self) -> int:
        """The exit status of a run that a signal ended."""
        return 128 + (self.signal or signal.SIGINT)

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Take a signal.

        SIGHUP is never the second one: shell, system and session manager each send it, beside
        SIGTERM, and Python hands over in any order what comes at the same time.
        """
        if self.signal is not None:
            if number == signal.SIGHUP:
                return
            if self.signal != signal.SIGHUP:
                os._exit(128 + number)
        self.signal = number
        signal.setitimer(signal.ITIMER_REAL, _PATIENCE_SECONDS)

    def give_up(self, number: int, frame: FrameType | None) -> None:
        """End a run that has not ended in time; what is on disk stays whole."""
        del number, frame
        words = "interrupted; gave up waiting for what does not answer"
        self._console.erase()
        self._console.line(Ending(self.status, words=words).line(self._console.command))
        os._exit(self.status)


@contextmanager
def interruptible(console: Console) -> Iterator[Interruption]:
    """Turn the signals that ask for an end into a flag for the time being.

    A SIGHUP that is ignored (`nohup`) stays so: the run is to outlive its terminal.
    """
    interruption = Interruption(console)
    console.interrupted = interruption
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, interruption.handle) for number in numbers}
    before[signal.SIGALRM] = signal.signal(signal.SIGALRM, interruption.give_up)
    try:
        yield interruption
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
