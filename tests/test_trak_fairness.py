"""No verdict suffers for another one: not for a lock, a slow disk, or what Trak cannot digest."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.files.atomic import this_host
from qc_asset_crawler.files.lock import LOCK_NAME
from qc_asset_crawler.model import TrackerStatus, unite
from qc_asset_crawler.settings import Secret, Trak
from samples import SINGLE, VERDICT
from support import Tool, finish, first, make_file, make_frames, only_sidecar, sidecars
from trak_cli import (
    AT_ONCE,
    PASS,
    all_statuses,
    always,
    asked,
    posts,
    statuses,
    well,
)
from trak_server import Behaviour, Request, TrakServer

OK = ("ok", 200)
# So many errands are handed out at once: with more of them a folder keeps the next one waiting.
MANY = 9
SENDERS = 4
LOCKED = 8
PATIENT = {"TRAK_DEADLINE": "60", "TRAK_READ_TIMEOUT": "60"}
BRIEF = {"TRAK_DEADLINE": "1"}


def make_assets(folder: Path, count: int, base: str = "cut") -> None:
    """Make single files."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        make_file(folder / f"{base}{number}.mov", f"{folder.name} {base} {number} ")


def sign(told: Tool, trak: TrakServer, *roots: Path) -> None:
    """Say of each asset that it passes, while Trak is down."""
    trak.pause()
    told.run(*PASS, *roots, env=AT_ONCE, status=5)
    trak.resume()


def lock(folder: Path) -> Path:
    """Lock a folder on behalf of a process that lives: of this one."""
    path = folder / LOCK_NAME
    path.write_text(json.dumps({"host": this_host(), "pid": os.getpid()}))
    return path


def settings_for(trak: TrakServer, **limits: float) -> Settings:
    """Return settings for a crawl inside this process."""
    return Settings(trak=Trak(trak.url, Secret(trak.key), **limits))


def test_a_sequence_that_is_excluded_and_unknown_still_makes_several(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    """Else both would get the id of their folder, each in its own run."""
    for base in "AB":
        make_frames(shot, base)
    told.run("--exclude", "B*", *PASS, shot)
    assert asked(trak) == [f"{shot}/A.%04d.exr"]
    told.run(*PASS, shot)
    ids = {sidecar["asset_id"] for sidecar in sidecars(shot).values()}
    assert len(ids) == 2
    assert f"{shot}" not in asked(trak)


def hide_the_store(folder: Path) -> None:
    """Make all sidecars of a folder unusable: a link is never followed."""
    os.rename(folder / ".qc", folder / "elsewhere")
    os.symlink("elsewhere", folder / ".qc")


def spoil_one(folder: Path) -> None:
    """Make one sidecar of a folder unusable."""
    path = folder / ".qc/cut0.mov.qc.json"
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize(
    ("spoil", "left"), first(1, [(hide_the_store, MANY), (spoil_one, 1)]), ids=["all", "one"]
)
def test_what_becomes_unreadable_before_its_turn_still_counts_as_waiting(
    told: Tool, trak: TrakServer, shot: Path, spoil: Callable[[Path], None], left: int
) -> None:
    for name in "ab":
        make_assets(shot / name, MANY)
    sign(told, trak, shot)
    before = len(trak.requests)

    def behave(request: Request) -> Behaviour | None:
        if request.number == before + 1:
            time.sleep(0.4)  # the first look at the other folder takes less
            spoil(shot / ("b" if "/a/" in request.json()["assetPath"] else "a"))
        return Behaviour("slow", 0.6) if request.number <= before + SENDERS else None

    trak.behave = behave
    done = told.run("--deliver", shot, status=3)
    assert f"waiting-for-trak={left}" in done.last_line
    assert f"{left} verdict" in done.out
    assert len(trak.delivered) == 2 * MANY - left


BAD, GOOD = 12, 10


def poisoned(request: Request) -> Behaviour | None:
    """Fail at each verdict of a bad asset, for ever; take a moment for each good one."""
    if request.call != "verdict":
        return None
    bad = "/bad" in request.json()["asset_path"]
    return Behaviour("status", 500) if bad else Behaviour("slow", 0.1)


def test_assets_that_trak_cannot_digest_do_not_keep_the_others_waiting(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    mixed = shot / "a"
    make_assets(mixed, BAD, "bad")
    trak.behave = poisoned
    told.run(*PASS, mixed, status=5)
    for _ in range(2):
        told.run("--deliver", mixed, status=5)
    make_assets(mixed, 1)
    for number in range(GOOD):
        make_assets(shot / f"z{number}", 1, f"z{number}-")
    sign(told, trak, mixed / "cut0.mov", *shot.glob("z*"))
    told.run("--deliver", "--workers", "1", shot, status=5)
    assert len(trak.delivered) == GOOD + 1
    healthy = sidecars(shot).items()
    assert {s for name, one in healthy if "bad" not in name for s in statuses(one)} == {OK}


@pytest.mark.parametrize(
    ("status", "code", "options"),
    first(1, [("error", 500, ()), ("rejected", 422, ("--retry-rejected",))]),
    ids=["failed", "refused"],
)
def test_a_call_that_nobody_waited_for_leaves_a_verdict_as_it_was(
    told: Tool, trak: TrakServer, shot: Path, status: str, code: int, options: tuple[str, ...]
) -> None:
    make_assets(shot, SENDERS)
    trak.behave = always("status", code, "verdict")
    told.run(*PASS, shot, status=0 if options else 5)
    before = len(trak.requests)
    trak.behave = always("hang")
    process = told.start("--deliver", *options, shot, env=PATIENT)
    trak.wait_for_requests(before + SENDERS)
    process.send_signal(signal.SIGTERM)
    finish(process, 143)
    assert all_statuses(shot) == {(status, code)}


@pytest.mark.slow
def test_a_disk_that_stalls_is_not_taken_for_a_slow_trak(
    told: Tool, trak: TrakServer, shot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        make_assets(shot / name, MANY + SENDERS)
    sign(told, trak, shot)
    stalls = iter([2.1])
    fsync = os.fsync

    def stall(fd: int) -> None:
        if threading.current_thread().name == "qc-trak-desk":
            time.sleep(next(stalls, 0))
        fsync(fd)

    monkeypatch.setattr("os.fsync", stall)
    report = crawl(shot, settings_for(trak, deadline_seconds=1.0))
    assert next(stalls, None) is None
    assert (report.trak.given_up, report.trak.owes.verdicts) == (None, 0)
    assert len(trak.delivered) == 2 * (MANY + SENDERS)


@pytest.mark.slow
def test_a_locked_folder_costs_the_others_nothing(told: Tool, trak: TrakServer, shot: Path) -> None:
    for number in range(4):
        make_assets(shot / f"{number}", MANY)
    sign(told, trak, shot)
    held = lock(shot / "0")
    done = told.run(shot, status=5, env=BRIEF)
    assert done.last_line == f"qc-crawl: exit 5: waiting-for-trak={MANY}"
    assert "too slowly" not in done.out + done.err
    held.unlink()
    told.run("--deliver", shot)
    assert len(trak.delivered) == 4 * MANY


@pytest.mark.slow
def test_a_folder_that_is_locked_for_a_while_is_tried_again(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_assets(shot, 2)
    sign(told, trak, shot)
    held = lock(shot)
    timer = threading.Timer(3, held.unlink)
    timer.start()
    told.run("--deliver", shot, env=BRIEF)
    assert all_statuses(shot) == {OK}
    assert len(posts(trak)) == 2


@pytest.mark.parametrize("newer", [True, False], ids=["newer", "older"])
def test_of_two_copies_the_delivered_verdict_stays_delivered(newer: bool) -> None:
    waits = SINGLE._replace(verdicts=(VERDICT._replace(tracker_status=TrackerStatus("queued")),))
    done = SINGLE._replace(verdicts=(VERDICT._replace(tracker_status=TrackerStatus("ok", 200)),))
    united = unite(done, waits) if newer else unite(waits, done)
    assert united.verdicts == done.verdicts


@pytest.mark.parametrize(("stale", "options"), first(0, [("newer", ()), ("older", ("--deliver",))]))
def test_a_copy_from_before_the_delivery_sends_nothing_again(
    told: Tool, trak: TrakServer, shot: Path, stale: str, options: tuple[str, ...]
) -> None:
    """A crawler that is killed while it moves sidecars to another mode leaves two copies."""
    make_assets(shot, 1)
    sign(told, trak, shot)
    (recorded,) = shot.glob(".qc/*.json")
    before = recorded.read_bytes()
    told.run("--deliver", shot)
    copy = shot / recorded.name
    copy.write_bytes(before)
    when = recorded.stat().st_mtime + (10 if stale == "newer" else -10)
    os.utime(copy, (when, when))
    told.run(*options, shot)
    assert len(posts(trak)) == 1
    told.run(shot)
    assert statuses(only_sidecar(shot)) == [OK]


def test_an_asset_that_is_gone_can_still_be_named(told: Tool, trak: TrakServer, shot: Path) -> None:
    make_assets(shot, 2)
    sign(told, trak, shot)
    (shot / "cut0.mov").unlink()
    told.run("--deliver", shot / "cut0.mov")
    assert statuses(sidecars(shot)["cut0.mov"]) == [OK]
    assert len(trak.delivered) == 1
    unknown = told.run("--deliver", shot / "cut9.mov", status=2)
    assert "does not exist" in unknown.err


@pytest.fixture
def locked(told: Tool, trak: TrakServer, shot: Path) -> Path:
    """Folders of one asset each, which others hold for as long as it lasts."""
    for number in range(LOCKED):
        make_assets(shot / f"{number}", 1)
    sign(told, trak, shot)
    for number in range(LOCKED):
        lock(shot / f"{number}")
    return shot


@pytest.mark.slow
def test_a_run_before_locked_folders_ends_promptly(
    told: Tool, trak: TrakServer, locked: Path
) -> None:
    process = told.start("--deliver", locked)
    trak.wait_for_requests(2 * LOCKED)
    time.sleep(0.2)
    sent = time.monotonic()
    process.send_signal(signal.SIGTERM)
    finish(process, 143)
    assert time.monotonic() - sent < 5


def test_a_crawl_before_locked_folders_ends_soon_after_its_deadline(
    told: Tool, trak: TrakServer, locked: Path
) -> None:
    started = time.monotonic()
    told.run(locked, status=5, env=BRIEF)
    assert time.monotonic() - started < 4
    assert len(posts(trak)) == LOCKED


class GaveUpError(Exception):
    """What a caller of the library raises."""


def test_a_crawl_that_its_caller_breaks_off_leaves_nobody_talking_to_trak(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_assets(shot, 30)
    sign(told, trak, shot)
    trak.behave = always("slow", 0.1)
    others = set(threading.enumerate())

    def raise_in_the_middle(_: object) -> None:
        if len(trak.requests) > 12:
            raise GaveUpError

    with pytest.raises(GaveUpError):
        crawl(shot, settings_for(trak), raise_in_the_middle)
    before = len(trak.requests)
    until = time.monotonic() + 2
    while talking := [
        thread.name
        for thread in set(threading.enumerate()) - others
        if thread.name.startswith("qc-trak")
    ]:
        assert time.monotonic() < until, talking
        time.sleep(0.05)
    assert len(trak.requests) <= before + SENDERS
    trak.behave = well
    told.run("--deliver", shot)
    assert len(trak.delivered) == 30
