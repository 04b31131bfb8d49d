"""How many blocks an OpenEXR part has, and how long each is. Pure.

The format: https://openexr.com/en/latest/OpenEXRFileLayout.html ("Offset Tables", "Chunk Layout");
the rows of a block by compression are those of `getCompressionNumScanlines` in the library.
"""

import struct
from typing import NamedTuple

from .exr_header import MULTI_PART, NotUnderstoodError, Part, box, compression
from .values import Sample

TILED, DEEP = 0x200, 0x800
_ROWS = {
    **dict.fromkeys(("none", "rle", "zips", "zstd"), 1),
    **dict.fromkeys(("zip", "pxr24"), 16),
    **dict.fromkeys(("piz", "b44", "b44a", "dwaa", "htj2k32"), 32),
    **dict.fromkeys(("dwab", "htj2k256", "lj2k"), 256),
}
_TYPES = {
    b"scanlineimage": (False, False),
    b"tiledimage": (True, False),
    b"deepscanline": (False, True),
    b"deeptile": (True, True),
}
_INT, _TILES, _DEEP_SIZES = struct.Struct("<i"), struct.Struct("<IIB"), struct.Struct("<QQ")
_NEGATIVE = 1 << 31
_UNPACKED_SIZE = 8  # of a deep block; it stands behind the other two
_ONE_LEVEL, _MIP_MAP, _RIP_MAP = range(3)


class Blocks(NamedTuple):
    """The blocks of a part: how many, the bytes before the sizes of each, and if it is deep."""

    total: int
    size_at: int
    deep: bool

    def end(self, sample: Sample, at: int) -> int:
        """Return where the block at an offset ends; at the least, where its sizes are cut off."""
        begin = at + self.size_at
        if self.deep:
            data = sample.at(begin, _DEEP_SIZES.size)
            table, pixels = _DEEP_SIZES.unpack(data.ljust(_DEEP_SIZES.size, b"\0"))
            return begin + _DEEP_SIZES.size + _UNPACKED_SIZE + int(table + pixels)
        size = int.from_bytes(sample.at(begin, _INT.size), "little")
        if size >= _NEGATIVE:
            raise NotUnderstoodError
        return begin + _INT.size + size


def blocks_of(part: Part, flags: int) -> Blocks:
    """Count a part's blocks.

    Raises:
        NotUnderstoodError: its header does not tell, or contradicts itself.
    """
    tiled, deep = _type(part, flags)
    window = box(part, b"dataWindow")
    if window is None:
        raise NotUnderstoodError
    _, _, width, height = window
    count = _tiles(part, width, height) if tiled else -(-height // rows_of(part))
    told = part.get(b"chunkCount")
    if told is None:
        if flags & MULTI_PART:  # it is required there
            raise NotUnderstoodError
    elif len(told) != _INT.size or _INT.unpack(told)[0] != count:
        raise NotUnderstoodError
    number = _INT.size if flags & MULTI_PART else 0
    return Blocks(count, number + (16 if tiled else 4), deep)


def rows_of(part: Part) -> int:
    """Return how many rows a block of scan lines has."""
    rows = _ROWS.get(compression(part) or "")
    if rows is None:
        raise NotUnderstoodError
    return rows


def _type(part: Part, flags: int) -> tuple[bool, bool]:
    """Tell if a part is tiled, and if it is deep; of a plain file its flags decide."""
    if not flags & (MULTI_PART | DEEP):
        return bool(flags & TILED), False
    tiled, deep = _TYPES.get(part.get(b"type", b""), (False, None))
    if deep is None or (flags & DEEP and not flags & MULTI_PART and not deep):
        raise NotUnderstoodError
    return tiled, deep


def _tiles(part: Part, width: int, height: int) -> int:
    value = part.get(b"tiles", b"")
    if len(value) != _TILES.size:
        raise NotUnderstoodError
    across, down, mode = map(int, _TILES.unpack(value))
    levels, up = mode & 15, mode >> 4
    if not across or not down or levels > _RIP_MAP or up > 1:
        raise NotUnderstoodError
    if levels == _ONE_LEVEL:
        return -(-width // across) * -(-height // down)
    if levels == _MIP_MAP:
        most = max(width, height)
        columns = _tiles_a_level(width, across, up, most)
        rows = _tiles_a_level(height, down, up, most)
        return sum(x * y for x, y in zip(columns, rows, strict=True))
    columns = _tiles_a_level(width, across, up, width)
    return sum(columns) * sum(_tiles_a_level(height, down, up, height))


def _tiles_a_level(size: int, tile: int, up: int, most: int) -> list[int]:
    """Return how many tiles each level has one way; the levels are those of the size `most`."""
    last = (most - 1).bit_length() if up else most.bit_length() - 1
    each = (-(-size // (1 << level)) if up else size >> level for level in range(last + 1))
    return [-(-max(1, one) // tile) for one in each]
