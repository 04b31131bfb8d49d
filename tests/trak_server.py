"""A stand-in for Trak: it holds callers to the contract, records them, and misbehaves on demand.

Tests use `TrakServer`; people start it from the checkout with `python -m tests.trak_server --help`.
"""

import argparse
import itertools
import os
import shlex
import signal
import ssl
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

if __package__:  # started as tests.trak_server; the rest of it stands beside this file
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import trak_misbehaviour as ways
from trak_contract import (
    Breach,
    Delivery,
    Json,
    Reply,
    Request,
    asset_id_of,
    read_delivery,
    read_search,
)
from trak_misbehaviour import Behave, Behaviour, Exchange, Link
from trak_wire import HOST, Listener

__all__ = ["Behaviour", "Delivery", "Reply", "Request", "TrakServer", "asset_id_of"]

_COOKIE = ("Set-Cookie", "trak_login=stand-in; Path=/")


class TrakServer:
    """The stand-in: a server on loopback that is up inside its `with` block.

    What it is told: `behave` picks the misbehaviour for a request, `ids` the id (any JSON value) of
    a path or None for an unknown one, `accept_any_id` whether verdicts may go to ids that it never
    gave, `about` what it says of its version. What it tells: `requests`, `delivered`, `violations`,
    `connections`, `most_at_once`.
    """

    def __init__(
        self,
        key: str = "demo-key",
        base: str = "/api/v1",
        *,
        port: int = 0,
        tls: ssl.SSLContext | None = None,
        log: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.key = key
        self.base = base.rstrip("/")
        self.port = port
        self.tls = tls
        self.log = log
        self.behave: Behave = ways.well
        self.ids: Callable[[str], object] = asset_id_of
        self.accept_any_id = False
        self.about: Json = {"runningAssembly": "4.2.1", "environmentName": "stand-in"}
        self.requests: list[Request] = []
        self.delivered: list[Delivery] = []
        self.violations: list[str] = []
        self.connections = 0
        self.most_at_once = 0
        self.changed = threading.Condition(threading.RLock())
        self._numbers = itertools.count(1)
        self._given: set[str] = set()
        self._said: dict[str, object] = {}
        self._processed: set[str] = set()
        self._listener: Listener | None = None

    def __enter__(self) -> "TrakServer":
        self.resume()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The base URL to call it by."""
        return f"{'https' if self.tls else 'http'}://{HOST}:{self.port}{self.base}"

    def resume(self) -> None:
        """Listen; after a pause on the same port."""
        if self._listener is None:
            self._listener = Listener(self)
            self.port = self._listener.server_address[1]
            self._listener.start()

    def pause(self) -> None:
        """Refuse connections and cut off the open ones, until `resume`."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    stop = pause
    flap = staticmethod(ways.flap)

    def wait_for_requests(self, count: int, seconds: float = 10) -> None:
        """Wait until so many requests have arrived."""
        with self.changed:
            arrived = self.changed.wait_for(lambda: len(self.requests) >= count, seconds)
        assert arrived, f"{len(self.requests)} requests arrived instead of {count}"

    def answer(self, request: Request, link: Link) -> None:
        """Answer a request as agreed, or as told."""
        behaviour = self.behave(request)
        process = self.check(request, well_behaved=behaviour is None)
        if behaviour is None:
            reply = process()
            self.log(f"{request} -> {reply.status}")
            link.write(reply.wire())
        else:
            self.log(f"{request} -> {behaviour}")
            behaviour.act(Exchange(request, process, link))

    def record(self, **parts: Any) -> Request:
        """Take down a request that has arrived."""
        with self.changed:
            request = Request(number=next(self._numbers), at=time.monotonic(), **parts)
            self.requests.append(request)
            self.changed.notify_all()
        return request

    def object_to(self, text: str) -> None:
        """Take down a breach of the contract."""
        with self.changed:
            self.violations.append(text)
        self.log(f"   breach of the contract: {text}")

    def check(self, request: Request, *, well_behaved: bool) -> Callable[[], Reply]:
        """Hold a request to the contract; return what processes it, or refuses it.

        A wrong key is no breach in an exchange in which the server misbehaves.
        """
        if request.values("x-api-key") != [self.key]:
            if well_behaved:
                self.object_to(f"#{request.number}: x-api-key is missing or wrong")
            return lambda: Reply.error(401, "x-api-key is missing or wrong")
        try:
            return self._understood(request)
        except Breach as breach:
            refusal = Reply.error(breach.status, str(breach))
            self.object_to(f"#{request.number} {request.method} {request.path}: {breach}")
            return lambda: refusal

    def _understood(self, request: Request) -> Callable[[], Reply]:
        for name in ("Cookie", "Authorization"):
            if request.values(name):
                raise Breach(400, f"sends {name}")
        match request.method, self._below_base(request.path):
            case "GET", ["server-info", "app-version"]:
                if request.body:
                    raise Breach(400, "GET with a body")
                return lambda: Reply.of(200, self.about, _COOKIE)
            case "POST", ["asset", "asset-search"]:
                path = read_search(request)
                return lambda: self._look_up(path)
            case "POST", ["assets", asset_id, "qc"]:
                delivery = read_delivery(request, asset_id)
                self._check_delivery(delivery)
                return lambda: self._deliver(delivery)
        raise Breach(404, "is none of the calls")

    def _below_base(self, path: str) -> list[str]:
        if not path.startswith(f"{self.base}/"):
            raise Breach(404, f"is outside {self.base}")
        return path.removeprefix(f"{self.base}/").split("/")

    def _check_delivery(self, delivery: Delivery) -> None:
        """Refuse an id that was never given, and a key that stands for another verdict."""
        verdict = [delivery.body[name] for name in ("qc_id", "qc_result", "content_hash")]
        with self.changed:
            if not self.accept_any_id and delivery.asset_id not in self._given:
                raise Breach(404, f"asset id {delivery.asset_id!r} was never given")
            if self._said.setdefault(delivery.key, verdict) != verdict:
                raise Breach(409, f"another verdict under the known key {delivery.key}")

    def _look_up(self, path: str) -> Reply:
        asset_id = self.ids(path)
        if asset_id is None:
            return Reply.of(200, {"items": []}, _COOKIE)
        if isinstance(asset_id, str):
            with self.changed:
                self._given.add(asset_id)
        return Reply.of(200, {"items": [{"asset_id": asset_id, "asset_path": path}]}, _COOKIE)

    def _deliver(self, delivery: Delivery) -> Reply:
        with self.changed:
            if delivery.key not in self._processed:
                self._processed.add(delivery.key)
                self.delivered.append(delivery)
        answer = {"asset_id": delivery.asset_id}
        answer |= {name: delivery.body[name] for name in ("qc_id", "qc_result")}
        return Reply.of(200, answer, _COOKIE)


def main() -> None:
    """Run the stand-in until Ctrl-C."""
    options = _parser().parse_args()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    trak = TrakServer(options.key, options.base, port=options.port, log=_say)
    trak.accept_any_id = True  # those given before a restart are good ones
    trak.behave = ways.only(options.call, _behave(options))
    with suppress(KeyboardInterrupt), _started(trak):
        _say(f"export TRAK_BASE_URL={shlex.quote(trak.url)}")
        _say(f"export TRAK_ASSET_TRACKER_API_KEY={shlex.quote(trak.key)}")
        _say(f"Listening on {HOST}:{trak.port}; Ctrl-C ends it.")
        threading.Event().wait()
    _say(f"requests: {len(trak.requests)}, verdicts delivered: {len(trak.delivered)}")


def _started(trak: TrakServer) -> TrakServer:
    """Start the stand-in, or say in one line why that cannot be done."""
    try:
        trak.resume()
    except OSError as error:
        sys.exit(f"cannot listen on {HOST}:{trak.port}: {error.strerror}; try another --port")
    return trak


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.trak_server", description=__doc__)
    parser.add_argument("--port", type=int, default=8765, help="0: any that is free")
    parser.add_argument("--key", default="demo-key", help="the API key that is right")
    parser.add_argument("--base", default="/api/v1", help="path of the base URL")
    parser.add_argument(
        "--behave",
        metavar="NAME[=ARG]",
        type=_told,
        help=f"flap (now so, now so), or one of {', '.join(ways.NAMES)}; "
        "status=503, slow=3, redirect=307:http://127.0.0.1:9/ take what follows the =",
    )
    parser.add_argument("--rate", type=float, default=1.0, help="at which share of the requests")
    parser.add_argument("--seed", type=int, default=0, help="which requests those are")
    parser.add_argument(
        "--for",
        dest="call",
        choices=("verdict", "lookup", "version", "all"),
        default="all",
        help="at which call",
    )
    return parser


def _told(text: str) -> tuple[Behaviour, ...]:
    """Return the ways to misbehave in that an argument stands for."""
    if text == "flap":
        return ways.FLAPS
    name, _, arg = text.partition("=")
    try:
        return (Behaviour(name, arg or None),)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _behave(options: argparse.Namespace) -> Behave:
    if options.behave is None:
        return ways.well
    return ways.sometimes(options.behave, options.rate, options.seed)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
