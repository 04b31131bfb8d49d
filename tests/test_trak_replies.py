"""What the client of Trak makes of answers: the good, the bad and the hostile."""

import json
import logging
from codecs import BOM_UTF8
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from urllib.parse import quote, unquote

import pytest

from qc_asset_crawler.model import Told
from qc_asset_crawler.outbox import Fault
from trak_clients import (
    BODY,
    HOSTILE,
    KEY,
    QC_ID,
    Bytes,
    Call,
    client_of,
    look_up,
    post,
    redirects,
    says,
    serving,
)
from trak_contract import Reply
from trak_misbehaviour import Behaviour

CALLS = {"look-up": look_up, "verdict": post}
MEGABYTE = 1 << 20
OK, QUEUED, ERROR, REJECTED = Told.OK, Told.QUEUED, Told.ERROR, Told.REJECTED
UNAUTHORIZED, NOT_FOUND = Told.UNAUTHORIZED, Told.NOT_FOUND
NONE, TRAK, SETUP = Fault.NONE, Fault.TRAK, Fault.SETUP


class Came(NamedTuple):
    """What a call came to, and how many requests it took."""

    status: Told
    http_code: int | None
    fault: Fault
    requests: int = 1


# The behaviour of the server; what a look-up, and what a verdict comes to.
TABLE = {
    "hang": (Came(QUEUED, None, TRAK, 3), Came(QUEUED, None, TRAK)),
    "close-before": (Came(QUEUED, None, TRAK, 3), Came(QUEUED, None, TRAK)),
    "close-after": (Came(QUEUED, None, TRAK, 3), Came(QUEUED, None, TRAK)),
    "reset": (Came(QUEUED, None, TRAK, 3), Came(QUEUED, None, TRAK)),
    "status=429": (Came(QUEUED, 429, TRAK, 3), Came(QUEUED, 429, TRAK, 3)),
    "status=503": (Came(QUEUED, 503, TRAK, 3), Came(QUEUED, 503, TRAK, 3)),
    "status=502": (Came(QUEUED, 502, TRAK, 3), Came(QUEUED, 502, TRAK)),
    "status=504": (Came(QUEUED, 504, TRAK, 3), Came(QUEUED, 504, TRAK)),
    "process-then-status=502": (Came(QUEUED, 502, TRAK, 3), Came(QUEUED, 502, TRAK)),
    "html=503": (Came(QUEUED, 503, TRAK, 3), Came(QUEUED, 503, TRAK, 3)),
    "status=201": (Came(ERROR, 201, NONE), Came(OK, 201, NONE)),
    "status=400": (Came(ERROR, 400, NONE), Came(REJECTED, 400, NONE)),
    "status=401": (Came(UNAUTHORIZED, 401, SETUP), Came(UNAUTHORIZED, 401, SETUP)),
    "status=403": (Came(UNAUTHORIZED, 403, TRAK), Came(UNAUTHORIZED, 403, TRAK)),
    "status=404": (Came(ERROR, 404, TRAK), Came(NOT_FOUND, 404, NONE)),
    "status=405": (Came(ERROR, 405, TRAK), Came(ERROR, 405, TRAK)),
    "status=409": (Came(ERROR, 409, NONE), Came(REJECTED, 409, NONE)),
    "status=413": (Came(ERROR, 413, TRAK), Came(ERROR, 413, TRAK)),
    "status=422": (Came(ERROR, 422, NONE), Came(REJECTED, 422, NONE)),
    "status=500": (Came(ERROR, 500, TRAK), Came(ERROR, 500, TRAK)),
    "status=599": (Came(ERROR, 599, TRAK), Came(ERROR, 599, TRAK)),
    "echo-key": (Came(UNAUTHORIZED, 401, SETUP), Came(UNAUTHORIZED, 401, SETUP)),
    "redirect=302:/login": (Came(QUEUED, 302, SETUP), Came(QUEUED, 302, SETUP)),
    "slow=0.2": (Came(OK, 200, NONE), Came(OK, 200, NONE)),
    "html": (Came(ERROR, 200, TRAK), Came(ERROR, 200, TRAK)),
    "json=<html>": (Came(ERROR, 200, TRAK), Came(ERROR, 200, TRAK)),
    "not-json": (Came(ERROR, 200, TRAK), Came(OK, 200, NONE)),
    "list": (Came(ERROR, 200, TRAK), Came(OK, 200, NONE)),
    "wrong-types": (Came(ERROR, 200, TRAK), Came(OK, 200, NONE)),
    "json=" + "[" * 100_000: (Came(ERROR, 200, TRAK), Came(OK, 200, NONE)),
    'json={"items": []}': (Came(NOT_FOUND, 200, NONE), Came(OK, 200, NONE)),
    'json={"asset_id": null}': (Came(NOT_FOUND, 200, NONE), Came(OK, 200, NONE)),
    'json={"asset_id": "plate-1"}': (Came(OK, 200, NONE), Came(OK, 200, NONE)),
    'json={"items": [{"asset_id": "a"}], "asset_id": 7}': (
        Came(OK, 200, NONE),
        Came(OK, 200, NONE),
    ),
    "huge=3": (Came(ERROR, 200, TRAK), Came(OK, 200, NONE)),
    "huge-chunked=3": (Came(ERROR, 200, TRAK), Came(OK, 200, NONE)),
    "gzip-bomb=3": (Came(ERROR, 200, TRAK), Came(OK, 200, NONE)),
}  # fmt: skip


def _came(call: Call, behaviour: str) -> Came:
    name, _, arg = behaviour.partition("=")
    with serving(Behaviour(name, arg or None)) as trak:
        answer = call(client_of(trak, read_seconds=0.9))
        assert KEY not in repr(answer)
        return Came(answer.status, answer.http_code, answer.fault, len(trak.requests))


@pytest.mark.parametrize(("column", "call"), list(enumerate(CALLS.values())), ids=CALLS)
def test_what_each_answer_comes_to(column: int, call: Call) -> None:
    with ThreadPoolExecutor(16) as pool:
        came = dict(zip(TABLE, pool.map(lambda row: _came(call, row), TABLE), strict=True))
    assert came == {behaviour: expected[column] for behaviour, expected in TABLE.items()}


PAGE = b"<!DOCTYPE html><title>Sign in</title>"
JSON_TYPE = "application/json"
PAGES = {
    "by its type": ("text/html; charset=utf-8", b"Please sign in."),
    "by its type, shouted": ("TEXT/HTML", b"{}"),
    "as XHTML": ("application/xhtml+xml", b"Please sign in."),
    "of nothing": ("text/html", b""),
    "by its first character": (JSON_TYPE, PAGE),
    "after blanks": (JSON_TYPE, b" \r\n\t" + PAGE),
    "behind a byte-order mark": (JSON_TYPE, BOM_UTF8 + PAGE),
    "behind a mark and blanks": (JSON_TYPE, BOM_UTF8 + b"\r\n" + PAGE),
    "huge by its type": ("text/html", b"Please sign in.".ljust(2 * MEGABYTE)),
    "huge by its first character": (JSON_TYPE, PAGE.ljust(2 * MEGABYTE)),
    "huge behind a mark": (JSON_TYPE, (BOM_UTF8 + PAGE).ljust(2 * MEGABYTE)),
}


@pytest.mark.parametrize("code", [200, 400, 404, 409, 422])
def test_a_web_page_is_no_word_of_trak_about_a_verdict(code: int) -> None:
    came = {}
    with serving() as trak:
        client = client_of(trak)
        for name, (kind, body) in PAGES.items():
            page = Bytes((Reply(code, body, kind).wire(),))
            trak.behave = lambda _, it=page: it
            answer = post(client)
            came[name] = (answer.status, answer.http_code, answer.fault, answer.detail)
    detail = f"answered {code} with a web page, not JSON: is TRAK_BASE_URL right?"
    assert came == dict.fromkeys(PAGES, (ERROR, code, TRAK, detail))


@pytest.mark.parametrize(
    ("code", "status"), [(200, OK), (400, REJECTED), (404, NOT_FOUND), (409, REJECTED)]
)
def test_what_is_no_web_page_is_taken_as_trak_says_it(code: int, status: Told) -> None:
    bodies = [b'{"html": "<"}', BOM_UTF8 + b"{}", b"no such shot <plate>", b"", b" " * 2 * MEGABYTE]
    with serving() as trak:
        client = client_of(trak)
        for body in bodies:
            reply = Bytes((Reply(code, body).wire(),))
            trak.behave = lambda _, it=reply: it
            answer = post(client)
            assert (answer.status, answer.http_code, answer.fault) == (status, code, NONE)


@pytest.mark.parametrize("spelt", [KEY, f"asset-{KEY}", KEY.lower()])
def test_an_id_with_the_key_in_it_is_not_taken_and_that_is_said(spelt: str) -> None:
    with serving() as trak:
        trak.ids = lambda _: spelt
        answer = look_up(client_of(trak))
        trak.ids = lambda _: "not/an/id"
        other = look_up(client_of(trak))
    assert (answer.status, answer.asset_id) == (ERROR, None)
    assert answer.detail == "gave an asset id that cannot be used: the key is in it"
    assert other.detail == "gave an asset id that cannot be used"


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("html", "a web page"),
        ("not-json", "not its version"),
        ("list", "not its version"),
        ("wrong-types", "not its version"),
        ("huge=3", "over 1,048,576 bytes"),
        ("status=401", "TRAK_ASSET_TRACKER_API_KEY"),
        ("status=500", "answered 500"),
        ("redirect=308:http://trak.example/v2", "http://trak.example/v2"),
    ],
)
def test_why_the_version_cannot_be_told_is_said_in_words(behaviour: str, words: str) -> None:
    name, _, arg = behaviour.partition("=")
    with serving(Behaviour(name, arg or None)) as trak:
        info = client_of(trak).server_info()
    assert isinstance(info, str)
    assert words in info


@pytest.mark.parametrize("code", [400, 403, 422, 500])
def test_what_the_server_says_of_a_refusal_is_shown(code: int) -> None:
    with serving(says(code, {"message": "no such shot\x1b[2J\n\u202efake"})) as trak:
        assert r"no such shot\x1b[2J\x0a\u202efake" in post(client_of(trak)).detail


def test_a_long_message_is_cut() -> None:
    with serving(says(400, {"message": "long " * 10_000})) as trak:
        assert 100 < len(post(client_of(trak)).detail) < 300


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed_but_said(code: int) -> None:
    with serving() as elsewhere:
        with serving(Behaviour("redirect", f"{code}:{elsewhere.url}/x?y=z")) as trak:
            client = client_of(trak)
            answers = [look_up(client), post(client)]
            info = client.server_info()
            assert len(trak.requests) == 3
        assert (elsewhere.requests, elsewhere.connections) == ([], 0)
    assert [(one.status, one.http_code, one.fault) for one in answers] == [
        (QUEUED, code, SETUP)
    ] * 2
    assert isinstance(info, str)
    for words in (answers[0].detail, answers[1].detail, info):
        assert f"redirects to {elsewhere.url}/x (" in words


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("//other.example/x", "other.example/x"),
        ("http://user:word@other.example/x", "http://other.example/x"),
        ("/x\x9b2J", "/x\\u009b2J"),
        ("http://[::bad/x", "redirects"),
        ("http://other.example:99999/x", "redirects"),
        ("http://ÿé/", "redirects"),
        ("", "redirects"),
    ],
)
def test_wherever_it_leads_a_redirect_is_a_wrong_setup(location: str, shown: str) -> None:
    with serving(redirects(302, location)) as trak:
        answer = look_up(client_of(trak, deadline_seconds=0.2))
    assert (answer.status, answer.http_code, answer.fault) == (QUEUED, 302, SETUP)
    assert shown in answer.detail
    assert "word@" not in answer.detail
    assert " to  (" not in answer.detail  # a place without a name


CODED = "".join(f"%{ord(char):02X}" for char in KEY)
LEAKS = {
    **{f"message {code}": says(code, {"message": f"bad key {KEY}!"}) for code in
       (200, 400, 401, 403, 404, 409, 418, 422, 429, 500, 503)},
    "escaped message": Bytes((b'HTTP/1.1 400 X\r\nContent-Length: 32\r\n\r\n'
                              + json.dumps({"message": KEY}).replace("K", "\\u004b").encode()
                              .ljust(32),)),
    "long message": says(400, {"message": "x" * 195 + KEY}),
    "id": says(200, {"items": [{"asset_id": KEY}]}),
    "part of an id": says(200, {"items": [{"asset_id": f"asset-{KEY}"}]}),
    "version": says(200, {"runningAssembly": f"v{KEY}", "environmentName": KEY}),
    "phrase": Bytes((f"HTTP/1.1 500 {KEY}\r\nContent-Length: 0\r\n\r\n".encode(),)),
    "status line": Bytes((f"HTTP/1.1 {KEY}\r\n\r\n".encode(),), hang_up=True),
    "header": Bytes((f"HTTP/1.1 200 OK\r\n{KEY}\r\nContent-Length: {KEY}\r\n\r\n".encode(),),
                    hang_up=True),
    "chunk": Bytes((f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{KEY}\r\n".encode(),),
                   hang_up=True),
    **{f"to {place}": redirects(302, place) for place in (
        KEY,
        CODED,
        f"/x/{KEY}",
        f"/x/{CODED}/y",
        f"/x/{quote(KEY, safe='').replace('-', '%2d')}",
        f"/x?key={KEY}",
        f"/x#{KEY}",
        f"http://h/{KEY[:4]}\t{KEY[4:]}",
        f"http://{KEY}@h/",
        f"http://u:{KEY}@h/",
        f"http://{KEY}.example/",
        f"http://{CODED}.example/",
        f"{KEY}://h/",
        f"//{KEY}/",
    )},
}  # fmt: skip


def _leaked(behaviour: Bytes) -> list[str]:
    """Make every call; return what of the answers has the key in it, however it is spelt."""
    with serving(behaviour) as trak:
        client = client_of(trak, deadline_seconds=0.25)
        told = [repr(look_up(client)), repr(post(client)), repr(client.server_info())]
    return [text for text in told if KEY.lower() in unquote(text).lower()]


def test_the_key_is_in_no_answer_whatever_the_server_does_with_it() -> None:
    with ThreadPoolExecutor(8) as pool:
        leaked = dict(zip(LEAKS, pool.map(_leaked, LEAKS.values()), strict=True))
    assert {name: texts for name, texts in leaked.items() if texts} == {}


@pytest.mark.parametrize(
    "name", ["message 401", "id", f"to /x/{KEY}", "status line", "header", "chunk"]
)
def test_the_key_is_in_no_log(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with serving(LEAKS[name]) as trak:
        client = client_of(trak, deadline_seconds=0.2)
        look_up(client), post(client), client.server_info()
    assert caplog.text != ""
    assert KEY not in caplog.text


def test_an_id_that_could_do_harm_is_not_taken() -> None:
    assert len(HOSTILE) >= 50
    with serving() as trak:
        client = client_of(trak)
        for hostile in HOSTILE:
            trak.ids = lambda _, it=hostile: it
            answer = look_up(client)
            assert (answer.status, answer.asset_id) == (ERROR, None), hostile
            assert answer.detail.isprintable()
        assert {one.path for one in trak.requests} == {"/api/v1/asset/asset-search"}
        assert (len(trak.requests), trak.violations) == (len(HOSTILE), [])


@pytest.mark.parametrize(
    "body",
    [
        '{"items": [{}]}',
        '{"items": [{"asset_id": null}]}',
        '{"items": [{"id": "a"}]}',
        '{"items": [[]]}',
        '{"items": ["a"]}',
        '{"items": {"asset_id": "a"}}',
        '{"items": {"0": {"asset_id": "a"}}}',
        '{"items": null}',
        '{"items": "a"}',
        '{"Items": [{"asset_id": "a"}]}',
        '{"items": [{"asset_id": NaN}]}',
        "{}",
        "null",
        '"a"',
        "7",
        "",
    ],
)
def test_an_answer_of_another_form_is_not_taken_for_an_unknown_asset(body: str) -> None:
    with serving(Behaviour("json", body)) as trak:
        answer = look_up(client_of(trak))
    assert (answer.status, answer.asset_id) == (ERROR, None)


@pytest.mark.parametrize(
    "asset_id", ["a", "7", "-", "_", "...", "a..b", ".a", "A.b_C-9", "x" * 128]
)
def test_any_id_as_agreed_is_taken_and_used_to_the_letter(asset_id: str) -> None:
    with serving() as trak:
        trak.ids = lambda _: asset_id
        client = client_of(trak)
        found = look_up(client).asset_id
        assert found == asset_id
        assert client.post_verdict(found, QC_ID, BODY).status is OK
        assert trak.requests[1].path == f"/api/v1/assets/{asset_id}/qc"
        assert trak.violations == []
