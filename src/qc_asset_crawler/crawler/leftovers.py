"""Remove the temp files that a killed crawler left behind."""

import os
from collections.abc import Iterable

from ..files.atomic import remove_quietly, temp_owner
from ..files.lock import LOCK_NAME, TEMP_STALE_NS, is_stale
from ..settings import SidecarMode
from ..sidecar.records import open_store
from .gather import FolderScan


def remove_leftovers(scan: FolderScan) -> None:
    """Remove stale temp files of a folder and its `.qc`; what cannot be removed stays.

    A stale lock is left to whoever needs it next: taking one over is a matter of the lock.
    """
    folder = scan.listing.folder
    _remove_stale(folder.fd, (name for name in scan.listing.leftovers if name != LOCK_NAME))
    if scan.records.leftovers:
        try:
            with open_store(folder, SidecarMode.SUBDIR) as fd:
                _remove_stale(fd, scan.records.leftovers)
        except OSError:
            return


def _remove_stale(folder_fd: int, names: Iterable[str]) -> None:
    for name in names:
        try:
            found = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
            if is_stale(folder_fd, temp_owner(name), found.st_mtime_ns, TEMP_STALE_NS):
                remove_quietly(folder_fd, name)
        except OSError:
            continue
