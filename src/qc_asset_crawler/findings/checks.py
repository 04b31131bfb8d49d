"""Which checker looks at a file: that of its extension, or that of what it really is."""

from collections.abc import Callable
from typing import NamedTuple

from . import aiff, dpx, exr, jpeg, mov, mxf, png, tiff, wav
from .alike import Remembering
from .values import NOTHING, Check, Look, Looks, Sample

_PICTURES = {
    "exr": exr.knows, "dpx": dpx.knows, "tiff": tiff.knows, "png": png.knows, "jpeg": jpeg.knows,
}  # fmt: skip
_CALLED = {**{word: word for word in _PICTURES}, "tif": "tiff", "jpg": "jpeg"}


class _Checker(NamedTuple):
    """What tells by the first bytes that a format's checker is to be asked, and that."""

    knows: Callable[[memoryview], bool]
    check: Check


def looker() -> Looks:
    """Return what looks at files, one after the other. Used by one thread at a time."""
    tif = _Checker(tiff.knows, Remembering(tiff.check))
    jpg = _Checker(jpeg.knows, jpeg.Checker())
    movie, aif = _Checker(mov.knows, mov.check), _Checker(aiff.knows, aiff.check)
    of_extension = {
        "exr": _Checker(exr.knows, exr.Checker()),
        "dpx": _Checker(dpx.knows, Remembering(dpx.check)),
        "tif": tif,
        "tiff": tif,
        "png": _Checker(png.knows, png.check),
        "jpg": jpg,
        "jpeg": jpg,
        "mxf": _Checker(mxf.knows, mxf.check),
        "mov": movie,
        "mp4": movie,
        "wav": _Checker(wav.knows, wav.check),
        "aif": aif,
        "aiff": aif,
    }
    checkers = tuple(dict.fromkeys(of_extension.values()))

    def look(name: str, sample: Sample) -> Look:
        """Look at a file. One of another format we know is looked at as that: names do err."""
        checker = of_extension.get(name.rpartition(".")[2].lower())
        if checker is None or not sample.size:
            return NOTHING
        if not checker.knows(sample.head):
            checker = next((one for one in checkers if one.knows(sample.head)), checker)
        return checker.check(sample)

    return look


def picture_format(name: str, head: memoryview) -> str | None:
    """Return the format of a file that is called a picture, as `looker` sees it; None of others."""
    called = _CALLED.get(name.rpartition(".")[2].lower())
    if called is None or not head:
        return None
    return next((word for word, knows in _PICTURES.items() if knows(head)), called)
