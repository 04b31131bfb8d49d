"""Locks that a run left behind: in half a minute, or when a machine is up again, they are old."""

import os
from pathlib import Path

from qc_asset_crawler.files.lock import LOCK_NAME, LOCK_STALE_NS

_AGE_SECONDS = LOCK_STALE_NS / 1e9 + 1


def age_locks(root: Path) -> None:
    """Let the time pass that a machine takes to come up again."""
    _age(list(root.rglob(LOCK_NAME)))


def age_nameless_locks(root: Path) -> int:
    """Let half a minute pass for locks that were made and not written yet: nobody's, so far."""
    nameless = [path for path in root.rglob(LOCK_NAME) if not path.read_bytes()]
    _age(nameless)
    return len(nameless)


def _age(locks: list[Path]) -> None:
    for lock in locks:
        then = lock.stat().st_mtime - _AGE_SECONDS
        os.utime(lock, (then, then))
