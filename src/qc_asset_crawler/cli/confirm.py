"""Ask before something is signed or removed."""

import os
import sys

from .console import Console
from .signals import Interruption

_TICK_SECONDS = 0.1
_MOST_AT_ONCE = 4096


def confirmed(console: Console, interruption: Interruption, question: str) -> bool:
    """Ask; only a clear yes is a yes. A signal ends the wait for an answer, and is a no."""
    console.ask(question)
    reply = _line(sys.stdin.fileno(), interruption)
    if not reply.endswith(b"\n"):
        console.line("")
    return reply.strip().lower() in {b"y", b"yes"} and not interruption()


def _line(fd: int, interruption: Interruption) -> bytes:
    """Read what is typed up to the end of a line, or as far as it comes.

    It waits a moment at a time: a signal that comes just before a wait begins does not end that.
    """
    import select  # noqa: PLC0415 - start-up is felt, and most runs ask nothing

    typed = b""
    while not (typed.endswith(b"\n") or interruption()):
        if select.select([fd], [], [], _TICK_SECONDS)[0]:
            try:
                some = os.read(fd, _MOST_AT_ONCE)
            except OSError:  # nobody is at this terminal any more
                break
            if not some:
                break
            typed += some
    return typed
