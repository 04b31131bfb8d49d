"""Verifying: everything is read again, nothing is trusted, nothing is written."""

import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from faults.stock import listing

from qc_asset_crawler.crawler.plan import AssetPlan
from qc_asset_crawler.crawler.rereading import batches
from qc_asset_crawler.model import Fingerprint
from qc_asset_crawler.sequences.grouping import group_frames
from qc_asset_crawler.stats import Stats
from support import Json, Tool, make_file, make_frames, rewrite, sidecar_paths

ANNA = ("--operator", "anna", "--result", "pass", "--yes", "--note", "fine")


def flip(path: Path) -> None:
    """Flip one bit, and put size and modification time back."""
    before = path.stat()
    data = bytearray(path.read_bytes())
    data[10] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def passed(qc: Tool, tmp_path: Path) -> Path:
    """A folder with a sequence and a single file that anna has passed."""
    folder = tmp_path / "shot"
    make_frames(folder, frames=range(1001, 1011))
    make_file(folder / "guide.mov", "guide")
    qc.run(*ANNA, folder)
    return folder


def states(document: Json) -> dict[str, tuple[list[str], str | None]]:
    return {
        os.path.basename(asset["path"]): (asset["states"], asset["frames"])
        for asset in document["assets"]
    }


def re_rendered_and_recorded(qc: Tool, folder: Path) -> None:
    rewrite(folder / "plate.1004.exr")
    qc.run(folder)


def renamed(folder: Path) -> None:
    for path in folder.glob("plate.*.exr"):
        path.rename(path.with_name(path.name.replace("plate", "element")))


def moved_away(folder: Path) -> None:
    (folder / "new").mkdir()
    (folder / "guide.mov").rename(folder / "new" / "other.mov")


def without_cache(folder: Path) -> None:
    flip(folder / "plate.1004.exr")
    (folder / ".qc.hashcache.json").unlink()


SEQUENCE, FILE = "plate.%04d.exr", "guide.mov"
OK: dict[str, tuple[list[str], str | None]] = {SEQUENCE: (["ok"], None), FILE: (["ok"], None)}
PASSED_OTHERS = "not-what-was-passed"
TABLE: dict[str, tuple[Callable[[Path], object], dict[str, tuple[list[str], str | None]]]] = {
    "a flipped bit, stamps restored": (
        lambda folder: flip(folder / "plate.1004.exr"),
        {SEQUENCE: (["silent-change", PASSED_OTHERS], "1004")},
    ),
    "a flipped bit, and no cache": (
        without_cache,
        {SEQUENCE: (["modified", PASSED_OTHERS], None)},
    ),
    "re-rendered": (
        lambda folder: [rewrite(folder / f"plate.{n}.exr") for n in (1002, 1003, 1008)],
        {SEQUENCE: (["modified", PASSED_OTHERS], "1002-1003,1008")},
    ),
    "a missing frame": (
        lambda folder: (folder / "plate.1005.exr").unlink(),
        {SEQUENCE: (["modified", PASSED_OTHERS], "1005")},
    ),
    "a further frame": (
        lambda folder: make_frames(folder, frames=[1011]),
        {SEQUENCE: (["modified", PASSED_OTHERS], "1011")},
    ),
    "a sequence renamed": (
        renamed,
        {"element.%04d.exr": (["renamed"], None), FILE: (["ok"], None)},
    ),
    "a file moved": (
        moved_away,
        {"other.mov": (["renamed"], None), SEQUENCE: (["ok"], None)},
    ),
    "a file removed": (lambda folder: (folder / FILE).unlink(), {FILE: (["missing"], None)}),
    "a new file": (
        lambda folder: make_file(folder / "new.mov", "new"),
        {"new.mov": (["new"], None)},
    ),
    "a touched frame": (lambda folder: os.utime(folder / "plate.1004.exr"), {}),
}


@pytest.mark.parametrize(("change", "found"), TABLE.values(), ids=list(TABLE))
def test_what_is_other_than_recorded_is_told(
    qc: Tool,
    passed: Path,
    change: Callable[[Path], object],
    found: dict[str, tuple[list[str], str | None]],
) -> None:
    change(passed)
    before = listing(passed)
    document = qc.json("--verify", passed, status=4 if found else 0)
    assert listing(passed) == before
    gone = {SEQUENCE} if "element.%04d.exr" in found else {FILE} if "other.mov" in found else set()
    assert states(document) == {k: v for k, v in {**OK, **found}.items() if k not in gone}


def test_what_a_nightly_run_has_recorded_since_is_still_not_what_was_passed(
    qc: Tool, passed: Path
) -> None:
    rewrite(passed / "plate.1004.exr")
    qc.run(passed)
    before = listing(passed)
    done = qc.run("--verify", passed, status=4)
    assert listing(passed) == before
    assert f"  {PASSED_OTHERS}  {passed}/{SEQUENCE}; passed by anna on " in done.out
    assert done.last_line == f"qc-crawl: exit 4: {PASSED_OTHERS}=1"


def test_a_new_name_does_not_make_it_what_was_passed(qc: Tool, passed: Path) -> None:
    rewrite(passed / "plate.1004.exr")
    rewrite(passed / FILE)
    qc.run(passed)
    renamed(passed)
    (passed / FILE).rename(passed / "other.mov")
    assert states(qc.json("--verify", passed, status=4)) == {
        "element.%04d.exr": (["renamed", PASSED_OTHERS], None),
        "other.mov": (["renamed", PASSED_OTHERS], None),
    }


def test_of_a_verdict_that_names_no_bytes_nobody_says_that_they_were_others(
    qc: Tool, passed: Path
) -> None:
    for sidecar in sidecar_paths(passed):
        document = json.loads(sidecar.read_text())
        document["verdicts"][-1]["content_hash"] = None
        sidecar.write_text(json.dumps(document))
    assert states(qc.json("--verify", passed)) == OK
    renamed(passed)
    moved_away(passed)
    assert states(qc.json("--verify", passed, status=4)) == {
        "element.%04d.exr": (["renamed"], None),
        "other.mov": (["renamed"], None),
    }


def test_what_is_excluded_in_part_is_named_and_no_success(qc: Tool, passed: Path) -> None:
    done = qc.run("--verify", "--exclude", "plate.1004.exr", passed, status=3)
    assert done.last_line == "qc-crawl: exit 3: unexamined=1"
    assert f"  unexamined  {passed}/{SEQUENCE}: some of its recorded frames are excl" in done.out
    document = qc.json("--verify", "--exclude", "plate.1004.exr", passed, status=3)
    assert states(document) == {FILE: (["ok"], None)}
    assert document["summary"]["left_out"] == [f"{passed}/{SEQUENCE}"]
    one = qc.run("--verify", "--exclude", "plate.1004.exr", passed / SEQUENCE, status=3)
    assert one.last_line == "qc-crawl: exit 3: unexamined=1"


def test_what_is_excluded_as_a_whole_is_named(qc: Tool, passed: Path) -> None:
    done = qc.run("--verify", "--exclude", "*.mov", passed)
    assert "1 recorded asset left out: excluded, linked, or no media in this run:" in done.out
    assert f"  {passed}/{FILE}" in done.out.splitlines()
    summary = qc.json("--verify", "--exclude", "*.mov", passed)["summary"]
    assert summary["left_out"] == [f"{passed}/{FILE}"]


def grown(qc: Tool, folder: Path) -> None:
    """Pass two frames as single files; then a third makes a sequence of them."""
    make_frames(folder, frames=(1001, 1002))
    qc.run(*ANNA, folder)
    make_frames(folder, frames=[1003])
    qc.run(folder)


def test_what_was_passed_as_single_files_is_still_compared_as_frames(
    qc: Tool, tmp_path: Path
) -> None:
    grown(qc, tmp_path)
    now = "2 sidecars of single files that are frames of a sequence now"
    assert f"{now}, left as they are (2 with a verdict)" in qc.run("--verify", tmp_path).out
    rewrite(tmp_path / "plate.1001.exr")
    qc.run(tmp_path)
    found = qc.json("--verify", tmp_path, status=4)
    assert states(found) == {SEQUENCE: (["ok"], None), "plate.1001.exr": ([PASSED_OTHERS], None)}
    assert found["summary"]["files_read"] == 3
    assert (found["summary"]["regrouped"], found["summary"]["regrouped_signed"]) == (2, 2)
    done = qc.run("--verify", tmp_path / SEQUENCE, status=4)
    detail = f"plate.1001.exr; a frame of {SEQUENCE} now; passed by anna on "
    assert f"  {PASSED_OTHERS}  {tmp_path}/{detail}" in done.out


def test_a_frame_is_compared_by_the_algorithm_of_its_own_verdict(qc: Tool, tmp_path: Path) -> None:
    grown(qc, tmp_path)
    frame, sidecar = tmp_path / "plate.1001.exr", tmp_path / ".qc" / "plate.1001.exr.qc.json"
    document = json.loads(sidecar.read_text())
    document["verdicts"][-1]["content_hash"] = f"sha256:{sha256(frame.read_bytes()).hexdigest()}"
    sidecar.write_text(json.dumps(document))
    assert "re-read 3 files, 256 B; nothing" in qc.run("--verify", tmp_path).out
    rewrite(frame)
    qc.run(tmp_path)
    found = states(qc.json("--verify", tmp_path, status=4))
    assert found == {SEQUENCE: (["ok"], None), frame.name: ([PASSED_OTHERS], None)}


def test_a_verdict_of_the_sequence_stands_for_all_its_frames(qc: Tool, tmp_path: Path) -> None:
    grown(qc, tmp_path)
    rewrite(tmp_path / "plate.1001.exr")
    qc.run(*ANNA, tmp_path)
    assert states(qc.json("--verify", tmp_path)) == {SEQUENCE: (["ok"], None)}


def test_what_is_recorded_by_another_algorithm_is_found_under_another_name(
    qc: Tool, passed: Path
) -> None:
    lines = b""
    for frame in sorted(passed.glob("plate.*.exr")):
        hashed = f"sha256:{sha256(frame.read_bytes()).hexdigest()}"
        lines += f"{frame.name}\0{frame.stat().st_size}\0{hashed}\n".encode()
    for data, recorded in ((lines, "qc.sequence.json"), (b"", f"{FILE}.qc.json")):
        sidecar = passed / ".qc" / recorded
        document = json.loads(sidecar.read_text())
        hashed = f"sha256:{sha256(data or (passed / FILE).read_bytes()).hexdigest()}"
        document["content_hash"] = document["verdicts"][-1]["content_hash"] = hashed
        sidecar.write_text(json.dumps(document))
    assert states(qc.json("--verify", passed)) == OK
    renamed(passed)
    (passed / FILE).rename(passed / "other.mov")
    make_file(passed / "larger.mov", size=70)
    found = qc.json("--verify", passed, status=4)
    assert states(found) == {
        "element.%04d.exr": (["renamed"], None),
        "other.mov": (["renamed"], None),
        "larger.mov": (["new"], None),
    }
    assert found["summary"]["bytes_read"] == 2 * 11 * 64 + 70


def test_an_empty_file_is_not_another_one_renamed(qc: Tool, tmp_path: Path) -> None:
    (tmp_path / "a.mov").touch()
    qc.run(tmp_path)
    (tmp_path / "a.mov").unlink()
    (tmp_path / "b.mov").touch()
    assert states(qc.json("--verify", tmp_path, status=4)) == {
        "a.mov": (["missing"], None),
        "b.mov": (["new"], None),
    }


def test_it_says_how_strong_it_was(qc: Tool, passed: Path) -> None:
    done = qc.run("--verify", passed)
    assert "2 assets verified: 2 ok" in done.out
    assert "re-read 11 files, 704 B; nothing was written" in done.out


def test_a_verdict_of_another_algorithm_is_compared_as_well(qc: Tool, tmp_path: Path) -> None:
    """The file is read twice then, and the summary says how many bytes that were."""
    movie = tmp_path / "a.mov"
    movie.write_bytes(b"12345678")
    qc.run(*ANNA, tmp_path)
    (sidecar,) = sidecar_paths(tmp_path)
    document = json.loads(sidecar.read_text())
    document["verdicts"][-1]["content_hash"] = f"sha256:{sha256(b'12345678').hexdigest()}"
    sidecar.write_text(json.dumps(document))
    assert "re-read 1 file, 16 B; nothing was written" in qc.run("--verify", tmp_path).out
    movie.write_bytes(b"abcdefgh")
    qc.run(tmp_path)
    assert states(qc.json("--verify", tmp_path, status=4)) == {
        "a.mov": (["not-what-was-passed"], None)
    }


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], []),
        ([4, 4, 4], [[4, 4], [4]]),
        ([30, 1, 9], [[30], [1, 9]]),
        ([10, 1, 10], [[10], [1], [10]]),
    ],
)
def test_of_a_large_folder_no_more_than_so_many_files_are_in_hand(
    counts: list[int], expected: list[list[int]]
) -> None:
    names = [f"p{at}.{n:04d}.exr" for at, count in enumerate(counts) for n in range(count)]
    sequences, _ = group_frames(names)
    empty = Fingerprint(0, 0, 0, None)
    plans = [AssetPlan(one, None, Stats(), empty, True, True) for one in sequences]
    split = [[len(plan.asset.names) for plan in batch] for batch in batches(plans, at_once=10)]
    assert split == expected


def test_a_tree_without_permission_to_write_is_verified_all_the_same(
    qc: Tool, passed: Path, unprivileged: tuple[str, ...]
) -> None:
    for path in (passed, passed / ".qc"):
        path.chmod(0o555)
    assert "2 ok" in qc.run("--verify", passed, prefix=unprivileged).out


def test_what_cannot_be_read_is_named_and_no_difference(
    qc: Tool, passed: Path, unprivileged: tuple[str, ...]
) -> None:
    (passed / "plate.1004.exr").chmod(0)
    document = qc.json("--verify", passed, status=3, prefix=unprivileged)
    assert states(document)[SEQUENCE] == (["unreadable"], "1004")
    assert document["summary"]["files_read"] == 10


def test_json_lines_end_with_the_totals(qc: Tool, passed: Path) -> None:
    lines = qc.run("--verify", "--json-lines", passed).out.splitlines()
    assert len(lines) == 3
    assert '"states": {"ok": 2}' in lines[-1]


def test_a_copy_of_a_tree_verifies(qc: Tool, passed: Path, tmp_path: Path) -> None:
    """Hashes decide, not paths and stamps: a restored backup is what was passed."""
    shutil.copytree(passed, tmp_path / "copy")
    assert "2 ok" in qc.run("--verify", tmp_path / "copy").out


@pytest.mark.parametrize("option", ["--rehash", "--dry-run", "--result=pass", "--fail-on=new"])
def test_it_does_nothing_else(qc: Tool, passed: Path, option: str) -> None:
    done = qc.run("--verify", option, passed, status=2)
    assert option.partition("=")[0] in done.err
