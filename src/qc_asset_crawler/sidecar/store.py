"""Write sidecars, under the lock of their folder. What is written is decided elsewhere."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count

from ..errors import LockLostError, RecordError
from ..files.atomic import replace_file, sync_folder, temp_name
from ..files.folder import STORE_NAME, Folder, share_with_folder
from ..files.lock import HeldLock
from ..settings import Naming, SidecarMode
from .codec import NewerSchemaError
from .names import is_sequence_name, stored_name
from .recorded import Place
from .records import (
    UnusableError,
    digest_at,
    is_damaged,
    open_store,
    owner_of,
    read_sidecar,
)

_MAX_NAME_BYTES = 255


@contextmanager
def store_for_writing(folder: Folder, mode: SidecarMode) -> Iterator[int]:
    """Open the directory of a mode's sidecars, making `.qc` where it is needed.

    Raises:
        OSError: it cannot be made or opened, is a link or no directory.
    """
    with ExitStack() as stack:
        try:
            fd = stack.enter_context(open_store(folder, mode))
        except FileNotFoundError:
            made = _make_store(folder)
            fd = stack.enter_context(open_store(folder, mode))
            if made:
                share_with_folder(fd, folder.fd)
        yield fd


def _make_store(folder: Folder) -> bool:
    """Make `.qc`; tell whether it was not there."""
    try:
        os.mkdir(STORE_NAME, dir_fd=folder.fd)
    except FileExistsError:
        return False
    return True


def write_sidecar(
    store_fd: int, place: Place, data: bytes, lock: HeldLock, *, durable: bool
) -> None:
    """Write a sidecar's bytes under the folder's lock.

    Raises:
        BusyError: the lock is not ours any more.
        RecordError: a link or something else that is no file stands there.
        OSError: it could not be written; the old one is untouched.
    """
    try:
        found = os.stat(place.name, dir_fd=store_fd, follow_symlinks=False)
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISREG(found.st_mode):
            raise RecordError(f"{place.below_folder} is a link or no regular file")
    try:
        replace_file(store_fd, place.name, data, durable=durable, before_rename=lock.check)
    except FileNotFoundError:
        lock.check()  # who took it over has taken our temp file away
        raise


class Writer:
    """Writes the sidecars of one folder, and makes their names durable once for many."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._unsynced: set[SidecarMode] = set()
        self._stores: dict[SidecarMode, int] = {}
        self._open = ExitStack()

    def write(self, place: Place, data: bytes, lock: HeldLock, *, durable: bool) -> None:
        """Write one sidecar; `write_sidecar` says what can go wrong."""
        fd = self._stores.get(place.mode)
        if fd is None:
            store = store_for_writing(self._folder, place.mode)
            fd = self._stores[place.mode] = self._open.enter_context(store)
        write_sidecar(fd, place, data, lock, durable=durable)
        if durable:
            self._unsynced.add(place.mode)

    def sync(self) -> None:
        """Make the names of what a person said durable, before it is acknowledged.

        Raises:
            RecordError: `.qc` was taken away while it was written in.
        """
        store = self._stores.get(SidecarMode.SUBDIR)
        if store is not None and not self._stands(store):
            raise RecordError(f"{STORE_NAME} was taken away meanwhile")
        for mode in self._unsynced:
            sync_folder(self._stores[mode])
        if SidecarMode.SUBDIR in self._unsynced:  # an earlier run may have made `.qc` just now
            sync_folder(self._folder.fd)
        self._unsynced.clear()

    def _stands(self, store_fd: int) -> bool:
        """Tell whether `.qc` is the directory yet that was opened."""
        try:
            found = os.stat(STORE_NAME, dir_fd=self._folder.fd, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(found, os.fstat(store_fd))

    def close(self) -> None:
        """Close what was opened to write in; another lock, or another mode, opens it anew."""
        self._unsynced.clear()  # of which nothing was acknowledged, or it is safe
        self._stores.clear()
        self._open.close()


def remove_sidecar(
    store_fd: int, place: Place, digest: bytes, lock: HeldLock, naming: Naming
) -> None:
    """Remove a sidecar that stands elsewhere now, or may go: these very bytes, never newer ones.

    It is renamed first and looked at then, so that not even a holder who lost the lock without
    knowing can remove what somebody else wrote meanwhile. It gets the name of a temp file: nobody
    takes that for a sidecar and writes to it, and killed in between it leaves one that goes later.

    Raises:
        LockLostError: the lock is not ours any more, or somebody wrote there.
        OSError: it could not be removed.
    """
    if digest_at(store_fd, place.name) != digest:
        raise LockLostError("somebody else wrote or removed a sidecar meanwhile")
    lock.check()
    aside = temp_name()
    os.rename(place.name, aside, src_dir_fd=store_fd, dst_dir_fd=store_fd)
    if digest_at(store_fd, aside) != digest:
        _give_back(store_fd, aside, place, naming)
        raise LockLostError("somebody else wrote a sidecar meanwhile")
    os.unlink(aside, dir_fd=store_fd)


def _give_back(store_fd: int, aside: str, place: Place, naming: Naming) -> None:
    """Give a sidecar its name back; where that is taken, one under which it is found all the same.

    That is any sidecar's name, where the content tells whose it is; else it is set aside, and is
    for a person to look at.
    """
    try:
        os.link(aside, place.name, src_dir_fd=store_fd, dst_dir_fd=store_fd, follow_symlinks=False)
    except OSError:
        another = _another_name(place, naming)
        if not _is_of_the_same_asset(store_fd, aside, place, another, naming):
            another = _free_unreadable_name(store_fd, place)
        os.rename(aside, another, src_dir_fd=store_fd, dst_dir_fd=store_fd)
    else:
        os.unlink(aside, dir_fd=store_fd)


def _is_of_the_same_asset(
    store_fd: int, aside: str, place: Place, another: str, naming: Naming
) -> bool:
    try:
        sidecar, _ = read_sidecar(store_fd, place._replace(name=aside))
    except (OSError, NewerSchemaError, UnusableError):
        return False
    there = place._replace(name=another)
    return owner_of(there, sidecar, naming) == owner_of(place, sidecar, naming)


def set_aside(store_fd: int, place: Place, lock: HeldLock, naming: Naming) -> None:
    """Rename a damaged sidecar out of the way, never over another file.

    Raises:
        LockLostError: the lock is not ours any more, or it is whole by now.
        OSError: it could not be renamed.
    """
    name = _free_unreadable_name(store_fd, place)
    lock.check()
    os.rename(place.name, name, src_dir_fd=store_fd, dst_dir_fd=store_fd)
    if not is_damaged(store_fd, Place(place.mode, name)):
        whole = _another_name(place, naming)
        os.rename(name, whole, src_dir_fd=store_fd, dst_dir_fd=store_fd)
        _put_back(store_fd, whole, place.name)
        raise LockLostError("somebody else wrote a sidecar meanwhile")


def _free_unreadable_name(store_fd: int, place: Place) -> str:
    return next(name for name in _unreadable_names(place) if not _is_there(store_fd, name))


def _unreadable_names(place: Place) -> Iterator[str]:
    when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    for number in count(1):
        mark = f".unreadable-{when}" + (f"-{number}" if number > 1 else "")
        yield os.fsdecode(os.fsencode(place.name)[: _MAX_NAME_BYTES - len(mark)]) + mark


def _is_there(store_fd: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=store_fd, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _another_name(place: Place, naming: Naming) -> str:
    """Return a fresh name under which a sidecar is found: its content says whose it is."""
    suffix = f".{naming.sequence}" if is_sequence_name(place.plain, naming) else naming.file_suffix
    return stored_name(os.urandom(4).hex() + suffix, place.mode)


def _put_back(store_fd: int, aside: str, name: str) -> None:
    """Give a sidecar its name back; where that cannot be, it stays and is united later."""
    with suppress(OSError):
        os.link(aside, name, src_dir_fd=store_fd, dst_dir_fd=store_fd, follow_symlinks=False)
        os.unlink(aside, dir_fd=store_fd)
