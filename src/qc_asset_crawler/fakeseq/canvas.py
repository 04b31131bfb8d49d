"""A picture in a buffer, of which only the number is drawn again from frame to frame. Pure."""

from functools import cache
from typing import NamedTuple

from ..errors import Stopped, go_on
from .picture import BLACK, CELL_WIDTH, GLYPHS, WHITE, Picture, tiny_mark
from .samples import RowsOf

_Patch = tuple[int, int, bytes]
"""From here to there in the buffer stand these bytes."""


class Layout(NamedTuple):
    """Where the pixels lie in a buffer, all in bytes.

    `offset` of the first row, `stride` from one row to the next, `planes` where in a row each
    channel begins (a single 0 where channels are interleaved), `pixel` the size of one pixel.
    """

    offset: int
    stride: int
    planes: tuple[int, ...]
    pixel: int


class Canvas:
    """Draws into `data`: the gradient once, then one number after the other."""

    def __init__(
        self,
        data: bytearray,
        layout: Layout,
        rows_of: RowsOf,
        picture: Picture,
        stopped: Stopped,
    ) -> None:
        """Draw the gradient.

        Raises:
            StopRequestedError: `stopped` said so before the end.
        """
        self._data = data
        self._layout = layout
        self._rows_of = rows_of
        self._picture = picture
        self._shown = ""
        self._glyph_at = cache(self._place_glyph)
        row_of = rows_of(picture.reds, picture.blues)
        for y, green in enumerate(picture.greens):
            go_on(stopped)
            self._put(0, y, row_of(green))
        box = picture.box
        if box is not None:
            black = self._pixel(BLACK)
            for y in range(box.top, box.top + box.height):
                self._put(box.left, y, tuple(part * box.width for part in black))
            self._shown = " " * box.digits

    @property
    def changing_rows(self) -> range:
        """The rows in which frames differ."""
        box = self._picture.box
        return range(1) if box is None else range(box.top, box.top + box.height)

    def show(self, number: int, digits: str) -> None:
        """Draw a number; `digits` is how it is written, as wide as the box or narrower."""
        box = self._picture.box
        if box is None:
            red, green, blue = tiny_mark(number)
            self._put(0, 0, self._rows_of((red,), (blue,))(green))
            return
        data, wanted = self._data, digits.rjust(box.digits)
        for at, (digit, shown) in enumerate(zip(wanted, self._shown, strict=True)):
            if digit != shown:
                for start, end, part in self._glyph_at(at, digit):
                    data[start:end] = part
        self._shown = wanted

    def _place_glyph(self, at: int, digit: str) -> list[_Patch]:
        """Return where in the buffer a digit goes, piece by piece."""
        box, layout = self._picture.box, self._layout
        assert box is not None
        x = box.left + (at * CELL_WIDTH + 1) * box.scale
        start = layout.offset + (box.top + box.scale) * layout.stride + x * layout.pixel
        patches: list[_Patch] = []
        for row in self._glyph(digit):
            for _ in range(box.scale):
                for plane, part in zip(layout.planes, row, strict=True):
                    patches.append((start + plane, start + plane + len(part), part))
                start += layout.stride
        return patches

    def _glyph(self, digit: str) -> list[tuple[bytes, ...]]:
        """Return the rows of a digit as bytes, plane by plane."""
        box = self._picture.box
        assert box is not None
        ink = {"#": self._pixel(WHITE), ".": self._pixel(BLACK)}
        planes = range(len(self._layout.planes))
        return [
            tuple(b"".join(ink[dot][plane] * box.scale for dot in dots) for plane in planes)
            for dots in GLYPHS[digit]
        ]

    def _pixel(self, level: int) -> tuple[bytes, ...]:
        return self._rows_of((level,), (level,))(level)

    def _put(self, x: int, y: int, parts: tuple[bytes, ...]) -> None:
        start = self._layout.offset + y * self._layout.stride + x * self._layout.pixel
        for plane, part in zip(self._layout.planes, parts, strict=True):
            self._data[start + plane : start + plane + len(part)] = part
