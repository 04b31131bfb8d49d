"""The tool's own client of Trak, set up for the tests, and answers of a server by the byte."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from qc_asset_crawler.outbox import Answer
from qc_asset_crawler.settings import Secret, Trak
from qc_asset_crawler.trak_client import TrakClient
from trak_caller import VERDICT
from trak_contract import Reply, asset_id_of
from trak_misbehaviour import Behaviour, Exchange
from trak_server import TrakServer

KEY = "Key-7f3A-Zz09"
PATH = "/jobs/show/shot/plate"
QC_ID = VERDICT["qc_id"]
BODY = json.dumps(VERDICT).encode()
Call = Callable[[TrakClient], Answer]


@dataclass(frozen=True)
class Bytes:
    """To misbehave by the byte: just these pieces, a pause after each, then the end if so told."""

    pieces: Iterable[bytes]
    pause: float = 0.0
    hang_up: bool = False

    def act(self, exchange: Exchange) -> None:
        """Send the pieces instead of an answer."""
        for piece in self.pieces:
            exchange.link.write(piece)
            if exchange.link.wait(self.pause):
                break
        if self.hang_up:
            exchange.link.hang_up()


def says(status: int, value: object, *headers: tuple[str, str]) -> Bytes:
    """To answer a JSON value with a status, whatever was asked."""
    return Bytes((Reply.of(status, value, *headers).wire(),))


def redirects(code: int, location: str, body: bytes = b"{}") -> Bytes:
    """To redirect to a place, with a body."""
    head = f"HTTP/1.1 {code} Moved\r\nLocation: {location}\r\nContent-Length: {len(body)}\r\n\r\n"
    return Bytes((head.encode("latin-1"), body))


@contextmanager
def serving(behaviour: Behaviour | Bytes | None = None, **how: Any) -> Iterator[TrakServer]:
    """Run a server that behaves so at every request, and takes verdicts for any asset."""
    with TrakServer(key=KEY, **how) as trak:
        trak.accept_any_id = True
        trak.behave = lambda _: behaviour
        yield trak


def client_of(
    trak: TrakServer, given_up: Callable[[], bool] = lambda: False, **limits: Any
) -> TrakClient:
    """Make a client of a server, with the usual limits unless told else."""
    return TrakClient(Trak(trak.url, Secret(trak.key), **limits), given_up)


def look_up(client: TrakClient) -> Answer:
    """Ask for the asset that the sample verdict is of."""
    return client.look_up(PATH)


def post(client: TrakClient) -> Answer:
    """Tell the sample verdict."""
    return client.post_verdict(asset_id_of(PATH), QC_ID, BODY)


def timed(call: Call, client: TrakClient) -> tuple[Answer, float]:
    """Make a call; return also how many seconds it took."""
    started = time.monotonic()
    answer = call(client)
    return answer, time.monotonic() - started


# What a server may give as an asset id to make trouble.
HOSTILE: tuple[object, ...] = (
    "", " ", ".", "..", "/", "a/b", "../../admin", "..\\..\\admin", "%2e%2e", "%2e%2e%2fadmin",
    "a%2fb", "/etc/passwd", "//evil.example/x", "http://evil.example/x", "@evil.example", "a:b",
    "a;b", "a?b=c", "a#b", "a&b", "a b", "a+b", "a\tb", "a\nb", "a\n", "\na", "a\r\nX-Evil: 1",
    "a\r\n\r\nGET / HTTP/1.1", "a\0b", "\0", "a\x1b[2J", "٣٤٥", "ａｂｃ", "é", "a\u0301",
    "\u212a", "a\u202eb", "a\u200b", "\ufeffa", "\ud800", "x" * 129, "x" * 100_000, "~",
    "'; DROP TABLE assets--", "${HOME}", "$(id)", "<script>", "{}", 0, 7, -1, 1e308, 10**400,
    True, False, [], ["a"], {}, {"asset_id": "a"}, {"a": {"b": ["c"]}},
)  # fmt: skip
