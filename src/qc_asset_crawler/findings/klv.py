"""Keys, lengths and values, which MXF is made of: SMPTE ST 336 (https://pub.smpte.org/doc/336/)."""

from collections.abc import Iterator
from typing import NamedTuple

from .values import Sample

LABEL = b"\x06\x0e\x2b\x34"  # begins all keys that SMPTE gives
KEY_BYTES = 16
_MOST_READS = 64
HEADER_BYTES = KEY_BYTES + 9  # at most: a key, and the length of a length, and that


class Klv(NamedTuple):
    """A key, where it is, and where its value begins and ends."""

    key: bytes
    at: int
    start: int
    end: int


def klvs(sample: Sample, at: int, most: int, window: int = HEADER_BYTES) -> Iterator[Klv]:
    """Walk over at most so many, to the end, or to what is none; read a window at once."""
    data, base, reads = b"", at, 0
    for _ in range(most):
        if at >= sample.size:  # maybe farther than a file can be read at
            return
        if at + HEADER_BYTES > base + len(data):
            if reads == _MOST_READS:
                return
            data, base, reads = sample.at(at, window), at, reads + 1
        found = _klv(data, at - base, at)
        if found is None:
            return
        yield found
        at = found.end


def _klv(data: bytes, offset: int, at: int) -> Klv | None:
    """Return what is at an offset of some bytes, which is `at` in the file."""
    key = data[offset : offset + KEY_BYTES]
    if len(data) - offset <= KEY_BYTES or not key.startswith(LABEL):
        return None
    length = data[offset + KEY_BYTES]
    start = at + KEY_BYTES + 1
    if length >= 0x80:  # a long one says how many bytes tell it; none of them means endless
        more = data[offset + KEY_BYTES + 1 : offset + KEY_BYTES + 1 + (length & 0x7F)]
        if not 1 <= len(more) == length & 0x7F <= 8:
            return None
        length = int.from_bytes(more)
        start += len(more)
    return Klv(key, at, start, start + length)
