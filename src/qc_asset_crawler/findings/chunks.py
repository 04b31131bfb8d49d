"""The chunks that WAV and AIFF are made of, after EA IFF 85 and RIFF.

https://www.martinreddy.net/gfx/2d/IFF.txt
https://learn.microsoft.com/en-us/windows/win32/xaudio2/resource-interchange-file-format--riff-
"""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from .values import Facts, Kind, Look, Sample

BIG, LITTLE = Struct(">4sI"), Struct("<4sI")
FORM_BYTES = 12  # of the outermost chunk: its name, its size, and of what kind it is
_HEADER_BYTES = 8
_MOST_CHUNKS = 200
_PLAIN = bytes(range(0x20, 0x7F))


class Chunk(NamedTuple):
    """A chunk: its name, and where its body is.

    `sure` is whether it is known to begin here. Writers forget the byte that pads a chunk of odd
    size; so what follows such a one may be read one byte off, and be nonsense.
    """

    name: bytes
    start: int
    size: int
    sure: bool

    @property
    def end(self) -> int:
        """Where the body ends, without padding."""
        return self.start + self.size

    @property
    def after(self) -> int:
        """Where the next chunk begins."""
        return self.start + self.size + (self.size & 1)


def chunks(sample: Sample, header: Struct, at: int = FORM_BYTES) -> Iterator[Chunk]:
    """Walk over chunks, to the end, or to what is none."""
    sure = True
    for _ in range(_MOST_CHUNKS):
        data = sample.at(at, _HEADER_BYTES)
        if len(data) < _HEADER_BYTES:
            return
        name, size = header.unpack(data)
        if name.strip(_PLAIN):
            return
        chunk = Chunk(name, at + _HEADER_BYTES, size, sure)
        yield chunk
        sure = sure and not size & 1
        at = chunk.after


def streamed(size: int) -> bool:
    """Tell whether a size is one that is written where the real one is not known.

    Writers that cannot seek put 0xFFFFFFFF, 2 GiB (arecord), or a bit less (sox: 0x7FFFF000 in WAV,
    0x7F000000 in AIFF), rounded to whole samples, with or without the headers.
    """
    return size >= 0xFFFF_0000 or 0x7EFF_0000 <= size <= 0x8000_0000


def announced_end(sample: Sample, header: Struct) -> int:
    """Return where the outermost chunk says that the file ends."""
    return int(header.unpack_from(sample.head)[1]) + _HEADER_BYTES


def cut_chunk(sample: Sample, facts: Facts | None, chunk: Chunk) -> Look:
    """Look at a chunk that is needed, and ends beyond the end of the file."""
    if streamed(chunk.size) or not chunk.sure:
        return Look(facts)
    return truncated(sample, facts, chunk.end)


def truncated(sample: Sample, facts: Facts | None, end: int, more: str = "") -> Look:
    """Say that a file ends before it should."""
    return Look(facts, Kind.TRUNCATED, f"ends at {sample.size:,} of {end:,} bytes announced{more}")


def in_header(sample: Sample) -> Look:
    """Say that a file ends where it has hardly begun."""
    return Look(None, Kind.TRUNCATED, f"ends at {sample.size:,} bytes, inside the header")


def without_sound(
    sample: Sample, facts: Facts | None, last: Chunk | None, announced: int | None
) -> Look:
    """Look at a file that has no chunk with the sound, `last` being the last one it has.

    Without sound the outermost size is to be believed, unless more follows that is no chunk.
    """
    at = last.after if last else FORM_BYTES
    if last is None and sample.size < FORM_BYTES + _HEADER_BYTES:
        return in_header(sample)
    sure = last is None or (last.sure and not last.size & 1)
    if not sure or announced is None or streamed(announced) or sample.size - at >= _HEADER_BYTES:
        return Look(facts)
    if announced <= sample.size:
        return Look(facts)
    return truncated(sample, facts, announced, ", before any sound")


def tail(
    sample: Sample, facts: Facts | None, header: Struct, at: int, announced: int | None
) -> Look:
    """Look at the chunks after the sound.

    What follows the sound may be anything; so it is believed only where it and the outermost size
    both end beyond the end of the file, and one within the other.
    """
    if announced is None or announced <= sample.size:
        return Look(facts)
    for chunk in chunks(sample, header, at):
        if chunk.end > sample.size:
            if chunk.end <= announced and chunk.sure and not streamed(announced):
                return truncated(sample, facts, announced)
            break
    return Look(facts)


def never_finalised(sample: Sample, facts: Facts | None, header: Struct, at: int) -> Look:
    """Look at what follows sound of no bytes: it is the sound, unless it is more chunks."""
    follow = sample.size - at
    if follow <= _HEADER_BYTES:
        return Look(facts)
    for chunk in chunks(sample, header, at):
        at = chunk.after
    if sample.size - at < _HEADER_BYTES and at <= sample.size + 1:
        return Look(facts)
    detail = f"0 bytes of sound announced where {follow:,} bytes follow: never finalised"
    return Look(facts, Kind.INCOMPLETE, detail)
