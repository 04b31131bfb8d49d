"""The client of Trak on the wire: what it sends, to whom, and over which connections."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from qc_asset_crawler.config.trak import trak as configured
from qc_asset_crawler.config.values import Lookup
from qc_asset_crawler.model import Told
from qc_asset_crawler.settings import Secret, Settings, Trak
from qc_asset_crawler.trak_client import ServerInfo, TrakClient
from qc_asset_crawler.version import TOOL_VERSION
from trak_caller import VERDICT
from trak_clients import (
    BODY,
    KEY,
    PATH,
    QC_ID,
    Call,
    client_of,
    look_up,
    post,
    serving,
)
from trak_contract import asset_id_of
from trak_misbehaviour import Behaviour
from trak_server import TrakServer

GET_HEADERS = {"host", "x-api-key", "accept", "accept-encoding", "user-agent"}
POST_HEADERS = GET_HEADERS | {"content-type", "content-length"}
both_calls = pytest.mark.parametrize("call", [look_up, post])


@pytest.fixture
def trak() -> Iterator[TrakServer]:
    with serving() as server:
        yield server


def test_the_three_calls_are_as_the_contract_has_them(trak: TrakServer) -> None:
    client = client_of(trak)
    info, found, told = client.server_info(), look_up(client), post(client)
    assert isinstance(info, ServerInfo)
    assert (info.assembly, info.environment) == ("4.2.1", "stand-in")
    assert (found.status, found.http_code, found.asset_id) == (Told.OK, 200, asset_id_of(PATH))
    assert (told.status, told.http_code) == (Told.OK, 200)
    assert trak.violations == []
    assert [(one.method, one.path) for one in trak.requests] == [
        ("GET", "/api/v1/server-info/app-version"),
        ("POST", "/api/v1/asset/asset-search"),
        ("POST", f"/api/v1/assets/{found.asset_id}/qc"),
    ]
    search = json.dumps(trak.requests[1].json(), sort_keys=True)
    assert search == (
        '{"assetPath": "/jobs/show/shot/plate", "assetSearchType": 2, "includeCustomer": false,'
        ' "searchPage": {"pageSize": 100}, "tagIds": []}'
    )
    assert trak.requests[2].body == BODY
    assert [(one.asset_id, one.key) for one in trak.delivered] == [(asset_id_of(PATH), QC_ID)]


def test_the_headers_are_these_and_no_others(trak: TrakServer) -> None:
    client = client_of(trak)
    client.server_info(), look_up(client), post(client)
    names = [sorted(name.lower() for name, _ in one.headers) for one in trak.requests]
    expected = [GET_HEADERS, POST_HEADERS, POST_HEADERS | {"idempotency-key"}]
    assert names == [sorted(one) for one in expected]
    for request in trak.requests:
        assert request.header("x-api-key") == KEY
        assert request.header("Accept") == "application/json"
        assert request.header("Accept-Encoding") == "identity"
        assert request.header("User-Agent") == TOOL_VERSION
        assert request.header("Host") == f"127.0.0.1:{trak.port}"
    assert [one.header("Content-Type") for one in trak.requests[1:]] == ["application/json"] * 2
    assert trak.requests[2].header("Idempotency-Key") == QC_ID


@pytest.mark.parametrize(
    "path", ["/jobs/größe/“x”", "/jobs/caf\udce9", "/a b/%04d.exr", "/\x1b\n\\"]
)
def test_any_path_is_asked_for_as_it_is(trak: TrakServer, path: str) -> None:
    assert client_of(trak).look_up(path).asset_id == asset_id_of(path)
    assert trak.requests[0].json()["assetPath"] == path
    assert trak.violations == []


def test_a_verdict_of_several_megabytes_arrives_whole(trak: TrakServer) -> None:
    body = VERDICT | {"notes": "é" * (3 << 20)}
    answer = client_of(trak).post_verdict("asset-1", QC_ID, json.dumps(body).encode())
    assert answer.status is Told.OK
    assert trak.delivered[0].body == body


@pytest.mark.parametrize("base", ["", "/api", "/api/v1"])
@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_the_base_url_may_have_a_path_and_slashes_at_its_end(base: str, slashes: str) -> None:
    with serving(base=base) as trak:
        setup = configured(
            Lookup({"TRAK_BASE_URL": trak.url + slashes, "TRAK_ASSET_TRACKER_API_KEY": KEY})
        )
        assert setup.trak is not None
        assert look_up(TrakClient(setup.trak, lambda: False)).status is Told.OK
        assert [one.path for one in trak.requests] == [f"{base}/asset/asset-search"]


def test_one_client_keeps_to_one_connection_and_returns_no_cookie(trak: TrakServer) -> None:
    client = client_of(trak)
    for _ in range(50):
        assert look_up(client).status is Told.OK
    trak.behave = lambda request: Behaviour("status", 404) if request.number % 2 else None
    assert {post(client).status for _ in range(10)} == {Told.OK, Told.NOT_FOUND}
    assert (len(trak.requests), trak.connections) == (60, 1)
    assert [one for one in trak.requests if one.values("Cookie")] == []
    assert trak.violations == []


@both_calls
def test_a_connection_that_was_closed_meanwhile_is_opened_anew(
    trak: TrakServer, call: Call
) -> None:
    client = client_of(trak)
    assert call(client).status is Told.OK
    trak.pause()
    trak.resume()
    assert call(client).status is Told.OK
    assert len(trak.requests) == 2


def test_the_latency_of_the_server_is_told() -> None:
    with serving(Behaviour("slow", 0.3)) as trak:
        info = client_of(trak).server_info()
    assert isinstance(info, ServerInfo)
    assert 0.3 <= info.seconds < 1


ASK = """
import sys
from qc_asset_crawler.settings import Secret, Trak
from qc_asset_crawler.trak_client import TrakClient
client = TrakClient(Trak(sys.argv[1], Secret(sys.stdin.read())), lambda: False)
print(client.look_up("/a").asset_id, client.server_info())
"""


def test_proxies_and_netrc_of_the_environment_are_not_used(tmp_path: Path) -> None:
    netrc = tmp_path / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    with serving() as trak, serving() as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        planted = {name: address for word in names for name in (word, word.lower())}
        environment = os.environ | planted | {"NO_PROXY": "", "no_proxy": "", "HOME": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", ASK, trak.url],
            env=environment,
            input=KEY,
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        assert done.stdout.startswith(asset_id_of("/a"))
        assert proxy.connections == 0
        assert [one.values("Authorization") for one in trak.requests] == [[], []]
        assert trak.violations == []


def test_the_key_shows_in_no_value_that_holds_it() -> None:
    trak = Trak("http://127.0.0.1:9", Secret(KEY))
    for value in (trak, trak.key, Settings(trak=trak), TrakClient(trak, lambda: False)):
        assert KEY not in f"{value!r} {value!s} {value}"
    assert trak.key.reveal() == KEY
