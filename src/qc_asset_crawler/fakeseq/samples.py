"""Levels as the bytes that formats store: one function a kind of pixel. Pure.

Each takes the levels of red and blue along a row, which are the same in every row, and returns a
function from the one level of green to the bytes of the row: of its pixels one after the other,
or, for a planar format, of each of its channels.
"""

import struct
import sys
from array import array
from collections.abc import Callable, Sequence

from .picture import WHITE

RowOf = Callable[[int], tuple[bytes, ...]]
RowsOf = Callable[[Sequence[int], Sequence[int]], RowOf]


def rgb8(reds: Sequence[int], blues: Sequence[int]) -> RowOf:
    """Three bytes a pixel."""
    row = bytearray(3 * len(reds))
    row[0::3] = bytes(level >> 8 for level in reds)
    row[2::3] = bytes(level >> 8 for level in blues)

    def row_of(green: int) -> tuple[bytes, ...]:
        row[1::3] = bytes((green >> 8,)) * len(reds)
        return (bytes(row),)

    return row_of


def rgb16(order: str) -> RowsOf:
    """Three 16-bit integers a pixel; `order` is "big" or "little"."""
    return _interleaved("H", order, int)


def rgb_float(order: str) -> RowsOf:
    """Three 32-bit floats a pixel, black 0.0 and white 1.0."""
    return _interleaved("f", order, lambda level: level / WHITE)


def _interleaved(code: str, order: str, value: Callable[[int], float]) -> RowsOf:
    def rows_of(reds: Sequence[int], blues: Sequence[int]) -> RowOf:
        row: array[float] = array(code, [value(0)]) * (3 * len(reds))
        row[0::3] = array(code, map(value, reds))
        row[2::3] = array(code, map(value, blues))

        def row_of(green: int) -> tuple[bytes, ...]:
            row[1::3] = array(code, [value(green)]) * len(reds)
            stored = array(code, row)
            if order != sys.byteorder:
                stored.byteswap()
            return (stored.tobytes(),)

        return row_of

    return rows_of


def rgb10(order: str) -> RowsOf:
    """One 32-bit word a pixel: ten bits each of red, green and blue, the low two bits empty."""
    mark = ">" if order == "big" else "<"

    def rows_of(reds: Sequence[int], blues: Sequence[int]) -> RowOf:
        count = len(reds)
        words = [(r >> 6) << 22 | (b >> 6) << 2 for r, b in zip(reds, blues, strict=True)]
        without_green = _number(struct.pack(f"{mark}{count}I", *words), mark)
        ones = _number(struct.pack(f"{mark}I", 1 << 12) * count, mark)

        def row_of(green: int) -> tuple[bytes, ...]:
            # A row is added up as one long number: no field overflows into the next.
            row = without_green + (green >> 6) * ones
            return (row.to_bytes(4 * count, "big" if mark == ">" else "little"),)

        return row_of

    return rows_of


def _number(data: bytes, mark: str) -> int:
    return int.from_bytes(data, "big" if mark == ">" else "little")


def bgr_planes(code: str) -> RowsOf:
    """Channels one after the other, by name: blue, green, red; `code` is "e" (half) or "f"."""

    def rows_of(reds: Sequence[int], blues: Sequence[int]) -> RowOf:
        count = len(reds)
        blue = struct.pack(f"<{count}{code}", *(level / WHITE for level in blues))
        red = struct.pack(f"<{count}{code}", *(level / WHITE for level in reds))

        def row_of(green: int) -> tuple[bytes, ...]:
            return blue, struct.pack(f"<{code}", green / WHITE) * count, red

        return row_of

    return rows_of
