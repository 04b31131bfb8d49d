"""JPEG, by Pillow: the one format that is not written by hand. The extra `fake` brings it."""

from importlib import import_module
from io import BytesIO
from typing import Any

from ..errors import Stopped, UsageError
from .canvas import Canvas, Layout
from .samples import rgb8
from .shape import Maker, Shape
from .stamp import SOFTWARE, Stamp, printable_ascii

MOST_SIDE = 65500
"""So it stands in libjpeg: JPEG_MAX_DIMENSION."""
_QUALITY = 90
_START_OF_SCAN = b"\xff\xda"


def maker(shape: Shape, stopped: Stopped) -> Maker:
    """Return a maker of JPEG frames.

    Raises:
        UsageError: Pillow is not installed.
    """
    try:
        image = import_module("PIL.Image")
    except ImportError:
        raise UsageError(
            "jpg needs Pillow: pip install 'qc-asset-crawler[fake]' (the other formats do not)"
        ) from None
    return _Jpeg(shape, stopped, image)


class _Jpeg:
    fixed_size = False

    def __init__(self, shape: Shape, stopped: Stopped, image: Any) -> None:
        picture = shape.picture
        self._image = image
        self._title = printable_ascii(shape.title).decode()
        self._size = picture.width, picture.height
        self._rows = bytearray(3 * picture.width * picture.height)
        layout = Layout(0, 3 * picture.width, (0,), 3)
        self._canvas = Canvas(self._rows, layout, rgb8, picture, stopped)
        self.pixels = 0, 0

    def make(self, stamp: Stamp) -> bytes:
        """Return a frame."""
        self._canvas.show(stamp.number, stamp.digits)
        picture = self._image.frombytes("RGB", self._size, bytes(self._rows))
        comment = f"{self._title}, {stamp.text}, {SOFTWARE}"
        file = BytesIO()
        picture.save(file, "JPEG", quality=_QUALITY, subsampling=0, comment=comment)
        data = file.getvalue()
        self.pixels = data.index(_START_OF_SCAN), len(data)
        return data
