"""A command that is forked does what one does that is started."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults.commands import Done

from nursery import Nursery
from support import Tool

NAMES = ["qc-crawl", "qc-clean", "qc-report", "make-fake-seq"]


@pytest.fixture
def forked(qc: Tool, tmp_path: Path) -> Iterator[Tool]:
    nursery = Nursery(qc.env, tmp_path)
    yield replace(qc, nursery=nursery)
    nursery.close()


@pytest.mark.parametrize("args", [["--version"], ["--help"], ["--nope"]], ids=str)
def test_it_says_the_same(qc: Tool, forked: Tool, args: list[str]) -> None:
    status = 2 if args == ["--nope"] else 0

    def said(tool: Tool) -> list[Done]:
        return [replace(tool, name=name).run(*args, status=status) for name in NAMES]

    assert said(forked) == said(replace(qc, nursery=None))


def test_it_has_the_directory_the_permissions_and_the_variables_it_is_given(
    forked: Tool, tmp_path: Path
) -> None:
    fake = replace(forked, name="make-fake-seq")
    fake.run("--out", "shot", "--base", "plate", cwd=tmp_path, umask=0o077)
    assert (tmp_path / "shot").stat().st_mode & 0o777 == 0o700
    forked.run("shot", cwd=tmp_path, env={"QC_IGNORE_CTIME": "perhaps"}, status=2)
    forked.run("shot", cwd=tmp_path)


def test_one_that_hangs_is_ended_and_the_next_one_runs(qc: Tool, tmp_path: Path) -> None:
    nursery = Nursery(qc.env, tmp_path)
    version = ["qc-crawl", "--version"]
    with pytest.raises(subprocess.TimeoutExpired):
        nursery.run(version, qc.env, tmp_path, -1, seconds=0)
    status, out, err = nursery.run(version, qc.env, tmp_path, -1, seconds=60)
    nursery.close()
    assert (status, err) == (0, b"")
    assert out.startswith(b"qc-crawl ")
