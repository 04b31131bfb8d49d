"""What a gate (`--fail-on`) and `--verify` do not let through."""

import json
import os
from pathlib import Path

import pytest

from support import Tool, make_file, make_frames, only_sidecar, rewrite, sidecar_paths

PASS = ("--result", "pass", "--operator", "anna", "--yes")
FAIL = ("--result", "fail", "--operator", "ben", "--yes")


@pytest.fixture
def plate(shot: Path) -> Path:
    """A folder with a sequence, 1001 to 1005."""
    make_frames(shot)
    return shot


def test_what_was_failed_and_rendered_anew_is_pending(qc: Tool, plate: Path) -> None:
    qc.run(*FAIL, plate)
    assert qc.run("--fail-on=pending", plate).status == 0
    for frame in plate.glob("*.exr"):
        rewrite(frame)
    qc.run(plate)
    assert only_sidecar(plate)["qc_result"] == "pending"
    assert "exit 4: pending=1" in qc.run("--fail-on=pending", plate, status=4).err
    assert "exit 4: fail=1 pending=1" in qc.run("--fail-on=fail,pending", plate, status=4).err


def test_a_pass_of_other_bytes_is_none_whatever_the_first_lines_say(qc: Tool, plate: Path) -> None:
    qc.run(*PASS, plate)
    for frame in plate.glob("*.exr"):
        rewrite(frame)
    qc.run(plate)
    (path,) = sidecar_paths(plate)
    path.write_text(json.dumps({**json.loads(path.read_text()), "qc_result": "pass"}))
    assert "exit 4: pending=1" in qc.run("--fail-on=pending", plate, status=4).err


@pytest.mark.parametrize("left", ["plate.2001.exr", "plate.1003.exr"], ids=["no frame", "a frame"])
@pytest.mark.parametrize("how", ["a dangling link", "excluded"])
def test_a_sequence_that_is_gone_is_missed_whatever_is_left_of_its_name(
    qc: Tool, plate: Path, left: str, how: str
) -> None:
    qc.run(*PASS, plate)
    for frame in plate.glob("*.exr"):
        frame.unlink()
    excluded = ("--exclude", left) if how == "excluded" else ()
    if excluded:
        make_file(plate / left)
    else:
        (plate / left).symlink_to("/nonexistent/frame.exr")
    status = 3 if left == "plate.1003.exr" else 4
    assert qc.run("--fail-on=missing", *excluded, plate, status=status)
    assert qc.run("--verify", *excluded, plate, status=status)


@pytest.mark.parametrize("what", ["a link", "a pipe"])
def test_what_was_recorded_and_is_no_file_any_more_is_not_vouched_for(
    qc: Tool, shot: Path, what: str
) -> None:
    cut, other = make_file(shot / "cut.mov"), make_file(shot / "other.mov")
    qc.run(*PASS, shot)
    cut.unlink()
    if what == "a link":
        cut.symlink_to(other)
    else:
        os.mkfifo(cut)
    for vouching in ("--fail-on=missing", "--verify"):
        done = qc.run(vouching, shot, status=3)
        assert "unexamined=1" in done.last_line
    assert qc.run(shot).status == 0
    assert qc.run("--verify", "--exclude", "cut.mov", shot).status == 0


def test_a_fail_of_single_frames_is_not_forgotten_when_they_become_a_sequence(
    qc: Tool, shot: Path
) -> None:
    make_frames(shot, frames=(1001, 1002))
    qc.run(*FAIL, shot)
    make_frames(shot, frames=(1003, 1004, 1005))
    qc.run(shot)
    done = qc.run("--fail-on=fail", shot, status=4)
    assert done.last_line == "qc-crawl: exit 4: fail=2"
    assert f"{shot}/plate.1001.exr was failed as a single file" in done.err
    qc.run(*PASS, shot)
    assert qc.run("--fail-on=fail", shot).status == 0


def test_a_sidecar_that_was_set_aside_is_not_vouched_for(qc: Tool, plate: Path) -> None:
    qc.run(*FAIL, plate)
    sidecar_paths(plate)[0].write_text("{")
    qc.run(plate, status=3)
    assert qc.run(plate).status == 0
    for vouching in ("--fail-on=fail", "--verify"):
        done = qc.run(vouching, plate, status=3)
        assert "was damaged and set aside" in done.err
        assert done.last_line == "qc-crawl: exit 3: bad-sidecar=1"
