"""Looks at QuickTime movies and MP4: boxes, the last of which ends at the end of the file.

https://developer.apple.com/documentation/quicktime-file-format, ISO/IEC 14496-12
"""

from struct import Struct
from typing import NamedTuple

from .movie import movie_facts
from .values import Facts, Kind, Look, Sample

_HEADER, _LONG = Struct(">I4s"), Struct(">Q")
_HEADER_BYTES, _LONG_HEADER_BYTES = 8, 16
_MOST_BOXES = 200
_FACTS_BYTES = 64 << 10
_FIRST = frozenset({
    b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"styp", b"sidx", b"moof",
    b"udta", b"meta", b"PICT", b"junk", b"prfl",
})  # fmt: skip
_PADDING = frozenset({b"free", b"skip", b"wide", b"junk"})
# Whose name is one of these is a box, and no junk that looks like one.
_KNOWN = _FIRST | _PADDING | {b"uuid", b"mfra", b"emsg", b"prft"}
# With nothing but these a movie lacks its `moov`; others may make it something else.
_MOVIE_ONLY = _PADDING | {b"ftyp", b"mdat", b"pnot", b"PICT"}


class Box(NamedTuple):
    """A box at the top: its name, and where it begins, its body begins, and it ends."""

    name: bytes
    at: int
    start: int
    end: int


def knows(head: memoryview) -> bool:
    """Tell whether a file begins as a movie."""
    if len(head) < _HEADER_BYTES:
        return False
    size, name = _HEADER.unpack_from(head)
    return name in _FIRST and (size < 2 or size >= _HEADER_BYTES)


def check(sample: Sample) -> Look:
    """Look at a movie."""
    if not knows(sample.head):
        return _strange(sample)
    boxes = _boxes(sample)
    if not boxes:
        return Look(None, Kind.TRUNCATED, f"ends at {sample.size:,} bytes, inside the header")
    facts = _facts(sample, boxes)
    if boxes[-1].end > sample.size:
        return _cut(sample, facts, boxes)
    if _MOVIE_ONLY.issuperset(box.name for box in boxes):
        return _without_movie(sample, facts, boxes)
    return Look(facts)


def _strange(sample: Sample) -> Look:
    if sample.size < _HEADER_BYTES and bytes(sample.head[:3]) == b"\0\0\0":
        return Look(None, Kind.TRUNCATED, f"ends at {sample.size:,} bytes, inside the header")
    return Look(None, Kind.BAD_MAGIC, "does not begin as a MOV or MP4 does")


def _boxes(sample: Sample) -> list[Box]:
    """Walk over the boxes at the top, to the end, or to what is none."""
    found: list[Box] = []
    at = 0
    while len(found) < _MOST_BOXES and at < sample.size:
        box = _box(sample, at)
        if box is None:
            break
        found.append(box)
        at = box.end
    return found


def _box(sample: Sample, at: int) -> Box | None:
    """Return the box at an offset; None if it is none, or one we cannot be sure of."""
    data = sample.at(at, _LONG_HEADER_BYTES)
    if len(data) < _HEADER_BYTES:
        return None
    size, name = _HEADER.unpack_from(data)
    start = at + _HEADER_BYTES
    if size == 1:
        if len(data) < _LONG_HEADER_BYTES:
            start = at + _LONG_HEADER_BYTES  # which is beyond the end
            return Box(name, at, start, start) if name in _KNOWN else None
        size = _LONG.unpack_from(data, 8)[0]
        start = at + _LONG_HEADER_BYTES
    # No size means to the end; a recorder leaves it so until it is done.
    end = at + size if size else sample.size
    if end < start or (name not in _KNOWN and (not size or end > sample.size)):
        return None
    return Box(name, at, start, end)


def _cut(sample: Sample, facts: Facts | None, boxes: list[Box]) -> Look:
    """Look at a movie whose last box ends beyond the end."""
    names = {box.name for box in boxes[:-1]}
    if boxes[-1].name in _PADDING and names >= {b"moov", b"mdat"}:
        return Look(facts)  # nothing of the movie is lost
    detail = f"ends at {sample.size:,} of {boxes[-1].end:,} bytes announced"
    return Look(facts, Kind.TRUNCATED, detail)


def _without_movie(sample: Sample, facts: Facts | None, boxes: list[Box]) -> Look:
    """Look at a movie without `moov`, if what ends the boxes is sure to be none."""
    end, size = boxes[-1].end, sample.size
    if end == size:
        detail = f"no moov box in {size:,} bytes: never finalised, or cut before it"
        return Look(facts, Kind.INCOMPLETE, detail)
    if size - end < _HEADER_BYTES:
        return Look(facts, Kind.TRUNCATED, f"ends at {size:,} bytes, inside a header; no moov box")
    # The size of a `mdat` of over 4 GiB may be wrong: we would be amid the media, and know nothing.
    # That a file also ends in zeros tells that it does not go on there.
    if not any(sample.at(end, 16)) and not any(sample.at(size - 16, 16)):
        detail = f"no moov box: zeros follow at {end:,} of {size:,} bytes"
        return Look(facts, Kind.INCOMPLETE, detail)
    return Look(facts)


def _facts(sample: Sample, boxes: list[Box]) -> Facts | None:
    for box in boxes:
        if box.name == b"moov":
            body = sample.at(box.start, min(box.end - box.start, _FACTS_BYTES))
            return movie_facts(body, _format(sample.head))
    return None


def _format(head: memoryview) -> str:
    """Name the format: what says nothing of itself is from before there was MP4."""
    return "mov" if bytes(head[4:8]) != b"ftyp" or bytes(head[8:12]) == b"qt  " else "mp4"
