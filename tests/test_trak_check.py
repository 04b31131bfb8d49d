"""`qc-crawl --trak-check`: which Trak it is, and where its address and key come from."""

import json
import signal
import socket
import time
from contextlib import closing
from pathlib import Path

import pytest

from support import Done, Tool, finish, first
from trak_cli import KEY, always, configured
from trak_server import TrakServer

URL_VARIABLE, KEY_VARIABLE = "TRAK_BASE_URL", "TRAK_ASSET_TRACKER_API_KEY"


def facts(done: Done) -> dict[str, str]:
    """Return what was printed, by name."""
    return dict(line.split(": ", 1) for line in done.out.splitlines())


def test_it_says_which_trak_answers_and_how_it_is_configured(told: Tool, trak: TrakServer) -> None:
    trak.about = {"runningAssembly": "5.6.7-rc1", "environmentName": "Staging\u202e\x1b[2J"}
    done = told.run("--trak-check")
    found = facts(done)
    assert found["assembly"] == "5.6.7-rc1"
    assert found["environment"] == "Staging\\u202e\\x1b[2J"
    assert found["url"] == trak.url
    assert found["url from"] == f"{URL_VARIABLE} in the environment"
    assert found["key from"] == f"{KEY_VARIABLE} in the environment"
    assert found["key"] == f"****{KEY[-4:]}"
    number, unit = found["latency"].split()
    assert unit == "ms"
    assert 0 <= float(number) < 5000
    assert done.err == ""
    assert [(r.method, r.path) for r in trak.requests] == [
        ("GET", f"{trak.base}/server-info/app-version")
    ]


@pytest.mark.parametrize("slash", ["", "/", "//"])
def test_the_address_may_end_in_a_slash(told: Tool, trak: TrakServer, slash: str) -> None:
    told.run("--trak-check", env={URL_VARIABLE: trak.url + slash})
    assert [request.path for request in trak.requests] == [f"{trak.base}/server-info/app-version"]


def test_a_file_is_named_as_the_origin(qc: Tool, trak: TrakServer, tmp_path: Path) -> None:
    env_file = tmp_path / "my.env"
    env_file.write_text(f"{URL_VARIABLE}={trak.url}\n{KEY_VARIABLE}='{KEY}'\n")
    found = facts(qc.run("--trak-check", "--env-file", env_file))
    assert found["url from"] == f"{URL_VARIABLE} in {env_file}"
    assert found["key from"] == f"{KEY_VARIABLE} in {env_file}"
    env = {KEY_VARIABLE: "a-wrong-key-in-the-environment"}
    found = facts(qc.run("--trak-check", "--env-file", env_file, env=env, status=1))
    assert found["url from"] == f"{URL_VARIABLE} in {env_file}"
    assert found["key from"] == f"{KEY_VARIABLE} in the environment"
    assert found["key"] == "****ment"
    trak.violations.clear()


def test_nothing_of_a_short_key_is_shown(qc: Tool) -> None:
    with TrakServer("short-key-15-ch") as trak:
        assert facts(configured(qc, trak).run("--trak-check"))["key"] == "****"


FAILURES = [
    (("html", None), "a web page"),
    (("html", 404), "answered 404"),
    (("status", 500), "answered 500"),
    (("status", 401), "does not take the key (401"),
    (("status", 403), "does not permit it (403"),
    (("redirect", "302:https://sso.example.org/login?next=x"), "https://sso.example.org/login"),
    (("not-json", None), "not its version"),
    (("list", None), "not its version"),
    (("wrong-types", None), "not its version"),
    (("huge", 2), "over 1,048,576 bytes"),
]


@pytest.mark.parametrize(
    ("behaviour", "why"),
    first(4, FAILURES),
    ids=[f"{name} {arg or ''}" for (name, arg), _ in FAILURES],
)
def test_what_is_wrong_is_one_line_and_status_1(
    told: Tool, trak: TrakServer, behaviour: tuple[str, object], why: str
) -> None:
    trak.behave = always(*behaviour)
    done = told.run("--trak-check", status=1)
    (line,) = done.err.splitlines()
    assert line.startswith("qc-crawl: exit 1: Trak ")
    assert why in line
    assert "assembly" not in facts(done)
    assert facts(done)["url"] == trak.url
    assert KEY not in done.out + done.err


@pytest.mark.parametrize(
    ("behaviour", "deadline", "why"),
    [
        (None, "10", "cannot be reached (Connection refused)"),
        ("hang", "0.4", "gave no answer within 0.4 s"),
    ],
    ids=["down", "silent"],
)
def test_a_trak_that_does_not_answer_is_given_up(
    told: Tool, trak: TrakServer, behaviour: str | None, deadline: str, why: str
) -> None:
    if behaviour is None:
        trak.pause()
    else:
        trak.behave = always(behaviour)
    done = told.run("--trak-check", status=1, env={"TRAK_DEADLINE": deadline})
    assert why in done.last_line


@pytest.mark.parametrize(
    ("env", "origins"),
    [
        ({}, ("nowhere", "nowhere")),
        (
            {URL_VARIABLE: "https://trak.example.org"},
            (f"{URL_VARIABLE} in the environment", "nowhere"),
        ),
        ({KEY_VARIABLE: KEY}, ("nowhere", f"{KEY_VARIABLE} in the environment")),
    ],
    ids=["neither", "only the URL", "only the key"],
)
def test_what_is_not_configured_is_said(
    qc: Tool, env: dict[str, str], origins: tuple[str, str]
) -> None:
    done = qc.run("--trak-check", env=env, status=1)
    found = facts(done)
    assert (found["url from"], found["key from"]) == origins
    assert done.last_line == "qc-crawl: exit 1: Trak is not configured"
    assert KEY not in done.out + done.err


def test_machines_get_the_same(told: Tool, trak: TrakServer) -> None:
    found = json.loads(told.run("--trak-check", "--json").out)
    assert (found["ok"], found["why"]) == (True, None)
    assert (found["assembly"], found["environment"]) == ("4.2.1", "stand-in")
    trak.pause()
    done = told.run("--trak-check", "--json", status=1, env={"TRAK_DEADLINE": "0.2"})
    found = json.loads(done.out)
    assert found["ok"] is False
    assert found["why"] == done.last_line.removeprefix("qc-crawl: exit 1: ")
    assert found["why"] == "Trak cannot be reached (Connection refused)"
    assert found["url"] == trak.url
    assert KEY not in done.out


def test_machines_are_told_that_nothing_is_configured(qc: Tool) -> None:
    found = json.loads(qc.run("--trak-check", "--json", status=1).out)
    assert (found["ok"], found["why"]) == (False, "Trak is not configured")


OTHERS = [
    ("--json-lines",),
    ("--retry-rejected",),
    ("--exclude", "*.mov"),
    ("--deliver",),
    ("--result", "pass"),
    ("--no-trak",),
    ("--dry-run",),
    (".",),
    ("--workers", "2"),
    ("--min-seq", "2"),
    ("--operator", "anna"),
    ("--allow-empty",),
]


@pytest.mark.parametrize(
    "options",
    first(8, [(options,) for options in OTHERS]),
    ids=[options[0] for options in OTHERS],
)
def test_it_goes_with_nothing_else(told: Tool, trak: TrakServer, options: tuple[str, ...]) -> None:
    done = told.run("--trak-check", *options, status=2)
    assert "--trak-check does nothing else" in done.err
    assert trak.requests == []


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)
def test_it_ends_promptly_where_the_other_side_never_agrees_on_encryption(
    qc: Tool, number: int, status: int
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        patient = dict.fromkeys(("TRAK_CONNECT_TIMEOUT", "TRAK_READ_TIMEOUT"), "20")
        env = {URL_VARIABLE: url, KEY_VARIABLE: KEY, "TRAK_DEADLINE": "20", **patient}
        process = qc.start("--trak-check", env=env)
        listener.settimeout(20)
        with closing(listener.accept()[0]) as silent:
            assert silent.recv(1) != b""
            time.sleep(0.1)
            sent = time.monotonic()
            process.send_signal(number)
            done = finish(process, status)
            assert time.monotonic() - sent < 5
    assert done.last_line.startswith(f"qc-crawl: exit {status}")
    assert done.out == ""
