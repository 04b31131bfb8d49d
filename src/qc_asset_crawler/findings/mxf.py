"""Looks at MXF: is it closed by a footer, and does what follows that end with the file?

SMPTE ST 377-1 (https://pub.smpte.org/doc/377-1/)
"""

from struct import Struct

from .descriptors import mxf_facts
from .klv import HEADER_BYTES, KEY_BYTES, LABEL, Klv, klvs
from .values import NOTHING, Facts, Kind, Look, Sample

_PARTITION = b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02"  # as much as no run-in may hold
_HEADER, _FOOTER, _INDEX = b"\x01\x01\x02", b"\x01\x01\x04", b"\x01\x01\x11"
_RUN_IN = 64 << 10
_PACK = Struct(">HHIQQQ")  # version, alignment; where this, the previous and the footer are
_LENGTH = Struct(">I")
_MOST_INDEX, _LEAST_INDEX = 64 << 10, KEY_BYTES + 1 + 4
_OPEN = (1, 3)
_WINDOW, _STEP = 64 << 10, 63 << 10
_MOST_FORWARD, _MOST_AFTER_FOOTER, _MOST_BACK = 64, 4000, 32


def knows(head: memoryview) -> bool:
    """Tell whether a file begins as an MXF, maybe after a run-in."""
    return _PARTITION in bytes(head[:14]) or _PARTITION in bytes(head[: _RUN_IN + KEY_BYTES])


def check(sample: Sample) -> Look:
    """Look at an MXF."""
    begin = _begin(sample)
    if begin < 0:
        return _strange(sample)
    pack = next(klvs(sample, begin, 1), None)
    values = sample.at(pack.start, _PACK.size) if pack else b""
    if pack is None or len(values) < _PACK.size:
        least = begin + HEADER_BYTES + _PACK.size
        return _in_header(sample) if sample.size < least else NOTHING
    major, _, _, _, _, footer = _PACK.unpack(values)
    if pack.key[11:14] != _HEADER or major != 1:
        return NOTHING
    facts = mxf_facts(sample, pack.end)
    if _ends_in_index(sample):
        return Look(facts)
    if footer:
        return _footer(sample, facts, begin + footer)
    return _without_footer(sample, facts, pack)


def _begin(sample: Sample) -> int:
    """Return where the first partition is; less than 0 if there is none."""
    if bytes(sample.head[:11]) == _PARTITION:
        return 0
    return sample.at(0, _RUN_IN + KEY_BYTES).find(_PARTITION)


def _strange(sample: Sample) -> Look:
    if _PARTITION.startswith(bytes(sample.head[:11])):
        return _in_header(sample)
    return Look(None, Kind.BAD_MAGIC, "does not begin as an MXF does")


def _in_header(sample: Sample) -> Look:
    return Look(None, Kind.TRUNCATED, f"ends at {sample.size:,} bytes, inside the header")


def _ends_in_index(sample: Sample) -> bool:
    """Tell whether the random index pack, always the last, is there and whole."""
    data = sample.at(max(sample.size - 4, 0), 4)
    length = _LENGTH.unpack(data)[0] if len(data) == 4 else 0
    if not _LEAST_INDEX <= length <= min(_MOST_INDEX, sample.size):
        return False
    key = sample.at(sample.size - length, KEY_BYTES)
    return key.startswith(_PARTITION) and key[11:14] == _INDEX


def _footer(sample: Sample, facts: Facts | None, at: int) -> Look:
    """Look at the footer, and what follows it."""
    if at + KEY_BYTES >= sample.size:
        detail = f"ends at {sample.size:,} bytes, where its footer is announced at {at:,}"
        return Look(facts, Kind.TRUNCATED, detail)
    if _is_footer(sample.at(at, KEY_BYTES)):
        return _to_the_end(sample, facts, at, _MOST_AFTER_FOOTER, _WINDOW)
    return Look(facts)  # what is said of the footer is wrong: who knows where it is


def _is_footer(key: bytes) -> bool:
    return key.startswith(_PARTITION) and key[11:14] == _FOOTER


def _to_the_end(
    sample: Sample, facts: Facts | None, at: int, most: int, window: int = HEADER_BYTES
) -> Look:
    """Tell whether one of what follows ends beyond the end."""
    last: Klv | None = None
    for last in klvs(sample, at, most, window):
        if last.end > sample.size:
            detail = f"ends at {sample.size:,} of {last.end:,} bytes announced"
            return Look(facts, Kind.TRUNCATED, detail)
    at = last.end if last else at
    rest = sample.at(at, 4) if sample.size - at < HEADER_BYTES else b""
    if rest and LABEL.startswith(rest):
        return Look(facts, Kind.TRUNCATED, f"ends at {sample.size:,} bytes, inside a key")
    return Look(facts)


def _without_footer(sample: Sample, facts: Facts | None, pack: Klv) -> Look:
    """Look at what may never have been closed: its header was written before there was a footer."""
    found = _to_the_end(sample, facts, pack.at, _MOST_FORWARD)
    if found.kind or pack.key[14] not in _OPEN:
        return found
    at = _search_footer(sample, pack.end)
    if at >= 0:
        return _to_the_end(sample, facts, at, _MOST_AFTER_FOOTER, _WINDOW)
    searched = min(sample.size, _MOST_BACK * _STEP)
    detail = f"the header is open, and no footer in the last {searched:,} bytes: never finalised"
    return Look(facts, Kind.INCOMPLETE, detail)


def _search_footer(sample: Sample, begin: int) -> int:
    """Search for a footer from the end; less than 0 if there is none as far back as is read."""
    end = sample.size
    for _ in range(_MOST_BACK):
        at = max(begin, end - _STEP - KEY_BYTES)  # a key may lie across two steps
        data = sample.at(at, end - at)
        offset = data.rfind(_PARTITION + _FOOTER)
        if offset >= 0:
            return at + offset
        if at == begin:
            break
        end -= _STEP
    return -1
