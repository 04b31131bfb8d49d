"""How the stand-in for Trak misbehaves: the ways of it, and who meets them.

What spoils the answer (`close-after`, `slow`, `drip`, `huge`, `json`, ...) comes after the request
was processed; what comes instead of an answer (`close-before`, `reset`, `hang`, `status`, `html`,
`redirect`, `echo-key`) leaves it unprocessed.
"""

import random
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

from trak_contract import Reply, Request

HUGE_MEGABYTES = 200
_MEGABYTE = 1 << 20
_WHITESPACE = b" " * _MEGABYTE


class Link(Protocol):
    """The connection that an answer goes by."""

    def write(self, data: bytes) -> None:
        """Put bytes on the wire."""

    def wait(self, seconds: float) -> bool:
        """Wait; return True as soon as the server ends."""

    def wait_for_end(self) -> None:
        """Wait until the client has gone or the server ends."""

    def hang_up(self, *, reset: bool = False) -> None:
        """Let the connection be closed, or reset, once nothing is left to do."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request under way: `process` does what it asks for and returns the answer that is due."""

    request: Request
    process: Callable[[], Reply]
    link: Link


def _close_before(exchange: Exchange, _: None) -> None:
    exchange.link.hang_up()


def _close_after(exchange: Exchange, _: None) -> None:
    exchange.process()
    exchange.link.hang_up()


def _reset(exchange: Exchange, _: None) -> None:
    exchange.link.hang_up(reset=True)


def _slow(exchange: Exchange, seconds: float) -> None:
    reply = exchange.process()
    if exchange.link.wait(seconds):
        exchange.link.hang_up()
    else:
        exchange.link.write(reply.wire())


def _late(exchange: Exchange, seconds: float) -> None:
    if exchange.link.wait(seconds):
        exchange.link.hang_up()
    else:
        exchange.link.write(exchange.process().wire())


def _drip(exchange: Exchange, interval: float) -> None:
    _write_slowly(exchange, exchange.process().wire(), interval)


def _drip_body(exchange: Exchange, interval: float) -> None:
    reply = exchange.process()
    exchange.link.write(reply.head())
    _write_slowly(exchange, reply.body, interval)


def _write_slowly(exchange: Exchange, data: bytes, interval: float) -> None:
    for byte in data:
        exchange.link.write(bytes([byte]))
        if exchange.link.wait(interval):
            exchange.link.hang_up()
            return


def _hang(exchange: Exchange, _: None) -> None:
    exchange.link.wait_for_end()
    exchange.link.hang_up()


def _status(exchange: Exchange, reply: Reply) -> None:
    exchange.link.write(reply.wire())


def _process_then_status(exchange: Exchange, reply: Reply) -> None:
    exchange.process()
    exchange.link.write(reply.wire())


def _html(exchange: Exchange, status: int) -> None:
    page = b"<!DOCTYPE html><html><title>Sign in</title><body>Please sign in.</body></html>"
    exchange.link.write(Reply(status, page, "text/html; charset=utf-8").wire())


def _not_json(exchange: Exchange, _: None) -> None:
    exchange.link.write(replace(exchange.process(), body=b'{"items": [{"asset_id": "asset-').wire())


def _json(exchange: Exchange, body: bytes) -> None:
    exchange.link.write(replace(exchange.process(), body=body).wire())


def _wrong_types(exchange: Exchange, _: None) -> None:
    wrong = {
        "version": {"runningAssembly": 7, "environmentName": ["production"]},
        "lookup": {"items": "asset-000000000000", "asset_id": 7},
        "verdict": {"asset_id": 7, "qc_id": False, "qc_result": ["pass"]},
    }
    exchange.process()
    exchange.link.write(Reply.of(200, wrong.get(exchange.request.call, 7)).wire())


def _huge(exchange: Exchange, megabytes: int) -> None:
    reply = exchange.process()
    exchange.link.write(reply.head(megabytes * _MEGABYTE + len(reply.body)))
    for piece in _padded(reply.body, megabytes):
        exchange.link.write(piece)


def _huge_chunked(exchange: Exchange, megabytes: int) -> None:
    reply = exchange.process()
    exchange.link.write(replace(reply, headers=(("Transfer-Encoding", "chunked"),)).head())
    for piece in (*_padded(reply.body, megabytes), b""):
        exchange.link.write(b"%x\r\n%b\r\n" % (len(piece), piece))


def _gzip_bomb(exchange: Exchange, megabytes: int) -> None:
    reply = exchange.process()
    packer = zlib.compressobj(level=1, wbits=31)
    packed = b"".join(map(packer.compress, _padded(reply.body, megabytes))) + packer.flush()
    encoding = (("Content-Encoding", "gzip"),)
    exchange.link.write(replace(reply, body=packed, headers=encoding).wire())


def _padded(body: bytes, megabytes: int) -> Iterator[bytes]:
    """Yield a body with so much before it that is valid JSON, and nothing but whitespace."""
    for _ in range(megabytes):
        yield _WHITESPACE
    yield body


def _redirect(exchange: Exchange, reply: Reply) -> None:
    exchange.link.write(reply.wire())


def _echo_key(exchange: Exchange, _: None) -> None:
    key = exchange.request.header("x-api-key") or ""
    exchange.link.write(Reply.error(401, f"bad key: {key}", ("X-Received-Key", key)).wire())


def _nothing(arg: str) -> None:
    if arg:
        raise ValueError(f"takes no argument: {arg}")


def _seconds(arg: str) -> float:
    return float(arg)


def _seconds_or_one(arg: str) -> float:
    return float(arg or 1)


def _megabytes(arg: str) -> int:
    return int(arg or HUGE_MEGABYTES)


def _code_or_200(arg: str) -> int:
    return int(arg or 200)


def _refusal(arg: str) -> Reply:
    code, _, retry_after = arg.partition(":")
    headers = [("Retry-After", retry_after)] if retry_after else []
    return Reply.error(int(code), f"told to answer {code}", *headers)


def _pointer(arg: str) -> Reply:
    code, _, target = arg.partition(":")
    return Reply.error(int(code), "moved", ("Location", target))


class _Way(NamedTuple):
    """A way of misbehaving: what is done, and how its argument is read."""

    act: Callable[[Exchange, Any], None]
    read: Callable[[str], object]


_WAYS = {
    "close-before": _Way(_close_before, _nothing),
    "close-after": _Way(_close_after, _nothing),
    "reset": _Way(_reset, _nothing),
    "slow": _Way(_slow, _seconds),
    "late": _Way(_late, _seconds),
    "drip": _Way(_drip, _seconds_or_one),
    "drip-body": _Way(_drip_body, _seconds_or_one),
    "hang": _Way(_hang, _nothing),
    "status": _Way(_status, _refusal),
    "process-then-status": _Way(_process_then_status, _refusal),
    "html": _Way(_html, _code_or_200),
    "not-json": _Way(_not_json, _nothing),
    "json": _Way(_json, str.encode),
    "list": _Way(lambda exchange, _: _json(exchange, b'["asset-000000000000"]'), _nothing),
    "wrong-types": _Way(_wrong_types, _nothing),
    "huge": _Way(_huge, _megabytes),
    "huge-chunked": _Way(_huge_chunked, _megabytes),
    "gzip-bomb": _Way(_gzip_bomb, _megabytes),
    "redirect": _Way(_redirect, _pointer),
    "echo-key": _Way(_echo_key, _nothing),
}
NAMES = tuple(_WAYS)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A way of misbehaving, by name, with its argument: seconds, a code, megabytes, a body."""

    name: str
    arg: object = None

    def __post_init__(self) -> None:
        if self.name not in _WAYS:
            raise ValueError(f"no such behaviour: {self.name}; there are {', '.join(NAMES)}")
        self._argument()

    def __str__(self) -> str:
        return self.name if self.arg is None else f"{self.name}={self.arg}"

    def _argument(self) -> object:
        arg = "" if self.arg is None else str(self.arg)
        try:
            return _WAYS[self.name].read(arg)
        except ValueError as error:
            raise ValueError(f"{self.name} with {arg!r}: {error}") from error

    def act(self, exchange: Exchange) -> None:
        """Misbehave in one exchange."""
        _WAYS[self.name].act(exchange, self._argument())


Behave = Callable[[Request], Behaviour | None]

FLAPS = (
    Behaviour("reset"),
    Behaviour("close-before"),
    Behaviour("close-after"),
    Behaviour("late", 0.3),
    Behaviour("status", 503),
    Behaviour("status", 500),
    Behaviour("status", 429),
    Behaviour("process-then-status", 502),
)


def well(_: Request) -> None:
    """Misbehave at no request."""


def flap(seed: int, rate: float) -> Behave:
    """Misbehave at a share of the requests, now so, now so; one seed always gives the same."""
    return sometimes(FLAPS, rate, seed)


def sometimes(behaviours: tuple[Behaviour, ...], rate: float, seed: int = 0) -> Behave:
    """Misbehave at a share of the requests in one of some ways, chosen by the request's number."""

    def behave(request: Request) -> Behaviour | None:
        dice = random.Random(f"{seed} {request.number}")
        return dice.choice(behaviours) if dice.random() < rate else None

    return behave


def only(call: str, behave: Behave) -> Behave:
    """Misbehave at one of the calls: version, lookup or verdict; or at all."""
    return lambda request: behave(request) if call in ("all", request.call) else None
