"""PNG: RGB of 8 or 16 bits, in stored blocks. Pure.

The format: https://www.w3.org/TR/png-3/ and, for the stored blocks, RFC 1950 and 1951. Nothing
is compressed, because versions of zlib differ in what they make of the same bytes.
"""

import struct
import zlib

from .canvas import Canvas, Layout
from .request import Depth
from .samples import rgb8, rgb16
from .shape import Maker, Shape
from .stamp import SOFTWARE, Stamp

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_STORED = 65535


def maker(shape: Shape) -> Maker:
    """Return a maker of PNG frames."""
    return _Png(shape)


class _Png:
    fixed_size = True

    def __init__(self, shape: Shape) -> None:
        picture = shape.picture
        rows_of, pixel, bits = (rgb8, 3, 8) if shape.depth is Depth.EIGHT else (rgb16("big"), 6, 16)
        stride = 1 + picture.width * pixel  # a row begins with its filter: none
        self._rows = bytearray(stride * picture.height)
        self._canvas = Canvas(self._rows, Layout(1, stride, (0,), pixel), rows_of, picture)
        size = struct.pack(">IIBBBBB", picture.width, picture.height, bits, 2, 0, 0, 0)
        title = shape.title.encode("latin-1", "backslashreplace")
        self._head = (
            _SIGNATURE
            + _chunk(b"IHDR", size)
            + _chunk(b"tEXt", b"Title\0" + title)
            + _chunk(b"tEXt", b"Software\0" + SOFTWARE.encode())
        )
        self.pixels = 0, 0

    def make(self, stamp: Stamp) -> bytes:
        """Return a frame."""
        self._canvas.show(stamp.number, stamp.digits)
        head = self._head + _chunk(b"tEXt", b"Comment\0" + stamp.text.encode())
        pixels = _chunk(b"IDAT", _stored(self._rows))
        self.pixels = len(head), len(head) + len(pixels)
        return head + pixels + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", checksum)))


def _stored(raw: bytearray) -> bytes:
    """Wrap bytes as a zlib stream that compresses nothing."""
    parts = [b"\x78\x01"]
    view = memoryview(raw)
    for at in range(0, len(raw), _MOST_STORED):
        piece = view[at : at + _MOST_STORED]
        is_last = at + _MOST_STORED >= len(raw)
        parts += [struct.pack("<BHH", is_last, len(piece), len(piece) ^ 0xFFFF), bytes(piece)]
    parts.append(struct.pack(">I", zlib.adler32(raw)))
    return b"".join(parts)
