"""Ctrl-C, SIGTERM and SIGHUP: the first asks the run to end, a second one ends it at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from .console import Console


class Interruption:
    """Which signal asked the run to end, if any."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self._raises = False

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
        if self._raises:
            raise KeyboardInterrupt

    @contextmanager
    def raising(self) -> Iterator[None]:
        """Let a signal break off at once: while a question waits for its answer."""
        self._raises = True
        try:
            yield
        finally:
            self._raises = False


@contextmanager
def interruptible(console: Console) -> Iterator[Interruption]:
    """Turn the signals that ask for an end into a flag for the time being.

    A SIGHUP that is ignored (`nohup`) stays so: the run is to outlive its terminal.
    """
    interruption = Interruption()
    console.interrupted = interruption
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, interruption.handle) for number in numbers}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
