"""What a frame's header says of it. Pure."""

from typing import NamedTuple

from ..text import show

SOFTWARE = "make-fake-seq"
"""Without a version: the same frames come from every release."""
FPS = 24
_BCD = tuple(number // 10 << 4 | number % 10 for number in range(60))


class Stamp(NamedTuple):
    """One frame: its number, the number as written, and the name of its file."""

    number: int
    digits: str
    name: str

    @property
    def timecode(self) -> tuple[int, int, int, int]:
        """Hours, minutes, seconds, frames: of its number, 24 a second, non-drop, within a day."""
        seconds, frames = divmod(self.number, FPS)
        return seconds // 3600 % 24, seconds // 60 % 60, seconds % 60, frames

    @property
    def bcd_timecode(self) -> int:
        """The time code with a decimal digit in four bits, as SMPTE 12M packs it."""
        hours, minutes, seconds, frames = self.timecode
        return _BCD[hours] << 24 | _BCD[minutes] << 16 | _BCD[seconds] << 8 | _BCD[frames]

    @property
    def text(self) -> str:
        """Number and time code in words: "frame 1001, time code 00:00:41:17"."""
        return f"frame {self.digits}, time code {':'.join(f'{p:02d}' for p in self.timecode)}"


def printable_ascii(text: str) -> bytes:
    """Return a text as headers have it: readers may print them on a terminal as they are."""
    return show(text).encode("ascii", "backslashreplace")


def ascii_field(text: str, size: int) -> bytes:
    """Return a text in a field of so many bytes, the last of them NUL."""
    return printable_ascii(text)[: size - 1].ljust(size, b"\0")
