"""Where sidecars stand: three modes, moving between them, two copies, and who may write them."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from faults.stock import listing

from support import (
    Tool,
    command,
    load,
    make_file,
    make_frames,
    only_sidecar,
    said,
    sidecar_paths,
    sidecars,
)

PASS = ("--result", "pass", "--operator", "anna", "--yes")
PLACES = {
    "inline": {"qc.sequence.json", "cut.mov.qc.json"},
    "dot": {".qc.sequence.json", ".cut.mov.qc.json"},
    "subdir": {".qc/qc.sequence.json", ".qc/cut.mov.qc.json"},
}


def places(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in sidecar_paths(folder)}


def make_shot(folder: Path) -> None:
    make_frames(folder)
    make_file(folder / "cut.mov")


@pytest.mark.parametrize("mode", PLACES)
def test_each_mode_has_its_place(qc: Tool, shot: Path, mode: str) -> None:
    make_shot(shot)
    qc.run("--sidecar-mode", mode, shot)
    assert places(shot) == PLACES[mode]


def test_without_a_mode_sidecars_go_into_a_folder_of_their_own(qc: Tool, shot: Path) -> None:
    make_shot(shot)
    qc.run(shot)
    assert places(shot) == PLACES["subdir"]


@pytest.mark.parametrize("mode", PLACES)
def test_new_sidecars_follow_the_mode_a_folder_uses(qc: Tool, shot: Path, mode: str) -> None:
    make_frames(shot)
    qc.run("--sidecar-mode", mode, shot)
    make_file(shot / "cut.mov")
    qc.run(shot)
    assert places(shot) == PLACES[mode]


def test_moving_in_every_direction_keeps_every_verdict_and_leaves_no_old_file(
    qc: Tool, shot: Path
) -> None:
    make_shot(shot)
    qc.run(*PASS, shot)
    before = sidecars(shot)
    for mode in ("inline", "dot", "subdir", "dot", "inline", "subdir"):
        done = qc.run("--sidecar-mode", mode, shot)
        assert places(shot) == PLACES[mode]
        assert sidecars(shot) == before
        assert "no media was read" in done.out
        again = listing(shot)
        qc.run(shot)
        assert listing(shot) == again


def test_the_record_of_missing_media_moves_too(qc: Tool, shot: Path) -> None:
    movie = make_file(shot / "cut.mov")
    qc.run(*PASS, shot)
    movie.unlink()
    qc.run("--sidecar-mode", "inline", shot)
    assert places(shot) == {"cut.mov.qc.json"}
    assert said(only_sidecar(shot)) == [("pass", "anna")]


def test_moving_one_asset_leaves_the_others_where_they_are(qc: Tool, shot: Path) -> None:
    make_shot(shot)
    qc.run(shot)
    qc.run("--sidecar-mode", "inline", shot / "cut.mov")
    assert places(shot) == {".qc/qc.sequence.json", "cut.mov.qc.json"}


def test_two_sidecars_left_by_a_crash_are_united(qc: Tool, shot: Path) -> None:
    make_file(shot / "cut.mov")
    stored = shot / ".qc" / "cut.mov.qc.json"
    qc.run(*PASS, shot)
    common = stored.read_bytes()
    qc.run("--result", "fail", "--operator", "ben", "--yes", shot)
    first = stored.read_bytes()
    stored.write_bytes(common)
    qc.run("--result", "pass", "--operator", "carl", "--yes", shot)
    (shot / "cut.mov.qc.json").write_bytes(first)
    qc.run(shot)
    sidecar = only_sidecar(shot)
    assert said(sidecar) == [("pass", "anna"), ("fail", "ben"), ("pass", "carl")]
    assert sidecar["qc_result"] == "pass"


def test_what_was_said_last_counts_although_that_host_has_a_late_clock(
    qc: Tool, shot: Path
) -> None:
    make_file(shot / "cut.mov")
    stored = shot / ".qc" / "cut.mov.qc.json"
    qc.run(*PASS, shot)
    earlier = stored.read_bytes()
    qc.run("--result", "fail", "--operator", "ben", "--yes", shot)
    failed = load(stored)
    failed["qc_time"] = failed["verdicts"][-1]["qc_time"] = "2025-01-01T00:00:00.000000+00:00"
    stored.write_text(json.dumps(failed, indent=2, sort_keys=True) + "\n")
    (shot / "cut.mov.qc.json").write_bytes(earlier)
    qc.run(shot)
    sidecar = only_sidecar(shot)
    assert said(sidecar) == [("pass", "anna"), ("fail", "ben")]
    assert sidecar["qc_result"] == "fail"


def test_two_sidecars_of_a_sequence_are_united(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    qc.run(*PASS, shot)
    (shot / ".qc.sequence.json").write_bytes((shot / ".qc" / "qc.sequence.json").read_bytes())
    qc.run("--result", "fail", "--operator", "ben", "--yes", shot)
    assert said(only_sidecar(shot)) == [("pass", "anna"), ("fail", "ben")]


# -- groups -------------------------------------------------------------------------------------

GROUP = 12345


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to any group")
@pytest.mark.parametrize(
    ("mode", "bits"),
    [("subdir", 0o2775), ("subdir", 0o775), ("subdir", 0o2770), ("inline", 0o775), ("dot", 0o775)],
)
def test_artifacts_take_the_folders_group_and_its_permission(
    qc: Tool, shot: Path, bits: int, mode: str
) -> None:
    make_shot(shot)
    os.chown(shot, -1, GROUP)
    shot.chmod(bits)
    qc.run("--sidecar-mode", mode, shot, umask=0o077)
    made = [shot / ".qc.hashcache.json", *sidecar_paths(shot)]
    made += [shot / ".qc"] if mode == "subdir" else []
    for path in made:
        found = path.stat()
        assert found.st_gid == GROUP, path
        assert found.st_mode & stat.S_IRGRP, path
        assert found.st_mode & stat.S_IWGRP, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to any group")
def test_the_store_passes_the_group_on(qc: Tool, shot: Path) -> None:
    make_shot(shot)
    os.chown(shot, -1, GROUP)
    shot.chmod(0o2775)
    qc.run(shot, umask=0o077)
    assert stat.S_IMODE((shot / ".qc").stat().st_mode) & 0o2070 == 0o2070


def test_a_private_folder_stays_private(qc: Tool, shot: Path) -> None:
    make_shot(shot)
    shot.chmod(0o700)
    qc.run(shot, umask=0o022)
    for path in (shot / ".qc", shot / ".qc.hashcache.json", *sidecar_paths(shot)):
        assert not path.stat().st_mode & stat.S_IWGRP, path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody of the group")
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_the_next_person_of_the_group_can_sign(qc: Tool, shot: Path) -> None:
    make_shot(shot)
    os.chown(shot, -1, GROUP)
    shot.chmod(0o2775)
    qc.run(shot, umask=0o077)
    for path in shot.parents[: len(shot.parents) - 2]:
        path.chmod(path.stat().st_mode | 0o055)
    for path in shot.iterdir():
        path.chmod(path.stat().st_mode | 0o044)
    colleague = ("setpriv", "--reuid=54321", f"--regid={GROUP}", "--clear-groups")
    own = {"HOME": "/", "XDG_CONFIG_HOME": "/nonexistent"}
    if subprocess.run([*colleague, command(), "--version"], check=False, env=own).returncode:
        pytest.skip("nobody else can run the command here")
    qc.run(*PASS, shot, prefix=colleague, env=own)
    assert all(said(sidecar) == [("pass", "anna")] for sidecar in sidecars(shot).values())
