"""Without Trak nothing of it is there: no socket, no module, no time. And when it is not needed."""

import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from faults.stock import listing

from support import Tool, command, make_file, make_frames, only_sidecar, sidecars
from trak_cli import KEY, PASS, always, statuses, top, well
from trak_server import TrakServer

PROBE = """
import sys
from qc_asset_crawler.shims import qc_crawl
status = qc_crawl()
print("modules", *sys.modules, file=sys.stderr)
sys.exit(status)
"""
HTTP = {"requests", "urllib3", "http.client", "ssl", "qc_asset_crawler.trak_client"}
COURIER = {"qc_asset_crawler.crawler.courier", "qc_asset_crawler.crawler.senders"}


def imported(tool: Tool, *args: str | Path, status: int = 0) -> set[str]:
    """Return the modules that a run ends with."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *map(str, args)],
        env=tool.env,
        cwd=tool.cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == status, done
    return set(done.stderr.splitlines()[-1].split())


def sockets(tool: Tool, log: Path, *args: str | Path) -> str:
    """Return the calls of a run that make sockets or connect them."""
    strace = ("strace", "-f", "-e", "trace=socket,connect,socketpair", "-o", str(log))
    if shutil.which("strace") is None:
        pytest.skip("there is no strace here")
    if subprocess.run([*strace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here")
    tool.run(*args, prefix=strace)
    lines = log.read_text("utf-8", "surrogateescape").splitlines()
    return "\n".join(line for line in lines if "socket" in line or "connect" in line)


HALF: tuple[Mapping[str, str], ...] = (
    {},
    {"TRAK_BASE_URL": "http://127.0.0.1:9/api"},
    {"TRAK_ASSET_TRACKER_API_KEY": KEY},
    {"TRAK_BASE_URL": "https://trak.example.com/api/v1", "TRAK_ASSET_TRACKER_API_KEY": KEY},
)


@pytest.mark.parametrize("env", HALF, ids=["nothing", "only the URL", "only the key", "example"])
def test_unconfigured_no_socket_is_opened(
    qc: Tool, shot: Path, tmp_path: Path, env: dict[str, str]
) -> None:
    make_frames(shot)
    tool = Tool({**qc.env, **env}, qc.cwd)
    assert sockets(tool, tmp_path / "log", *PASS, shot) == ""
    assert [top(only_sidecar(shot)), *statuses(only_sidecar(shot))] == [("disabled", None)] * 2


def test_configured_a_socket_is_opened_when_there_is_something_to_say(
    told: Tool, trak: TrakServer, shot: Path, tmp_path: Path
) -> None:
    make_frames(shot)
    assert str(trak.port) in sockets(told, tmp_path / "log", *PASS, shot)
    assert sockets(told, tmp_path / "log", shot) == ""


def test_unconfigured_nothing_of_it_is_imported(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    for options in (PASS, (), ("--dry-run",)):
        found = imported(qc, *options, shot)
        assert "qc_asset_crawler.crawler.pipeline" in found
        assert found & (HTTP | COURIER) == set()


def test_no_trak_is_as_if_it_were_not_configured(told: Tool, trak: TrakServer, shot: Path) -> None:
    make_frames(shot)
    assert imported(told, *PASS, "--no-trak", shot) & (HTTP | COURIER) == set()
    assert trak.requests == []


def test_what_speaks_http_is_imported_only_when_something_is_owed(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    assert imported(told, *PASS, shot) >= HTTP | COURIER
    for options in ((), ("--deliver",), ("--retry-rejected",), ("--rehash",)):
        assert imported(told, *options, shot) & HTTP == set(), options
    assert len(trak.requests) == 2


@pytest.mark.parametrize("options", [(), PASS], ids=["automated", "operator"])
def test_a_dry_run_asks_for_nothing(
    told: Tool, trak: TrakServer, shot: Path, options: tuple[str, ...]
) -> None:
    make_frames(shot)
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    trak.behave = well
    make_file(shot / "cut.mov")
    before, count = listing(shot), len(trak.requests)
    assert imported(told, "--dry-run", *options, shot) & HTTP == set()
    assert len(trak.requests) == count
    assert listing(shot) == before


def test_a_question_that_is_answered_with_no_asks_trak_for_nothing(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [command(), "--result", "pass", str(shot)],
        env={**told.env, "TERM": "dumb"},
        cwd=told.cwd,
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
    )
    os.close(theirs)
    os.write(ours, b"n\n")
    seen = b""
    while b"sign? " not in seen:
        assert select.select([ours], [], [], 20)[0], seen
        seen += os.read(ours, 4096)
    assert process.wait(10) == 2
    os.close(ours)
    assert trak.requests == []
    assert sidecars(shot) == {}


def test_an_address_that_would_give_the_key_away_is_refused(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    env = {"TRAK_BASE_URL": "http://trak.example.org/api", "TRAK_ASSET_TRACKER_API_KEY": KEY}
    done = qc.run(*PASS, shot, env=env, status=2)
    assert "TRAK_BASE_URL in the environment is http://" in done.err
    assert KEY not in done.err
    assert sidecars(shot) == {}
