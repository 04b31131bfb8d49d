"""The stand-in for Trak misbehaves as it is told, and starts and ends as it should."""

import gzip
import http.client
import re
import select
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from trak_caller import (
    OTHER_KEY,
    QC_PATH,
    ROOT,
    SEARCH_PATH,
    VERDICT,
    VERSION_PATH,
    Client,
    raw,
    reply_faults,
)
from trak_misbehaviour import FLAPS, NAMES, flap, only
from trak_server import Behaviour, Request, TrakServer


@pytest.fixture
def trak() -> Iterator[TrakServer]:
    with TrakServer(key="the key") as server:
        yield server


@pytest.fixture
def client(trak: TrakServer) -> Iterator[Client]:
    with closing(Client(trak)) as made:
        yield made


def told(trak: TrakServer, name: str, arg: object = None) -> None:
    """Tell the server to misbehave at the verdicts, once an id was given."""
    with closing(Client(trak)) as client:
        client.look_up()
    trak.behave = lambda request: Behaviour(name, arg) if request.call == "verdict" else None


@pytest.mark.parametrize(
    ("name", "error", "processed"),
    [
        ("close-before", http.client.RemoteDisconnected, 0),
        ("close-after", http.client.RemoteDisconnected, 1),
        ("reset", ConnectionResetError, 0),
    ],
)
def test_it_breaks_the_connection(trak, client, name, error, processed):
    told(trak, name)
    with pytest.raises(ConnectionError) as caught:
        client.deliver()
    assert caught.type is error
    assert (len(trak.delivered), trak.violations) == (processed, [])
    trak.behave = lambda request: None
    assert client.deliver().status == 200
    assert len(trak.delivered) == 1


def test_slow_processes_and_then_waits(trak, client):
    told(trak, "slow", 0.3)
    since = time.monotonic()
    assert client.deliver().status == 200
    assert time.monotonic() - since >= 0.3
    impatient = Client(trak, seconds=0.05)
    with closing(impatient), pytest.raises(TimeoutError):
        impatient.deliver(VERDICT | {"qc_id": OTHER_KEY})
    wait_until(lambda: len(trak.delivered) == 2)


def test_late_waits_and_then_processes_though_the_client_has_gone(trak):
    told(trak, "late", 0.3)
    impatient = Client(trak, seconds=0.05)
    with closing(impatient), pytest.raises(TimeoutError):
        impatient.deliver()
    assert trak.delivered == []
    wait_until(lambda: trak.delivered)


def wait_until(holds: Callable[[], object], seconds: float = 3) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_hang_answers_nothing_and_sees_the_client_go(trak):
    trak.behave = lambda request: Behaviour("hang")
    with raw(trak) as connection:
        assert select.select([connection], [], [], 0.2)[0] == []
        threads = threading.active_count()
    wait_until(lambda: threading.active_count() < threads)


@pytest.mark.parametrize(("name", "at_once"), [("drip", b"H"), ("drip-body", b"HTTP/1.1 200 OK")])
def test_drip_comes_byte_by_byte(trak, name, at_once):
    trak.behave = lambda request: Behaviour(name, 0.3)
    with raw(trak) as connection:
        assert connection.recv(9999).startswith(at_once)
        body_or_head = [connection.recv(9999) for _ in range(2)]
    assert [len(piece) for piece in body_or_head] == [1, 1]


def test_a_drip_that_is_waited_for_is_a_whole_answer(trak, client):
    trak.behave = lambda request: Behaviour("drip", 0.0001)
    assert reply_faults(VERSION_PATH, "get", client.version()) == []


@pytest.mark.parametrize("code", [400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504])
def test_status_answers_a_code_and_keeps_the_connection(trak, client, code):
    told(trak, "status", code)
    answers = [client.deliver(), client.deliver()]
    assert [answer.status for answer in answers] == [code, code]
    assert "Retry-After" not in answers[0].headers
    assert (trak.delivered, trak.violations) == ([], [])
    assert trak.requests[-1].connection == trak.requests[-2].connection


@pytest.mark.parametrize("when", ["2", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_status_says_when_to_come_back(trak, client, when):
    trak.behave = lambda request: Behaviour("status", f"429:{when}")
    answer = client.version()
    assert (answer.status, answer.headers["Retry-After"]) == (429, when)
    assert reply_faults(VERSION_PATH, "get", answer) == []


def test_it_processes_and_then_answers_a_code(trak, client):
    told(trak, "process-then-status", 502)
    assert client.deliver().status == 502
    assert len(trak.delivered) == 1


def test_html_is_a_page_to_sign_in(trak, client):
    told(trak, "html")
    answer = client.deliver()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert b"<html>" in answer.body
    assert trak.delivered == []


def test_not_json_list_and_json_answer_other_bodies(trak, client):
    trak.behave = lambda request: Behaviour("not-json")
    answer = client.look_up()
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    with pytest.raises(ValueError, match="Unterminated"):
        answer.json()
    trak.behave = lambda request: Behaviour("list")
    assert isinstance(client.look_up().json(), list)
    trak.behave = lambda request: Behaviour("json", '{"asset_id": "x"}')
    assert client.look_up().json() == {"asset_id": "x"}


def test_wrong_types_has_the_right_keys(trak, client):
    trak.behave = lambda request: Behaviour("wrong-types")
    version, found, posted = client.version(), client.look_up(), client.deliver()
    assert version.json().keys() == {"runningAssembly", "environmentName"}
    assert found.json().keys() == {"items", "asset_id"}
    assert reply_faults(VERSION_PATH, "get", version)
    assert reply_faults(SEARCH_PATH, "post", found)
    assert reply_faults(QC_PATH, "post", posted)
    assert len(trak.delivered) == 1


@pytest.mark.parametrize("name", ["huge", "huge-chunked"])
def test_huge_is_all_whitespace_before_the_answer(trak, client, name):
    trak.behave = lambda request: Behaviour(name, 2)
    answer = client.version()
    assert len(answer.body) > 2 << 20
    assert ("Content-Length" in answer.headers) == (name == "huge")
    assert answer.json() == trak.about


def test_huge_is_200_mb_and_stops_when_the_client_goes(trak):
    trak.behave = lambda request: Behaviour("huge")
    with raw(trak) as connection:
        size = re.search(rb"Content-Length: (\d+)", connection.recv(300))
        threads = threading.active_count()
    assert size is not None
    assert int(size[1]) > 200 << 20
    wait_until(lambda: threading.active_count() < threads)


def test_a_gzip_bomb_is_small_on_the_wire(trak, client):
    trak.behave = lambda request: Behaviour("gzip-bomb", 5)
    answer = client.version()
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.body) < 50_000
    assert len(gzip.decompress(answer.body)) > 5 << 20


def test_redirect_points_elsewhere(trak, client):
    trak.behave = lambda request: Behaviour("redirect", "307:http://127.0.0.1:9/else")
    answer = client.version()
    assert (answer.status, answer.headers["Location"]) == (307, "http://127.0.0.1:9/else")


def test_echo_key_gives_the_key_away(trak, client):
    trak.behave = lambda request: Behaviour("echo-key")
    answer = client.ask("GET", VERSION_PATH, x_api_key="a secret")
    assert answer.status == 401
    assert b"a secret" in answer.body
    assert "a secret" in answer.headers.values()
    assert trak.violations == []


def test_a_wrong_key_is_refused_but_no_breach_while_it_misbehaves(trak, client):
    trak.behave = lambda request: Behaviour("slow", 0)
    assert client.ask("GET", VERSION_PATH, x_api_key="old").status == 401
    assert trak.violations == []


def test_other_breaches_are_caught_while_it_misbehaves(trak, client):
    trak.behave = lambda request: Behaviour("status", 503)
    assert client.ask("POST", SEARCH_PATH, {}).status == 503
    assert len(trak.violations) == 1


# From start to end


@pytest.mark.parametrize(("name", "arg"), [("hang", None), ("late", 9), ("slow", 9), ("drip", 9)])
def test_it_ends_at_once_whatever_it_does(name, arg):
    with TrakServer() as trak:
        trak.behave = lambda request: Behaviour(name, arg)
        with raw(trak):
            trak.wait_for_requests(1)
            since = time.monotonic()
            trak.stop()
            assert time.monotonic() - since < 0.5


def test_pause_refuses_and_resume_listens_on_the_same_port(trak, client):
    client.version()
    port = trak.port
    trak.pause()
    with pytest.raises(ConnectionError):
        client.version()
    with pytest.raises(ConnectionRefusedError):
        raw(trak)
    trak.resume()
    assert trak.port == port
    with closing(Client(trak)) as other:
        assert other.version().status == 200


def test_flapping_is_the_same_for_the_same_seed():
    requests = [Request(number, 1, "GET", "/x", [], b"", 0.0) for number in range(400)]
    runs = [list(map(flap(seed, 0.5), requests)) for seed in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == {*FLAPS, None}
    assert 150 < runs[0].count(None) < 250
    assert list(map(TrakServer.flap(1, 0), requests)) == [None] * 400


def test_flapping_delivers_once_in_the_end(trak):
    with closing(Client(trak)) as client:
        client.look_up()
    trak.behave = only("verdict", trak.flap(seed=3, rate=0.7))
    statuses = [status_of_delivery(trak) for _ in range(8)]
    assert len(set(statuses)) > 2
    assert (len(trak.delivered), trak.violations) == (1, [])


def status_of_delivery(trak: TrakServer) -> int | None:
    with closing(Client(trak)) as client:
        try:
            return client.deliver().status
        except ConnectionError:
            return None


@pytest.mark.parametrize("name", ["", "Slow", "close"])
def test_a_behaviour_that_is_not_there_is_an_error(name):
    assert name not in NAMES
    with pytest.raises(ValueError, match="no such behaviour"):
        Behaviour(name)


@pytest.mark.parametrize(("name", "arg"), [("slow", "x"), ("status", None), ("hang", 1)])
def test_an_argument_that_means_nothing_is_an_error(name, arg):
    with pytest.raises(ValueError, match=name):
        Behaviour(name, arg)


def test_it_speaks_tls(tmp_path):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl here to make a certificate")
    request = (
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=trak"
        " -addext subjectAltName=IP:127.0.0.1 -keyout key.pem -out cert.pem"
    )
    subprocess.run(
        ["openssl", *request.split()],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    theirs = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    with TrakServer(tls=ours) as trak:
        assert trak.url.startswith("https://")
        with raw(trak) as plain:  # no TLS: hung up on, and nobody is bothered
            assert not plain.recv(99).startswith(b"HTTP")
        with closing(Client(trak)) as client:
            client.connection = http.client.HTTPSConnection(
                "127.0.0.1", trak.port, timeout=3, context=theirs
            )
            assert client.version().status == 200
            trak.behave = lambda request: Behaviour("reset")
            with pytest.raises(ConnectionError):
                client.version()
        assert trak.violations == []


def test_people_start_it_from_the_checkout():
    behave = "--behave=status=418", "--for=lookup"
    server = subprocess.Popen(
        [sys.executable, *["-m", "tests.trak_server", "--port=0", "--key=it's"], *behave],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = [server.stdout.readline() for _ in range(3)]
        port = re.fullmatch(r"export TRAK_BASE_URL=http://127.0.0.1:(\d+)/api/v1\n", lines[0])
        assert lines[1] == "export TRAK_ASSET_TRACKER_API_KEY='it'\"'\"'s'\n"
        assert lines[2].startswith("Listening on 127.0.0.1:")
        with closing(Client(TrakServer(key="it's", port=int(port[1])))) as client:
            assert [client.version().status, client.look_up().status] == [200, 418]
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=5)
    finally:
        server.kill()
    assert (server.returncode, err) == (0, "")
    assert [line.partition(": ")[2] for line in out.splitlines()[:2]] == [
        "GET /api/v1/server-info/app-version -> 200",
        "POST /api/v1/asset/asset-search (133 bytes) -> status=418",
    ]
