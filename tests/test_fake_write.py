"""Files are there whole or not at all, and nothing is overwritten that nobody gave up."""

import errno
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from qc_asset_crawler.errors import never
from qc_asset_crawler.fakeseq.bake import Bakery
from qc_asset_crawler.fakeseq.plan import make_plan
from qc_asset_crawler.fakeseq.request import FakeRequest, Look, Naming, Numbering
from qc_asset_crawler.fakeseq.write import Written, give_name, write_frames
from qc_asset_crawler.files.atomic import temp_owner
from support import TIMEOUT, Tool, finish, make_frames

PLATE = ("--base", "plate")
BIG = 3 << 20


@pytest.fixture
def folder_fd(tmp_path: Path) -> Iterator[int]:
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def written(folder_fd: int, size: int | None, *, force: bool) -> Written:
    """Write three frames without looking first, as if they were made meanwhile by another."""
    asked = FakeRequest(Naming(base="plate"), Numbering(frames=3), Look(bytes=size))
    plan = make_plan(asked)
    return write_frames(
        folder_fd, plan, Bakery(plan), force=force, stopped=never, on_file=lambda _: None
    )


@pytest.mark.parametrize("size", [None, BIG])
def test_a_file_that_appears_meanwhile_is_not_overwritten(
    tmp_path: Path, folder_fd: int, size: int | None
) -> None:
    (tmp_path / "plate.1002.exr").write_text("mine")
    done = written(folder_fd, size, force=False)
    assert (done.files, done.failed, done.why) == (1, "plate.1002.exr", "File exists")
    assert (tmp_path / "plate.1002.exr").read_text() == "mine"
    assert names(tmp_path) == ["plate.1001.exr", "plate.1002.exr"]
    assert written(folder_fd, size, force=True).files == 3
    assert len(names(tmp_path)) == 3


@pytest.mark.parametrize("size", [None, BIG])
def test_no_temporary_file_is_left_where_a_folder_stands(
    tmp_path: Path, folder_fd: int, size: int | None
) -> None:
    (tmp_path / "plate.1002.exr").mkdir()
    done = written(folder_fd, size, force=True)
    assert (done.files, done.failed, done.why) == (1, "plate.1002.exr", "Is a directory")
    assert names(tmp_path) == ["plate.1001.exr", "plate.1002.exr"]


def refuse(number: int) -> Callable[..., None]:
    def link(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    return link


@pytest.mark.parametrize("link", [os.link, refuse(errno.EPERM), refuse(errno.EOPNOTSUPP)])
def test_a_name_is_given_once_with_links_and_without(
    tmp_path: Path, folder_fd: int, link: Callable[..., None]
) -> None:
    (tmp_path / "temp").write_text("new")
    give_name(folder_fd, "temp", "free", link)
    assert (tmp_path / "free").read_text() == "new"
    assert (tmp_path / "free").stat().st_nlink == 1
    assert names(tmp_path) == ["free"]
    (tmp_path / "temp").write_text("newer")
    with pytest.raises(FileExistsError):
        give_name(folder_fd, "temp", "free", link)
    assert (tmp_path / "free").read_text() == "new"


def test_a_name_is_given_back_where_the_file_has_gone(tmp_path: Path, folder_fd: int) -> None:
    for link in (os.link, refuse(errno.EPERM)):
        with pytest.raises(FileNotFoundError):
            give_name(folder_fd, "temp", "free", link)
        assert names(tmp_path) == []


def test_a_link_that_fails_for_another_reason_is_told(tmp_path: Path, folder_fd: int) -> None:
    (tmp_path / "temp").write_text("new")
    with pytest.raises(OSError, match="No space"):
        give_name(folder_fd, "temp", "free", refuse(errno.ENOSPC))
    assert names(tmp_path) == ["temp"]


# Takes its time, and is no harm if nobody breaks it off.
LARGE = 1 << 31
# Whoever starts the tests may have told them to outlive the terminal.


def test_a_large_frame_has_no_name_before_it_is_whole(fake: Tool, qc: Tool, tmp_path: Path) -> None:
    make_frames(tmp_path, "other")
    before = set(names(tmp_path))
    size = ("--frames", 1, "--bytes", LARGE)
    process = fake.start("--out", tmp_path, *PLATE, *size)
    end = time.monotonic() + TIMEOUT
    while set(names(tmp_path)) == before:
        assert time.monotonic() < end
        time.sleep(0.01)
    process.kill()
    finish(process, -signal.SIGKILL)
    (left,) = set(names(tmp_path)) - before
    assert temp_owner(left) is not None
    qc.run(tmp_path)
    assert left not in names(tmp_path)


@pytest.mark.parametrize("numbers", [(signal.SIGINT, signal.SIGTERM), (signal.SIGHUP,)])
def test_signals_at_any_moment_leave_small_frames_whole(
    fake: Tool, tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    for at in range(8):
        out = tmp_path / str(at)
        process = fake.start("--out", out, *PLATE, "--frames", "90000")
        end = time.monotonic() + TIMEOUT
        while not (out.is_dir() and names(out)):
            assert time.monotonic() < end
            time.sleep(0.005)
        time.sleep(0.003 * at)
        for number in numbers:
            process.send_signal(number)
        process.communicate(timeout=TIMEOUT)
        assert {path.stat().st_size for path in out.iterdir()} == {14863}
