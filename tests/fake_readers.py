"""Readers of images that have nothing to do with each other, all asked the same."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from fake_kinds import Kind


class Seen(NamedTuple):
    """What a reader makes of a frame; `depth` in the words of `--depth`, pixels 0.0 to 1.0."""

    width: int
    height: int
    channels: int
    depth: str
    pixels: np.ndarray


Reader = Callable[[Path], Seen]


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"there is no {name} here")
    return found


def _output(*args: str | Path) -> bytes:
    done = subprocess.run(args, capture_output=True, check=True, timeout=60)
    assert not done.stderr, done.stderr
    return done.stdout


def openimageio(path: Path) -> Seen:
    """Read with OpenImageIO."""
    import OpenImageIO

    image = OpenImageIO.ImageBuf(str(path))
    assert not image.has_error, image.geterror()
    spec = image.spec()
    bits = spec.get_int_attribute("oiio:BitsPerSample", 8 * spec.format.size())
    depth = str(spec.format) if str(spec.format) in {"half", "float"} else str(bits)
    pixels = np.asarray(image.get_pixels(OpenImageIO.FLOAT))
    assert not image.has_error, image.geterror()
    return Seen(spec.width, spec.height, spec.nchannels, depth, pixels)


def openexr(path: Path) -> Seen:
    """Read with OpenEXR."""
    import OpenEXR

    with OpenEXR.File(str(path)) as file:
        pixels = file.channels()["RGB"].pixels
        height, width, channels = pixels.shape
        depth = {"float16": "half", "float32": "float"}[str(pixels.dtype)]
        return Seen(width, height, channels, depth, pixels.astype(float))


def pillow(path: Path) -> Seen:
    """Read with Pillow, which has no colours of more than 8 bits."""
    from PIL import Image

    with Image.open(path) as image:
        image.load()
        assert image.mode == "RGB"
        pixels = np.asarray(image) / 255
        return Seen(*image.size, len(image.getbands()), "8", pixels)


def tifffile(path: Path) -> Seen:
    """Read with tifffile."""
    import tifffile as reader

    pixels = reader.imread(path)
    height, width, channels = pixels.shape
    depth = {"uint8": "8", "uint16": "16", "float32": "float"}[str(pixels.dtype)]
    white = 1.0 if depth == "float" else np.iinfo(pixels.dtype).max
    return Seen(width, height, channels, depth, pixels / white)


_FFMPEG_DEPTHS = {
    "rgb24": "8", "yuvj444p": "8", "gbrp10le": "10", "gbrp10be": "10",
    "rgb48le": "16", "rgb48be": "16", "gbrpf32le": "float",
}  # fmt: skip


def ffmpeg(path: Path) -> Seen:
    """Read with ffmpeg, which turns half into float."""
    entries = "stream=width,height,pix_fmt"
    probe = (_program("ffprobe"), "-v", "error", "-show_entries", entries, "-of", "csv=p=0")
    width, height, kind = _output(*probe, path).decode().strip().split(",")
    size = int(height), int(width)
    raw = (_program("ffmpeg"), "-v", "error", "-i", path, "-f", "rawvideo", "-pix_fmt")
    if _FFMPEG_DEPTHS[kind] == "float":
        green, blue, red = np.frombuffer(_output(*raw, "gbrpf32le", "-"), "<f4").reshape(3, *size)
        pixels = np.stack([red, green, blue], -1)
    else:
        pixels = np.frombuffer(_output(*raw, "rgb48le", "-"), "<u2").reshape(*size, 3) / 65535
    return Seen(size[1], size[0], 3, _FFMPEG_DEPTHS[kind], pixels)


def oiiotool(path: Path) -> Seen:
    """Read with the program of OpenImageIO."""
    line = _output(_program("oiiotool"), "--info", path).decode().splitlines()[0]
    size, channels, kind = line.partition(" : ")[2].split(",")
    width, height = (int(part) for part in size.split("x"))
    depth = kind.split()[0].removeprefix("uint")
    raw = path.with_suffix(".raw.exr")
    _output("oiiotool", path, "-d", "float", "-o", raw)
    return Seen(width, height, int(channels.split()[0]), depth, openimageio(raw).pixels)


def imagemagick(path: Path) -> Seen:
    """Read with ImageMagick, which takes DPX as linear unless told otherwise."""
    text = _output(_program("identify"), "-format", "%w %h %z", path).decode()
    width, height, depth = text.split()
    raw = (_program("convert"), path, "-set", "colorspace", "sRGB", "-depth", "16", "rgb:-")
    pixels = np.frombuffer(_output(*raw), "<u2").reshape(int(height), int(width), 3) / 65535
    return Seen(int(width), int(height), 3, "float" if depth == "32" else depth, pixels)


def readers_of(kind: Kind) -> dict[str, Reader]:
    """Name the readers that know a kind of frame."""
    known: dict[str, Reader] = {"openimageio": openimageio, "oiiotool": oiiotool}
    if kind.ext == "exr":
        known["openexr"] = openexr
    else:
        known["imagemagick"] = imagemagick
    if kind.ext == "tif":
        known["tifffile"] = tifffile
    if kind.depth == "8" and kind.ext != "dpx":
        known["pillow"] = pillow
    if (kind.ext, kind.depth) != ("tif", "float"):
        known["ffmpeg"] = ffmpeg
    return known


def depth_as_seen(reader: str, kind: Kind) -> str:
    """Return how a reader calls a depth."""
    return "float" if reader == "ffmpeg" and kind.ext == "exr" else kind.depth
