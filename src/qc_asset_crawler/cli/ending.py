"""How a command ends: its exit status, and why."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from .console import Console
from .exits import Exit


class Ending(NamedTuple):
    """An exit status with its reasons: counted by kind, or in words."""

    status: int
    reasons: Mapping[str, int] = MappingProxyType({})
    words: str = ""

    def line(self, command: str) -> str:
        """Return the last line on stderr for a status other than 0."""
        why = self.words or " ".join(f"{kind}={count}" for kind, count in self.reasons.items())
        if self.status in {Exit.HUNG_UP, Exit.INTERRUPTED, Exit.TERMINATED}:
            why = self.words or "interrupted; what is done is kept"
        return f"{command}: exit {int(self.status)}" + (f": {why}" if why else "")


def finish(ending: Ending, console: Console) -> int:
    """Leave a clean prompt, and the reasons on the last line; return the exit status."""
    console.erase()
    if ending.status != Exit.DONE:
        console.line(ending.line(console.command))
    return ending.status
