"""The three calls, with their retries. Errors are values; one client serves one thread."""

import json
import time
from collections.abc import Callable
from typing import NamedTuple

from ..outbox import Answer
from ..settings import Trak
from .replies import look_up_answer, post_answer, version_answer
from .retry import may_repeat, pause_before
from .transport import Call, NoReply, Reply, Transport

_PAUSE_SLICE_SECONDS = 0.05


class ServerInfo(NamedTuple):
    """What Trak says of itself, and how long that took."""

    assembly: str
    environment: str
    seconds: float


class TrakClient:
    """Trak, for one thread. `given_up` is asked several times a second while a call lasts."""

    def __init__(self, trak: Trak, given_up: Callable[[], bool]) -> None:
        self._trak = trak
        self._given_up = given_up
        self._transport = Transport(trak, given_up)

    def server_info(self) -> ServerInfo | str:
        """Ask which Trak this is; or return in words why it cannot be told."""
        started = time.monotonic()
        outcome = self._ask(Call("server-info/app-version"), read_only=True)
        info = version_answer(outcome, self._trak.key)
        return info if isinstance(info, str) else ServerInfo(*info, time.monotonic() - started)

    def look_up(self, asset_path: str) -> Answer:
        """Ask for the id of the asset at a path."""
        search = {
            "searchPage": {"pageSize": 100},
            "assetSearchType": 2,
            "includeCustomer": False,
            "assetPath": asset_path,
            "tagIds": [],
        }
        call = Call("asset/asset-search", json.dumps(search).encode())
        return look_up_answer(self._ask(call, read_only=True), self._trak.key)

    def post_verdict(self, asset_id: str, qc_id: str, body: bytes) -> Answer:
        """Tell one verdict. The same verdict always goes under the same idempotency key."""
        call = Call(f"assets/{asset_id}/qc", body, idempotency_key=qc_id)
        return post_answer(self._ask(call, read_only=False), self._trak.key)

    def _ask(self, call: Call, *, read_only: bool) -> Reply | NoReply:
        """Make a call, again where that can help, within the deadline of all its attempts."""
        until = time.monotonic() + self._trak.deadline_seconds
        attempt = 1
        while True:
            outcome = self._transport.send(call, until)
            if not may_repeat(outcome, read_only=read_only):
                return outcome
            attempt += 1
            pause = pause_before(attempt, outcome)
            if pause is None or not self._wait(pause, until):
                return outcome

    def _wait(self, seconds: float, until: float) -> bool:
        """Wait; tell whether there is time left to go on."""
        wake = time.monotonic() + seconds
        while (now := time.monotonic()) < wake:
            if wake >= until or self._given_up():
                return False
            time.sleep(min(_PAUSE_SLICE_SECONDS, wake - now))
        return not self._given_up()
