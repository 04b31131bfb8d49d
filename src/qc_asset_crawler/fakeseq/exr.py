"""OpenEXR: scan lines, channels B G R, half or float, uncompressed or zip. Pure.

The format: https://openexr.com/en/latest/OpenEXRFileLayout.html; the standard attributes:
https://openexr.com/en/latest/StandardAttributes.html (`timeCode`, `framesPerSecond`,
`imageCounter`, `reelName`).
"""

import struct
import zlib

from ..errors import Stopped, go_on
from ..text import show
from .canvas import Canvas, Layout
from .request import Compression, Depth
from .samples import bgr_planes
from .shape import Maker, Shape
from .stamp import FPS, SOFTWARE, Stamp

_MAGIC = struct.pack("<II", 20000630, 2)
_PIXEL_TYPES = {Depth.HALF: (1, "e", 2), Depth.FLOAT: (2, "f", 4)}
_ZIP, _ZIP_ROWS = 3, 16


def maker(shape: Shape, stopped: Stopped) -> Maker:
    """Return a maker of OpenEXR frames."""
    of_kind = _Zipped if shape.compression is Compression.ZIP else _Plain
    return of_kind(shape, stopped)


def _attribute(name: str, kind: str, value: bytes) -> bytes:
    head = f"{name}\0{kind}\0".encode()
    return head + struct.pack("<I", len(value)) + value


def _header(shape: Shape) -> tuple[bytes, int, int]:
    """Return the header, and where in it the frame's number and time code stand."""
    picture = shape.picture
    number, _, _ = _PIXEL_TYPES[shape.depth]
    window = struct.pack("<4i", 0, 0, picture.width - 1, picture.height - 1)
    channel = struct.pack("<IB3xII", number, 0, 1, 1)
    channels = b"".join(name + b"\0" + channel for name in (b"B", b"G", b"R")) + b"\0"
    compression = _ZIP if shape.compression is Compression.ZIP else 0
    title = show(shape.title).encode()
    head = _MAGIC
    head += _attribute("channels", "chlist", channels)
    head += _attribute("compression", "compression", bytes((compression,)))
    head += _attribute("dataWindow", "box2i", window)
    head += _attribute("displayWindow", "box2i", window)
    head += _attribute("framesPerSecond", "rational", struct.pack("<iI", FPS, 1))
    head += _attribute("imageCounter", "int", bytes(4))
    number_at = len(head) - 4
    head += _attribute("lineOrder", "lineOrder", b"\0")
    head += _attribute("pixelAspectRatio", "float", struct.pack("<f", 1.0))
    head += _attribute("reelName", "string", title)
    head += _attribute("screenWindowCenter", "v2f", bytes(8))
    head += _attribute("screenWindowWidth", "float", struct.pack("<f", 1.0))
    head += _attribute("software", "string", SOFTWARE.encode())
    head += _attribute("timeCode", "timecode", bytes(8))
    timecode_at = len(head) - 8
    return head + b"\0", number_at, timecode_at


class _Plain:
    """Uncompressed: every frame is the one before it with a few bytes changed."""

    fixed_size = True

    def __init__(self, shape: Shape, stopped: Stopped) -> None:
        picture = shape.picture
        _, code, size = _PIXEL_TYPES[shape.depth]
        header, self._number_at, self._timecode_at = _header(shape)
        width, height = picture.width, picture.height
        row_bytes = 3 * width * size
        first = len(header) + 8 * height
        self._data = bytearray(first + height * (8 + row_bytes))
        self._data[: len(header)] = header
        for y in range(height):
            at = first + y * (8 + row_bytes)
            struct.pack_into("<Q", self._data, len(header) + 8 * y, at)
            struct.pack_into("<iI", self._data, at, y, row_bytes)
        planes = (0, width * size, 2 * width * size)
        layout = Layout(first + 8, 8 + row_bytes, planes, size)
        self._canvas = Canvas(self._data, layout, bgr_planes(code), picture, stopped)
        self.pixels = first, len(self._data)

    def make(self, stamp: Stamp) -> bytearray:
        """Return a frame."""
        struct.pack_into("<I", self._data, self._number_at, stamp.number)
        struct.pack_into("<I", self._data, self._timecode_at, stamp.bcd_timecode)
        self._canvas.show(stamp.number, stamp.digits)
        return self._data


class _Zipped:
    """Zip: blocks of 16 rows; only those that the number touches are packed again."""

    fixed_size = False

    def __init__(self, shape: Shape, stopped: Stopped) -> None:
        picture = shape.picture
        _, code, size = _PIXEL_TYPES[shape.depth]
        header, self._number_at, self._timecode_at = _header(shape)
        self._header = bytearray(header)
        width, height = picture.width, picture.height
        self._block_bytes = _ZIP_ROWS * 3 * width * size
        self._rows = bytearray(height * 3 * width * size)
        planes = (0, width * size, 2 * width * size)
        layout = Layout(0, 3 * width * size, planes, size)
        self._canvas = Canvas(self._rows, layout, bgr_planes(code), picture, stopped)
        rows = self._canvas.changing_rows
        self._changing = range(rows[0] // _ZIP_ROWS, rows[-1] // _ZIP_ROWS + 1)
        self._stopped = stopped
        self._blocks = [self._block(at) for at in range(-(-height // _ZIP_ROWS))]
        self.pixels = 0, 0

    def _block(self, at: int) -> bytes:
        go_on(self._stopped)
        raw = bytes(self._rows[at * self._block_bytes : (at + 1) * self._block_bytes])
        packed = zlib.compress(_predicted(raw))
        stored = packed if len(packed) < len(raw) else raw
        return struct.pack("<iI", at * _ZIP_ROWS, len(stored)) + stored

    def make(self, stamp: Stamp) -> bytes:
        """Return a frame."""
        struct.pack_into("<I", self._header, self._number_at, stamp.number)
        struct.pack_into("<I", self._header, self._timecode_at, stamp.bcd_timecode)
        self._canvas.show(stamp.number, stamp.digits)
        for at in self._changing:
            self._blocks[at] = self._block(at)
        offset = len(self._header) + 8 * len(self._blocks)
        first, table = offset, []
        for block in self._blocks:
            table.append(offset)
            offset += len(block)
        self.pixels = first, offset
        return b"".join((self._header, struct.pack(f"<{len(table)}Q", *table), *self._blocks))


def _predicted(raw: bytes) -> bytes:
    """Return bytes as zip packs them: the even ones, then the odd ones, each as a difference.

    All differences are taken at once, in two long numbers; `high` keeps each byte's borrow from
    the next (Hacker's Delight, 2-18).
    """
    mixed = raw[0::2] + raw[1::2]
    count = len(mixed) - 1
    after, before = int.from_bytes(mixed[1:], "big"), int.from_bytes(mixed[:-1], "big")
    high = int.from_bytes(b"\x80" * count, "big")
    low = int.from_bytes(b"\x7f" * count, "big")
    # The format adds 128 to each difference, which turns its highest bit over.
    differences = ((after | high) - (before & low)) ^ ((after ^ before) & high)
    return mixed[:1] + differences.to_bytes(count, "big")
