"""The lock of a directory's sidecars: an exclusively created file, no `flock`.

Works between hosts on shared storage. Neither hashing nor HTTP happens while it is held.
"""

import errno
import json
import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import NamedTuple

from ..errors import BusyError, LockLostError, RecordError, StopRequestedError
from .atomic import create, remove_quietly, temp_name, temp_owner, this_host, write_all
from .clock import read_clock
from .folder import READ_FILE, STORE_NAME, close_quietly, open_inside

LOCK_NAME = ".qc.lock"
LOCK_STALE_NS = 30 * 1_000_000_000
TEMP_STALE_NS = 3600 * 1_000_000_000
CLOCK_WENT_BACK_NS = 5 * 1_000_000_000
_MAX_LOCK_BYTES = 4096
_POLL_SECONDS = 0.02
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class Patience(NamedTuple):
    """How long to wait for a lock (None: until it is ours), and when to give up at once."""

    seconds: float | None
    stopped: Callable[[], bool]


class HeldLock(NamedTuple):
    """A lock that is ours, for as long as its file is the one we made."""

    folder_fd: int
    fd: int

    def check(self) -> None:
        """Make sure that nobody took the lock over.

        Raises:
            LockLostError: it is not ours any more.
        """
        mine = os.fstat(self.fd)
        try:
            there = os.stat(LOCK_NAME, dir_fd=self.folder_fd, follow_symlinks=False)
        except FileNotFoundError:
            raise LockLostError("the folder's lock was taken away") from None
        if (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
            raise LockLostError("the folder's lock was taken over by another crawler")


@contextmanager
def locked(folder_fd: int, patience: Patience) -> Iterator[HeldLock]:
    """Hold the folder's lock.

    Raises:
        BusyError: somebody else held it for as long as we wait.
        StopRequestedError: the run was asked to stop while waiting.
        OSError: the folder cannot be written.
    """
    lock = HeldLock(folder_fd, _acquire(folder_fd, patience))
    try:
        yield lock
    finally:
        _let_go(lock)


def _let_go(lock: HeldLock) -> None:
    """Remove a lock, unless it belongs to somebody else now, or nobody can tell."""
    try:
        lock.check()
    except (LockLostError, OSError):
        return
    else:
        remove_quietly(lock.folder_fd, LOCK_NAME)
    finally:
        close_quietly(lock.fd)


def _acquire(folder_fd: int, patience: Patience) -> int:
    deadline = None if patience.seconds is None else time.monotonic() + patience.seconds
    next_look = 0.0
    while True:
        try:
            return _create_lock(folder_fd)
        except FileExistsError:
            pass
        if patience.stopped():
            raise StopRequestedError
        now = time.monotonic()
        if now >= next_look:
            next_look = now + 1.0
            if take_away_stale(folder_fd):
                continue
        if deadline is not None and now >= deadline:
            raise BusyError("another crawler holds this folder's lock")
        time.sleep(_POLL_SECONDS * (0.5 + os.urandom(1)[0] / 256))


def _create_lock(folder_fd: int) -> int:
    """Make the lock, with who holds it in it from the first moment on; return it open.

    A run that is killed leaves no lock of which nobody can tell whose it was. Where the storage has
    no hard links, it may.

    Raises:
        FileExistsError: there is one.
        OSError: the folder cannot be written.
    """
    temp = temp_name()
    content = json.dumps({"host": this_host(), "pid": os.getpid()}).encode()
    fd = _create_with(folder_fd, temp, content)
    with ExitStack() as undo:
        undo.callback(remove_quietly, folder_fd, temp)
        undo.callback(close_quietly, fd)
        try:
            os.link(temp, LOCK_NAME, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
        except OSError as error:
            if error.errno in _NO_LINKS:
                return _create_with(folder_fd, LOCK_NAME, content)
            if os.fstat(fd).st_nlink != 2:  # it is ours: an answer was lost, and we asked again
                raise
        try:
            return _open_ours(folder_fd, content)
        except FileExistsError:
            raise
        except OSError:
            remove_quietly(folder_fd, LOCK_NAME)
            raise


def _create_with(folder_fd: int, name: str, content: bytes) -> int:
    fd = create(folder_fd, name)
    with ExitStack() as undo:
        undo.callback(remove_quietly, folder_fd, name)
        undo.callback(os.close, fd)
        write_all(fd, content)
        undo.pop_all()
    return fd


def _open_ours(folder_fd: int, content: bytes) -> int:
    """Open the lock by its name: some mounts know a file by another number under each name.

    Raises:
        FileExistsError: it is somebody else's by now.
        OSError: it cannot be opened.
    """
    fd = os.open(LOCK_NAME, READ_FILE, dir_fd=folder_fd)
    with ExitStack() as undo:
        undo.callback(close_quietly, fd)
        if os.read(fd, _MAX_LOCK_BYTES) != content:
            raise FileExistsError(errno.EEXIST, "somebody else's by now")
        undo.pop_all()
    return fd


class _Seen(NamedTuple):
    identity: tuple[int, int]
    mtime_ns: int
    owner: tuple[str, int] | None
    is_folder: bool = False


def _look(folder_fd: int, name: str) -> _Seen | None:
    """Look at a lock file; None where there is none. A link or device is never opened."""
    try:
        found = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
        owner = _read_owner(folder_fd, name) if stat.S_ISREG(found.st_mode) else None
    except FileNotFoundError:
        return None
    is_folder = stat.S_ISDIR(found.st_mode)
    return _Seen((found.st_dev, found.st_ino), found.st_mtime_ns, owner, is_folder)


def _read_owner(folder_fd: int, name: str) -> tuple[str, int] | None:
    """Read who made a lock; None where it does not say, or cannot be read.

    Raises:
        FileNotFoundError: it is gone.
    """
    try:
        fd = os.open(name, READ_FILE, dir_fd=folder_fd)
    except FileNotFoundError:
        raise
    except OSError:
        return None
    try:
        return parse_owner(os.read(fd, _MAX_LOCK_BYTES))
    except OSError:
        return None
    finally:
        close_quietly(fd)


def parse_owner(data: bytes) -> tuple[str, int] | None:
    """Return (host, pid) of a lock's content; None where it does not say."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    host, pid = content.get("host"), content.get("pid")
    if isinstance(host, str) and isinstance(pid, int) and not isinstance(pid, bool):
        return host, pid
    return None


def is_dead(owner: tuple[str, int] | None) -> bool:
    """Tell whether an owner is a process of this host that has ended; unknown ones are not."""
    if owner is None or owner[0] != this_host() or not 0 < owner[1] < 1 << 31:
        return False
    try:
        os.kill(owner[1], 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def is_stale(
    folder_fd: int, owner: tuple[str, int] | None, mtime_ns: int, stale_after_ns: int
) -> bool:
    """Tell whether a lock or temp may go: its process is dead, or it is old by the disk's clock.

    A stamp from the future is of no live holder: the disk's clock went back, or it is planted.

    Raises:
        OSError: the folder cannot be written.
    """
    if is_dead(owner):
        return True
    age = read_clock(folder_fd).now_ns - mtime_ns
    return age >= stale_after_ns or age < -CLOCK_WENT_BACK_NS


def is_stale_temp(folder_fd: int, name: str) -> bool:
    """Tell whether a temp file is left over, by its process or by the disk's clock.

    Raises:
        OSError: it is gone, or the folder cannot be written.
    """
    found = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    return is_stale(folder_fd, temp_owner(name), found.st_mtime_ns, TEMP_STALE_NS)


def take_away_stale(folder_fd: int) -> bool:
    """Remove a stale lock; tell whether there is none any more.

    It is renamed away first, and put back if it turns out to be a fresh one. Its holder may just
    hang, in the middle of replacing a sidecar: he is disarmed.

    Raises:
        RecordError: a folder stands in its place.
        OSError: the folder cannot be written.
    """
    seen = _look(folder_fd, LOCK_NAME)
    if seen is None:
        return True
    if seen.is_folder:
        raise RecordError(f"{LOCK_NAME} is a folder; nothing can be locked here")
    if not is_stale(folder_fd, seen.owner, seen.mtime_ns, LOCK_STALE_NS):
        return False
    aside = temp_name()
    _disarm(folder_fd, seen.owner)
    try:
        os.rename(LOCK_NAME, aside, src_dir_fd=folder_fd, dst_dir_fd=folder_fd)
    except FileNotFoundError:
        return True
    try:
        same = _look(folder_fd, aside) == seen  # inode numbers are used again, so all of it counts
    except OSError:
        _put_back(folder_fd, aside)
        raise
    if not same:
        _put_back(folder_fd, aside)
        return False
    try:
        _disarm(folder_fd, seen.owner)
    finally:
        remove_quietly(folder_fd, aside)
    return True


def _disarm(folder_fd: int, owner: tuple[str, int] | None) -> None:
    """Remove the temp files of a lock's holder, unless he is dead: his renames are over.

    Where a rename of his hangs, it finds nothing to put into place once it goes on, and he is told
    so. Whoever has not come as far as that finds out that the lock is not his any more.
    """
    if owner is None or is_dead(owner):
        return
    _remove_temps_of(folder_fd, owner)
    try:
        store_fd = open_inside(folder_fd, STORE_NAME)
    except OSError:  # there is none, or nobody can write in it
        return
    try:
        _remove_temps_of(store_fd, owner)
    finally:
        close_quietly(store_fd)


def _remove_temps_of(folder_fd: int, owner: tuple[str, int]) -> None:
    read_clock(folder_fd)  # makes a file: a client that remembers an old listing asks again
    with os.scandir(folder_fd) as entries:
        left = [entry.name for entry in entries if temp_owner(entry.name) == owner]
    for name in left:
        remove_quietly(folder_fd, name)


def _put_back(folder_fd: int, aside: str) -> None:
    """Give a lock that turned out to be fresh its name back, unless there is a newer one."""
    with suppress(OSError):  # its holder finds out before the next rename, and decides again
        os.link(aside, LOCK_NAME, src_dir_fd=folder_fd, dst_dir_fd=folder_fd, follow_symlinks=False)
    remove_quietly(folder_fd, aside)
