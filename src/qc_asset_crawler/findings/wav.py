"""Looks at WAV, and at its forms for more than 4 GiB, RF64 and BW64.

http://soundfile.sapp.org/doc/WaveFormat/, https://tech.ebu.ch/docs/tech/tech3306.pdf (RF64),
https://www.itu.int/rec/R-REC-BS.2088 (BW64)
"""

from struct import Struct

from .chunks import (
    BIG,
    FORM_BYTES,
    LITTLE,
    Chunk,
    announced_end,
    chunks,
    cut_chunk,
    in_header,
    never_finalised,
    tail,
    truncated,
    without_sound,
)
from .values import Facts, Kind, Look, Sample

_FORMS = (b"RIFF", b"RIFX", b"RF64", b"BW64")
_SIZES = Struct("<QQ")  # of the whole and of the sound; only RIFX is big-endian, and has none
_UNKNOWN = 0xFFFF_FFFF
_UNKNOWN_LONG = 1 << 62  # nothing is as long; writers put all bits
_FORMAT_BYTES = 16
_FORMATS = {True: Struct(">HHIIHH"), False: Struct("<HHIIHH")}
_EXTENDED = {True: Struct(">HHII"), False: Struct("<HHII")}  # the code begins a GUID
_EXTENSIBLE, _FLOAT = 0xFFFE, 3
_WORDS = {
    1: "none", 2: "ms adpcm", _FLOAT: "none", 6: "a-law", 7: "mu-law", 0x11: "ima adpcm",
    0x31: "gsm", 0x50: "mpeg", 0x55: "mp3", 0xFF: "aac",
}  # fmt: skip
_FLOATS = {16: "half", 32: "float", 64: "double"}


def knows(head: memoryview) -> bool:
    """Tell whether a file begins as a WAV."""
    return bytes(head[:4]) in _FORMS and bytes(head[8:12]) == b"WAVE"


def check(sample: Sample) -> Look:
    """Look at a WAV."""
    if not knows(sample.head):
        return _strange(sample)
    big = bytes(sample.head[:4]) == b"RIFX"
    header = BIG if big else LITTLE
    facts: Facts | None = None
    sizes: tuple[int, int] | None = None
    last: Chunk | None = None
    for chunk in chunks(sample, header):
        if chunk.name == b"data":
            return _sound(sample, facts, header, chunk, sizes)
        if chunk.end > sample.size:
            return cut_chunk(sample, facts, chunk)
        if chunk.name == b"fmt " and chunk.size >= _FORMAT_BYTES:
            facts = _facts(sample, chunk, big)
        elif chunk.name == b"ds64" and chunk.size >= 24:
            sizes = _SIZES.unpack(sample.at(chunk.start, 16))
        elif chunk.name == b"LIST" and sample.at(chunk.start, 4) == b"wavl":
            return Look(facts)  # the sound is in there, in pieces
        last = chunk
    return without_sound(sample, facts, last, _announced(sample, header, sizes))


def _strange(sample: Sample) -> Look:
    if sample.size < FORM_BYTES and bytes(sample.head[:4]) in _FORMS:
        return in_header(sample)
    return Look(None, Kind.BAD_MAGIC, "does not begin as a WAV does")


def _announced(sample: Sample, header: Struct, sizes: tuple[int, int] | None) -> int | None:
    """Return where the file is said to end; None where that is not said."""
    if sizes and bytes(sample.head[4:8]) == b"\xff\xff\xff\xff":
        return sizes[0] + 8 if sizes[0] < _UNKNOWN_LONG else None
    return announced_end(sample, header)


def _sound(
    sample: Sample,
    facts: Facts | None,
    header: Struct,
    chunk: Chunk,
    sizes: tuple[int, int] | None,
) -> Look:
    """Look at where the sound ends."""
    if chunk.size == _UNKNOWN and bytes(sample.head[:4]) in {b"RF64", b"BW64"}:
        if sizes is None or sizes[1] >= _UNKNOWN_LONG:
            return Look(facts)
        chunk = chunk._replace(size=sizes[1])
        if chunk.end > sample.size:
            return truncated(sample, facts, chunk.end)
    elif chunk.end > sample.size:
        return cut_chunk(sample, facts, chunk)
    if not chunk.size:
        return never_finalised(sample, facts, header, chunk.start)
    return tail(sample, facts, header, chunk.after, _announced(sample, header, sizes))


def _facts(sample: Sample, chunk: Chunk, big: bool) -> Facts:
    """Return what `fmt ` says: channels, bits, and how they are coded."""
    data = sample.at(chunk.start, min(chunk.size, 40))
    code, channels, _, _, _, bits = _FORMATS[big].unpack_from(data)
    if code == _EXTENSIBLE and len(data) >= 28:
        _, valid, _, code = _EXTENDED[big].unpack_from(data, 16)
        bits = valid or bits
    said = _FLOATS.get(bits, str(bits)) if code == _FLOAT else str(bits)
    return Facts("wav", None, None, str(channels), said, _WORDS.get(code))
