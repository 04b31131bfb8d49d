"""Trak does not take the key, or fails; the answers cannot be written down, or by two at once."""

import json
import os
from pathlib import Path

import pytest

from qc_asset_crawler.files.atomic import this_host
from qc_asset_crawler.files.lock import LOCK_NAME
from support import TIMEOUT, Tool, make_file, make_frames, only_sidecar, said, sidecars
from trak_cli import (
    KEY,
    PASS,
    all_statuses,
    always,
    posts,
    statuses,
    top,
    well,
)
from trak_server import Request, TrakServer

OK = ("ok", 200)
# The breaker opens at the fifth failure in a row; three more calls may be under way then, and one
# more may just have begun.
MOST_CALLS = 9
MOST_ATTEMPTS = 3


def make_assets(shot: Path, count: int) -> None:
    """Make single files in a few folders."""
    for number in range(count):
        folder = shot / f"{number % 4}"
        folder.mkdir(exist_ok=True)
        make_file(folder / f"cut {number}.mov")


def test_a_wrong_key_is_said_once_and_not_tried_again_and_again(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_assets(shot, 50)
    trak.key = "another"
    trak.behave = always("status", 401)
    done = told.run(*PASS, shot, status=5)
    assert done.last_line == "qc-crawl: exit 5: waiting-for-trak=50"
    assert done.err.count("does not take the key") == 1
    assert len(done.err.splitlines()) == 2
    assert len(trak.requests) <= 4
    assert ("unauthorized", 401) in {top(sidecar) for sidecar in sidecars(shot).values()}
    trak.key, trak.behave = KEY, well
    told.run("--deliver", shot)
    assert all_statuses(shot) == {OK}
    assert len(trak.delivered) == 50


@pytest.mark.parametrize(
    ("behaviour", "attempts", "why"),
    [
        (("status", 403), 1, "does not permit it (403"),
        (("status", 500), 1, "answered 500"),
        (("close-before", None), MOST_ATTEMPTS, "broke off"),
    ],
    ids=["403", "500", "closed"],
)
def test_a_trak_that_fails_is_soon_left_alone(
    told: Tool,
    trak: TrakServer,
    shot: Path,
    behaviour: tuple[str, int | None],
    attempts: int,
    why: str,
) -> None:
    make_assets(shot, 60)
    trak.behave = always(*behaviour)
    done = told.run(*PASS, shot, status=5, env={"TRAK_DEADLINE": "20"})
    assert 5 <= len(trak.requests) <= MOST_CALLS * attempts
    assert done.err.count(why) == 1
    assert done.last_line == "qc-crawl: exit 5: waiting-for-trak=60"
    assert f"60 verdicts wait for Trak (Trak {why}" in done.out
    assert all(said(sidecar) == [("pass", "anna")] for sidecar in sidecars(shot).values())
    trak.behave = well
    told.run(shot)
    assert len(trak.delivered) == 60
    assert all_statuses(shot) == {OK}


@pytest.mark.slow
def test_a_verdict_that_could_not_be_marked_is_told_once_more_under_its_key(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    lock = shot / LOCK_NAME

    def hold(request: Request) -> None:
        if request.call == "verdict":
            lock.write_text(json.dumps({"host": this_host(), "pid": os.getpid()}))

    trak.behave = hold
    done = told.run(*PASS, shot, status=3)
    assert done.last_line == "qc-crawl: exit 3: busy=1 waiting-for-trak=1"
    assert statuses(only_sidecar(shot)) == [("queued", None)]
    lock.unlink()
    trak.behave = well
    told.run(shot)
    assert [post.header("Idempotency-Key") for post in posts(trak)] == [trak.delivered[0].key] * 2
    assert len(trak.delivered) == 1
    assert statuses(only_sidecar(shot)) == [OK]


def test_two_runs_that_deliver_at_once_tell_every_verdict_once(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_assets(shot, 24)
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    trak.behave = always("slow", 0.05)
    both = [told.start("--deliver", shot) for _ in range(2)]
    for process in both:
        process.communicate(timeout=TIMEOUT)
        assert process.returncode in {0, 5}  # what the other one is still at waits
    verdicts = [sidecar["verdicts"][0]["qc_id"] for sidecar in sidecars(shot).values()]
    assert sorted(one.key for one in trak.delivered) == sorted(verdicts)
    assert all_statuses(shot) == {OK}


def test_where_nothing_can_be_written_a_verdict_is_told_once_more_under_its_key(
    told: Tool, trak: TrakServer, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    make_frames(shot)
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    trak.behave = well
    for folder in (shot, shot / ".qc"):
        folder.chmod(0o555)
    done = told.run("--deliver", shot, status=3, prefix=unprivileged)
    assert done.last_line == "qc-crawl: exit 3: unrecorded=1 waiting-for-trak=1"
    for folder in (shot, shot / ".qc"):
        folder.chmod(0o755)
    told.run("--deliver", shot)
    assert len(posts(trak)) == 2
    assert len(trak.delivered) == 1
    assert statuses(only_sidecar(shot)) == [OK]
