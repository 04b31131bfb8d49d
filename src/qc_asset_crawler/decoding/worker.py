"""The process that decodes: `python -P worker.py PATH`. It imports nothing of this package.

It says first whether it can decode, then answers each line on stdin by what the decoder says of
the picture that PATH holds by then. Each time that is one line of JSON.
"""

import json
import os
import sys
from collections.abc import Iterator

try:
    import OpenImageIO as oiio  # noqa: N813 - as everybody calls it
except ImportError as missing:
    sys.stdout.write(json.dumps({"trouble": str(missing)}) + "\n")
    sys.exit()

_BAND_BYTES = 32 << 20
# Formats that pack lines into blocks have 256 of them in one at most.
_BLOCK_LINES = 256
# A reader that knows not how many pictures a file holds says so when it has seen the last one.
_NO_MORE = "could not seek to subimage"


def main() -> None:
    """Answer until stdin ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # the libraries print what they think
    # There are as many of these processes as pay.
    oiio.attribute("threads", 1)
    oiio.attribute("exr_threads", -1)
    answer: dict[str, str] = {"trouble": ""}
    while True:
        print(json.dumps(answer), file=answers, flush=True)
        if not sys.stdin.readline():
            return
        reader, said = decode(sys.argv[1])
        answer = {"reader": reader, "said": said}


def decode(path: str) -> tuple[str, str]:
    """Return which reader opened a picture, if one did, and what is wrong with it, if anything."""
    reader = ""
    try:
        picture = oiio.ImageInput.open(path)
        if picture is None:
            return "", oiio.geterror() or "cannot be opened"
        reader = picture.format_name()
        return reader, next(filter(None, _complaints(picture)), "")
    except UnicodeDecodeError as error:  # it quotes what stands in the file
        return reader, bytes(error.object).decode(errors="backslashreplace")
    except (RuntimeError, ValueError) as error:
        return reader, str(error) or type(error).__name__


def _complaints(picture: oiio.ImageInput) -> Iterator[str]:
    """Decode all pictures of a file; yield what the decoder says after each piece, if it does."""
    at = 0
    while picture.seek_subimage(at, 0):
        for read in _pieces(picture, at):
            said = picture.geterror()
            yield said or ("" if read else "the pixels cannot be read")
        at += 1
    said = picture.geterror()
    yield said if at == 0 or _NO_MORE not in said else ""


def _pieces(picture: oiio.ImageInput, at: int) -> Iterator[bool]:
    """Decode one picture of a file, its full resolution, some lines at a time."""
    spec = picture.spec()
    if spec.deep:
        yield picture.read_native_deep_image(at, 0) is not None
        return
    line = max(1, spec.width * spec.pixel_bytes(True))
    block = spec.tile_height or _BLOCK_LINES
    lines = max(1, _BAND_BYTES // line)
    if spec.tile_height or lines > block:
        lines = max(1, lines // block) * block
    right, bottom, back = spec.x + spec.width, spec.y + spec.height, spec.z + max(1, spec.depth)
    for z in range(spec.z, back, max(1, spec.tile_depth)):
        for y in range(spec.y, bottom, lines):
            end = min(y + lines, bottom)
            channels = (0, spec.nchannels, oiio.UNKNOWN)
            if spec.tile_width:
                deep = min(z + max(1, spec.tile_depth), back)
                read = picture.read_tiles(at, 0, spec.x, right, y, end, z, deep, *channels)
            else:
                read = picture.read_scanlines(at, 0, y, end, z, *channels)
            yield read is not None


if __name__ == "__main__":
    main()
