"""Changes that stamps hide: the tool must find them, and must not read too much for it."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.stock import listing, media_listing

from support import (
    Json,
    Tool,
    content_hash,
    finish,
    make_file,
    make_frames,
    manifest_hash,
    only_sidecar,
    rewrite,
    said,
    sidecars,
)

PASS = ("--result", "pass", "--operator", "anna", "--yes")


def rewrite_unseen(path: Path) -> None:
    """Write other bytes of the same size and put the mtime back."""
    before = path.stat()
    rewrite(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


# -- same size, same mtime ----------------------------------------------------------------------


def silent(sidecar: Json) -> list[Json]:
    """Return the findings that are about silent changes; the media here is no real media."""
    return [one for one in sidecar["findings"] if one["kind"] == "silent-change"]


def test_a_frame_rewritten_with_its_mtime_put_back_is_found_and_named(qc: Tool, shot: Path) -> None:
    frames = make_frames(shot)
    qc.run(*PASS, shot)
    rewrite_unseen(frames[2])
    done = qc.run(shot)
    sidecar = only_sidecar(shot)
    assert (sidecar["qc_result"], sidecar["content_state"]) == ("pending", "modified")
    (finding,) = silent(sidecar)
    assert (finding["kind"], finding["frames"]) == ("silent-change", "1003")
    assert "silent-change 1003" in done.out
    assert said(sidecar) == [("pass", "anna")]
    assert sidecar["content_hash"] == manifest_hash(frames)


def test_a_single_file_rewritten_with_its_mtime_put_back_is_found(qc: Tool, shot: Path) -> None:
    movie = make_file(shot / "cut.mov")
    qc.run(*PASS, shot)
    rewrite_unseen(movie)
    done = qc.run(shot)
    (finding,) = silent(only_sidecar(shot))
    assert (finding["kind"], finding["frames"]) == ("silent-change", None)
    assert "silent-change" in done.out


def test_a_change_that_shows_is_not_called_silent(qc: Tool, shot: Path) -> None:
    movie = make_file(shot / "cut.mov")
    qc.run(*PASS, shot)
    rewrite(movie)
    qc.run(shot)
    assert silent(only_sidecar(shot)) == []


def test_rehash_finds_what_the_stamps_were_trusted_with(qc: Tool, shot: Path) -> None:
    frames = make_frames(shot)
    qc.run("--ignore-ctime", *PASS, shot)
    rewrite_unseen(frames[0])
    done = qc.run("--ignore-ctime", shot)
    assert "ctime was ignored" in done.out
    assert only_sidecar(shot)["qc_result"] == "pass"
    qc.run("--rehash", shot)
    sidecar = only_sidecar(shot)
    assert sidecar["qc_result"] == "pending"
    assert len(silent(sidecar)) == 1


def test_a_silent_change_is_found_in_what_a_run_was_told_not_to_look_at(
    qc: Tool, shot: Path
) -> None:
    frames = make_frames(shot)
    movie = make_file(shot / "cut.mov")
    qc.run(*PASS, shot)
    rewrite(frames[0])
    qc.run("--exclude", "*.mov", shot)
    rewrite_unseen(movie)
    qc.run(shot)
    assert len(silent(sidecars(shot)["cut.mov"])) == 1


@pytest.mark.parametrize("size", [64, 3_000_000])
def test_a_frame_rewritten_right_after_a_crawl_is_found(qc: Tool, shot: Path, size: int) -> None:
    frames = make_frames(shot, size=size)
    for filling in (b"a", b"b"):
        qc.run(shot)
        rewrite(frames[1], filling)
        qc.run(shot)
        assert only_sidecar(shot)["content_hash"] == manifest_hash(frames)


# -- chmod --------------------------------------------------------------------------------------


def chmod_tree(root: Path) -> None:
    subprocess.run(["chmod", "-R", "g+w", str(root)], check=True)


@pytest.mark.parametrize("option", [(), ("--ignore-ctime",)], ids=["strict", "--ignore-ctime"])
def test_chmod_over_a_tree_changes_no_verdict(
    qc: Tool, shot: Path, option: tuple[str, ...]
) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    qc.run(*option, *PASS, shot)
    subprocess.run(["chmod", "-R", "g-w", str(shot)], check=True)
    qc.run(*option, shot)
    before = sidecars(shot)
    chmod_tree(shot)
    first = qc.json(*option, shot)["summary"]
    after = sidecars(shot)
    assert first["files_read"] == (0 if option else 6)
    for name, sidecar in after.items():
        changed = {key for key in sidecar if sidecar[key] != before[name][key]}
        assert changed <= {"cheap_fp", "sequence"}
    untouched = listing(shot)
    second = qc.json(*option, shot)["summary"]
    assert (second["files_read"], second["actions"]) == (0, {"kept": 2})
    assert listing(shot) == untouched


def test_a_hard_link_made_later_changes_no_verdict(qc: Tool, shot: Path) -> None:
    movie = make_file(shot / "cut.mov")
    qc.run(*PASS, shot)
    (shot.parent / "link.mov").hardlink_to(movie)
    qc.run(shot)
    sidecar = only_sidecar(shot)
    assert (sidecar["qc_result"], silent(sidecar)) == ("pass", [])


# -- fresh frames -------------------------------------------------------------------------------


def test_fresh_frames_are_neither_refused_nor_slow(qc: Tool, shot: Path) -> None:
    make_frames(shot, frames=range(1, 201))
    started = time.monotonic()
    first = qc.json(*PASS, shot)["summary"]
    assert time.monotonic() - started < 2
    assert (first["assets"], first["files_read"], first["problems"]) == (1, 200, [])
    before = listing(shot)
    assert qc.json(shot)["summary"]["files_read"] == 0
    assert listing(shot) == before


@pytest.mark.parametrize("hours", [-48, 48], ids=["in the past", "in the future"])
def test_stamps_far_off_neither_stall_a_run_nor_hide_a_change(
    qc: Tool, shot: Path, hours: int
) -> None:
    frames = make_frames(shot)
    when = time.time() + hours * 3600
    for frame in frames:
        os.utime(frame, (when, when))
    started = time.monotonic()
    qc.run(*PASS, shot)
    assert time.monotonic() - started < 5
    assert qc.json(shot)["summary"]["files_read"] == 0
    rewrite_unseen(frames[0])
    qc.run(shot)
    assert only_sidecar(shot)["content_hash"] == manifest_hash(frames)


def test_a_file_that_grows_while_it_is_read_gets_no_verdict(qc: Tool, shot: Path) -> None:
    movie = shot / "growing.mov"
    movie.write_bytes(b"")
    os.truncate(movie, 256 << 20)
    make_file(shot / "still.mov")
    process = qc.start(*PASS, shot)
    while process.poll() is None:
        with movie.open("ab") as file:
            file.write(b"more")
        time.sleep(0.005)
    done = finish(process, 3)
    assert done.last_line == "qc-crawl: exit 3: unstable=1"
    assert "growing.mov" in done.out
    assert list(sidecars(shot)) == ["still.mov"]


def test_a_growing_file_does_not_make_a_nightly_run_fail(qc: Tool, shot: Path) -> None:
    movie = shot / "growing.mov"
    movie.write_bytes(b"")
    os.truncate(movie, 256 << 20)
    process = qc.start(shot)
    while process.poll() is None:
        with movie.open("ab") as file:
            file.write(b"more")
        time.sleep(0.005)
    done = finish(process, 0)
    assert "unstable" in done.out
    assert sidecars(shot) == {}


# -- stamps of whole seconds --------------------------------------------------------------------


@pytest.fixture(scope="module")
def coarse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A mounted file system that keeps whole seconds only."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("mkfs.ext4", "mount", "umount"))):
        pytest.skip("mounting a file system with whole-second stamps takes root and mkfs.ext4")
    place = tmp_path_factory.mktemp("coarse")
    image, mounted = place / "image", place / "mounted"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(64 << 20)
    for command in (
        ["mkfs.ext4", "-q", "-F", "-I", "128", image],
        ["mount", "-o", "loop", image, mounted],
    ):
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode:
            pytest.skip(f"{command[0]} is not possible here: {done.stderr.decode().strip()}")
    try:
        make_file(mounted / "probe")
        assert (mounted / "probe").stat().st_mtime_ns % 1_000_000_000 == 0
        yield mounted
    finally:
        if subprocess.run(["umount", mounted], check=False).returncode:
            subprocess.run(["umount", "-l", mounted], check=True)


def wait_for_a_new_second() -> None:
    time.sleep(1.02 - time.time() % 1)


@pytest.mark.slow
def test_whole_seconds_a_rewrite_while_the_crawl_begins_is_found(qc: Tool, coarse: Path) -> None:
    folders = {after: coarse / f"begun-{after}" for after in (0.02, 0.15, 0.3, 0.6)}
    wait_for_a_new_second()
    for folder in folders.values():
        make_frames(folder)
        make_file(folder / "cut.mov")
    crawls = [qc.start(folder) for folder in folders.values()]
    started = time.monotonic()
    for after, folder in folders.items():
        time.sleep(max(0.0, started + after - time.monotonic()))
        rewrite(folder / "plate.1002.exr")
        rewrite(folder / "cut.mov")
    for process in crawls:
        finish(process, 0)
    qc.run(*folders.values())
    for after, folder in folders.items():
        both = sidecars(folder)
        frames = sorted(folder.glob("plate.*"))
        assert both["plate.%04d.exr"]["content_hash"] == manifest_hash(frames), after
        movie = (folder / "cut.mov").read_bytes()
        assert both["cut.mov"]["content_hash"] == content_hash(movie), after


def test_whole_seconds_a_rewrite_right_after_the_crawl_is_found(qc: Tool, coarse: Path) -> None:
    folder = coarse / "ended"
    frames = make_frames(folder)
    qc.run(folder)
    rewrite(frames[1])
    qc.run(folder)
    assert only_sidecar(folder)["content_hash"] == manifest_hash(frames)


@pytest.mark.slow
def test_whole_seconds_a_verdict_is_never_on_bytes_that_nobody_hashed(
    qc: Tool, coarse: Path
) -> None:
    folder = coarse / "signed"
    wait_for_a_new_second()
    frames = make_frames(folder)
    process = qc.start(*PASS, folder)
    time.sleep(0.3)
    rewrite(frames[1])
    out, _ = process.communicate(timeout=30)
    assert process.returncode in {0, 3}, out
    signed = sidecars(folder)
    for sidecar in signed.values():
        assert sidecar["content_hash"] == manifest_hash(frames)


@pytest.mark.slow
def test_whole_seconds_what_is_settled_is_not_read_again(qc: Tool, coarse: Path) -> None:
    folder = coarse / "settled"
    make_frames(folder)
    media = media_listing(folder)
    qc.run(*PASS, folder)
    before = listing(folder)
    assert qc.json(folder)["summary"]["files_read"] == 0
    assert listing(folder) == before
    assert media_listing(folder) == media


@pytest.mark.slow
def test_whole_seconds_a_run_that_ignores_ctime_leaves_no_wrong_hash(
    qc: Tool, coarse: Path
) -> None:
    movie = coarse / "ignored" / "cut.mov"
    movie.parent.mkdir()
    wait_for_a_new_second()
    for option, data in (("--ignore-ctime", b"AAAA"), ("--quiet", b"BBBB")):
        movie.write_bytes(data)
        os.utime(movie, (1_000_000_000, 1_000_000_000))
        qc.run(option, movie.parent)
    assert only_sidecar(movie.parent)["content_hash"] == content_hash(b"BBBB")
