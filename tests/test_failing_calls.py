"""Storage whose answers are errors where nobody expects any: named, or of no account."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from qc_asset_crawler import crawl
from qc_asset_crawler.settings import QCResult, Settings, Signing
from support import make_frames, said, sidecars

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
