"""Where the command is started and where its text goes: gone folders, full disks, closed ends."""

import fcntl
import os
import subprocess
import time
from pathlib import Path

import pytest

from support import Done, Tool, command, make_file, make_frames, sidecars


@pytest.fixture
def tree(shot: Path) -> Path:
    make_frames(shot)
    make_file(shot / "cut.mov")
    return shot


def through(script: str, name: str | Path = "sh") -> tuple[str, ...]:
    """What to put before a command so that a shell starts it: `$0` is the name."""
    return ("sh", "-c", script, str(name))


@pytest.fixture
def gone(tmp_path: Path) -> tuple[str, ...]:
    """Start the command in a working directory that was deleted."""
    (tmp_path / "gone").mkdir()
    return through('cd "$0" && rmdir "$0" && exec "$@"', tmp_path / "gone")


def one_line(done: Done) -> bool:
    return len(done.err.splitlines()) == 1 and done.err.startswith("qc-crawl: ")


@pytest.mark.parametrize("options", [(), ("--dry-run",), ("--result", "pass", "--yes")])
def test_an_absolute_root_needs_no_working_directory(
    qc: Tool, tree: Path, gone: tuple[str, ...], options: tuple[str, ...]
) -> None:
    qc.run(*options, tree, prefix=gone)
    assert len(sidecars(tree)) == (0 if "--dry-run" in options else 2)


@pytest.mark.parametrize("root", [".", "plate.%04d.exr"])
def test_a_relative_root_in_a_deleted_working_directory_is_one_line(
    qc: Tool, gone: tuple[str, ...], root: str
) -> None:
    done = qc.run(root, status=2, prefix=gone)
    assert one_line(done)
    assert "current folder" in done.err


FORMS = [("--result", "pass"), ("--json",), ("--json-lines",), ("--dry-run",)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("options", FORMS, ids=" ".join)
def test_a_full_disk_under_stdout_is_one_line(
    qc: Tool, tree: Path, options: tuple[str, ...]
) -> None:
    done = qc.run(*options, tree, status=3, prefix=through('exec "$@" >/dev/full'))
    assert one_line(done)
    assert "stdout" in done.err


@pytest.mark.parametrize("options", FORMS, ids=" ".join)
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_ends_stop_nothing(
    qc: Tool, tree: Path, options: tuple[str, ...], closed: str
) -> None:
    done = qc.run(*options, tree, prefix=through(f'exec "$@" {closed}'))
    assert (done.out == "") is (">&-" in closed.replace("2>&-", ""))
    assert done.err == ""
    assert len(sidecars(tree)) == (0 if "--dry-run" in options else 2)


def test_an_error_with_closed_ends_is_still_told_by_the_status(qc: Tool, tree: Path) -> None:
    qc.run(tree / "nowhere", status=2, prefix=through('exec "$@" >&- 2>&-'))


@pytest.mark.parametrize("options", [("--json",), ("--json-lines",), ("--log", "DEBUG")])
def test_a_pipe_that_somebody_made_non_blocking_gets_everything(
    qc: Tool, shot: Path, options: tuple[str, ...]
) -> None:
    """As some parents do with a pipe that they share: what does not fit at once is not lost."""
    for number in range(200):
        make_file(shot / f"take{number:03}-{'x' * 200}.mov")
    read, write = os.pipe()
    os.set_blocking(write, False)
    fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, 4096)
    process = subprocess.Popen(
        [command(), *options, shot], env=dict(qc.env), stdout=write, stderr=write
    )
    os.close(write)
    time.sleep(0.5)  # the pipe fills up meanwhile
    with open(read, encoding="utf-8") as file:
        text = file.read()
    assert process.wait(60) == 0
    assert all(f"take{number:03}-" in text for number in range(200))
    assert text.rstrip().endswith(("}", "sidecars written", str(shot)))
