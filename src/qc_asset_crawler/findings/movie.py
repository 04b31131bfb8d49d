"""What a movie's `moov` box says of its picture, or of its sound if it has no picture.

https://developer.apple.com/documentation/quicktime-file-format/movie_atom
"""

from collections.abc import Iterator
from struct import Struct
from typing import NamedTuple

from .values import Facts

_HEADER, _SIZE = Struct(">I4s"), Struct(">HH")
_MOST_BOXES = 64
_TO_MEDIA, _TO_SAMPLES = (b"mdia",), (b"minf", b"stbl", b"stsd")
_WORDS = {
    b"apcn": "prores 422", b"apch": "prores 422 hq", b"apcs": "prores 422 lt",
    b"apco": "prores 422 proxy", b"ap4h": "prores 4444", b"ap4x": "prores 4444 xq",
    b"aprn": "prores raw", b"aprh": "prores raw hq", b"AVdn": "dnxhd", b"AVdh": "dnxhr",
    b"avc1": "h264", b"avc3": "h264", b"hvc1": "hevc", b"hev1": "hevc", b"av01": "av1",
    b"mp4v": "mpeg4", b"jpeg": "jpeg", b"mjpa": "motion jpeg", b"mjpb": "motion jpeg",
    b"mjp2": "jpeg2000", b"png ": "png", b"rle ": "animation", b"CFHD": "cineform",
    b"raw ": "none", b"v210": "none", b"2vuy": "none", b"b64a": "none", b"r210": "none",
    b"lpcm": "none", b"sowt": "none", b"twos": "none", b"in24": "none", b"in32": "none",
    b"mp4a": "aac", b"alac": "alac", b"ac-3": "ac3", b"ec-3": "eac3",
}  # fmt: skip


class _Span(NamedTuple):
    """A box inside the `moov`: its name, and where its body is."""

    name: bytes
    start: int
    end: int


def movie_facts(body: bytes, word: str) -> Facts:
    """Return what a `moov`, or as much as there is of it, says."""
    sound: Facts | None = None
    for track in _boxes(body, 0, len(body)):
        media = _inside(body, track, _TO_MEDIA) if track.name == b"trak" else None
        kind = _handler(body, media) if media else b""
        if media and kind in {b"vide", b"soun"}:
            facts = _described(body, _inside(body, media, _TO_SAMPLES), kind, word)
            if facts and kind == b"vide":
                return facts
            sound = sound or facts
    return sound or Facts(word)


def _boxes(body: bytes, at: int, end: int) -> Iterator[_Span]:
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            return
        size, name = _HEADER.unpack_from(body, at)
        if size < 8:
            return
        yield _Span(name, at + 8, min(at + size, end))
        at += size


def _inside(body: bytes, box: _Span, names: tuple[bytes, ...]) -> _Span | None:
    """Go down into a box by names."""
    found: _Span | None = box
    for name in names:
        if found is None:
            return None
        found = next((b for b in _boxes(body, found.start, found.end) if b.name == name), None)
    return found


def _handler(body: bytes, media: _Span) -> bytes:
    """Tell what a media is: `vide`, `soun`, or another."""
    box = _inside(body, media, (b"hdlr",))
    return body[box.start + 8 : box.start + 12] if box else b""


def _described(body: bytes, box: _Span | None, kind: bytes, word: str) -> Facts | None:
    """Return what the first description of samples says."""
    if box is None or box.end - box.start < 44:
        return None
    entry = box.start + 8
    coding = _WORDS.get(body[entry + 4 : entry + 8])
    if kind == b"vide":
        width, height = _SIZE.unpack_from(body, entry + 32)
        return Facts(word, width, height, compression=coding)
    channels = _SIZE.unpack_from(body, entry + 24)[0]
    return Facts(word, channels=str(channels), compression=coding)
