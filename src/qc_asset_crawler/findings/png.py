"""What the bytes of a PNG tell.

The format: "Portable Network Graphics (PNG) Specification", https://www.w3.org/TR/png-3/,
sections 5.2 to 5.6 and 11.2. Pure.
"""

import re
import struct
import zlib
from functools import lru_cache

from .values import Facts, Kind, Look, Sample

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_END = b"\0\0\0\0IEND\xaeB`\x82"
_HEADER = struct.Struct(">8s8sII5BI")
_FRAME = struct.Struct(">I4s")
_FRAME_BYTES = 12  # length and type before the data, CRC after it
_FIRST_CHUNK = len(_SIGNATURE)
_NAME = re.compile(rb"[A-Za-z]{4}")
_CHANNELS = {0: "1", 2: "3", 3: "palette", 4: "2", 6: "4"}
_MOST_LENGTH = 2**31 - 1
_MOST_STEPS = 150
_TAIL = 65536


def knows(head: memoryview) -> bool:
    """Tell whether the first bytes are those of a PNG."""
    return head[:8] == _SIGNATURE


def check(sample: Sample) -> Look:
    """Tell what a PNG's bytes tell."""
    head, size = sample.head, sample.size
    if head[:8] != _SIGNATURE:
        return _unsigned(sample)
    if len(head) < _HEADER.size:
        return Look(None, Kind.TRUNCATED, f"the header ends beyond the end at {size:,} bytes")
    facts = _facts(bytes(head[: _HEADER.size]))
    if sample.at(size - len(_END), len(_END)) == _END:
        return Look(facts)
    return _without_end(sample, facts)


def _unsigned(sample: Sample) -> Look:
    if _SIGNATURE.startswith(bytes(sample.head[:8])):
        return Look(None, Kind.TRUNCATED, f"ends at {sample.size:,} of the signature's 8 bytes")
    return Look(None, Kind.BAD_MAGIC, "does not begin as a PNG does")


@lru_cache(maxsize=8)
def _facts(head: bytes) -> Facts | None:
    """Read IHDR, which is alike in most frames.

    None if it does not come first, or its checksum is not that of its bytes.
    """
    _, name, width, height, bits, colour, _, _, _, crc = _HEADER.unpack(head)
    if name != b"\0\0\0\rIHDR" or zlib.crc32(head[12:29]) != crc:
        return None
    return Facts("png", width, height, _CHANNELS.get(colour), str(bits))


def _without_end(sample: Sample, facts: Facts | None) -> Look:
    """Tell what becomes of a PNG that does not end with IEND.

    Readers stop at IEND, and some writers leave bytes behind it: that is no finding.
    """
    start = max(_FIRST_CHUNK, sample.size - _TAIL)
    if _END in sample.at(start, _TAIL):
        return Look(facts)
    return _walk(sample, _skip_data(sample), facts)


def _walk(sample: Sample, at: int, facts: Facts | None) -> Look:
    """Go from chunk to chunk, to IEND or to where the file breaks off."""
    size = sample.size
    for _ in range(_MOST_STEPS):
        frame = sample.at(at, _FRAME.size) if at < size else b""
        if len(frame) < _FRAME.size:
            return Look(facts, Kind.TRUNCATED, f"ends at {size:,} bytes, without IEND")
        length, name = _FRAME.unpack(frame)
        if not any(frame):
            seen = f"zeros from byte {at:,} of {size:,}, where a chunk should begin"
            return Look(facts, Kind.INCOMPLETE, seen)
        if not _NAME.fullmatch(name) or length > _MOST_LENGTH:
            break
        at += length + _FRAME_BYTES
        if at > size:
            return Look(facts, Kind.TRUNCATED, f"ends at {size:,} of {at:,} bytes announced")
        if name == b"IEND":
            break
    return Look(facts)


def _skip_data(sample: Sample) -> int:
    """Return where to walk on from: a chunk near the end if IDATs are alike, else the first.

    Writers cut the picture into thousands of IDATs of one length: too many to walk.
    """
    at = _FIRST_CHUNK
    for _ in range(_MOST_STEPS // 4):
        frame = sample.at(at, _FRAME.size) if at < sample.size else b""
        if len(frame) < _FRAME.size:
            break
        length, name = _FRAME.unpack(frame)
        step = length + _FRAME_BYTES
        if name == b"IDAT":
            return _last_alike(sample, at, step)
        at += step
    return _FIRST_CHUNK


def _last_alike(sample: Sample, first: int, step: int) -> int:
    """Return where the last of a row of IDATs of one length begins."""
    most = (sample.size - first) // step
    for count in range(most, max(0, most - 3), -1):
        at = first + count * step
        # It is enough that IDAT stands there: by chance it does once in 4 billion times.
        if sample.at(at, _FRAME.size)[4:] == b"IDAT":
            return at
    return first
