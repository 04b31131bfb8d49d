"""When to stop calling: once it is clear that no call of this run will come to anything."""

import threading
import time
from collections.abc import Callable

from ..outbox import Answer, Fault

MAX_FAILURES = 5
_MOST_SAID = 20
# Trak is prompt while its calls take less than this.
_PROMPT_SECONDS = 1.0


class Breaker:
    """Opens after so many calls in a row that failed, or at once where the setup is wrong.

    Used from several threads. `why` says in words what opened it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._seconds = 0.0
        self._open: list[float] = []
        self._said: set[str] = set()
        self.why: str | None = None

    def begin(self) -> float:
        """Take note that a call is made now; return what `take` is to be given for it."""
        with self._lock:
            started = self._clock()
            self._open.append(started)
            return started

    def take(self, answer: Answer, started: float) -> bool:
        """Take what a call came to; tell whether that is a fault nobody was told of yet."""
        with self._lock:
            self._open.remove(started)
            self._seconds = self._clock() - started
            if answer.fault is Fault.OURS:
                return False
            self._in_a_row = 0 if answer.fault is Fault.NONE else self._in_a_row + 1
            if answer.fault is Fault.SETUP or self._in_a_row >= MAX_FAILURES:
                self.why = self.why or answer.detail
            # What a server says in its own words may be different each time.
            fault = answer.detail if answer.http_code is None else str(answer.http_code)
            new = answer.fault is not Fault.NONE and fault not in self._said
            if new:
                self._said.add(fault)
            return new and len(self._said) <= _MOST_SAID

    def is_prompt(self) -> bool:
        """Tell whether calls are answered quickly these days; that nobody calls says nothing."""
        with self._lock:
            slowest = max([self._seconds, *(self._clock() - since for since in self._open)])
            return slowest < _PROMPT_SECONDS
