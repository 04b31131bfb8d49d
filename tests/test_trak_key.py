"""Where the key goes, and where it is never: elsewhere, on the screen, on disk."""

from pathlib import Path

import pytest

from support import Tool, first, make_frames, only_sidecar
from trak_cli import (
    KEY,
    PASS,
    all_statuses,
    always,
    delivered,
    holders,
    top,
    well,
)
from trak_server import Request, TrakServer


@pytest.mark.parametrize("code", [302, 307])
def test_a_redirect_is_named_and_not_followed(
    told: Tool, trak: TrakServer, shot: Path, code: int
) -> None:
    make_frames(shot)
    with TrakServer(KEY) as other:
        trak.behave = always("redirect", f"{code}:{other.url}/asset/asset-search?key={KEY}")
        done = told.run(*PASS, shot, status=5)
        assert other.connections == 0
    assert f"redirects to http://127.0.0.1:{other.port}" in done.err
    assert len(trak.requests) == 1
    assert top(only_sidecar(shot)) == ("queued", code)
    assert holders(KEY, shot, done.out, done.err) == []
    trak.behave = well
    told.run(shot)
    assert [result for result, _ in delivered(trak)] == ["pass"]


LEAKS = [
    ("echo-key", None),
    ("redirect", f"307:http://127.0.0.1:9/{KEY}/%7a{KEY[1:]}"),
    ("json", f'{{"items": [{{"asset_id": "{KEY}"}}]}}'),
    ("status", 500),
    ("html", None),
    ("json", f'{{"asset_id": "asset-{KEY}-1"}}'),
]


@pytest.mark.parametrize("behaviour", first(3, [(leak,) for leak in LEAKS]), ids=str)
def test_the_key_is_neither_shown_nor_stored(
    told: Tool, trak: TrakServer, shot: Path, tmp_path: Path, behaviour: tuple[str, object]
) -> None:
    make_frames(shot)
    trak.behave = always(*behaviour)
    said = []
    for options in (PASS, (), ("--deliver",), ("--json",), ("--trak-check",)):
        roots = () if options == ("--trak-check",) else (shot,)
        status = 1 if not roots else 5
        done = told.run(*options, *roots, "--log", "DEBUG", status=status)
        said += [done.out, done.err]
    assert all(request.header("x-api-key") == KEY for request in trak.requests)
    assert trak.requests
    assert holders(KEY, tmp_path, *said) == []
    assert holders(KEY[1:], tmp_path, *said) == []
    assert {status for status, _ in all_statuses(shot)} <= {"queued", "error", "unauthorized"}


def test_an_id_that_holds_the_key_is_not_used_in_an_address(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.ids = lambda _: KEY
    told.run(*PASS, shot, status=5)
    assert not any(KEY in request.path for request in trak.requests)
    assert holders(KEY, shot) == []


def test_cookies_are_not_sent_back_and_nothing_comes_from_the_environment(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    netrc = Path(told.env["HOME"]) / ".netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password secret\n")
    netrc.chmod(0o600)
    with TrakServer(KEY) as proxy:
        address = f"http://127.0.0.1:{proxy.port}"
        names = ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy")
        told.run(*PASS, shot, env=dict.fromkeys(names, address))
        assert proxy.connections == 0
    netrc.unlink()

    def sent(request: Request) -> set[str]:
        return {name.lower() for name, _ in request.headers}

    assert len(trak.requests) == 2
    assert not any(sent(request) & {"cookie", "authorization"} for request in trak.requests)
