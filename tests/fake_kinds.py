"""Every kind of frame there is, and the picture it should show."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from qc_asset_crawler.fakeseq.bake import Bakery
from qc_asset_crawler.fakeseq.formats import FORMATS
from qc_asset_crawler.fakeseq.picture import draw
from qc_asset_crawler.fakeseq.plan import make_plan
from qc_asset_crawler.fakeseq.request import (
    Compression,
    Depth,
    Endian,
    FakeRequest,
    Look,
    Naming,
    Numbering,
)


class Kind(NamedTuple):
    """One kind of frame."""

    ext: str
    depth: Depth
    compression: Compression
    endian: Endian | None

    def __str__(self) -> str:
        parts = [self.ext, self.depth, self.compression, self.endian or ""]
        return "-".join(part for part in parts if part not in {"", "none"})


def kinds() -> Iterator[Kind]:
    """Name every kind of frame; tif and tiff, jpg and jpeg, are one each."""
    for ext in ("exr", "dpx", "tif", "png", "jpg"):
        found = FORMATS[ext]
        for depth in found.depths:
            for compression in found.compressions:
                for endian in found.endians or (None,):
                    yield Kind(ext, depth, compression, endian)


KINDS = list(kinds())
SMALL = Look()


def look_of(kind: Kind, look: Look = SMALL) -> Look:
    """Return a look, but as a kind has it."""
    return Look(look.width, look.height, kind.depth, kind.compression, kind.endian, look.bytes)


def bakery_of(
    kind: Kind, look: Look = SMALL, seed: int = 0, *, start: int = 1001, base: str = "plate"
) -> Bakery:
    """Return what bakes 24 frames of a kind."""
    naming = Naming(base=base, ext=kind.ext)
    asked = FakeRequest(naming, Numbering(start), look_of(kind, look), seed=seed)
    return Bakery(make_plan(asked))


def write_frame(folder: Path, kind: Kind, number: int = 1024, look: Look = SMALL) -> Path:
    """Write one frame of a kind."""
    path = folder / f"plate.{number}.{kind.ext}"
    bakery = bakery_of(kind, look, start=1001 if number < 10000 else number)
    path.write_bytes(b"".join(bakery.bake(number).parts()))
    return path


def gradient(width: int, height: int) -> np.ndarray:
    """Return the picture without its number, black 0.0 and white 1.0."""
    picture = draw(width, height, 4, 0)
    seen = np.empty((height, width, 3))
    seen[..., 0] = np.array(picture.reds) / 65535
    seen[..., 1] = (np.array(picture.greens) / 65535)[:, None]
    seen[..., 2] = np.array(picture.blues) / 65535
    return seen


def expected(width: int, height: int, digits: str) -> np.ndarray:
    """Return the picture with its number: white digits of 5 by 7 units on black."""
    seen = gradient(width, height)
    box = draw(width, height, len(digits), 0).box
    assert box is not None
    seen[box.top : box.top + box.height, box.left : box.left + box.width] = 0.0
    for at, digit in enumerate(digits):
        dots = np.array([[dot == "#" for dot in row] for row in SHAPES[digit].split()])
        ink = np.kron(dots, np.ones((box.scale, box.scale)))
        top = box.top + box.scale
        left = box.left + (1 + 6 * at) * box.scale
        seen[top : top + 7 * box.scale, left : left + 5 * box.scale] = ink[..., None]
    return seen


SHAPES = {
    "0": ".###. #...# #..## #.#.# ##..# #...# .###.",
    "1": "..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.",
    "2": ".###. #...# ....# ...#. ..#.. .#... #####",
    "3": "##### ...#. ..#.. ...#. ....# #...# .###.",
    "4": "...#. ..##. .#.#. #..#. ##### ...#. ...#.",
    "5": "##### #.... ####. ....# ....# #...# .###.",
    "6": "..##. .#... #.... ####. #...# #...# .###.",
    "7": "##### ....# ...#. ..#.. .#... .#... .#...",
    "8": ".###. #...# #...# .###. #...# #...# .###.",
    "9": ".###. #...# #...# .#### ....# ...#. .##..",
}
