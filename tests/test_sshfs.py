"""One tree through two mounts that remember for a while what they saw: nothing is lost by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.rows import MissingError
from faults.sshfs import mounted

from support import Tool, make_file, make_frames, said, sidecars

ANNA = ("--result", "pass", "--operator", "anna", "--yes")
BEN = ("--result", "fail", "--operator", "ben", "--yes")


@pytest.fixture
def here(tmp_path: Path, shot: Path) -> Iterator[Path]:
    try:
        with mounted(shot, tmp_path / "here") as at:
            yield at
    except MissingError as missing:
        pytest.skip(str(missing))


@pytest.fixture
def there(tmp_path: Path, shot: Path) -> Iterator[Path]:
    try:
        with mounted(shot, tmp_path / "there") as at:
            yield at
    except MissingError as missing:
        pytest.skip(str(missing))


def test_media_is_not_missing_for_having_been_looked_at_before(
    qc: Tool, here: Path, shot: Path
) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    qc.run(*ANNA, here)
    qc.run(here)
    assert {one["content_state"] for one in sidecars(shot).values()} == {"new"}
    assert all(said(one) == [("pass", "anna")] for one in sidecars(shot).values())


def test_a_sidecar_that_grew_a_moment_ago_is_not_taken_for_damaged(
    qc: Tool, there: Path, shot: Path
) -> None:
    make_file(shot / "cut.mov")
    qc.run(shot)
    qc.run("--dry-run", there)
    qc.run(*ANNA, shot)
    qc.run(*BEN, there)
    assert said(sidecars(shot)["cut.mov"]) == [("pass", "anna"), ("fail", "ben")]


def test_a_verdict_is_kept_by_somebody_whose_listing_is_older(
    qc: Tool, here: Path, there: Path, shot: Path
) -> None:
    make_file(shot / "cut.mov")
    make_file(shot / "other.mov")
    qc.run("--exclude", "other.mov", shot)
    qc.run("--dry-run", there)
    qc.run(*ANNA, here)
    qc.run(*BEN, there)
    assert said(sidecars(shot)["other.mov"]) == [("pass", "anna"), ("fail", "ben")]
