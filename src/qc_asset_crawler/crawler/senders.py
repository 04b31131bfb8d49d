"""The threads that talk to the asset tracker, one errand each at a time."""

import queue
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Generic, TypeVar

from ..outbox import Answer
from ..settings import Trak
from .breaker import Breaker
from .errands import Conversation, Errand, converse
from .errands import Trak as Callee

MOST = 4
T = TypeVar("T")


class Senders(Generic[T]):
    """Runs errands, each handed in and back with whatever it belongs to.

    The threads are daemons: a name server that does not answer cannot be interrupted, and must
    not keep the process alive.
    """

    def __init__(
        self, trak: Trak, breaker: Breaker, given_up: Callable[[], bool], say: Callable[[str], None]
    ) -> None:
        self._trak = trak
        self._breaker = breaker
        self._given_up = given_up
        self._say = say
        self._errands: queue.SimpleQueue[tuple[T, Errand] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self.answered: queue.SimpleQueue[tuple[T, Conversation] | BaseException]
        self.answered = queue.SimpleQueue()

    def run(self, owner: T, errand: Errand) -> None:
        """Hand an errand in; `answered` hands it back."""
        if len(self._threads) < MOST:
            thread = threading.Thread(target=self._talk, name="qc-trak", daemon=True)
            self._threads.append(thread)
            thread.start()
        self._errands.put((owner, errand))

    def stop(self) -> None:
        """Let the threads end."""
        for _ in self._threads:
            self._errands.put(None)

    def _talk(self) -> None:
        with ExitStack() as ending:
            ending.push(self._hand_over)
            from ..trak_client import TrakClient  # noqa: PLC0415 - only when there is an errand

            line = _Watched(TrakClient(self._trak, self._given_up), self._breaker, self._say)
            while (work := self._errands.get()) is not None:
                owner, errand = work
                self.answered.put((owner, converse(errand, line, self._may_call)))

    def _may_call(self) -> bool:
        return not self._given_up()

    def _hand_over(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Let an unexpected error end the run, not just this thread."""
        if error is not None:
            self.answered.put(error)
        return True


class _Watched:
    """A client whose calls the breaker watches; what ails the tracker is said once."""

    def __init__(self, client: Callee, breaker: Breaker, say: Callable[[str], None]) -> None:
        self._client = client
        self._breaker = breaker
        self._say = say

    def look_up(self, asset_path: str) -> Answer:
        return self._watch(lambda: self._client.look_up(asset_path))

    def post_verdict(self, asset_id: str, qc_id: str, body: bytes) -> Answer:
        return self._watch(lambda: self._client.post_verdict(asset_id, qc_id, body))

    def _watch(self, call: Callable[[], Answer]) -> Answer:
        started = self._breaker.begin()
        answer = call()
        if self._breaker.take(answer, started):
            self._say(f"Trak {answer.detail}")
        return answer
