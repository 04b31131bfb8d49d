"""TIFF 6.0: one uncompressed strip of RGB, of 8 or 16 bits or 32-bit float. Pure.

The format: Adobe's "TIFF, Revision 6.0", 1992, sections 2 to 8 and 19. It has no field for a time
code: that stands, with the frame number, in `ImageDescription`.
"""

import struct
from typing import NamedTuple

from ..errors import Stopped
from .canvas import Canvas, Layout
from .request import Depth, Endian
from .samples import RowsOf, rgb8, rgb16, rgb_float
from .shape import Maker, Shape
from .stamp import SOFTWARE, Stamp, ascii_field

_ASCII, _SHORT, _LONG, _RATIONAL = 2, 3, 4, 5
_SIZES = {_ASCII: 1, _SHORT: 2, _LONG: 4, _RATIONAL: 8}
_CODES = {_SHORT: "H", _LONG: "I", _RATIONAL: "I"}
_NAME, _DESCRIPTION, _PAGE, _OFFSETS = 269, 270, 285, 273


class _Tag(NamedTuple):
    number: int
    kind: int
    values: tuple[int, ...] | bytes


def maker(shape: Shape, stopped: Stopped) -> Maker:
    """Return a maker of TIFF frames."""
    return _Tiff(shape, stopped)


class _Tiff:
    fixed_size = True

    def __init__(self, shape: Shape, stopped: Stopped) -> None:
        picture = shape.picture
        rows_of, pixel = _pixels(shape)
        stride = picture.width * pixel
        self._name_size = shape.name_bytes + 1
        self._page_size = shape.digits + 1
        self._text_size = shape.text_bytes + 1
        head, self._places = _head(shape, self._tags(shape, stride * picture.height))
        self._data = bytearray(len(head) + stride * picture.height)
        self._data[: len(head)] = head
        layout = Layout(len(head), stride, (0,), pixel)
        self._canvas = Canvas(self._data, layout, rows_of, picture, stopped)
        self.pixels = len(head), len(self._data)

    def _tags(self, shape: Shape, strip_bytes: int) -> list[_Tag]:
        picture = shape.picture
        bits, sample_format = (32, 3) if shape.depth is Depth.FLOAT else (int(shape.depth), 1)
        return [
            _Tag(256, _LONG, (picture.width,)),
            _Tag(257, _LONG, (picture.height,)),
            _Tag(258, _SHORT, (bits,) * 3),
            _Tag(259, _SHORT, (1,)),  # uncompressed
            _Tag(262, _SHORT, (2,)),  # RGB
            _Tag(_NAME, _ASCII, bytes(self._name_size)),
            _Tag(_DESCRIPTION, _ASCII, bytes(self._text_size)),
            _Tag(_OFFSETS, _LONG, (0,)),
            _Tag(277, _SHORT, (3,)),  # samples a pixel
            _Tag(278, _LONG, (picture.height,)),  # rows a strip
            _Tag(279, _LONG, (strip_bytes,)),
            _Tag(282, _RATIONAL, (72, 1)),
            _Tag(283, _RATIONAL, (72, 1)),
            _Tag(284, _SHORT, (1,)),  # channels interleaved
            _Tag(_PAGE, _ASCII, bytes(self._page_size)),
            _Tag(296, _SHORT, (2,)),  # inches
            _Tag(305, _ASCII, SOFTWARE.encode() + b"\0"),
            _Tag(339, _SHORT, (sample_format,) * 3),
        ]

    def make(self, stamp: Stamp) -> bytearray:
        """Return a frame."""
        self._text(_NAME, self._name_size, stamp.name)
        self._text(_DESCRIPTION, self._text_size, stamp.text)
        self._text(_PAGE, self._page_size, stamp.digits)
        self._canvas.show(stamp.number, stamp.digits)
        return self._data

    def _text(self, tag: int, size: int, text: str) -> None:
        at = self._places[tag]
        self._data[at : at + size] = ascii_field(text, size)


def _pixels(shape: Shape) -> tuple[RowsOf, int]:
    """Return how pixels are stored, and how many bytes each takes."""
    if shape.depth is Depth.EIGHT:
        return rgb8, 3
    if shape.depth is Depth.SIXTEEN:
        return rgb16(shape.endian), 6
    return rgb_float(shape.endian), 12


def _head(shape: Shape, tags: list[_Tag]) -> tuple[bytes, dict[int, int]]:
    """Return all that stands before the pixels, and where in it each tag's value is."""
    mark = ">" if shape.endian is Endian.BIG else "<"
    table_end = 8 + 2 + 12 * len(tags) + 4
    entries, values, places = b"", b"", {}
    for number, kind, value in tags:
        raw = (
            value
            if isinstance(value, bytes)
            else struct.pack(f"{mark}{len(value)}{_CODES[kind]}", *value)
        )
        entries += struct.pack(f"{mark}HHI", number, kind, len(raw) // _SIZES[kind])
        if len(raw) <= 4:
            places[number] = 8 + 2 + len(entries)
            entries += raw.ljust(4, b"\0")
        else:
            places[number] = table_end + len(values)
            entries += struct.pack(f"{mark}I", places[number])
            values += raw + bytes(len(raw) % 2)
    values += bytes(-(table_end + len(values)) % 4)
    order = b"MM" if shape.endian is Endian.BIG else b"II"
    head = bytearray(order + struct.pack(f"{mark}HIH", 42, 8, len(tags)))
    head += entries + bytes(4) + values
    struct.pack_into(f"{mark}I", head, places[_OFFSETS], len(head))
    return bytes(head), places
