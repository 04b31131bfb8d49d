"""What the bytes of a JPEG tell.

The format: ITU-T T.81, https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B; JPEG-LS, ITU-T T.87,
shares it. Pure.
"""

import re
import struct
from typing import NamedTuple

from .alike import Beginning
from .values import NOTHING, Facts, Kind, Look, Sample

_START, _END = b"\xff\xd8", b"\xff\xd9"
_EOI, _SOS = 0xD9, 0xDA
_BARE = {0xFF: 1, **dict.fromkeys((0x01, *range(0xD0, 0xD8)), 2)}
"""Markers that no segment follows, and their bytes; any number of FF may stand before a marker."""
_FRAMES = {
    0xC0: "baseline", 0xC1: "extended", 0xC2: "progressive", 0xC3: "lossless",
    0xC5: "differential", 0xC6: "differential progressive", 0xC7: "differential lossless",
    0xC9: "arithmetic", 0xCA: "arithmetic progressive", 0xCB: "arithmetic lossless",
    0xCD: "differential arithmetic", 0xCE: "differential arithmetic progressive",
    0xCF: "differential arithmetic lossless", 0xF7: "jpeg-ls",
}  # fmt: skip
_SEGMENT = struct.Struct(">BBH")
_FRAME = struct.Struct(">BHHB")
_OF_ITS_OWN = frozenset((*range(0xE0, 0xF0), 0xFE))
"""Segments that may differ from frame to frame: of applications, and comments."""
_MOST_SEGMENTS = 100
_BLOCK = 65536
_MOST_BLOCKS = 90
_NOT_OF_A_SCAN = re.compile(rb"\xff[^\0\xd0-\xd7]")
_FEW = 16


def knows(head: memoryview) -> bool:
    """Tell whether the first bytes are those of a JPEG."""
    return bytes(head[:3]) == b"\xff\xd8\xff"


class _Segments(NamedTuple):
    """What led to a scan: where that begins, what is said of it if it is whole.

    `others` is where segments begin and end that do not matter here.
    """

    end: int
    well: Look
    others: list[tuple[int, int]]


class Checker:
    """Looks at JPEGs, one after the other; each is told as if it were the only one.

    What leads to the picture mostly is alike in frames of a sequence: what the last one told by it
    holds for them, too. Used by one thread at a time.
    """

    def __init__(self) -> None:
        self._beginning: Beginning | None = None
        self._segments = _Segments(0, NOTHING, [])

    def __call__(self, sample: Sample) -> Look:
        """Tell what a JPEG's bytes tell."""
        if self._beginning is not None and self._beginning.is_of(sample.head):
            return _scan(sample, self._segments)
        found = _walk(sample)
        if isinstance(found, Look):
            return found
        if found.end <= len(sample.head):
            self._segments = found
            self._beginning = Beginning(sample.head, found.end, found.others)
        return _scan(sample, found)


def _walk(sample: Sample) -> _Segments | Look:
    """Go from segment to segment, to a scan; say what is wrong where there is none."""
    head, size = sample.head, sample.size
    if head[:2] != _START:
        return _unsigned(sample)
    facts: Facts | None = None
    others: list[tuple[int, int]] = []
    inside = len(head) - 4
    at = 2
    for _ in range(_MOST_SEGMENTS):
        found = head[at : at + 4] if at <= inside else sample.at(at, 4) if at < size else b""
        if len(found) < 4:
            return _end_in_head(sample, at, bytes(found), facts)
        mark, marker, length = _SEGMENT.unpack(found)
        if mark != 0xFF:
            break
        if marker in _BARE:
            at += _BARE[marker]
        elif marker == _EOI:
            return _end_in_head(sample, at, _END, facts)
        elif length < 2:
            break
        else:
            start = at + 4
            at += 2 + length
            if at > size:
                return Look(facts, Kind.TRUNCATED, f"ends at {size:,} of {at:,} bytes announced")
            if marker == _SOS:
                return _Segments(at, Look(facts), others)
            if marker in _OF_ITS_OWN:
                others.append((start, at))
            elif marker in _FRAMES and facts is None:
                facts = _facts(sample.at(start, _FRAME.size), marker)
    return Look(facts)


def _unsigned(sample: Sample) -> Look:
    if _START.startswith(bytes(sample.head[:2])):
        return Look(None, Kind.TRUNCATED, f"ends at {sample.size:,} of the first marker's 2 bytes")
    return Look(None, Kind.BAD_MAGIC, "does not begin as a JPEG does")


def _facts(frame: bytes, marker: int) -> Facts | None:
    if len(frame) < _FRAME.size:
        return None
    bits, height, width, components = _FRAME.unpack(frame)
    # A height of 0 is legal: it comes after the first scan.
    return Facts("jpeg", width, height or None, str(components), str(bits), _FRAMES[marker])


def _end_in_head(sample: Sample, at: int, found: bytes, facts: Facts | None) -> Look:
    """Tell what a JPEG is that ends before a scan begins.

    Tables alone between its first and last marker are a legal file, but of no picture.
    """
    if not found.startswith(_END):
        seen = f"ends at {sample.size:,} bytes, before the picture begins"
        return Look(facts, Kind.TRUNCATED, seen)
    if facts or at == len(_START):
        return Look(facts, Kind.INCOMPLETE, f"is closed at byte {at:,}, without a picture in it")
    return NOTHING


def _scan(sample: Sample, segments: _Segments) -> Look:
    """Tell whether the picture ends: in a scan FF D9 stands for nothing but its end."""
    size, start = sample.size, segments.end
    if size - start >= 2 and sample.at(size - 2, 2) == _END:
        return segments.well
    if _is_ended(sample, start):
        return segments.well
    seen = f"ends at {size:,} bytes, without an end of the picture that begins at {start:,}"
    return segments.well._replace(kind=Kind.TRUNCATED, detail=seen)


def _is_ended(sample: Sample, start: int) -> bool:
    """Look for the end of a picture that bytes follow; cameras and phones add many of them."""
    tail_start = max(start, sample.size - _BLOCK)
    tail = sample.at(tail_start, _BLOCK)
    if _END in tail:
        return True
    if _is_of_a_scan(tail):
        return False
    at = start
    for _ in range(_MOST_BLOCKS):
        if at >= tail_start:
            return False
        if _END in sample.at(at, _BLOCK):
            return True
        at += _BLOCK - 1  # the end may lie across two blocks
    return True  # nobody knows


def _is_of_a_scan(tail: bytes) -> bool:
    """Tell whether bytes are of the middle of a scan: there a 0 or a restart follows each FF."""
    return tail.count(b"\xff\0") >= _FEW and not _NOT_OF_A_SCAN.search(tail)
