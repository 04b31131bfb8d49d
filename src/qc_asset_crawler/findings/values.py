"""What checkers are given, and what they return."""

from collections.abc import Callable
from typing import NamedTuple

from ..choices import Kind

__all__ = ["CHECKERS", "HEAD_BYTES", "NOTHING", "Check", "Facts", "Kind", "Look", "Looks", "Sample"]

HEAD_BYTES = 64 << 10
CHECKERS = 1
"""To be raised where they say something else of the same bytes: what was said is forgotten then."""


class Facts(NamedTuple):
    """What a header says of a picture; None where it does not say, or it does not matter.

    `width` and `height` are those that people compare (of an EXR the display window);
    `channels` names or counts them ("B,G,R", "3"), `bits` is what one is stored as ("half", "10").
    """

    format: str
    width: int | None = None
    height: int | None = None
    channels: str | None = None
    bits: str | None = None
    compression: str | None = None


class Look(NamedTuple):
    """What one file's bytes told: facts, and what is wrong with it, if anything, in words."""

    facts: Facts | None = None
    kind: Kind | None = None
    detail: str = ""


NOTHING = Look()
"""What a checker says of what it does not understand: no finding is better than a false one."""


class Sample(NamedTuple):
    """The bytes of a file that are at hand, and a way to a few more.

    `head` are the first bytes: at least `HEAD_BYTES`, or all there are. `read` returns the bytes at
    an offset, fewer where the file ends; each call is a system call, so it is for what is not in
    `head`, and for little.
    """

    size: int
    head: memoryview
    read: Callable[[int, int], bytes]

    def at(self, offset: int, count: int) -> bytes:
        """Return the bytes at an offset, fewer where the file ends."""
        end = offset + count
        if end <= len(self.head) or len(self.head) >= self.size:
            return bytes(self.head[offset:end])
        return self.read(offset, count)


Check = Callable[[Sample], Look]
Looks = Callable[[str, Sample], Look]
"""Looks at a file, by its name and first bytes."""
