"""How far a command has come, as `/proc` tells."""

import signal
import time
from contextlib import suppress
from pathlib import Path

from .commands import Process, finish


def status_of(process: Process, field: str) -> str:
    """Return one field of a process's status.

    Raises:
        FileNotFoundError: it has ended and was waited for, or there is no `/proc`.
    """
    text = Path(f"/proc/{process.pid}/status").read_text("utf-8", "replace")
    return text.partition(f"\n{field}:")[2].partition("\n")[0].strip()


def is_stopped(process: Process) -> bool:
    """Tell whether a process was stopped, and waits to be continued."""
    with suppress(FileNotFoundError):
        return status_of(process, "State").startswith("T")
    return False


def takes_signals(process: Process, seconds: float = 0) -> bool:
    """Tell whether a command is at work, so that a signal ends it in order; or wait until it is."""
    until = time.monotonic() + seconds
    while process.poll() is None:
        with suppress(FileNotFoundError):
            if int(status_of(process, "SigCgt"), 16) & 1 << signal.SIGTERM - 1:
                return True
        if time.monotonic() >= until:
            break
        time.sleep(0.005)
    return False


def seconds_at_work(process: Process) -> float:
    """Let a command that was just started end; return how long it took signals."""
    takes_signals(process, 10)
    started = time.monotonic()
    finish(process)
    return time.monotonic() - started
