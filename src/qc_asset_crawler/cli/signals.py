"""Ctrl-C and SIGTERM: the first asks the run to end, a second one ends it at once."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


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
        """Take a signal."""
        if self.signal is not None:
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
def interruptible() -> Iterator[Interruption]:
    """Turn SIGINT and SIGTERM into a flag for the time being."""
    interruption = Interruption()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, interruption.handle) for number in numbers}
    try:
        yield interruption
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
