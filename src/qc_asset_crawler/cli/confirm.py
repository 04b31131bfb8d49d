"""Ask before something is signed or removed."""

import select
import sys

from .console import Console
from .signals import Interruption

_TICK_SECONDS = 0.1


def confirmed(console: Console, interruption: Interruption, question: str) -> bool:
    """Ask; only a clear yes is a yes. A signal ends the wait for an answer, and is a no.

    It waits a moment at a time: a signal that comes just before a wait begins does not end that.
    """
    console.ask(question)
    reply = b""
    while not interruption():
        if select.select([sys.stdin], [], [], _TICK_SECONDS)[0]:
            reply = sys.stdin.buffer.readline()
            break
    if not reply.endswith(b"\n"):
        console.line("")
    return reply.strip().lower() in {b"y", b"yes"}
