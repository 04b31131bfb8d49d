"""The lock of a folder's sidecars: never two inside, and no crashed holder keeps it."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qc_asset_crawler.errors import BusyError, LockLostError, RecordError, StopRequestedError
from qc_asset_crawler.files.atomic import this_host
from qc_asset_crawler.files.lock import LOCK_NAME, Patience, is_dead, locked
from support import Tool, make_file, only_sidecar

FOREIGN = json.dumps({"host": "elsewhere", "pid": 1}).encode()
AT_ONCE = Patience(0.0, lambda: False)
A_WHILE = Patience(0.3, lambda: False)
FOR_EVER = Patience(None, lambda: False)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    """An open folder."""
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def owned_by(pid: int, host: str | None = None) -> bytes:
    return json.dumps({"host": host or this_host(), "pid": pid}).encode()


def ended_pid() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def lay(tmp_path: Path, data: bytes, age: float = 0) -> None:
    """Leave a lock in the folder, so many seconds old by the disk's clock."""
    (tmp_path / LOCK_NAME).write_bytes(data)
    make_older(tmp_path / LOCK_NAME, age)


def make_older(path: Path, age: float) -> None:
    if age:
        when = path.lstat().st_mtime_ns - int(age * 1e9)
        os.utime(path, ns=(when, when), follow_symlinks=False)


def test_a_held_lock_says_who_holds_it_and_is_gone_afterwards(folder, tmp_path):
    with locked(folder, AT_ONCE) as lock:
        held = json.loads((tmp_path / LOCK_NAME).read_bytes())
        assert held == {"host": this_host(), "pid": os.getpid()}
        lock.check()
    assert os.listdir(tmp_path) == []


def test_a_lock_is_let_go_when_the_work_fails(folder, tmp_path):
    with pytest.raises(ZeroDivisionError), locked(folder, AT_ONCE):
        raise ZeroDivisionError
    assert os.listdir(tmp_path) == []


def test_a_lock_of_storage_that_went_away_undoes_nothing_and_is_closed(tmp_path):
    gone = os.open(tmp_path, os.O_RDONLY)
    with locked(gone, AT_ONCE) as lock:
        os.close(gone)  # nothing can be asked of the folder any more
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(lock.fd)


def test_a_lock_is_not_held_twice(folder, tmp_path):
    with locked(folder, AT_ONCE) as lock:
        with pytest.raises(BusyError), locked(folder, A_WHILE):
            pytest.fail("two inside")
        lock.check()
    assert os.listdir(tmp_path) == []


def test_two_threads_are_never_both_inside(folder, tmp_path):
    inside = overlaps = entered = 0

    def work() -> None:
        nonlocal inside, overlaps, entered
        for _ in range(15):
            with locked(folder, FOR_EVER):
                inside += 1
                overlaps += inside > 1
                entered += 1
                time.sleep(0.001)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (overlaps, entered) == (0, 45)
    assert os.listdir(tmp_path) == []


COUNT_UP = """
import os, sys, time
from qc_asset_crawler.files.lock import Patience, locked
fd = os.open(sys.argv[1], os.O_RDONLY)
path = os.path.join(sys.argv[1], "count")
for _ in range(20):
    with locked(fd, Patience(None, lambda: False)) as lock:
        count = int(open(path).read())
        time.sleep(0.001)
        lock.check()
        open(path, "w").write(str(count + 1))
"""


def test_two_processes_are_never_both_inside(tmp_path):
    (tmp_path / "count").write_text("0")
    command = [sys.executable, "-c", COUNT_UP, str(tmp_path)]
    processes = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
    assert (tmp_path / "count").read_text() == "60"
    assert os.listdir(tmp_path) == ["count"]


TAKEN_OVER = {
    "of another host, an hour from the future": lambda: (FOREIGN, -3600),
    "of a process of this host that has ended": lambda: (owned_by(ended_pid()), 0),
    "of another host, 31 s old": lambda: (FOREIGN, 31),
    "of a living process, 31 s old": lambda: (owned_by(os.getpid()), 31),
    "empty, 31 s old": lambda: (b"", 31),
    "damaged, 31 s old": lambda: (b"[" * 4096, 31),
}


@pytest.mark.parametrize("old", TAKEN_OVER.values(), ids=list(TAKEN_OVER))
def test_a_stale_lock_is_taken_over_at_once(old, folder, tmp_path):
    lay(tmp_path, *old())
    started = time.monotonic()
    with locked(folder, A_WHILE) as lock:
        lock.check()
        assert json.loads((tmp_path / LOCK_NAME).read_bytes())["pid"] == os.getpid()
    assert time.monotonic() - started < 0.2
    assert os.listdir(tmp_path) == []


RESPECTED = {
    "of another host": lambda: (FOREIGN, 0),
    "of another host, 25 s old": lambda: (FOREIGN, 25),
    "of another host, a second from the future": lambda: (FOREIGN, -1),
    "of a living process of this host": lambda: (owned_by(os.getpid()), 0),
    "of a pid that has ended here, on another host": lambda: (owned_by(ended_pid(), "other"), 0),
    "empty": lambda: (b"", 0),
    "no JSON": lambda: (b"locked by anna", 0),
    "absurdly nested": lambda: (b"[" * 4096, 0),
    "not UTF-8": lambda: (b"\xff\xfe", 0),
    "a list": lambda: (b"[1]", 0),
    "without a pid": lambda: (b'{"host": "a"}', 0),
    "with a pid that is text": lambda: (owned_by(1).replace(b"1}", b'"1"}'), 0),
    "with a negative pid": lambda: (owned_by(-1), 0),
    "with the pid nought": lambda: (owned_by(0), 0),
    "with a pid too large to be one": lambda: (owned_by(2**70), 0),
}


@pytest.mark.parametrize("other", RESPECTED.values(), ids=list(RESPECTED))
def test_a_lock_that_may_be_somebodys_makes_us_wait_and_then_give_way(other, folder, tmp_path):
    data, age = other()
    lay(tmp_path, data, age)
    started = time.monotonic()
    with pytest.raises(BusyError), locked(folder, A_WHILE):
        pytest.fail("two inside")
    assert 0.3 <= time.monotonic() - started < 5
    assert (tmp_path / LOCK_NAME).read_bytes() == data
    assert os.listdir(tmp_path) == [LOCK_NAME]


@pytest.mark.parametrize("options", [(), ("--result", "pass", "--yes")], ids=["nightly", "signing"])
def test_a_lock_from_2099_stops_no_run(qc: Tool, shot: Path, options: tuple[str, ...]) -> None:
    make_file(shot / "cut.mov")
    lay(shot, FOREIGN)
    os.utime(shot / LOCK_NAME, (4_070_908_800, 4_070_908_800))
    qc.run(*options, shot)
    assert only_sidecar(shot)["qc_result"] == ("pass" if options else "pending")
    assert not (shot / LOCK_NAME).exists()


def test_whoever_waits_gets_in_as_soon_as_the_lock_is_free(folder, tmp_path):
    lay(tmp_path, FOREIGN)
    threading.Timer(0.2, (tmp_path / LOCK_NAME).unlink).start()
    started = time.monotonic()
    with locked(folder, FOR_EVER):
        assert 0.15 < time.monotonic() - started < 2


def test_waiting_ends_when_the_run_is_stopped(folder, tmp_path):
    lay(tmp_path, FOREIGN)
    until = time.monotonic() + 0.2
    with (
        pytest.raises(StopRequestedError),
        locked(folder, Patience(None, lambda: time.monotonic() > until)),
    ):
        pytest.fail("two inside")
    assert time.monotonic() < until + 1


def replace_lock(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).unlink()
    (tmp_path / "kept").write_bytes(b"")  # so that the inode number is not used again
    lay(tmp_path, FOREIGN)


@pytest.mark.parametrize("take", [replace_lock, lambda tmp_path: (tmp_path / LOCK_NAME).unlink()])
def test_a_holder_notices_that_the_lock_is_not_its_own_any_more(take, folder, tmp_path):
    with locked(folder, AT_ONCE) as lock:
        lock.check()
        take(tmp_path)
        with pytest.raises(LockLostError):
            lock.check()


def test_a_former_holder_leaves_the_next_ones_lock_alone(folder, tmp_path):
    with locked(folder, AT_ONCE):
        replace_lock(tmp_path)
    assert (tmp_path / LOCK_NAME).read_bytes() == FOREIGN


def make_link(path: Path) -> None:
    (path.parent / "target").write_bytes(owned_by(ended_pid()))
    path.symlink_to("target")


STRANGE = {
    "a link to the lock of an ended process": make_link,
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a FIFO": os.mkfifo,
}


@pytest.mark.parametrize("make", STRANGE.values(), ids=list(STRANGE))
def test_a_lock_that_is_no_file_is_waited_for_and_never_followed(make, folder, tmp_path):
    make(tmp_path / LOCK_NAME)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(BusyError), locked(folder, A_WHILE):
        pytest.fail("two inside")
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("make", STRANGE.values(), ids=list(STRANGE))
def test_a_lock_that_is_no_file_goes_when_it_is_old(make, folder, tmp_path):
    make(tmp_path / LOCK_NAME)
    target = tmp_path / "target"
    before = target.read_bytes() if target.exists() else None
    make_older(tmp_path / LOCK_NAME, 31)
    with locked(folder, A_WHILE) as lock:
        lock.check()
    assert (target.read_bytes() if target.exists() else None) == before
    assert set(os.listdir(tmp_path)) <= {"target"}


def test_a_folder_in_the_place_of_the_lock_is_somebodys_and_stays(folder, tmp_path):
    (tmp_path / LOCK_NAME).mkdir()
    (tmp_path / LOCK_NAME / "plate.1001.exr").write_bytes(b"media")
    make_older(tmp_path / LOCK_NAME, 31)
    with pytest.raises(RecordError, match="is a folder"), locked(folder, A_WHILE):
        pytest.fail("inside")
    assert (tmp_path / LOCK_NAME / "plate.1001.exr").read_bytes() == b"media"
    assert os.listdir(tmp_path) == [LOCK_NAME]


SWAP_WHILE_IT_IS_TAKEN_AWAY = """
import os, sys
from qc_asset_crawler.errors import BusyError
from qc_asset_crawler.files.lock import LOCK_NAME, Patience, locked
fd = os.open(sys.argv[1], os.O_RDONLY)
done = []

def swap(event, args):
    if event == "os.rename" and args[0] == LOCK_NAME and not done:
        done.append(True)
        os.unlink(LOCK_NAME, dir_fd=fd)
        new = os.open(LOCK_NAME, os.O_WRONLY | os.O_CREAT, 0o666, dir_fd=fd)
        os.write(new, sys.argv[2].encode())
        os.close(new)

sys.addaudithook(swap)
try:
    with locked(fd, Patience(0.2, lambda: False)):
        print("inside")
except BusyError:
    print("busy", done)
"""


def test_a_fresh_lock_taken_away_for_a_stale_one_is_put_back(tmp_path):
    """Another crawler takes the stale lock over just before we rename it away."""
    lay(tmp_path, owned_by(ended_pid()))
    command = [sys.executable, "-c", SWAP_WHILE_IT_IS_TAKEN_AWAY, str(tmp_path), FOREIGN.decode()]
    printed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
    assert printed == "busy [True]\n"
    assert (tmp_path / LOCK_NAME).read_bytes() == FOREIGN
    assert os.listdir(tmp_path) == [LOCK_NAME]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_no_matter_of_waiting(folder, tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(PermissionError), locked(folder, FOR_EVER):
        pytest.fail("inside")


DEATH = {
    "nobody known": (None, False),
    "this process": ((this_host(), os.getpid()), False),
    "the first process, of root": ((this_host(), 1), False),
    "on another host": (("elsewhere", 2**22 + 1), False),
    "no pid at all": ((this_host(), 0), False),
    "a group of processes": ((this_host(), -1), False),
}


@pytest.mark.parametrize(("owner", "dead"), DEATH.values(), ids=list(DEATH))
def test_only_a_process_of_this_host_that_has_ended_is_dead(owner, dead):
    assert is_dead(owner) is dead
    assert is_dead((this_host(), ended_pid()))


def test_who_takes_a_lock_over_takes_its_holders_temp_files_away(folder, tmp_path):
    """A rename of his that hangs must not put anything into place later."""
    (tmp_path / ".qc").mkdir()
    his, others = ".qc-elsewhere-1-0123abcd.tmp", ".qc-elsewhere-12-0123abcd.tmp"
    for at in (tmp_path, tmp_path / ".qc"):
        (at / his).touch()
        (at / others).touch()
    lay(tmp_path, FOREIGN, age=60)
    with locked(folder, AT_ONCE):
        left = sorted(path.name for path in tmp_path.rglob("*.tmp"))
    assert left == [others, others]


LOCKING = """
import os, sys
from qc_asset_crawler.files.lock import Patience, locked

def link(*args, **how):
    {link}

os.link = link
folder = os.open(sys.argv[1], os.O_RDONLY)
with locked(folder, Patience(0.0, lambda: False)) as lock:
    lock.check()
    print(open(sys.argv[1] + "/.qc.lock").read())
print(os.listdir(folder))
"""


def run_locking(tmp_path: Path, link: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", LOCKING.format(link=link), str(tmp_path)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_whoever_is_killed_while_making_a_lock_leaves_none_without_a_name(tmp_path, folder):
    assert run_locking(tmp_path, "os._exit(9)").returncode == 9
    (left,) = os.listdir(tmp_path)
    assert left.endswith(".tmp")
    with locked(folder, AT_ONCE) as lock:
        lock.check()


@pytest.mark.parametrize("error", ["EPERM", "EOPNOTSUPP"])
def test_storage_without_hard_links_has_locks_as_well(tmp_path, error):
    done = run_locking(tmp_path, f"import errno; raise OSError(errno.{error}, 'no links')")
    assert done.returncode == 0, done.stderr
    assert '"pid"' in done.stdout
    assert done.stdout.endswith("[]\n")
