"""What a frame shows: a gradient, and the frame number in white on black. Pure.

Levels are 16 bits wide, 0 to 65535, whatever a format makes of them; all of it is integer
arithmetic, so the picture is the same everywhere.
"""

from typing import NamedTuple

from .chance import chance

BLACK, WHITE = 0, 65535
CELL_WIDTH, CELL_HEIGHT = 6, 9
"""A digit is 5 wide and 7 high, with one unit of space to its left, above and below."""

Levels = tuple[int, ...]

_GLYPHS = """
.###. ..#.. .###. ##### ...#. ##### ..##. ##### .###. .###. .....
#...# .##.. #...# ...#. ..##. #.... .#... ....# #...# #...# .....
#..## ..#.. ....# ..#.. .#.#. ####. #.... ...#. #...# #...# .....
#.#.# ..#.. ...#. ...#. #..#. ....# ####. ..#.. .###. .#### .....
##..# ..#.. ..#.. ....# ##### ....# #...# .#... #...# ....# .....
#...# ..#.. .#... #...# ...#. #...# #...# .#... #...# ...#. .....
.###. .###. ##### .###. ...#. .###. .###. .#... .###. .##.. .....
"""

GLYPHS: dict[str, tuple[str, ...]] = {
    digit: tuple(line.split()[at] for line in _GLYPHS.split("\n") if line)
    for at, digit in enumerate("0123456789 ")
}
"""The seven rows of each digit, and of the space before a shorter number."""


class NumberBox(NamedTuple):
    """Where the number stands: `scale` pixels a unit, `digits` cells side by side."""

    left: int
    top: int
    scale: int
    digits: int

    @property
    def width(self) -> int:
        """How many pixels wide it is."""
        return (self.digits * CELL_WIDTH + 1) * self.scale

    @property
    def height(self) -> int:
        """How many pixels high it is."""
        return CELL_HEIGHT * self.scale


class Picture(NamedTuple):
    """A gradient: red and blue from left to right, green from top to bottom.

    `box` is None where the picture is too small for the number: then the first pixel alone is
    its own in every frame (`tiny_mark`).
    """

    reds: Levels
    greens: Levels
    blues: Levels
    box: NumberBox | None

    @property
    def width(self) -> int:
        """How many pixels wide it is."""
        return len(self.reds)

    @property
    def height(self) -> int:
        """How many pixels high it is."""
        return len(self.greens)


def draw(width: int, height: int, digits: int, seed: int) -> Picture:
    """Return the picture of a sequence: its colours follow from the seed."""
    roll = chance(seed, "colours")
    dark, bright = (tuple(int(roll() * 24576) + base for _ in range(3)) for base in (0, 40960))
    reds = _ramp(dark[0], bright[0], width)
    greens = _ramp(dark[1], bright[1], height)
    blues = _ramp(bright[2], dark[2], width)
    return Picture(reds, greens, blues, _place(width, height, digits))


def _ramp(first: int, last: int, count: int) -> Levels:
    steps = max(1, count - 1)
    return tuple(first + (last - first) * at // steps for at in range(count))


def _place(width: int, height: int, digits: int) -> NumberBox | None:
    """Put the number in the middle, as large as leaves some of the gradient to be seen."""
    columns = digits * CELL_WIDTH + 1
    scale = min(width * 4 // (5 * columns), height * 2 // (3 * CELL_HEIGHT))
    scale = scale or min(1, width // columns, height // CELL_HEIGHT)
    if not scale:
        return None
    left, top = (width - columns * scale) // 2, (height - CELL_HEIGHT * scale) // 2
    return NumberBox(left, top, scale, digits)


def tiny_mark(number: int) -> tuple[int, int, int]:
    """Return red, green and blue of the first pixel where no number fits: its low 24 bits."""
    red, green, blue = (number >> shift & 0xFF for shift in (16, 8, 0))
    return red * 257, green * 257, blue * 257
