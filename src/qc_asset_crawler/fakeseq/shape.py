"""What one kind of frame is like: all that the writer of a format needs to know. Pure."""

from typing import NamedTuple, Protocol

from .picture import Picture
from .request import Compression, Depth, Endian
from .stamp import Stamp


class Shape(NamedTuple):
    """The frames of a sequence, but for their numbers.

    `title` names the sequence, `digits` and `name_bytes` are the widths of the widest number and
    name, `file_bytes` the size that the files are padded to, if they are.
    """

    picture: Picture
    depth: Depth
    compression: Compression
    endian: Endian
    title: str
    digits: int
    name_bytes: int
    file_bytes: int | None

    @property
    def text_bytes(self) -> int:
        """The width of the widest `Stamp.text`."""
        return len(Stamp(0, "0" * self.digits, "").text)


class Maker(Protocol):
    """Makes the frames of one shape, one after the other, in any order."""

    @property
    def pixels(self) -> tuple[int, int]:
        """Where in the frame last made the pixels begin and end."""

    @property
    def fixed_size(self) -> bool:
        """Whether all frames are of one size."""

    def make(self, stamp: Stamp) -> bytes | bytearray:
        """Return a frame as the bytes of its file; good until the next one is made.

        Raises:
            StopRequestedError: the run was asked to stop.
        """
