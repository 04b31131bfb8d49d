"""When to stop calling: once it is clear that no call of this run will come to anything."""

import threading
import time

from ..outbox import Answer, Fault

MAX_FAILURES = 5
_MOST_SAID = 20
# Trak is prompt while its calls take less than this, and one was answered so recently.
_PROMPT_SECONDS = 1.0
_RECENT_SECONDS = 2.0


class Breaker:
    """Opens after so many calls in a row that failed, or at once where the setup is wrong.

    Used from several threads. `why` says in words what opened it.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._in_a_row = 0
        self._seconds = 0.0
        self._answered_at = float("-inf")
        self._said: set[str] = set()
        self.why: str | None = None

    def take(self, answer: Answer, seconds: float) -> bool:
        """Take what a call came to, and how long it took; tell whether that is a new fault."""
        with self._lock:
            self._in_a_row = 0 if answer.fault is Fault.NONE else self._in_a_row + 1
            self._seconds, self._answered_at = seconds, time.monotonic()
            if answer.fault is Fault.SETUP or self._in_a_row >= MAX_FAILURES:
                self.why = self.why or answer.detail
            # What a server says in its own words may be different each time.
            fault = answer.detail if answer.http_code is None else str(answer.http_code)
            new = answer.fault is not Fault.NONE and fault not in self._said
            if new:
                self._said.add(fault)
            return new and len(self._said) <= _MOST_SAID

    def is_prompt(self) -> bool:
        """Tell whether calls are answered quickly these days."""
        with self._lock:
            recent = time.monotonic() - self._answered_at < _RECENT_SECONDS
            return recent and self._seconds < _PROMPT_SECONDS
