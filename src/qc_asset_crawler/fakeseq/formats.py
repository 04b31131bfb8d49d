"""The formats: what each can store, what it does unless told otherwise, who writes it. Pure."""

from collections.abc import Callable
from typing import NamedTuple

from ..errors import Stopped, UsageError
from ..text import show
from . import dpx, exr, jpeg, png, tiff
from .filling import Baked, zeros_after
from .request import Compression, Depth, Endian
from .shape import Maker, Shape


class Format(NamedTuple):
    """One format; the first of each list is what it does unless told otherwise.

    `most_side` is how many pixels wide and high its pictures are at most.
    """

    name: str
    depths: tuple[Depth, ...]
    make: Callable[[Shape, Stopped], Maker]
    endians: tuple[Endian, ...] = ()
    compressions: tuple[Compression, ...] = (Compression.NONE,)
    fill: Callable[[bytes | bytearray, int], Baked] = zeros_after
    most_side: int = 65535


_EXR = Format(
    "exr",
    (Depth.HALF, Depth.FLOAT),
    exr.maker,
    compressions=(Compression.NONE, Compression.ZIP),
)
_DPX = Format(
    "dpx",
    (Depth.TEN, Depth.EIGHT, Depth.SIXTEEN),
    dpx.maker,
    endians=(Endian.BIG, Endian.LITTLE),
)
_TIFF = Format(
    "tif",
    (Depth.EIGHT, Depth.SIXTEEN, Depth.FLOAT),
    tiff.maker,
    endians=(Endian.LITTLE, Endian.BIG),
)
_PNG = Format("png", (Depth.EIGHT, Depth.SIXTEEN), png.maker, fill=png.filled)
_JPEG = Format("jpg", (Depth.EIGHT,), jpeg.maker, most_side=jpeg.MOST_SIDE)

FORMATS = {
    "exr": _EXR, "dpx": _DPX, "tif": _TIFF, "tiff": _TIFF,
    "png": _PNG, "jpg": _JPEG, "jpeg": _JPEG,
}  # fmt: skip


def find_format(ext: str) -> Format:
    """Return the format of an extension, in any case.

    Raises:
        UsageError: there is none.
    """
    found = FORMATS.get(ext.lower())
    if found is None:
        raise UsageError(f"--ext is one of {', '.join(FORMATS)}, not '{show(ext)}'")
    return found


def choose_depth(found: Format, asked: Depth | None) -> Depth:
    """Return the depth asked for, or the format's own.

    Raises:
        UsageError: the format does not have it.
    """
    if asked is not None and asked not in found.depths:
        raise UsageError(f"{found.name} has --depth {_list(found.depths)}, not {asked}")
    return asked or found.depths[0]


def choose_compression(found: Format, asked: Compression | None) -> Compression:
    """Return the compression asked for, or the format's own.

    Raises:
        UsageError: the format does not have it.
    """
    if asked is not None and asked not in found.compressions:
        raise UsageError(f"{found.name} has no --compression {asked}: only exr has")
    return asked or found.compressions[0]


def choose_endian(found: Format, asked: Endian | None) -> Endian:
    """Return the byte order asked for, or the format's own.

    Raises:
        UsageError: the format leaves no choice.
    """
    if asked is not None and asked not in found.endians:
        raise UsageError(f"{found.name} has one byte order: --endian is for dpx and tif")
    return asked or (*found.endians, Endian.LITTLE)[0]


def _list(depths: tuple[Depth, ...]) -> str:
    return ", ".join(depths)
