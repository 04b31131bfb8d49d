"""Storage whose answers are errors where nobody expects any: named, or of no account."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from qc_asset_crawler import crawl
from qc_asset_crawler.settings import QCResult, Secret, Settings, Signing, Trak
from support import make_frames, said, sidecars
from trak_cli import always, well
from trak_server import TrakServer

PASS = Settings(operator="anna", signing=Signing(QCResult.PASS))
_real_close, _real_fstat = os.close, os.fstat


def close_with_error(fd: int) -> None:
    """Close; what was not written to says that it could not be, as network storage may."""
    found = _real_fstat(fd)
    written = fcntl.fcntl(fd, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY and found.st_size
    _real_close(fd)
    if not written:
        raise OSError(errno.EIO, os.strerror(errno.EIO))


def test_closing_what_was_only_read_may_fail(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_frames(tmp_path / "a")
    make_frames(tmp_path / "b", "bg")
    crawl(tmp_path)
    monkeypatch.setattr(os, "close", close_with_error)
    report = crawl(tmp_path, PASS)
    assert report.problems == ()
    assert [said(one) for one in sidecars(tmp_path).values()] == [[("pass", "anna")]] * 2
    assert not [*tmp_path.rglob("*.tmp"), *tmp_path.rglob(".qc.lock")]


def go_stale(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the descriptor of a folder be of no use any more, as when a server restarts."""
    stale = folder.stat().st_ino

    def fstat(fd: int) -> os.stat_result:
        found = _real_fstat(fd)
        if found.st_ino == stale:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return found

    monkeypatch.setattr(os, "fstat", fstat)


def test_a_folder_that_goes_stale_is_named_and_the_others_are_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        make_frames(tmp_path / name, name)
    crawl(tmp_path)
    go_stale(tmp_path / "a", monkeypatch)
    report = crawl(tmp_path, PASS)
    assert [problem.path for problem in report.problems] == [f"{tmp_path}/a/a.%04d.exr"]
    assert said(sidecars(tmp_path)["b.%04d.exr"]) == [("pass", "anna")]


def test_a_folder_that_goes_stale_before_its_verdicts_are_delivered_is_named(
    tmp_path: Path, trak: TrakServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        make_frames(tmp_path / name, name)
    tracked = PASS._replace(trak=Trak(trak.url, Secret(trak.key), deadline_seconds=0.2))
    trak.behave = always("status", 500)
    crawl(tmp_path, tracked)
    trak.behave = well
    go_stale(tmp_path / "a", monkeypatch)
    report = crawl(tmp_path, tracked._replace(signing=None))
    assert [problem.path for problem in report.problems] == [f"{tmp_path}/a"]
    assert (report.trak.delivered, report.trak.owes.verdicts) == (1, 1)
