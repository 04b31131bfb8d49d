"""Ask before something is signed or removed."""

import sys

from .console import Console
from .signals import Interruption


def confirmed(console: Console, interruption: Interruption, question: str) -> bool:
    """Ask; a signal ends the wait for an answer, and is a no."""
    try:
        with interruption.raising():
            return console.ask(question, sys.stdin)
    except KeyboardInterrupt:
        console.line("")
        return False
