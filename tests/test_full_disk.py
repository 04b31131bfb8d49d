"""Storage that takes no more: nothing acknowledged is lost, and there is no false success."""

from pathlib import Path

from faults.stock import listing, media_listing

from support import Tool, files_below, fill, make_file, make_frames, rewrite, said, sidecars

PASS = ("--result", "pass", "--operator", "anna", "--yes")


def test_a_folder_that_cannot_be_written_is_named_and_left_as_it_is(
    qc: Tool, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    make_frames(shot / "open")
    make_frames(shot / "closed", "bg")
    (shot / "closed").chmod(0o555)
    before = listing(shot / "closed")
    done = qc.run(*PASS, shot, status=3, prefix=unprivileged)
    assert listing(shot / "closed") == before
    (shot / "closed").chmod(0o755)
    assert done.last_line == "qc-crawl: exit 3: unrecorded=1"
    assert "closed/bg.%04d.exr" in done.err
    assert list(sidecars(shot)) == ["plate.%04d.exr"]


def test_unchanged_media_on_read_only_storage_is_fine(
    qc: Tool, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    make_frames(shot)
    qc.run(*PASS, shot)
    shot.chmod(0o555)
    done = qc.run(shot, prefix=unprivileged)
    shot.chmod(0o755)
    assert "nothing was written" in done.out


def test_a_full_disk_keeps_every_old_sidecar_and_leaves_no_temp(qc: Tool, small_disk: Path) -> None:
    shot = small_disk / "shot"
    frames = make_frames(shot)
    make_file(shot / "cut.mov")
    qc.run(*PASS, shot)
    before = sidecars(shot)
    rewrite(frames[0])
    fill(small_disk)
    media = media_listing(shot)
    for run in ((), ("--result", "fail", "--yes"), ("--sidecar-mode", "inline")):
        done = qc.run(*run, shot, status=3)
        assert done.last_line.startswith("qc-crawl: exit 3: unrecorded=")
        assert sidecars(shot) == before
        assert not [path for path in files_below(shot) if path.name.endswith((".tmp", ".lock"))]
    assert media_listing(shot) == media
    (small_disk / "filler").unlink()
    qc.run("--result", "fail", "--operator", "ben", "--yes", shot)
    for sidecar in sidecars(shot).values():
        assert said(sidecar) == [("pass", "anna"), ("fail", "ben")]
