"""DPX, SMPTE 268M version 2.0: RGB of 8, 10 or 16 bits, either byte order. Pure.

The fields and their places: SMPTE ST 268-1:2014, tables 1 to 6. What is not known is left
undefined, as the standard has it: all bits set in numbers, NUL in texts. Ten bits are packed
three to a 32-bit word ("filled", method A); rows end on a word.
"""

import struct

from ..errors import Stopped
from .canvas import Canvas, Layout
from .request import Depth, Endian
from .samples import RowsOf, rgb8, rgb10, rgb16
from .shape import Maker, Shape
from .stamp import FPS, SOFTWARE, Stamp, ascii_field

_HEADER_BYTES = 2048
_UNKNOWN = 0xFFFFFFFF
_RGB, _VIDEO_709 = 50, 6
# Runs of bytes that hold numbers: elements 2 to 8, orientation, film, television.
_NUMBERS = ((852, 1356), (1408, 1432), (1620, 1644), (1712, 1732), (1920, 1972))

_FILE_SIZE_AT, _NAME_AT, _SOURCE_AT = 16, 36, 1432
_POSITION_AT, _FRAME_ID_AT, _TIMECODE_AT = 1712, 1732, 1920


def maker(shape: Shape, stopped: Stopped) -> Maker:
    """Return a maker of DPX frames."""
    return _Dpx(shape, stopped)


class _Dpx:
    fixed_size = True

    def __init__(self, shape: Shape, stopped: Stopped) -> None:
        self._mark = ">" if shape.endian is Endian.BIG else "<"
        picture = shape.picture
        rows_of, pixel = _pixels(shape)
        stride = -(-picture.width * pixel // 4) * 4
        size = _HEADER_BYTES + stride * picture.height
        self._data = bytearray(size)
        self._fill_header(shape, stride - picture.width * pixel, size)
        layout = Layout(_HEADER_BYTES, stride, (0,), pixel)
        self._canvas = Canvas(self._data, layout, rows_of, picture, stopped)
        self.pixels = _HEADER_BYTES, size

    def make(self, stamp: Stamp) -> bytearray:
        """Return a frame."""
        data = self._data
        name = ascii_field(stamp.name, 100)
        data[_NAME_AT : _NAME_AT + 100] = name
        data[_SOURCE_AT : _SOURCE_AT + 100] = name
        data[_FRAME_ID_AT : _FRAME_ID_AT + 32] = ascii_field(stamp.digits[-31:], 32)
        self._put(_POSITION_AT, "I", stamp.number)
        self._put(_TIMECODE_AT, "I", stamp.bcd_timecode)
        self._canvas.show(stamp.number, stamp.digits)
        return data

    def _put(self, at: int, code: str, *values: float) -> None:
        struct.pack_into(self._mark + code, self._data, at, *values)

    def _text(self, at: int, size: int, text: str) -> None:
        self._data[at : at + size] = ascii_field(text, size)

    def _fill_header(self, shape: Shape, row_padding: int, size: int) -> None:
        for first, end in _NUMBERS:
            self._data[first:end] = b"\xff" * (end - first)
        file_size = min(shape.file_bytes or size, _UNKNOWN)
        self._put(0, "II", 0x53445058, _HEADER_BYTES)
        self._text(8, 8, "V2.0")
        self._put(_FILE_SIZE_AT, "5I", file_size, 1, 1664, 384, 0)
        self._text(160, 100, SOFTWARE)
        self._text(260, 200, shape.title)
        self._put(660, "I", _UNKNOWN)
        self._fill_image(shape, row_padding)
        self._put(1724, "f", FPS)  # film: frames a second
        self._put(1940, "f", FPS)  # television: the same

    def _fill_image(self, shape: Shape, row_padding: int) -> None:
        width, height = shape.picture.width, shape.picture.height
        bits = int(shape.depth)
        self._put(768, "HHII", 0, 1, width, height)
        self._put(780, "IIfIf", 0, 0, 0.0, (1 << bits) - 1, 1.0)
        self._data[800:804] = bytes((_RGB, _VIDEO_709, _VIDEO_709, bits))
        self._put(804, "HHIII", int(bits == 10), 0, _HEADER_BYTES, row_padding, 0)
        self._put(1408, "II", 0, 0)  # offsets
        self._put(1424, "II", width, height)  # original size
        self._put(1620, "4H", 0, 0, 0, 0)  # border
        self._put(1628, "II", 1, 1)  # pixel aspect ratio


def _pixels(shape: Shape) -> tuple[RowsOf, int]:
    """Return how pixels are stored, and how many bytes each takes."""
    if shape.depth is Depth.EIGHT:
        return rgb8, 3
    if shape.depth is Depth.TEN:
        return rgb10(shape.endian), 4
    return rgb16(shape.endian), 6
