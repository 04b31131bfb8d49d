"""Remove the lock and the temp files that a killed crawler left behind."""

from collections.abc import Iterable
from contextlib import suppress

from ..errors import RecordError
from ..files.atomic import remove_quietly
from ..files.folder import Folder
from ..files.lock import LOCK_NAME, is_stale_temp, take_away_stale
from ..settings import SidecarMode
from ..sidecar.records import open_store
from .gather import FolderScan


def remove_leftovers(scan: FolderScan) -> None:
    """Remove a stale lock, and stale temp files of a folder and its `.qc`.

    What cannot be removed stays: whoever needs the lock is told.
    """
    folder = scan.listing.folder
    if not (scan.listing.leftovers or scan.records.leftovers) or not _stands(folder):
        return
    if LOCK_NAME in scan.listing.leftovers:
        with suppress(OSError, RecordError):
            take_away_stale(folder.fd)
    _remove_stale(folder.fd, (name for name in scan.listing.leftovers if name != LOCK_NAME))
    if scan.records.leftovers:
        try:
            with open_store(folder, SidecarMode.SUBDIR) as fd:
                _remove_stale(fd, scan.records.leftovers)
        except OSError:
            return


def _stands(folder: Folder) -> bool:
    with suppress(OSError):
        return folder.stands()
    return False


def _remove_stale(folder_fd: int, names: Iterable[str]) -> None:
    for name in names:
        try:
            if is_stale_temp(folder_fd, name):
                remove_quietly(folder_fd, name)
        except OSError:
            continue
