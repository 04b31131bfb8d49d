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

    def come_to_a_change() -> None:
        if getattr(_held, "lock", False) and next(calls) == number:
            signal.pthread_kill(threading.get_ident(), signal.SIGSTOP)

    os.open = _stalling_where_it_makes(os.open, come_to_a_change)
    for name in _CHANGES:
        setattr(os, name, _stalling(getattr(os, name), come_to_a_change))


def _stalling(change: Callable[..., Any], come_to_a_change: Callable[[], None]) -> Any:
    @wraps(change)
    def stalling(*args: Any, **how: Any) -> Any:
        come_to_a_change()
        if change.__name__ == "unlink" and args[0] == LOCK_NAME:
            _held.lock = False
        done = change(*args, **how)
        if change.__name__ == "link" and args[1] == LOCK_NAME:
            _held.lock = True
        return done

    return stalling


def _stalling_where_it_makes(
    opens: Callable[..., int], come_to_a_change: Callable[[], None]
) -> Callable[..., int]:
    """Take also the making of a file for a change; whoever makes a lock holds it from then on.

    Where storage has hard links it is made by `link`.
    """

    @wraps(opens)
    def stalling(path: Any, flags: int, *args: Any, **how: Any) -> int:
        if flags & os.O_CREAT:
            come_to_a_change()
        fd = opens(path, flags, *args, **how)
        if path == LOCK_NAME and flags & os.O_CREAT:
            _held.lock = True
        return fd

    return stalling


if __name__ == "__main__":
    _stall(int(sys.argv[1]))
    del sys.argv[:2]
    sys.path[0] = os.path.dirname(sys.argv[0])
    runpy.run_path(sys.argv[0], run_name="__main__")
