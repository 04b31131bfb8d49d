"""Looks at AIFF and AIFF-C.

https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/AIFF/AIFF.html
"""

from struct import Struct

from .chunks import (
    BIG,
    FORM_BYTES,
    Chunk,
    announced_end,
    chunks,
    cut_chunk,
    in_header,
    never_finalised,
    streamed,
    tail,
    truncated,
    without_sound,
)
from .values import Facts, Kind, Look, Sample

_COMM = Struct(">HIH")
_COMM_BYTES = 18
_BEFORE_FRAMES = 8  # an offset, and a size of blocks
_LONG = Struct(">I")
_WORDS = {
    b"NONE": "none", b"twos": "none", b"sowt": "none", b"raw ": "none", b"in24": "none",
    b"in32": "none", b"fl32": "none", b"FL32": "none", b"fl64": "none", b"FL64": "none",
    b"alaw": "a-law", b"ALAW": "a-law", b"ulaw": "mu-law", b"ULAW": "mu-law", b"ima4": "ima adpcm",
    b"MAC3": "mace 3:1", b"MAC6": "mace 6:1",
}  # fmt: skip
_FLOATS = {b"fl32": "float", b"FL32": "float", b"fl64": "double", b"FL64": "double"}
# Of these alone the bytes of a frame are sure: others are written with bits that mean little.
_COUNTED = (b"NONE", b"twos", b"sowt")


def knows(head: memoryview) -> bool:
    """Tell whether a file begins as an AIFF."""
    return bytes(head[:4]) == b"FORM" and bytes(head[8:12]) in (b"AIFF", b"AIFC")


def check(sample: Sample) -> Look:
    """Look at an AIFF."""
    if not knows(sample.head):
        return _strange(sample)
    facts: Facts | None = None
    sound = last = None
    needed = 0
    for chunk in chunks(sample, BIG):
        if chunk.end > sample.size:
            # What follows the sound is judged at its end, by `tail`.
            if sound is None or chunk.name == b"COMM":
                return cut_chunk(sample, facts, chunk)
            break
        if chunk.name == b"COMM" and chunk.size >= _COMM_BYTES:
            facts, needed = _common(sample, chunk)
        elif chunk.name == b"SSND":
            sound = chunk
        if facts and sound:
            break
        last = chunk
    announced = announced_end(sample, BIG)
    if sound is None:
        return without_sound(sample, facts, last, announced)
    if sound.size <= _BEFORE_FRAMES:
        return never_finalised(sample, facts, BIG, sound.end)
    if _lacks_frames(sample, sound, needed, facts):
        return truncated(sample, facts, _first_frame(sample, sound) + needed)
    return tail(sample, facts, BIG, sound.after, announced)


def _strange(sample: Sample) -> Look:
    if sample.size < FORM_BYTES and bytes(sample.head[:4]) == b"FORM":
        return in_header(sample)
    return Look(None, Kind.BAD_MAGIC, "does not begin as an AIFF does")


def _common(sample: Sample, chunk: Chunk) -> tuple[Facts, int]:
    """Return what COMM says, and how many bytes its frames take; 0 where that is not sure."""
    data = sample.at(chunk.start, 22)
    channels, frames, bits = _COMM.unpack_from(data)
    kind = b"NONE"
    if bytes(sample.head[8:12]) == b"AIFC":
        kind = data[18:22] if chunk.size >= 22 else b""
    facts = Facts("aiff", None, None, str(channels), _FLOATS.get(kind, str(bits)), _WORDS.get(kind))
    return facts, frames * channels * -(-bits // 8) if kind in _COUNTED else 0


def _first_frame(sample: Sample, sound: Chunk) -> int:
    """Return where the sound begins in its chunk: frames may be aligned by an offset."""
    data = sample.at(sound.start, 4)
    return sound.start + _BEFORE_FRAMES + (int(_LONG.unpack(data)[0]) if len(data) == 4 else 0)


def _lacks_frames(sample: Sample, sound: Chunk, needed: int, facts: Facts | None) -> bool:
    """Tell whether there are fewer frames than COMM says, though the sound's chunk is whole.

    Some writers count the samples of all channels as frames: that is no lack.
    """
    start = _first_frame(sample, sound)
    if start + needed <= sample.size or streamed(needed):
        return False
    channels = int(facts.channels) if facts and facts.channels else 1
    return needed != (sound.end - start) * channels
