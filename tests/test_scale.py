"""Deep trees, large folders, and two crawlers at once."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qc_asset_crawler import crawl
from support import Tool, finish, make_file, make_frames, said, sidecar_paths, sidecars

DEPTHS = [400, pytest.param(1500, marks=pytest.mark.slow)]
LEVEL = "a-folder-with-a-long-name"
EVERY = 100
FEW_FILES = ("sh", "-c", 'ulimit -n 64 && exec "$0" "$@"')


@pytest.fixture
def deep(tmp_path: Path, depth: int) -> Iterator[Path]:
    """Nested folders, far beyond the longest path; media in some, and in the last one."""
    root = tmp_path / "deep"
    root.mkdir()
    here = os.open(root, os.O_RDONLY)
    for level in range(1, depth + 1):
        os.mkdir(LEVEL, dir_fd=here)
        below = os.open(LEVEL, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
        if level % EVERY == 0:
            for number in range(1, 4):
                fd = os.open(f"f.{number:04d}.exr", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=here)
                os.write(fd, f"{level} {number}".encode())
                os.close(fd)
    os.close(here)
    yield root
    subprocess.run(["rm", "-rf", root], check=True)


def found_below(root: Path, name: str) -> int:
    """Count files by name where paths are too long for Python."""
    find = ["find", str(root), "-name", name, "-type", "f", "-printf", "x"]
    return len(subprocess.run(find, capture_output=True, check=True).stdout)


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_tree_deeper_than_the_longest_path(qc: Tool, deep: Path, depth: int) -> None:
    done = qc.run("--result", "pass", "--yes", deep)
    assert done.err == ""
    assert found_below(deep, "qc.sequence.json") == depth // EVERY
    summary = qc.json(deep, prefix=FEW_FILES)["summary"]
    assert (summary["assets"], summary["folders"]) == (depth // EVERY, depth + 1)
    assert (summary["files_read"], summary["actions"]) == (0, {"kept": depth // EVERY})


@pytest.mark.parametrize("count", [20_000, pytest.param(100_000, marks=pytest.mark.slow)])
def test_a_folder_of_very_many_frames(qc: Tool, shot: Path, count: int) -> None:
    make_frames(shot, frames=range(1, count + 1), size=16)
    first = qc.json(shot)["summary"]
    assert (first["assets"], first["files_read"]) == (1, count)
    second = qc.json(shot)["summary"]
    assert (second["files_read"], second["actions"]) == (0, {"kept": 1})


def test_a_folder_of_many_single_files(qc: Tool, shot: Path) -> None:
    for number in range(500):
        make_file(shot / f"cut-{number}-.mov", size=16)
    summary = qc.json("--result", "pass", "--yes", shot)["summary"]
    assert summary["results"] == {"pass": 500}
    assert len(sidecar_paths(shot)) == 500


def make_singles(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        make_file(folder / f"cut-{number}-.mov", size=16)


def make_sequences(folder: Path, count: int) -> None:
    for number in range(count):
        make_frames(folder, f"seq{number:05d}", (1, 2, 3), size=16)


def calls_of_a_crawl(root: Path) -> int:
    """Count the calls of functions that the threads of a crawl make."""
    calls = 0

    def count(*_: object) -> None:
        nonlocal calls
        calls += 1

    threading.setprofile(count)
    try:
        crawl(root)
    finally:
        threading.setprofile(None)
    return calls


MANY = [(make_singles, 1000), (make_sequences, 400)]


@pytest.mark.parametrize(("make", "count"), MANY, ids=["single files", "sequences"])
def test_recording_is_four_times_the_work_for_four_times_as_many_assets(
    shot: Path, make: Callable[[Path, int], None], count: int
) -> None:
    calls = []
    for size in (count // 4, count):
        make(shot / str(size), size)
        calls.append(calls_of_a_crawl(shot / str(size)))
    assert calls[0] > 50 * count // 4
    # A quadratic one would be 16; on a slow machine the lock is let go more often.
    assert calls[1] / calls[0] < 8, calls


def test_a_gap_as_long_as_it_gets_costs_nothing(qc: Tool, shot: Path) -> None:
    for number in (1, 2, 10**30):
        make_file(shot / f"plate.{number:04d}.exr")
    started = time.monotonic()
    qc.run(shot)
    assert time.monotonic() - started < 5
    (sidecar,) = sidecars(shot).values()
    assert sidecar["sequence"]["holes"] == 10**30 - 3


# -- two crawlers -------------------------------------------------------------------------------

ROUNDS = [10, pytest.param(200, marks=pytest.mark.slow)]


def make_tree(root: Path) -> None:
    for folder in ("a", "b", "c"):
        for number in range(6):
            make_frames(root / folder, f"{folder}-seq{number}", range(1, 4))
        for number in range(4):
            make_file(root / folder / f"{folder}-{number}-.mov")


def disturb(root: Path, number: int) -> None:
    """Change half of the assets and touch the others, so that a nightly run has much to write."""
    for at, path in enumerate(sorted(root.rglob("*.mov")) + sorted(root.rglob("*.0001.exr"))):
        if at % 2:
            path.write_bytes(b"round %d" % number)
        else:
            path.touch()


@pytest.mark.parametrize("rounds", ROUNDS)
def test_no_verdict_is_lost_to_a_crawl_of_the_same_tree(qc: Tool, shot: Path, rounds: int) -> None:
    make_tree(shot)
    notes = [str(number) for number in range(rounds)]
    for number, note in enumerate(notes):
        disturb(shot, number)
        nightly = qc.start(shot)
        signing = qc.start("--json", "--result", "pass", "--note", note, "--yes", shot)
        signed = json.loads(finish(signing, 0).out)
        finish(nightly, 0)
        assert signed["summary"]["results"] == {"pass": 30}
        for name, sidecar in sidecars(shot).items():
            assert sidecar["qc_result"] == "pass", (name, note)
            assert sidecar["notes"] == note, (name, note)
    for name, sidecar in sidecars(shot).items():
        assert [verdict["notes"] for verdict in sidecar["verdicts"]] == notes, name


@pytest.mark.parametrize("rounds", [4, pytest.param(50, marks=pytest.mark.slow)])
def test_two_people_sign_at_once_and_both_are_heard(qc: Tool, shot: Path, rounds: int) -> None:
    make_tree(shot)
    for _ in range(rounds):
        both = [
            qc.start("--result", result, "--operator", name, "--yes", shot)
            for result, name in (("pass", "anna"), ("fail", "ben"))
        ]
        for process in both:
            finish(process, 0)
    for sidecar in sidecars(shot).values():
        expected = [("fail", "ben"), ("pass", "anna")] * rounds
        assert sorted(said(sidecar)) == sorted(expected)
        assert sidecar["qc_result"] == sidecar["verdicts"][-1]["qc_result"]
        assert sidecar["qc_id"] == sidecar["verdicts"][-1]["qc_id"]


@pytest.mark.parametrize("rounds", [3, pytest.param(60, marks=pytest.mark.slow)])
def test_no_verdict_is_refused_or_lost_while_sidecars_move(
    qc: Tool, shot: Path, rounds: int
) -> None:
    make_tree(shot)
    qc.run(shot)
    for number in range(rounds):
        mode = ("inline", "dot", "subdir")[number % 3]
        moving = qc.start("--sidecar-mode", mode, shot)
        signing = qc.start("--result", "pass", "--note", str(number), "--yes", shot)
        finish(signing, 0)
        finish(moving, 0)
    qc.run(shot)
    assert len(sidecar_paths(shot)) == 30
    for name, sidecar in sidecars(shot).items():
        notes = [verdict["notes"] for verdict in sidecar["verdicts"]]
        assert notes == [str(number) for number in range(rounds)], name


def test_many_first_crawls_at_once_leave_one_sidecar_an_asset(qc: Tool, shot: Path) -> None:
    make_tree(shot)
    crawls = [qc.start(shot) for _ in range(4)]
    for process in crawls:
        finish(process, 0)
    assert len(sidecar_paths(shot)) == len(sidecars(shot)) == 30
    assert not list(shot.rglob("*.tmp"))
    assert not list(shot.rglob(".qc.lock"))


# -- kill -9 in a large folder ------------------------------------------------------------------


@pytest.mark.slow
def test_kill_9_among_200_000_frames_loses_at_most_a_minute(qc: Tool, shot: Path) -> None:
    count = 200_000
    make_frames(shot, frames=range(1, count + 1), size=4096)
    cache = shot / ".qc.hashcache.json"
    process = qc.start("--workers", "1", shot)
    started = time.monotonic()
    while not cache.exists() and process.poll() is None:
        time.sleep(0.01)
    assert time.monotonic() - started < 61
    process.kill()
    process.communicate()
    known = cache.read_text().count("blake3:")
    summary = qc.json(shot)["summary"]
    assert summary["files_read"] == count - known
    assert summary["states"] == {"new": 1}
    assert not list(shot.glob(".qc-*.tmp"))
