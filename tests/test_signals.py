"""Interruption: Ctrl-C, SIGTERM, SIGHUP and kill -9."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faults import holding
from faults.stock import media_listing

from support import (
    Tool,
    command,
    files_below,
    finish,
    load,
    make_file,
    make_frames,
    manifest_hash,
    only_sidecar,
    said,
    sidecar_paths,
    sidecars,
    until,
)

PROMPTLY = 5


def make_huge(path: Path) -> Path:
    with path.open("wb") as file:
        file.truncate(4 << 30)
    return path


def is_open(process: subprocess.Popen[bytes], path: Path) -> bool:
    """Tell whether a process holds a file open right now."""
    folder = Path(f"/proc/{process.pid}/fd")
    if not folder.exists():
        pytest.skip("there is no /proc here")
    for link in folder.iterdir():
        try:
            if link.readlink() == path:
                return True
        except OSError:
            continue
    return False


@pytest.mark.parametrize(
    ("number", "status"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=["SIGINT", "SIGTERM", "SIGHUP"],
)
def test_a_signal_in_the_middle_of_a_huge_file_ends_the_run_promptly(
    qc: Tool, shot: Path, number: int, status: int
) -> None:
    small = make_frames(shot, frames=range(1, 51))
    huge = make_huge(shot / "huge.mov")
    process = qc.start(shot)
    until(lambda: is_open(process, huge))
    time.sleep(0.3)
    sent = time.monotonic()
    process.send_signal(number)
    done = finish(process, status)
    assert time.monotonic() - sent < PROMPTLY
    assert done.last_line.startswith(f"qc-crawl: exit {status}")
    assert "interrupted" in done.out
    huge.unlink()
    make_file(huge)
    summary = qc.json(shot)["summary"]
    assert summary["files_read"] == 1
    assert sidecars(shot)["plate.%04d.exr"]["content_hash"] == manifest_hash(small)


def test_a_verification_that_is_broken_off_does_not_say_that_it_keeps_anything(
    qc: Tool, shot: Path
) -> None:
    huge = make_huge(shot / "huge.mov")
    process = qc.start("--verify", shot)
    until(lambda: is_open(process, huge))
    process.send_signal(signal.SIGINT)
    done = finish(process, 130)
    assert done.last_line == "qc-crawl: exit 130: interrupted; the next run begins anew"


def test_folders_that_were_done_stay_done(qc: Tool, shot: Path) -> None:
    make_frames(shot / "a")
    huge = make_huge(shot / "b.mov")
    process = qc.start("--result", "pass", "--yes", shot / "a", shot / "b.mov")
    until(lambda: bool(sidecar_paths(shot / "a")) and is_open(process, huge))
    process.send_signal(signal.SIGINT)
    finish(process, 130)
    assert said(only_sidecar(shot / "a")) == [("pass", "tester")]


def test_a_second_signal_exits_at_once(qc: Tool, shot: Path) -> None:
    huge = make_huge(shot / "huge.mov")
    process = qc.start(shot)
    until(lambda: is_open(process, huge))
    process.send_signal(signal.SIGINT)
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    finish(process, 130)
    assert time.monotonic() - sent < 2


@pytest.mark.parametrize(("call", "held"), [("readv", "a/slow.mov"), ("scandir", "a")])
def test_what_never_comes_back_keeps_neither_others_nor_the_run(
    qc: Tool, shot: Path, call: str, held: str
) -> None:
    """As from a file server that is gone."""
    (shot / "a").mkdir()
    make_file(shot / "a" / "slow.mov")
    make_frames(shot / "b")
    process = qc.start(shot, prefix=(sys.executable, holding.__file__, call, shot / held, "1"))
    try:
        until(lambda: bool(sidecar_paths(shot / "b")))
        sent = time.monotonic()
        process.send_signal(signal.SIGINT)
        done = finish(process, 130)
    finally:
        process.kill()  # it would hang for ever
    assert time.monotonic() - sent < PROMPTLY
    assert done.last_line.startswith("qc-crawl: exit 130: interrupted; gave up waiting")


def test_a_connection_that_drops_says_so_twice_and_the_run_ends_in_order(
    qc: Tool, shot: Path
) -> None:
    make_frames(shot)
    huge = make_huge(shot / "huge.mov")
    process = qc.start(shot)
    until(lambda: is_open(process, huge))
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGHUP)
    assert "what is done is kept" in finish(process, 143).last_line


def test_a_run_under_nohup_outlives_its_terminal(qc: Tool, shot: Path) -> None:
    huge = make_huge(shot / "huge.mov")
    process = qc.start(shot, prefix=("sh", "-c", 'trap "" HUP; exec "$@"', "sh"))
    until(lambda: is_open(process, huge))
    process.send_signal(signal.SIGHUP)
    time.sleep(0.5)
    assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    finish(process, 143)


@pytest.mark.parametrize("options", [(), ("--json",), ("--progress", "always")], ids=str)
def test_a_terminal_that_goes_away_ends_the_run_in_order(
    qc: Tool, shot: Path, options: tuple[str, ...]
) -> None:
    setsid = shutil.which("setsid")
    if setsid is None:
        pytest.skip("there is no setsid here")
    make_frames(shot / "a")
    (shot / "b").mkdir()
    huge = make_huge(shot / "b" / "huge.mov")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [setsid, "--ctty", command(), *options, str(shot)],
        env=qc.env,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    until(lambda: bool(sidecar_paths(shot / "a")) and is_open(process, huge))
    os.close(ours)
    assert process.wait(PROMPTLY) == 129
    assert list(sidecars(shot)) == ["plate.%04d.exr"]
    assert [path for path in files_below(shot) if path.name.endswith((".tmp", ".lock"))] == []
    huge.unlink()
    assert qc.json(shot)["summary"]["files_read"] == 0


def test_kill_9_leaves_nothing_damaged_and_the_next_run_completes(qc: Tool, shot: Path) -> None:
    for number in range(20):
        make_frames(shot, f"seq{number:02d}", range(1, 101))
    media = media_listing(shot)
    for delay in (0.12, 0.2, 0.3, 0.4):
        process = qc.start("--rehash", "--result", "pass", "--yes", shot)
        time.sleep(delay)
        process.kill()
        process.communicate()
        for path in sidecar_paths(shot):
            load(path)
    verdicts = {name: said(sidecar) for name, sidecar in sidecars(shot).items()}
    done = qc.run(shot)
    assert done.err == ""
    after = sidecars(shot)
    assert len(after) == 20
    assert {name: said(after[name]) for name in verdicts} == verdicts
    assert not [path for path in files_below(shot) if path.name.endswith((".tmp", ".lock"))]
    assert media_listing(shot) == media
