"""Storage that takes no more: nothing acknowledged is lost, and there is no false success."""

import os
from pathlib import Path
from typing import Any, NamedTuple

from faults.stock import listing, media_listing

from qc_asset_crawler.crawler.context import FullVolumes
from qc_asset_crawler.crawler.record import record
from qc_asset_crawler.errors import never
from qc_asset_crawler.files.folder import Folder
from qc_asset_crawler.files.lock import Patience
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


class Cut(NamedTuple):
    path: str


class NothingIsWritten:
    unfinished = False

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is not to be called")


def test_storage_that_went_away_is_a_problem_of_each_asset_and_not_the_end(tmp_path: Path) -> None:
    gone = os.open(tmp_path, os.O_RDONLY)
    os.close(gone)  # nothing can be asked of it any more, as of a volume that was shut down
    cuts = [Cut("/jobs/a.mov"), Cut("/jobs/b.mov")]
    folder = Folder(gone, str(tmp_path))
    recording = record(folder, NothingIsWritten(), cuts, FullVolumes(), Patience(0.0, never))
    assert [(problem.kind, problem.path) for problem in recording.problems] == [
        ("unrecorded", "/jobs/a.mov"),
        ("unrecorded", "/jobs/b.mov"),
    ]
    full = FullVolumes()
    full.add(gone, "full")
    assert full.reason(gone) == "Bad file descriptor"
