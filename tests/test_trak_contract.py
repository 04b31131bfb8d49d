"""The contract with Trak: its description is sound, and the stand-in holds callers to it."""

import json
import time
from collections.abc import Iterator
from contextlib import closing
from importlib.resources import files
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from trak_caller import (
    CONTRACT,
    KEY,
    OTHER_KEY,
    QC_PATH,
    SEARCH,
    SEARCH_PATH,
    VERDICT,
    VERDICTS,
    VERSION_PATH,
    Client,
    faults,
    pointer,
    raw,
    reply_faults,
)
from trak_contract import ASSET_ID, VERDICT_KEYS, asset_id_of
from trak_server import TrakServer

SIDECAR = json.loads(
    files("qc_asset_crawler").joinpath("sidecar/sidecar-1.1.0.schema.json").read_text("utf-8")
)
SCHEMA_NAMES = {
    "uuid": "Uuid",
    "time": "Time",
    "hash_or_null": "HashOrNull",
    "qc_result": "QcResult",
    "tracker_status": "TrackerStatus",
    "cheap_fp": "CheapFp",
    "verdict": "VerdictRecord",
    "finding": "Finding",
    "sequence": "Sequence",
}


@pytest.fixture
def trak() -> Iterator[TrakServer]:
    with TrakServer(key="the key") as server:
        yield server


@pytest.fixture
def client(trak: TrakServer) -> Iterator[Client]:
    with closing(Client(trak)) as made:
        yield made


def examples(node: object, *at: str) -> Iterator[tuple[str, object]]:
    """Yield each example below a place in the contract, with the reference of its schema."""
    if isinstance(node, dict) and "schema" in node:
        reference = pointer(*at, "schema")
        yield from ((reference, example["value"]) for example in node.get("examples", {}).values())
        if "example" in node:
            yield reference, node["example"]
    elif isinstance(node, dict):
        for name, below in node.items():
            yield from examples(below, *at, name)
    elif isinstance(node, list):
        for number, below in enumerate(node):
            yield from examples(below, *at, str(number))


# The description


def test_the_description_is_openapi():
    assert CONTRACT["openapi"].startswith("3.1.")
    assert [str(error) for error in OpenAPIV31SpecValidator(CONTRACT).iter_errors()] == []
    assert CONTRACT["info"]["title"] == "Trak, as QC Asset Tracker uses it"


def test_it_has_the_three_calls_and_the_key():
    assert {path: set(calls) for path, calls in CONTRACT["paths"].items()} == {
        VERSION_PATH: {"get"},
        SEARCH_PATH: {"post"},
        QC_PATH: {"post"},
    }
    (scheme,) = CONTRACT["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "x-api-key")
    assert {"400", "401", "404", "409", "422", "429", "503"} < set(
        CONTRACT["paths"][QC_PATH]["post"]["responses"]
    )


def test_every_example_is_valid():
    found = list(examples(CONTRACT))
    assert len(found) > 15
    assert [(at, faults(at, value)) for at, value in found if faults(at, value)] == []


def test_every_body_has_an_example():
    found = [*bodies(CONTRACT["paths"]), *bodies(CONTRACT["components"]["responses"])]
    assert len(found) == 12
    assert all(body["examples"] for body in found)


def bodies(node: object) -> Iterator[dict]:
    """Yield the bodies of requests and answers below a place in the contract."""
    if isinstance(node, dict) and "content" in node:
        yield node["content"]["application/json"]
    elif isinstance(node, dict):
        for below in node.values():
            yield from bodies(below)


@pytest.mark.parametrize("name", VERDICTS)
def test_the_verdict_examples_are_sidecars(name):
    verdict = VERDICTS[name]
    assert [error.message for error in Draft202012Validator(SIDECAR).iter_errors(verdict)] == []
    assert verdict["verdicts"][-1].items() <= verdict.items()


def test_the_schema_of_a_verdict_is_that_of_a_sidecar_and_its_run():
    schemas = CONTRACT["components"]["schemas"]
    verdict, sidecar = schemas["Verdict"], bare(SIDECAR)
    assert verdict["required"] == [*SIDECAR["required"], "run_id"]
    assert set(verdict["required"]) == VERDICT_KEYS
    for part in ("if", "then"):
        assert bare(verdict[part]) == sidecar[part]
    own = {"schema_version", "run_id"}
    properties = bare(verdict["properties"])
    assert set(properties) == set(sidecar["properties"]) | own
    for name in set(properties) - own:
        assert properties[name] == sidecar["properties"][name]
    for name, schema in sidecar["$defs"].items():
        assert bare(schemas[SCHEMA_NAMES[name]]) == schema


def bare(node: Any) -> Any:
    """Return a schema without descriptions, and with the references of the contract."""
    if isinstance(node, list):
        return [bare(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        name: bare(value)
        for name, value in node.items()
        if name != "description" or not isinstance(value, str)
    }
    if "$ref" in kept and "$defs" in kept["$ref"]:
        kept["$ref"] = f"#/components/schemas/{SCHEMA_NAMES[kept['$ref'].rpartition('/')[2]]}"
    return kept


@pytest.mark.parametrize(
    ("asset_id", "good"),
    [
        ("asset-7c1e0b52d9aa", True),
        ("A.b_c-9", True),
        ("x" * 128, True),
        ("...", True),
        (".hidden", True),
        ("", False),
        (".", False),
        ("..", False),
        ("x" * 129, False),
        ("a/b", False),
        ("a b", False),
        ("a%2Fb", False),
        ("ä", False),
    ],
)
def test_the_description_and_the_stand_in_agree_on_asset_ids(asset_id, good):
    assert bool(ASSET_ID.match(asset_id)) == good
    assert (faults(pointer("components", "schemas", "AssetId"), asset_id) == []) == good


# The stand-in keeps the contract


def test_it_answers_as_described(trak, client):
    assert reply_faults(VERSION_PATH, "get", client.version()) == []
    assert reply_faults(SEARCH_PATH, "post", client.look_up()) == []
    delivered = client.deliver()
    assert (delivered.status, delivered.json()["qc_id"]) == (200, KEY)
    assert reply_faults(QC_PATH, "post", delivered) == []
    assert trak.violations == []
    assert [(d.asset_id, d.key, d.body) for d in trak.delivered] == [
        (asset_id_of("/jobs/show/shot/plate"), KEY, VERDICT)
    ]


def test_it_refuses_as_described(trak, client):
    assert reply_faults(VERSION_PATH, "get", client.ask("GET", VERSION_PATH, x_api_key="no")) == []
    assert reply_faults(SEARCH_PATH, "post", client.ask("POST", SEARCH_PATH, {})) == []
    unknown = client.deliver()
    assert (unknown.status, reply_faults(QC_PATH, "post", unknown)) == (404, [])
    trak.ids = lambda path: None
    nothing = client.look_up()
    assert (nothing.json(), reply_faults(SEARCH_PATH, "post", nothing)) == ({"items": []}, [])


def test_it_records_requests_and_connections(trak, client):
    client.version()
    client.look_up()
    first, second = trak.requests
    assert (first.number, first.connection, first.method) == (1, 1, "GET")
    assert (first.path, first.call) == ("/api/v1/server-info/app-version", "version")
    assert ("x-api-key", "the key") in first.headers
    assert (second.number, second.connection, second.call) == (2, 1, "lookup")
    assert second.json() == SEARCH
    assert first.at < second.at < time.monotonic()
    assert trak.url == f"http://127.0.0.1:{trak.port}/api/v1"
    assert (trak.connections, trak.most_at_once) == (1, 1)


def test_it_counts_connections_that_carry_requests_at_once(trak):
    for _ in range(5):
        with closing(Client(trak)) as one, closing(Client(trak)) as idle:
            idle.connection.connect()
            one.version()
    assert (trak.connections, trak.most_at_once) == (10, 1)
    with closing(Client(trak)) as one, closing(Client(trak)) as two, closing(Client(trak)) as three:
        for client in (one, two, three, one):
            client.version()
    assert (trak.connections, trak.most_at_once) == (13, 3)


@pytest.mark.parametrize("asset_id", [7, None, "../x", ["a"], {"a": 1}, "ok"])
def test_it_says_any_id_that_a_test_wants(trak, client, asset_id):
    trak.ids = lambda path: asset_id
    items = client.look_up().json()["items"]
    assert [item["asset_id"] for item in items] == ([] if asset_id is None else [asset_id])


def test_it_takes_any_id_where_told_so(trak, client):
    trak.accept_any_id = True
    assert client.deliver(asset_id="never-given").status == 200
    assert trak.violations == []


def test_a_path_that_is_not_utf8_has_an_id(trak, client):
    assert client.look_up("/jobs/\udc80").json()["items"][0]["asset_path"] == "/jobs/\udc80"


VERDICT_PATH = f"/assets/{asset_id_of('/jobs/show/shot/plate')}/qc"


def verdict_breach(verdict: object, status: int, key: str = KEY, path: str = VERDICT_PATH) -> tuple:
    return "POST", path, verdict, {"Idempotency_Key": key}, status


BREACHES = {
    "no key": ("GET", VERSION_PATH, None, {"x_api_key": None}, 401),
    "a wrong key": ("GET", VERSION_PATH, None, {"x_api_key": "the kez"}, 401),
    "a cookie": ("GET", VERSION_PATH, None, {"Cookie": "trak_login=stand-in"}, 400),
    "a login": ("GET", VERSION_PATH, None, {"Authorization": "Basic eDp5"}, 400),
    "a body to GET": ("GET", VERSION_PATH, {}, {}, 400),
    "outside the base": ("GET", "/" + VERSION_PATH, None, {}, 404),
    "another call": ("GET", "/assets", None, {}, 404),
    "a doubled slash": ("GET", "/" + "/api/v1/" + VERSION_PATH, None, {}, 404),
    "a query": ("GET", VERSION_PATH + "?x=1", None, {}, 404),
    "another method": ("PUT", VERDICT_PATH, VERDICT, {"Idempotency_Key": KEY}, 404),
    "an odd method": ("TRACE", VERSION_PATH, None, {}, 501),
    "search without a type": ("POST", SEARCH_PATH, SEARCH, {"Content_Type": None}, 415),
    "search as a form": ("POST", SEARCH_PATH, SEARCH, {"Content_Type": "text/plain"}, 415),
    "search with bad JSON": ("POST", SEARCH_PATH, b'{"assetPath": ', {}, 400),
    "search with NaN": ("POST", SEARCH_PATH, SEARCH | {"x": float("nan")}, {}, 400),
    "search in Latin-1": ("POST", SEARCH_PATH, b'{"assetPath": "/\xe4"}', {}, 400),
    "search with a list": ("POST", SEARCH_PATH, [SEARCH], {}, 400),
    "search of nothing": ("POST", SEARCH_PATH, SEARCH | {"assetPath": None}, {}, 400),
    "search of a name": ("POST", SEARCH_PATH, SEARCH | {"assetPath": "plate"}, {}, 400),
    "search with more": ("POST", SEARCH_PATH, SEARCH | {"more": 1}, {}, 400),
    "search with 2.0": ("POST", SEARCH_PATH, SEARCH | {"assetSearchType": 2.0}, {}, 400),
    "search with 0": ("POST", SEARCH_PATH, SEARCH | {"includeCustomer": 0}, {}, 400),
    "search by pages": ("POST", SEARCH_PATH, SEARCH | {"searchPage": {"pageSize": 1}}, {}, 400),
    "verdict without a key": ("POST", VERDICT_PATH, VERDICT, {}, 400),
    "verdict with no UUID": verdict_breach(VERDICT, 400, "1"),
    "verdict of another": verdict_breach(VERDICT, 422, OTHER_KEY),
    "verdict to nobody": verdict_breach(VERDICT, 404, path="/assets/other/qc"),
    "verdict to ..": verdict_breach(VERDICT, 400, path="/assets/../qc"),
    "verdict to %2e": verdict_breach(VERDICT, 400, path="/assets/%2e/qc"),
    "verdict below": verdict_breach(VERDICT, 404, path="/assets/a/b/qc"),
}
WRONG_VALUES = [
    ("qc_result", "passed"),
    ("qc_result", None),
    ("qc_result", ["pass"]),
    ("content_hash", "a1"),
    ("content_hash", 1),
    ("notes", None),
    ("operator", 7),
    ("sequence", None),
]
BREACHES |= {
    f"verdict with {name} {value!r}": verdict_breach(VERDICT | {name: value}, 422)
    for name, value in WRONG_VALUES
}
BREACHES |= {
    f"verdict without {name}": verdict_breach(
        {other: VERDICT[other] for other in VERDICT if other != name}, 422
    )
    for name in sorted(VERDICT_KEYS)
}


@pytest.mark.parametrize("breach", BREACHES)
def test_it_catches_a_breach(trak, client, breach):
    method, path, body, headers, status = BREACHES[breach]
    client.look_up()
    assert trak.violations == []
    assert client.ask(method, path, body, **headers).status == status
    assert len(trak.violations) == 1
    assert trak.delivered == []


def test_it_catches_a_body_without_length_and_a_second_key(trak):
    head = f"GET {trak.base}{VERSION_PATH} HTTP/1.1\r\nHost: x\r\nx-api-key: {trak.key}\r\n"
    for more in ("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", f"x-api-key: {trak.key}\r\n\r\n"):
        with raw(trak, head + more) as connection:
            assert b" 4" in connection.recv(15)
    assert len(trak.violations) == 2


# Once for each key


def test_a_repeat_is_answered_and_counts_once(trak, client):
    client.look_up()
    first, again = client.deliver(), client.deliver()
    assert first[::2] == again[::2]
    with closing(Client(trak)) as other:
        assert other.deliver(VERDICT | {"tool_version": "eikon-qc-marker/9.0.0"}).status == 200
    assert len(trak.delivered) == 1
    assert trak.violations == []


@pytest.mark.parametrize(
    "change", [{"qc_result": "fail"}, {"content_hash": "blake3:" + "0" * 64}], ids=str
)
def test_two_verdicts_under_one_key_are_a_breach(trak, client, change):
    client.look_up()
    client.deliver()
    other = client.deliver(VERDICT | change)
    assert (other.status, reply_faults(QC_PATH, "post", other)) == (409, [])
    assert len(trak.violations) == len(trak.delivered) == 1


def test_two_verdicts_are_delivered_in_order(trak, client):
    verdicts = [VERDICT, VERDICT | {"qc_id": OTHER_KEY, "qc_result": "fail"}]
    client.look_up()
    for verdict in verdicts:
        assert client.deliver(verdict).status == 200
    assert [delivery.body for delivery in trak.delivered] == verdicts
