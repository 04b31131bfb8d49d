"""Which files are too young to be trusted, by the clock of the file system."""

import os
import time

import pytest

from qc_asset_crawler.files.clock import DiskTime, read_clock
from qc_asset_crawler.model import FileStat

SECOND = 1_000_000_000
MS = SECOND // 1000
NOW = 1_700_000_000 * SECOND
FINE = DiskTime(NOW + 123_456_789)
WHOLE = DiskTime(NOW)
OLD = 3600 * SECOND


def stamped(clock: DiskTime, mtime_age: int, ctime_age: int) -> FileStat:
    return FileStat(1, 1, 0, clock.now_ns - mtime_age, clock.now_ns - ctime_age)


def test_a_clock_without_a_fraction_keeps_whole_seconds():
    assert WHOLE.whole_seconds
    assert not FINE.whole_seconds
    assert (WHOLE.window_ns, FINE.window_ns) == (2 * SECOND, 100 * MS)


# The clock, how long ago the file was written and its stamps set, and for how long it is racy:
# racy or not.
AGES = {
    "old": (FINE, OLD, OLD, False),
    "just written": (FINE, 0, 0, True),
    "written 99 ms ago": (FINE, 99 * MS, 99 * MS, True),
    "written 100 ms ago": (FINE, 100 * MS, 100 * MS, False),
    "whole seconds, written 1 s ago": (WHOLE, SECOND, SECOND, True),
    "whole seconds, written just under 2 s ago": (WHOLE, 2 * SECOND - 1, OLD, True),
    "whole seconds, written 2 s ago": (WHOLE, 2 * SECOND, 2 * SECOND, False),
    "old media, just copied with its stamps": (FINE, OLD, 0, True),
    "old media, copied 100 ms ago with its stamps": (FINE, OLD, 100 * MS, False),
    "mtime a little in the future": (FINE, -50 * MS, OLD, True),
    "mtime far in the future": (FINE, -OLD, OLD, False),
    "mtime in the future by the window": (FINE, -100 * MS, OLD, False),
    "ctime a little in the future": (FINE, OLD, -50 * MS, True),
    "ctime far in the future": (FINE, OLD, -OLD, True),
    "whole seconds, mtime a second in the future": (WHOLE, -SECOND, OLD, True),
    "whole seconds, mtime far in the future": (WHOLE, -OLD, OLD, False),
    "whole seconds, ctime far in the future": (WHOLE, OLD, -OLD, True),
}


@pytest.mark.parametrize(("clock", "mtime_age", "ctime_age", "racy"), AGES.values(), ids=list(AGES))
def test_a_file_is_racy_while_a_later_write_could_leave_the_same_stamps(
    clock, mtime_age, ctime_age, racy
):
    found = stamped(clock, mtime_age, ctime_age)
    assert clock.is_racy(found) is racy


YOUTHS = {
    "old": (FINE, OLD, OLD, False),
    "just written": (FINE, 0, 0, 100 * MS),
    "30 ms ago": (FINE, 30 * MS, 30 * MS, 70 * MS),
    "the younger stamp counts": (FINE, 60 * MS, 30 * MS, 70 * MS),
    "whole seconds, a second ago": (WHOLE, SECOND, OLD, SECOND),
    "ctime an hour in the future": (FINE, OLD, -OLD, OLD + 100 * MS),
}


@pytest.mark.parametrize(("clock", "mtime_age", "ctime_age", "wait"), YOUTHS.values(), ids=YOUTHS)
def test_how_long_to_wait_until_a_file_can_be_trusted(clock, mtime_age, ctime_age, wait):
    found = stamped(clock, mtime_age, ctime_age)
    assert max(0, clock.youth_ns(found)) == wait
    later = DiskTime(clock.now_ns + wait)
    assert later.whole_seconds is clock.whole_seconds
    assert not later.is_racy(found)


def test_the_disks_clock_is_read_without_leaving_a_trace(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    before = os.stat(tmp_path / "a").st_mtime_ns
    fd = os.open(tmp_path, os.O_RDONLY)
    try:
        first = read_clock(fd)
        time.sleep(0.02)
        second = read_clock(fd)
    finally:
        os.close(fd)
    assert before <= first.now_ns < second.now_ns
    assert os.listdir(tmp_path) == ["a"]


def test_a_folder_that_takes_no_files_has_no_clock():
    fd = os.open("/proc", os.O_RDONLY) if os.path.isdir("/proc/self") else None
    if fd is None:
        pytest.skip("no /proc here, which takes no files even from root")
    try:
        with pytest.raises(OSError, match=r".+"):
            read_clock(fd)
    finally:
        os.close(fd)
