"""A run that is ended while it speaks to Trak: by Ctrl-C, SIGTERM or kill -9."""

import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from support import Done, Tool, finish, make_file, make_frames, only_sidecar, sidecars
from trak_cli import PASS, all_statuses, always, posts, statuses, well
from trak_server import TrakServer

OK = ("ok", 200)
PROMPTLY = 5
PATIENT = {"TRAK_DEADLINE": "60", "TRAK_READ_TIMEOUT": "60"}
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


def make_assets(shot: Path, count: int) -> None:
    """Make single files."""
    for number in range(count):
        make_file(shot / f"{number}.mov")


def end(process: subprocess.Popen[bytes], number: int, status: int) -> Done:
    """End a run by a signal, which it must obey promptly."""
    sent = time.monotonic()
    process.send_signal(number)
    done = finish(process, status)
    assert time.monotonic() - sent < PROMPTLY
    assert done.last_line.startswith(f"qc-crawl: exit {status}")
    return done


@pytest.mark.parametrize(("number", "status"), SIGNALS, ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(("call", "requests"), [("lookup", 4), ("verdict", 8)])
def test_a_run_that_waits_for_trak_ends_promptly_and_its_verdicts_wait_on(
    told: Tool, trak: TrakServer, shot: Path, number: int, status: int, call: str, requests: int
) -> None:
    make_assets(shot, 6)
    trak.behave = always("hang", None, call)
    process = told.start(*PASS, shot, env=PATIENT)
    trak.wait_for_requests(requests)
    end(process, number, status)
    assert {status for status, _ in all_statuses(shot)} == {"queued"}
    trak.behave = well
    told.run("--deliver", shot)
    assert len(trak.delivered) == 6
    assert all_statuses(shot) == {OK}


def test_what_was_told_before_ctrl_c_is_written_down(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_assets(shot, 60)
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    before = len(trak.requests)
    trak.behave = always("slow", 0.1)
    process = told.start("--deliver", shot, env=PATIENT)
    trak.wait_for_requests(before + 30)
    end(process, signal.SIGINT, 130)
    marked = Counter(statuses(sidecar)[0] for sidecar in sidecars(shot).values())
    assert 5 <= marked[OK] < 60
    assert len(trak.delivered) - marked[OK] <= 4
    trak.behave = well
    told.run(shot)
    assert len(trak.delivered) == 60


def test_a_run_that_is_killed_before_the_answer_tells_the_same_verdict_again(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("slow", 30, "verdict")
    process = told.start(*PASS, shot)
    trak.wait_for_requests(2)
    process.kill()
    finish(process, -signal.SIGKILL)
    assert statuses(only_sidecar(shot)) == [("queued", None)]
    trak.behave = well
    told.run(shot)
    first, second = posts(trak)
    assert first.header("Idempotency-Key") == second.header("Idempotency-Key")
    assert len(trak.delivered) == 1
    assert statuses(only_sidecar(shot)) == [OK]


@pytest.mark.parametrize(("number", "status"), SIGNALS, ids=["SIGINT", "SIGTERM"])
def test_a_check_that_waits_for_trak_ends_promptly(
    told: Tool, trak: TrakServer, number: int, status: int
) -> None:
    trak.behave = always("hang")
    process = told.start("--trak-check", env=PATIENT)
    trak.wait_for_requests(1)
    end(process, number, status)
