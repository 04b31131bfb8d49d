"""How patient the client of Trak is: what it tries again, how long it waits, when it gives up."""

import socket
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import product, repeat
from typing import TypeVar

import pytest

from qc_asset_crawler.model import Told
from qc_asset_crawler.outbox import Fault
from qc_asset_crawler.settings import Secret, Trak
from qc_asset_crawler.trak_client import TrakClient
from qc_asset_crawler.trak_client.guard import GivenUpError, Guard
from qc_asset_crawler.trak_client.retry import pause_before
from qc_asset_crawler.trak_client.transport import Reply
from trak_clients import KEY, QC_ID, Bytes, Call, client_of, look_up, post, serving, timed
from trak_contract import asset_id_of
from trak_misbehaviour import Behaviour

# A call is over this long after its deadline, or after it is given up, at the latest.
SLACK = 2.5
# What is waited for before a second attempt where the server asks for nothing.
UNASKED = (0.25, 0.75)
CALLS = {"look-up": look_up, "verdict": post}
H = TypeVar("H", bound=Hashable)
T = TypeVar("T")


def at_once(cases: Iterable[H], ask: Callable[[H], T]) -> dict[H, T]:
    """Ask in all cases at the same time: most of it is waiting."""
    listed = list(cases)
    with ThreadPoolExecutor(len(listed)) as pool:
        return dict(zip(listed, pool.map(ask, listed), strict=True))


def test_where_nobody_listens_it_is_tried_again() -> None:
    def ask(name: str) -> Told:
        with serving() as trak:
            trak.pause()
            threading.Timer(0.2, trak.resume).start()
            return CALLS[name](client_of(trak)).status

    assert at_once(CALLS, ask) == dict.fromkeys(CALLS, Told.OK)


@pytest.mark.parametrize("call", [look_up, post])
def test_who_cannot_be_reached_is_said_so(call: Call) -> None:
    with serving() as trak:
        trak.pause()
        answer, seconds = timed(call, client_of(trak, deadline_seconds=0.2))
    assert (answer.status, answer.http_code, answer.fault) == (Told.QUEUED, None, Fault.TRAK)
    assert "cannot be reached (Connection refused)" in answer.detail
    assert seconds < 0.2 + SLACK


@pytest.mark.parametrize("code", [429, 503])
def test_a_verdict_that_was_not_taken_in_goes_again_under_the_same_key(code: int) -> None:
    with serving() as trak:
        trak.behave = lambda one: Behaviour("status", code) if one.number == 1 else None
        assert post(client_of(trak)).status is Told.OK
        assert [one.header("Idempotency-Key") for one in trak.requests] == [QC_ID] * 2
        assert len(trak.delivered) == 1


def test_a_retry_after_is_waited_for() -> None:
    def ask(name: str) -> tuple[Told, bool]:
        with serving() as trak:
            trak.behave = lambda one: Behaviour("status", "503:1") if one.number == 1 else None
            answer = CALLS[name](client_of(trak))
            first, second = trak.requests
            return answer.status, 1 <= second.at - first.at < 1 + SLACK

    assert at_once(CALLS, ask) == dict.fromkeys(CALLS, (Told.OK, True))


def test_a_retry_after_beyond_the_deadline_is_not_waited_for() -> None:
    with serving(Behaviour("status", "503:9")) as trak:
        answer, seconds = timed(look_up, client_of(trak, deadline_seconds=5))
        assert (answer.status, answer.http_code, len(trak.requests)) == (Told.QUEUED, 503, 1)
        assert seconds < SLACK


def test_an_impossible_date_to_come_again_at_ends_no_run() -> None:
    text = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"
    with serving(Behaviour("status", f"503:{text}")) as trak:
        assert look_up(client_of(trak, deadline_seconds=0.2)).http_code == 503


def _in(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("0", *UNASKED),
        ("7", 7, 7),
        ("3600", 10, 10),
        ("999999999", 10, 10),
        ("Sun, 06 Nov 1994 08:49:37 GMT", *UNASKED),
        ("Sunday, 06-Nov-94 08:49:37 GMT", *UNASKED),
        ("Sun Nov  6 08:49:37 1994", *UNASKED),
        ("Tue, 01 Jan 2999 00:00:00 GMT", 10, 10),
        ("Tue, 01 Jan 2999 00:00:00", 10, 10),
        ("Tue, 01 Jan 2999 00:00:00 -0130", 10, 10),
    ],
)
def test_how_long_a_retry_after_is_waited_for(text: str, least: float, most: float) -> None:
    pause = pause_before(2, Reply(503, {"Retry-After": text}, b""))
    assert pause is not None
    assert least <= pause <= most


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-7",
        "7.5",
        "1e1",
        "inf",
        "nan",
        "٧",  # a seven, but not to HTTP
        "²",
        "7, 8",
        pytest.param("9" * 5000, id="9999..."),
        "Mon, 01 Jan 99999 00:00:00 GMT",
        "Mon, 99 Jan 2030 99:99:99 GMT",
        "Mon, 01 Jan 2030 00:00:00 +9999",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2030 00:00:00 +99999999999999999999",
    ],
)
def test_a_retry_after_that_is_none_is_passed_over(text: str) -> None:
    pause = pause_before(2, Reply(503, {"Retry-After": text}, b""))
    assert pause is not None
    assert UNASKED[0] <= pause <= UNASKED[1]


def test_a_retry_after_of_a_date_is_waited_for_until_then() -> None:
    pause = pause_before(2, Reply(429, {"Retry-After": _in(6)}, b""))
    assert pause is not None
    assert 3 < pause <= 6


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port at which connections are neither accepted nor refused."""
    with ExitStack() as ending:
        listener = ending.enter_context(closing(socket.socket()))
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):  # what the system accepts on its own, and some more
            filler = ending.enter_context(closing(socket.socket()))
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


SLOW = {
    "drip": Behaviour("drip", 0.15),
    "drip-body": Behaviour("drip-body", 0.15),
    "hang": Behaviour("hang"),
    "slow": Behaviour("slow", 30),
    "late": Behaviour("late", 30),
    "continue": Bytes(repeat(b"HTTP/1.1 100 Continue\r\n\r\n"), 0.01),
    "headers": Bytes((b"HTTP/1.1 200 OK\r\n", *repeat(b"X-A: b\r\n", 90)), 0.15),
    "chunks": Bytes(
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", *repeat(b"1\r\n \r\n", 500)),
        0.05,
    ),
}


REDIRECT = Bytes(
    (b"HTTP/1.1 302 X\r\nLocation: /\r\nContent-Length: 99\r\n\r\n", *repeat(b" ", 99)), 0.15
)


def test_no_call_lasts_longer_than_its_deadline() -> None:
    spun_out = SLOW | {"redirect": REDIRECT}

    def ask(case: tuple[str, str]) -> tuple[Told, bool]:
        call, behaviour = case
        with serving(spun_out[behaviour]) as trak:
            client = client_of(trak, deadline_seconds=1, read_seconds=5)
            answer, seconds = timed(CALLS[call], client)
        return answer.status, seconds < 1 + SLACK

    cases = list(product(CALLS, spun_out))
    assert at_once(cases, ask) == dict.fromkeys(cases, (Told.QUEUED, True))


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour("hang"), "was silent for 0.2 s"),
        (Behaviour("drip", 0.02), "gave no answer within 0.5 s"),
    ],
    ids=str,
)
def test_what_was_waited_for_in_vain_is_said(behaviour: Behaviour, words: str) -> None:
    with serving(behaviour) as trak:
        answer = post(client_of(trak, deadline_seconds=0.5, read_seconds=0.2))
    assert words in answer.detail


@pytest.mark.parametrize("behaviour", [Behaviour("hang"), Behaviour("status", 503)], ids=str)
def test_the_deadline_holds_for_all_attempts_together(behaviour: Behaviour) -> None:
    with serving(behaviour) as trak:
        client = client_of(trak, deadline_seconds=0.9, read_seconds=0.4)
        answer, seconds = timed(look_up, client)
    assert answer.status is Told.QUEUED
    assert seconds < 0.9 + SLACK


@pytest.mark.parametrize("call", [look_up, post])
def test_the_deadline_holds_where_nobody_takes_the_call(call: Call) -> None:
    with deaf_port() as port:
        trak = Trak(f"http://127.0.0.1:{port}", Secret(KEY), deadline_seconds=0.5)
        answer, seconds = timed(call, TrakClient(trak, lambda: False))
    assert answer.status is Told.QUEUED
    assert seconds < 0.5 + SLACK


def test_who_does_not_take_the_call_is_said_so() -> None:
    with deaf_port() as port:
        trak = Trak(
            f"http://127.0.0.1:{port}", Secret(KEY), connect_seconds=0.2, deadline_seconds=0.4
        )
        assert "took no call within 0.2 s" in look_up(TrakClient(trak, lambda: False)).detail


@pytest.fixture
def several() -> str:
    """A name of several addresses, all of them of this machine; `*` is one to glibc."""
    for name in ("localhost", "*"):
        with suppress(OSError):
            if len(socket.getaddrinfo(name, 80, 0, socket.SOCK_STREAM)) > 1:
                return name
    pytest.skip("no name has several addresses here")


def deaf() -> tuple[type[socket.socket], list[float]]:
    """Make a kind of socket that nobody takes a call of, and a list of how long each waits."""
    waited: list[float] = []

    class Deaf(socket.socket):
        def connect(self, _: object) -> None:
            waited.append(self.gettimeout() or 60)
            time.sleep(waited[-1])
            raise TimeoutError

    return Deaf, waited


@pytest.mark.parametrize("connect_seconds", [0.2, 5], ids=["two share it", "one takes it all"])
def test_the_deadline_holds_for_all_addresses_together(
    several: str, connect_seconds: float
) -> None:
    kind, waited = deaf()
    guard = Guard(connect_seconds, 5, lambda: False)
    guard.start(time.monotonic() + 0.3)
    with pytest.raises(TimeoutError):
        guard.connect(kind, several, 80)
    assert 0 < sum(waited) <= 0.3


def test_no_second_address_is_called_once_it_is_given_up(several: str) -> None:
    kind, waited = deaf()
    guard = Guard(0.01, 5, lambda: bool(waited))
    guard.start(time.monotonic() + 60)
    with pytest.raises(GivenUpError):
        guard.connect(kind, several, 80)
    assert len(waited) == 1


def test_where_one_address_is_deaf_the_next_is_called(several: str) -> None:
    called: list[object] = []

    class Socket(socket.socket):
        def connect(self, address: object) -> None:
            called.append(address)
            if len(called) == 1:
                raise TimeoutError

    guard = Guard(0.01, 5, lambda: False)
    guard.start(time.monotonic() + 60)
    with closing(guard.connect(Socket, several, 80)):
        assert len(set(called)) == len(called) == 2


def test_a_call_that_is_given_up_ends_at_once() -> None:
    asked = SLOW | {"pause": Behaviour("status", "503:9")}

    def ask(case: tuple[str, str]) -> tuple[Told, bool, int]:
        call, behaviour = case
        given_up = threading.Event()
        with serving(asked[behaviour]) as trak:
            threading.Timer(1, given_up.set).start()
            answer, seconds = timed(CALLS[call], client_of(trak, given_up.is_set))
            return answer.status, 0.9 < seconds < 1 + SLACK, len(trak.requests)

    cases = list(product(CALLS, asked))
    assert at_once(cases, ask) == dict.fromkeys(cases, (Told.QUEUED, True, 1))


def test_nothing_is_sent_once_it_is_given_up() -> None:
    with serving() as trak:
        assert look_up(client_of(trak, lambda: True)).status is Told.QUEUED
        assert (trak.requests, trak.connections) == ([], 0)


def test_an_answer_that_was_not_waited_for_is_nobody_elses() -> None:
    with serving() as trak:
        trak.behave = lambda one: Behaviour("slow", 0.4) if b'"/late"' in one.body else None
        client = client_of(trak, deadline_seconds=0.2)
        assert client.look_up("/late").status is Told.QUEUED
        time.sleep(0.3)
        assert client.look_up("/other").asset_id == asset_id_of("/other")
