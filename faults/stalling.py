"""Run a command that stops dead just before its Nth change under a lock.

As `python stalling.py N COMMAND …`. It stops itself, as for a machine that sleeps or a disk that
answers no more, and goes on once it is continued.
"""

import os
import runpy
import signal
import sys
import threading
from collections.abc import Callable
from functools import wraps
from itertools import count
from typing import Any

from qc_asset_crawler.files.lock import LOCK_NAME

# What changes names or makes them safe: with any of these a holder can come too late.
_CHANGES = ("rename", "link", "unlink", "fsync")
_held = threading.local()


def _stall(number: int) -> None:
    calls = count(1)
    os.open = _noting(os.open)

    def stalls(change: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(change)
        def late(*args: Any, **how: Any) -> Any:
            if getattr(_held, "lock", False) and next(calls) == number:
                signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)
            if change.__name__ == "unlink" and args[0] == LOCK_NAME:
                _held.lock = False
            return change(*args, **how)

        return late

    for name in _CHANGES:
        setattr(os, name, stalls(getattr(os, name)))


def _noting(opens: Callable[..., int]) -> Callable[..., int]:
    """Let a thread know that it holds a lock, once it has made one."""

    @wraps(opens)
    def noting(path: Any, flags: int, *args: Any, **how: Any) -> int:
        fd = opens(path, flags, *args, **how)
        if path == LOCK_NAME and flags & os.O_EXCL:
            _held.lock = True
        return fd

    return noting


if __name__ == "__main__":
    _stall(int(sys.argv[1]))
    del sys.argv[:2]
    sys.path[0] = os.path.dirname(sys.argv[0])
    runpy.run_path(sys.argv[0], run_name="__main__")
