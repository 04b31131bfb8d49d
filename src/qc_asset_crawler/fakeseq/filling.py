"""A file larger than its image: what fills it up. Pure."""

from collections.abc import Callable, Iterator
from itertools import repeat
from typing import NamedTuple

BLOCK = 1 << 20

Blocks = Callable[[int], Iterator[bytes]]


def zeros(count: int) -> Iterator[bytes]:
    """Name so many zeros, a block at a time."""
    if count >= BLOCK:
        yield from repeat(bytes(BLOCK), count // BLOCK)
    if count % BLOCK:
        yield bytes(count % BLOCK)


class Baked(NamedTuple):
    """One file: `data`, good until the next is baked, then `filling` bytes made by `blocks`."""

    data: bytes | bytearray
    filling: int = 0
    blocks: Blocks = zeros

    @property
    def size(self) -> int:
        """The size of the file."""
        return len(self.data) + self.filling

    def parts(self) -> Iterator[bytes | bytearray]:
        """Name the bytes of the file, a block at a time."""
        if len(self.data) <= BLOCK:
            yield self.data
        else:
            for at in range(0, len(self.data), BLOCK):
                yield self.data[at : at + BLOCK]
        yield from self.blocks(self.filling)


def zeros_after(data: bytes | bytearray, count: int) -> Baked:
    """Fill up with zeros behind the image, which most readers do not mind."""
    return Baked(data, count)
