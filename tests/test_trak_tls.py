"""The client of Trak over TLS: whom it trusts, and that it is as hard to hold up as without."""

import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from qc_asset_crawler.model import Told
from qc_asset_crawler.outbox import Fault
from qc_asset_crawler.settings import Secret, Trak
from qc_asset_crawler.trak_client import ServerInfo, TrakClient
from trak_caller import VERDICT
from trak_clients import KEY, PATH, QC_ID, client_of, look_up, post, serving, timed
from trak_contract import asset_id_of
from trak_misbehaviour import Behaviour
from trak_server import TrakServer

SLACK = 2.5


class Certificate(NamedTuple):
    """A certificate that vouches for itself, as a file, and a server's side of it."""

    file: str
    context: ssl.SSLContext


@pytest.fixture(scope="module")
def make_certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Certificate]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl here to make a certificate with")

    def make(name: str) -> Certificate:
        folder = tmp_path_factory.mktemp("certificate")
        file, key = folder / "certificate.pem", folder / "key.pem"
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
        subject = ("-subj", "/CN=trak", "-addext", f"subjectAltName={name}")
        made = (openssl, "req", "-x509", *curve, "-days", "2", *subject)
        subprocess.run([*made, "-keyout", key, "-out", file], capture_output=True, check=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file, key)
        return Certificate(str(file), context)

    return make


@pytest.fixture(scope="module")
def certificate(make_certificate: Callable[[str], Certificate]) -> Certificate:
    return make_certificate("IP:127.0.0.1")


@pytest.fixture
def trak(certificate: Certificate) -> Iterator[TrakServer]:
    with serving(tls=certificate.context) as server:
        yield server


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(trak: TrakServer) -> None:
    client = client_of(trak)
    answers, info = [look_up(client), post(client)], client.server_info()
    for answer in answers:
        assert (answer.status, answer.http_code, answer.fault) == (Told.QUEUED, None, Fault.TRAK)
    assert {answers[0].detail, answers[1].detail} == {info}
    assert re.search(r"certificate.* not trusted \(self.signed", str(info))
    assert (trak.connections, trak.requests) == (3, [])


def test_a_certificate_of_another_is_not_trusted(
    make_certificate: Callable[[str], Certificate],
) -> None:
    other = make_certificate("DNS:other.example")
    with serving(tls=other.context) as trak:
        answer = look_up(client_of(trak, ca_bundle=other.file))
        assert (trak.connections, trak.requests) == (1, [])
    assert answer.status is Told.QUEUED
    assert re.search(r"certificate.* not trusted .*127\.0\.0\.1", answer.detail)


def test_with_its_certificate_as_ca_bundle_all_calls_work(
    trak: TrakServer, certificate: Certificate
) -> None:
    client = client_of(trak, ca_bundle=certificate.file)
    assert isinstance(client.server_info(), ServerInfo)
    assert {look_up(client).asset_id for _ in range(20)} == {asset_id_of(PATH)}
    assert post(client).status is Told.OK
    assert (len(trak.requests), trak.connections, trak.violations) == (22, 1, [])


def test_a_verdict_of_several_megabytes_arrives_whole(
    trak: TrakServer, certificate: Certificate
) -> None:
    body = VERDICT | {"notes": "é" * (3 << 20)}
    client = client_of(trak, ca_bundle=certificate.file)
    assert client.post_verdict("asset-1", QC_ID, json.dumps(body).encode()).status is Told.OK
    assert trak.delivered[0].body == body


@pytest.mark.parametrize(
    "behaviour",
    [Behaviour("drip", 0.15), Behaviour("drip-body", 0.15), Behaviour("hang")],
    ids=lambda it: it.name,
)
def test_deadline_and_giving_up_hold_over_tls(
    trak: TrakServer, certificate: Certificate, behaviour: Behaviour
) -> None:
    trak.behave = lambda _: behaviour
    client = client_of(trak, ca_bundle=certificate.file, deadline_seconds=0.6)
    answer, seconds = timed(look_up, client)
    assert (answer.status, answer.detail) == (Told.QUEUED, "gave no answer within 0.6 s")
    assert seconds < 0.6 + SLACK
    given_up = threading.Event()
    threading.Timer(0.3, given_up.set).start()
    answer, seconds = timed(post, client_of(trak, given_up.is_set, ca_bundle=certificate.file))
    assert answer.status is Told.QUEUED
    assert seconds < 0.3 + SLACK


def test_a_look_up_is_repeated_as_without_tls(trak: TrakServer, certificate: Certificate) -> None:
    trak.behave = lambda one: Behaviour("reset") if one.number == 1 else None
    assert look_up(client_of(trak, ca_bundle=certificate.file)).status is Told.OK
    assert len(trak.requests) == 2


def test_a_verdict_that_may_have_arrived_is_not_repeated_over_tls(
    trak: TrakServer, certificate: Certificate
) -> None:
    trak.behave = lambda _: Behaviour("close-after")
    answer = post(client_of(trak, ca_bundle=certificate.file))
    assert (answer.status, answer.http_code, answer.fault) == (Told.QUEUED, None, Fault.TRAK)
    assert (len(trak.requests), len(trak.delivered)) == (1, 1)


@pytest.mark.parametrize("limits", [{"connect_seconds": 5}, {"connect_seconds": 0.2}])
def test_who_never_shakes_hands_is_not_waited_for(limits: dict[str, float]) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"https://127.0.0.1:{silent.getsockname()[1]}"
        trak = Trak(url, Secret(KEY), deadline_seconds=0.6, **limits)
        answer, seconds = timed(post, TrakClient(trak, lambda: False))
    assert answer.status is Told.QUEUED
    assert seconds < 0.6 + SLACK


def test_the_key_does_not_go_to_a_server_without_tls() -> None:
    with serving() as plain:
        url = plain.url.replace("http://", "https://")
        trak = Trak(url, Secret(KEY), deadline_seconds=3)
        answer = look_up(TrakClient(trak, lambda: False))
        assert plain.requests == []
        assert KEY not in " ".join(plain.violations)
    assert answer.status is Told.QUEUED
    assert "cannot be reached" in answer.detail


ASK = """
import sys
from qc_asset_crawler.settings import Secret, Trak
from qc_asset_crawler.trak_client import TrakClient
url, bundle = sys.argv[1:]
client = TrakClient(Trak(url, Secret("Key-7f3A-Zz09"), ca_bundle=bundle or None), lambda: False)
print(client.look_up("/a"))
"""


@pytest.mark.parametrize("trusted", [True, False])
def test_what_the_environment_says_of_requests_is_passed_over(
    trak: TrakServer, certificate: Certificate, trusted: bool, tmp_path: Path
) -> None:
    """Neither what it trusts nor what it distrusts counts, nor where it would send it through."""
    planted = str(tmp_path / "nothing.pem") if trusted else certificate.file
    with serving() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        proxies = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "ALL_PROXY"), address)
        bundles = {"REQUESTS_CA_BUNDLE": planted, "CURL_CA_BUNDLE": planted}
        done = subprocess.run(
            [sys.executable, "-c", ASK, trak.url, certificate.file if trusted else ""],
            env=os.environ | proxies | bundles | {"NO_PROXY": "", "no_proxy": ""},
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert proxy.connections == 0
    assert (asset_id_of("/a") if trusted else "not trusted") in done.stdout
    assert len(trak.requests) == int(trusted)


ASK_WITHIN_A_SECOND = """
import sys, time
from qc_asset_crawler.settings import Secret, Trak
from qc_asset_crawler.trak_client import TrakClient
trak = Trak(sys.argv[1], Secret("Key-7f3A-Zz09"), deadline_seconds=1)
started = time.monotonic()
answer = TrakClient(trak, lambda: False).look_up("/a")
print(answer.status, time.monotonic() - started, answer.detail, sep="|")
"""


@pytest.mark.parametrize(
    "behaviour",
    [
        Behaviour("drip", 0.1),
        pytest.param(Behaviour("drip-body", 0.1), marks=pytest.mark.slow),
    ],
    ids=["drip", "drip-body"],
)
def test_the_deadline_holds_with_the_certificates_of_the_system(
    trak: TrakServer, certificate: Certificate, behaviour: Behaviour
) -> None:
    """Without a bundle of its own, too, it is the guarded sockets that the client reads from."""
    trak.behave = lambda _: behaviour
    done = subprocess.run(
        [sys.executable, "-c", ASK_WITHIN_A_SECOND, trak.url],
        env=os.environ | {"SSL_CERT_FILE": certificate.file},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    status, seconds, detail = done.stdout.strip().split("|")
    assert len(trak.requests) == 1, detail  # it was trusted, and asked
    assert (status, detail) == ("queued", "gave no answer within 1 s")
    assert float(seconds) < 1 + 2
