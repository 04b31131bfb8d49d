"""What a DPX file tells of itself. Pure.

The fields and their places: SMPTE ST 268-1:2014, tables 1 and 2. How samples are packed:
its annex C. The size of the file that the header tells is often wrong in good files, so the
pixels decide; and what they take is counted as the least that any writer makes of them.
"""

import struct
from typing import NamedTuple

from .values import NOTHING, Facts, Kind, Look, Sample

_MAGICS = {b"SDPX": ">", b"XPDS": "<"}
_VERSIONS = (b"V1.0\0", b"V2.0\0", b"V1.0\xff", b"V2.0\xff", b"V1.0 ", b"V2.0 ")
_START_BYTES = 13
_IMAGE_AT, _ELEMENTS_AT, _ELEMENT_BYTES, _MOST_ELEMENTS = 770, 780, 72, 8
_HEADER_LEAST = _ELEMENTS_AT + _ELEMENT_BYTES
# Where the pixels are; how many elements, and the width and height.
_START = {mark: struct.Struct(f"{mark}4xI") for mark in "<>"}
_IMAGE = {mark: struct.Struct(f"{mark}HII") for mark in "<>"}
# What an element holds, its bits, packing and encoding, and where its pixels are.
_ELEMENT = {mark: struct.Struct(f"{mark}20xBxxBHHI") for mark in "<>"}
_UNKNOWN = 0xFFFFFFFF
_AS_IT_IS, _RLE = frozenset((0, 0xFFFF)), 1
# What a descriptor says an element holds, and how many samples a pixel has of it. Others are
# left alone: chroma by itself (7), for it may be of every second line only, and what users define.
_CHANNELS = {
    1: ("R", 1),
    2: ("G", 1),
    3: ("B", 1),
    4: ("A", 1),
    6: ("Y", 1),
    8: ("Z", 1),
    50: ("R,G,B", 3),
    51: ("R,G,B,A", 4),
    52: ("A,B,G,R", 4),
    100: ("Cb,Y,Cr,Y", 2),
    101: ("Cb,Y,A,Cr,Y,A", 3),
    102: ("Cb,Y,Cr", 3),
    103: ("Cb,Y,Cr,A", 4),
    **{148 + count: (str(count), count) for count in range(2, 9)},
}


class _Element(NamedTuple):
    descriptor: int
    bits: int
    packing: int
    encoding: int
    offset: int


class _Image(NamedTuple):
    start: int
    width: int
    height: int
    elements: list[_Element]


def knows(head: memoryview) -> bool:
    """Tell by the first bytes whether this is DPX."""
    return bytes(head[:4]) in _MAGICS


def check(sample: Sample) -> Look:
    """Look at a DPX file."""
    start = sample.at(0, _START_BYTES)
    first = start[:4]
    if not (first in _MAGICS or any(magic.startswith(first) for magic in _MAGICS)):
        return Look(kind=Kind.BAD_MAGIC, detail="the first bytes are not those of a DPX")
    if sample.size < _HEADER_LEAST:
        detail = f"the header ends beyond the end of the file, at {sample.size:,} bytes"
        return Look(kind=Kind.TRUNCATED, detail=detail)
    image = _image(sample, start, _MAGICS[first])
    if image is None:
        return NOTHING
    facts, end = _facts(image), _end(image)
    if end > sample.size:
        detail = f"ends at {sample.size:,} of at least {end:,} bytes announced"
        return Look(facts, Kind.TRUNCATED, detail)
    return Look(facts)


def _image(sample: Sample, start: bytes, mark: str) -> _Image | None:
    """Return what matters of the header; None where it is not as the standard has it."""
    if start[8:] not in _VERSIONS:
        return None
    (pixels_at,) = _START[mark].unpack_from(start)
    described = sample.at(_IMAGE_AT, _IMAGE[mark].size)
    count, width, height = _IMAGE[mark].unpack(described)
    if not (0 < count <= _MOST_ELEMENTS and 0 < width < _UNKNOWN and 0 < height < _UNKNOWN):
        return None
    length = count * _ELEMENT_BYTES
    data = sample.at(_ELEMENTS_AT, length)
    if len(data) < length:
        return None
    unpack = _ELEMENT[mark].unpack_from
    places = range(0, length, _ELEMENT_BYTES)
    return _Image(pixels_at, width, height, [_Element._make(unpack(data, at)) for at in places])


def _facts(image: _Image) -> Facts:
    """Say what the header says; what it does not say of every element is left out."""
    elements = image.elements
    channels = [_CHANNELS[one.descriptor][0] for one in elements if one.descriptor in _CHANNELS]
    names = "; ".join(channels) if len(channels) == len(elements) else None
    bits = ",".join(sorted({str(one.bits) for one in elements}))
    encodings = {one.encoding for one in elements}
    packed = "none" if encodings <= _AS_IT_IS else "rle" if _RLE in encodings else None
    return Facts("dpx", image.width, image.height, names, bits, packed)


def _end(image: _Image) -> int:
    """Return where the pixels end at the least, as far as that is known.

    Some writers fill in only where the header says that pixels begin, others only where the first
    element says that its own do.
    """
    pixels, first = image.width * image.height, image.start
    end = 0
    for element in image.elements:
        starts = [offset for offset in (element.offset, first) if 0 < offset < _UNKNOWN]
        first = 0
        _, samples = _CHANNELS.get(element.descriptor, ("", 0))
        if starts and samples and element.encoding in _AS_IT_IS:
            count = _bytes_of(element, pixels * samples)
            end = max(end, min(starts) + count if count else 0)
    return end


def _bytes_of(element: _Element, samples: int) -> int:
    """Return how many bytes samples take at the least; 0 where that is not known.

    By the standard each line begins on a 32-bit word, but writers differ, and some do not.
    """
    bits, filled = element.bits, element.packing in (1, 2)
    if bits == 10 and filled:
        return -(-samples // 3) * 4
    if bits == 12 and filled:
        return samples * 2
    return -(-samples * bits // 8) if bits in (1, 8, 10, 12, 16, 32, 64) else 0
