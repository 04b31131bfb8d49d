"""Sees at a glance that an OpenEXR file is whole, if it is a plain one. Pure.

Frames that are compressed differ in size, and in where their blocks are: this is what it costs to
look at each of them.
"""

import struct

from .exr_blocks import Blocks
from .values import Sample

_SIZE = struct.Struct("<i")
# A longer table would seldom be all in the first bytes.
_MOST_BLOCKS = 1 << 12


class Glance:
    """Looks at files of one header, which ends at an offset, and has these blocks for each part."""

    def __init__(self, end: int, blocks: list[Blocks]) -> None:
        total, self._size_at, deep = blocks[0]
        self._end = end
        plain = len(blocks) == 1 and not deep and 0 < total <= _MOST_BLOCKS
        self._table = struct.Struct(f"<{total}Q") if plain else None

    def is_whole(self, sample: Sample) -> bool:
        """Tell whether it is certain that all blocks are there, and end inside the file."""
        head, table = sample.head, self._table
        if table is None or self._end + table.size > len(head):
            return False
        # They mostly are in order: to sort them is faster than to look for the largest.
        offsets = sorted(table.unpack_from(head, self._end))
        at = offsets[-1] + self._size_at
        if not offsets[0] or at + _SIZE.size > len(head):
            return False
        (size,) = _SIZE.unpack_from(head, at)
        return bool(size >= 0 and at + _SIZE.size + size <= sample.size)
