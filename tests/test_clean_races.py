"""Somebody else is at work while `qc-clean` is: nothing they wrote is lost, no link is followed."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from faults.stock import listing

from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.cleanup import Allowance, Artifact
from qc_asset_crawler.cleanup.look import Look, Looked
from qc_asset_crawler.cleanup.remove import Item, Removal, _Book, remove
from qc_asset_crawler.cleanup.values import Kind, Standing
from qc_asset_crawler.crawler.report import ProblemKind
from qc_asset_crawler.errors import LockLostError, never
from qc_asset_crawler.files.atomic import this_host
from qc_asset_crawler.files.folder import Folder
from qc_asset_crawler.files.lock import LOCK_NAME, Patience, locked
from qc_asset_crawler.listing import Rules
from qc_asset_crawler.sequences.walk import list_folder
from qc_asset_crawler.settings import QCResult, Signing
from support import Tool, finish, make_file, make_frames, said, sidecars

RULES = Rules.of(Settings())
ANNA = Settings(operator="anna", signing=Signing(QCResult.PASS))
EVERYTHING = Allowance(verdicts=True, unsent=True)


def always(path: str, artifact: Artifact) -> bool:
    """Agree to everything."""
    return True


class Step:
    """A look at a folder, and the removal that follows it after something has happened."""

    def __init__(self, folder: Folder) -> None:
        self.look = Look(list_folder(folder, RULES), None, RULES, time.time_ns(), never)
        self.looked: Looked = self.look.all(EVERYTHING)

    def remove(self, allowance: Allowance = EVERYTHING) -> Removal:
        return remove(self.look, self.looked, allowance, always)


@pytest.fixture
def folder(shot: Path) -> Iterator[Folder]:
    make_file(shot / "cut.mov")
    make_frames(shot)
    crawl(shot)
    with Folder(os.open(shot, os.O_RDONLY), str(shot)) as opened:
        yield opened


def removed(removal: Removal) -> set[str]:
    return {item.artifact.name for item in removal.items if item.removed}


def test_a_verdict_said_since_the_look_stays(folder: Folder, shot: Path) -> None:
    step = Step(folder)
    crawl(shot / "cut.mov", ANNA)
    removal = step.remove(Allowance())
    assert said(sidecars(shot)["cut.mov"]) == [("pass", "anna")]
    assert removed(removal) == {".qc.hashcache.json", ".qc/qc.sequence.json"}
    (kept,) = [item for item in removal.items if not item.removed]
    assert kept.artifact.standing is Standing.SAID
    assert removal.problems == ()


def test_a_verdict_that_nobody_was_shown_stays_although_verdicts_go(
    folder: Folder, shot: Path
) -> None:
    step = Step(folder)
    shown = {(artifact.name, artifact.digest) for artifact in step.looked.artifacts}
    crawl(shot / "cut.mov", ANNA)
    again = Step(folder)
    removal = remove(
        again.look, again.looked, EVERYTHING, lambda path, a: (a.name, a.digest) in shown
    )
    assert said(sidecars(shot)["cut.mov"]) == [("pass", "anna")]
    assert ".qc/qc.sequence.json" in removed(removal)


def test_a_sidecar_that_is_written_again_the_same_way_still_goes(
    folder: Folder, shot: Path
) -> None:
    step = Step(folder)
    (shot / "cut.mov").write_bytes(b"rendered again")
    crawl(shot)
    assert ".qc/cut.mov.qc.json" in removed(step.remove())
    assert sidecars(shot) == {}


def test_a_store_swapped_for_a_link_leads_nowhere(folder: Folder, shot: Path) -> None:
    outside = shot.parent / "outside"
    step = Step(folder)
    os.rename(shot / ".qc", outside)
    (shot / ".qc").symlink_to(outside)
    before = listing(outside)
    removal = step.remove()
    assert listing(outside) == before
    assert removed(removal) == {".qc.hashcache.json"}
    assert {problem.kind for problem in removal.problems} == {ProblemKind.UNREMOVED}


def test_a_sidecar_swapped_for_a_link_stays_and_so_does_its_target(
    folder: Folder, shot: Path
) -> None:
    step = Step(folder)
    sidecar, target = shot / ".qc" / "cut.mov.qc.json", shot.parent / "target.json"
    os.rename(sidecar, target)
    sidecar.symlink_to(target)
    before = target.read_bytes()
    step.remove()
    assert sidecar.is_symlink()
    assert target.read_bytes() == before


def test_a_strangers_file_that_comes_into_the_store_keeps_it(folder: Folder, shot: Path) -> None:
    step = Step(folder)
    (shot / ".qc" / "todo.txt").write_text("mine")
    removal = step.remove()
    assert [path.name for path in (shot / ".qc").iterdir()] == ["todo.txt"]
    assert removal.problems == ()


def test_what_is_gone_already_is_no_problem(folder: Folder, shot: Path) -> None:
    step = Step(folder)
    for path in (shot / ".qc").iterdir():
        path.unlink()
    (shot / ".qc").rmdir()
    (shot / ".qc.hashcache.json").unlink()
    assert step.remove() == Removal(())


def test_an_empty_sidecar_that_was_filled_meanwhile_stays(folder: Folder, shot: Path) -> None:
    sidecar = shot / ".qc" / "cut.mov.qc.json"
    whole = sidecar.read_bytes()
    sidecar.write_bytes(b"")
    step = Step(folder)
    sidecar.write_bytes(whole)
    crawl(shot / "cut.mov", ANNA)
    step.remove(Allowance())
    assert said(sidecars(shot)["cut.mov"]) == [("pass", "anna")]


def test_a_folder_that_is_locked_is_left_as_it_is(tidy: Tool, shot: Path) -> None:
    make_frames(shot)
    crawl(shot)
    lock = shot / LOCK_NAME
    lock.write_text(json.dumps({"host": this_host(), "pid": os.getpid()}))
    before = sidecars(shot)
    done = tidy.run("--yes", shot, status=3)
    assert done.last_line == "qc-clean: exit 3: busy=2"
    assert sidecars(shot) == before
    assert lock.exists()


def test_a_signal_ends_it_and_the_next_run_goes_on(tidy: Tool, shot: Path) -> None:
    for number in range(300):
        make_file(shot / f"{number}.mov")
    crawl(shot)
    lock = shot / LOCK_NAME
    lock.write_text(json.dumps({"host": this_host(), "pid": os.getpid()}))
    process = tidy.start("--yes", shot)
    while (shot / ".qc.hashcache.json").exists():  # then it waits for the lock
        time.sleep(0.01)
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    done = finish(process, 130)
    assert time.monotonic() - started < 2
    assert done.last_line == "qc-clean: exit 130: interrupted; what is done is kept"
    assert len(sidecars(shot)) == 300
    lock.unlink()
    tidy.run("--yes", shot)
    assert sidecars(shot) == {}


@pytest.fixture
def tidy(qc: Tool) -> Tool:
    """The installed `qc-clean`."""
    return replace(qc, name="qc-clean")


@pytest.mark.slow
def test_no_acknowledged_verdict_is_lost_however_often_both_run(
    qc: Tool, tidy: Tool, shot: Path
) -> None:
    for number in range(3):
        make_frames(shot / f"{number}", f"plate{number}")
        make_file(shot / f"{number}" / f"cut{number}.mov")
    ended = threading.Event()

    def keep_cleaning() -> None:
        while not ended.is_set():
            done = finish(tidy.start("--yes", "--json", shot), 0)
            assert json.loads(done.out)["summary"]["problems"] == []

    def keep_crawling() -> None:
        while not ended.is_set():
            finish(qc.start(shot), 0)

    rounds = 0
    with ThreadPoolExecutor() as pool:
        others = [pool.submit(keep_cleaning), pool.submit(keep_crawling)]
        until = time.monotonic() + 20
        while time.monotonic() < until and not any(other.done() for other in others):
            finish(qc.start("--result", "pass", "--operator", f"o{rounds}", "--yes", shot), 0)
            rounds += 1
        ended.set()
        for other in others:
            other.result()
    assert rounds > 5
    expected = [("pass", f"o{number}") for number in range(rounds)]
    found = sidecars(shot)
    assert len(found) == 6
    assert {name: said(sidecar) for name, sidecar in found.items()} == dict.fromkeys(
        found, expected
    )


@pytest.mark.slow
def test_killed_at_any_moment_it_loses_no_verdict_and_the_next_run_finishes(
    tidy: Tool, shot: Path
) -> None:
    roll = random.Random(11)
    for number in range(60):
        make_file(shot / f"signed{number}.mov")
    crawl(shot, ANNA)
    names = {path.name for path in (shot / ".qc").iterdir()}
    kills = 0
    for _ in range(25):
        for number in range(60):
            make_file(shot / f"plain{number}.mov")
        crawl(shot)
        process = tidy.start("--yes", shot)
        time.sleep(0.05 + roll.random() * 0.25)
        process.kill()
        kills += process.wait() == -signal.SIGKILL
        process.communicate()
        found = sidecars(shot)
        assert all(said(found[f"signed{number}.mov"]) for number in range(60))
    assert kills > 5
    tidy.run("--yes", shot)
    assert {path.name for path in (shot / ".qc").iterdir()} == names
    assert not list(shot.glob(".qc.lock")) + list(shot.glob("*.tmp"))


def test_a_temp_file_that_is_young_by_the_disks_clock_stays(folder: Folder, shot: Path) -> None:
    """This host's clock may be wrong: it only decides what is listed."""
    name = ".qc-elsewhere-1-0123abcd.tmp"
    (shot / ".qc" / name).write_bytes(b"{")
    look = Look(list_folder(folder, RULES), None, RULES, time.time_ns() + 10**16, never)
    looked = look.all(EVERYTHING)
    (temp,) = [one for one in looked.artifacts if one.kind is Kind.TEMP]
    assert temp.standing is Standing.OURS
    remove(look, looked, EVERYTHING, always)
    assert [path.name for path in (shot / ".qc").iterdir()] == [name]


def test_a_lock_that_seemed_to_be_in_use_is_named_when_it_is_taken_over(
    folder: Folder, shot: Path
) -> None:
    lock = shot / LOCK_NAME
    lock.write_text('{"host": "elsewhere", "pid": 1}')
    look = Look(list_folder(folder, RULES), None, RULES, time.time_ns(), never)
    looked = look.all(EVERYTHING)
    os.utime(lock, (0, 0))
    removal = remove(look, looked, EVERYTHING, always)
    assert LOCK_NAME in removed(removal)
    assert not lock.exists()


def test_the_store_is_not_removed_once_the_lock_was_taken_over(folder: Folder, shot: Path) -> None:
    step = Step(folder)
    for path in (shot / ".qc").iterdir():
        path.unlink()
    (store,) = [one for one in step.looked.artifacts if one.kind is Kind.STORE]
    book = _Book(step.look, EVERYTHING, always)
    with locked(folder.fd, Patience(0.0, never)) as lock:
        (shot / LOCK_NAME).unlink()
        with pytest.raises(LockLostError):
            book.settle(Item(f"{shot}/.qc", store), lock)
    assert (shot / ".qc").is_dir()


def test_what_was_seen_of_an_asset_is_kept_although_its_record_goes_before_it_is_signed(
    shot: Path,
) -> None:
    make_file(shot / "cut.mov")
    crawl(shot)
    (before,) = sidecars(shot).values()
    folder_fd = os.open(shot, os.O_RDONLY)
    with ThreadPoolExecutor(1) as pool:
        with locked(folder_fd, Patience(1, never)):
            signing = pool.submit(crawl, shot, ANNA)
            time.sleep(0.5)  # it has looked, and waits for the lock
            (shot / ".qc" / "cut.mov.qc.json").unlink()
        signing.result()
    os.close(folder_fd)
    (after,) = sidecars(shot).values()
    assert said(after) == [("pass", "anna")]
    assert before["findings"]
    assert after["findings"] == before["findings"]
