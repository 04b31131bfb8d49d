"""PNG: RGB of 8 or 16 bits, in stored blocks. Pure.

The format: https://www.w3.org/TR/png-3/ and, for the stored blocks, RFC 1950 and 1951. Nothing
is compressed, because versions of zlib differ in what they make of the same bytes.

Each file ends in an empty private chunk, then IEND. A larger file has zeros in that chunk, and more
of its kind: ffmpeg takes bytes after IEND for the next picture. They are of 1 MB at most, since
libpng refuses chunks of more than 8.
"""

import struct
import zlib
from collections.abc import Iterator

from ..errors import Stopped
from ..text import show
from .canvas import Canvas, Layout
from .filling import BLOCK, Baked
from .request import Depth
from .samples import rgb8, rgb16
from .shape import Maker, Shape
from .stamp import SOFTWARE, Stamp

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_STORED = 65535
_FILLER = b"fiLl"  # ancillary, private, safe to copy
_CHUNK_FRAME = 12


def maker(shape: Shape, stopped: Stopped) -> Maker:
    """Return a maker of PNG frames."""
    return _Png(shape, stopped)


class _Png:
    fixed_size = True

    def __init__(self, shape: Shape, stopped: Stopped) -> None:
        picture = shape.picture
        rows_of, pixel, bits = (rgb8, 3, 8) if shape.depth is Depth.EIGHT else (rgb16("big"), 6, 16)
        stride = 1 + picture.width * pixel  # a row begins with its filter: none
        self._rows = bytearray(stride * picture.height)
        self._canvas = Canvas(self._rows, Layout(1, stride, (0,), pixel), rows_of, picture, stopped)
        size = struct.pack(">IIBBBBB", picture.width, picture.height, bits, 2, 0, 0, 0)
        title = show(shape.title).encode("latin-1", "backslashreplace")
        self._comment_size = shape.text_bytes
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
        comment = stamp.text.encode().ljust(self._comment_size)
        head = self._head + _chunk(b"tEXt", b"Comment\0" + comment)
        pixels = _chunk(b"IDAT", _stored(self._rows))
        self.pixels = len(head), len(head) + len(pixels)
        return head + pixels + _END


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(data, zlib.crc32(kind))
    return b"".join((struct.pack(">I", len(data)), kind, data, struct.pack(">I", checksum)))


_END = _chunk(_FILLER, b"") + _chunk(b"IEND", b"")


def filled(data: bytes | bytearray, count: int) -> Baked:
    """Return a frame with so many bytes more in front of IEND."""
    return Baked(data[: -len(_END)], len(_END) + count, _ending) if count else Baked(data)


def _ending(count: int) -> Iterator[bytes]:
    """Name chunks of zeros and IEND, of so many bytes together."""
    left = count - _CHUNK_FRAME
    if left >= BLOCK + _CHUNK_FRAME:
        block = _chunk(_FILLER, bytes(BLOCK - _CHUNK_FRAME))
        while left >= BLOCK + _CHUNK_FRAME:
            yield block
            left -= BLOCK
    yield _chunk(_FILLER, bytes(left - _CHUNK_FRAME)) + _chunk(b"IEND", b"")


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
