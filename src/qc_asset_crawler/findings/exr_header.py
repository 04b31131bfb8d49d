"""The headers of an OpenEXR file: one a part, each a list of attributes. Pure.

The format: https://openexr.com/en/latest/OpenEXRFileLayout.html ("Header", "Attribute Layout").
"""

import re
import struct
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from ..text import show
from .values import Facts, Sample

MULTI_PART = 0x1000
_FIRST_AT = 8  # after the magic and the version
_FIRST_WINDOW, _WINDOW = 4096, 16384
# Two names of up to 255 bytes, each with its NUL, and the size of the value.
_BEFORE_VALUE = 2 * 256 + 4
_MOST_ATTRIBUTES, _MOST_READS, _LONGEST_VALUE = 8192, 60, 1 << 16
_WANTED = frozenset(
    (b"channels", b"compression", b"dataWindow", b"displayWindow", b"tiles", b"type", b"chunkCount")
)
_BOX = struct.Struct("<4i")
_size_at = struct.Struct("<i").unpack_from
_COMPRESSIONS = (
    *("none", "rle", "zips", "zip", "piz", "pxr24", "b44", "b44a", "dwaa", "dwab"),
    *("htj2k256", "htj2k32", "lj2k", "zstd"),
)
_PIXEL_TYPES = {b"\0\0\0\0": "uint", b"\1\0\0\0": "half", b"\2\0\0\0": "float"}
# A name, the type of its pixels, and 12 bytes that do not matter here.
_CHANNEL = re.compile(rb"([^\0]{1,255})\0(.{4}).{12}", re.DOTALL)
# A long list of channels is shown by its first few, counted, and told apart by a digest of all.
_MOST_NAMES, _MOST_TEXT = 8, 300

Part = dict[bytes, bytes]
"""What matters of a part's attributes: their values by their names."""


class BeyondEndError(Exception):
    """The file ends within its header."""


class NotUnderstoodError(Exception):
    """It is not as the format has it, or far beyond what is usual: it is left alone."""


class Headers(NamedTuple):
    """The headers of a file's parts, and where the first byte after them is.

    `others` is where the values begin and end that do not matter here.
    """

    parts: list[Part]
    end: int
    others: list[tuple[int, int]]


def read_headers(sample: Sample, flags: int) -> Headers:
    """Read a file's headers.

    Raises:
        BeyondEndError: the file ends before they do.
        NotUnderstoodError: they are none.
    """
    reader = _Reader(sample)
    parts = [reader.part()]
    if flags & MULTI_PART:
        while part := reader.part():
            parts.append(part)
    return Headers(parts, reader.at, reader.others)


class _Reader:
    """Walks the attributes through a window of the file that is moved where it is needed."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self.at = _FIRST_AT
        self._attributes, self._reads = _MOST_ATTRIBUTES, _MOST_READS
        self._start, self._data = 0, bytes(sample.head[:_FIRST_WINDOW])
        self.others: list[tuple[int, int]] = []

    def part(self) -> Part:
        """Read the attributes up to the end of their header; it is empty after the last part's."""
        found: Part = {}
        place, data, length, safe = self._window(self.at)
        for left in range(self._attributes, 0, -1):
            if place > safe:
                place, data, length, safe = self._window(self._start + place)
            name_end = data.find(0, place, place + 256)
            if name_end == place:
                self.at, self._attributes = self._start + place + 1, left - 1
                return found
            type_end = data.find(0, name_end + 1, name_end + 257)
            value = type_end + 5
            if name_end < 0 or type_end < 0 or value > length:
                raise _unended(data, place, name_end, type_end)
            (count,) = _size_at(data, type_end + 1)
            if count < 0:
                raise NotUnderstoodError
            name, place = data[place:name_end], value + count
            if name in _WANTED:
                found[name] = data[value:place]
                if place > length:
                    found[name] = self._value(self._start + value, count)
            else:
                self.others.append((self._start + value, self._start + place))
        raise NotUnderstoodError

    def _window(self, at: int) -> tuple[int, bytes, int, int]:
        """Return an offset's place in the window, that, its length, and how far it serves."""
        size = self._sample.size
        if at >= size:
            raise BeyondEndError
        end = self._start + len(self._data)
        if end < size and at + _BEFORE_VALUE > end:
            self._start, self._data = at, self._read(at, _WINDOW)
        length = len(self._data)
        whole = self._start + length >= size
        return at - self._start, self._data, length, length if whole else length - _BEFORE_VALUE

    def _value(self, at: int, count: int) -> bytes:
        if at + count > self._sample.size:
            raise BeyondEndError
        return self._read(at, count)

    def _read(self, at: int, count: int) -> bytes:
        self._reads -= 1
        if self._reads < 0 or count > _LONGEST_VALUE:
            raise NotUnderstoodError
        return self._sample.at(at, count)


def _unended(data: bytes, place: int, name_end: int, type_end: int) -> Exception:
    """Tell why no attribute ends in the window: the file does, or that is no attribute."""
    begin = place if name_end < 0 else name_end + 1
    too_long = min(name_end, type_end) < 0 and len(data) - begin >= 256
    return NotUnderstoodError() if too_long else BeyondEndError()


def compression(part: Part) -> str | None:
    """Return a part's compression in a word, if it is known."""
    value = part.get(b"compression", b"")
    return _COMPRESSIONS[value[0]] if len(value) == 1 and value[0] < len(_COMPRESSIONS) else None


def box(part: Part, name: bytes) -> tuple[int, int, int, int] | None:
    """Return a window: the first column and row, and how many of them there are."""
    value = part.get(name, b"")
    if len(value) != _BOX.size:
        return None
    left, top, right, bottom = _BOX.unpack(value)
    width, height = right - left + 1, bottom - top + 1
    return (left, top, width, height) if width > 0 and height > 0 else None


def facts_of(parts: list[Part]) -> Facts:
    """Say what the headers say. The display window is the same in all parts, so the format."""
    first = parts[0]
    display = box(first, b"displayWindow")
    width, height = display[2:] if display else (None, None)
    names, bits = _channels(first.get(b"channels", b""))
    packed = compression(first)
    if len(parts) > 1:
        each = [_channels(part.get(b"channels", b"")) for part in parts]
        names = _joined([one or "?" for one, _ in each], "; ")
        bits = _all_of([one for _, one in each])
        packed = _all_of([compression(part) for part in parts])
    return Facts("exr", width, height, names, bits, packed)


@lru_cache(maxsize=32)
def _channels(value: bytes) -> tuple[str | None, str | None]:
    """Name the channels of a list, and what they are stored as; it is alike in most frames."""
    channels = _CHANNEL.findall(value)
    if not channels or sum(len(name) + 17 for name, _ in channels) + 1 != len(value):
        return None, None
    names = [show(name.decode(errors="surrogateescape")) for name, _ in channels]
    return _joined(names, ","), _all_of([_PIXEL_TYPES.get(pixel) for _, pixel in channels])


def _joined(names: list[str], mark: str) -> str:
    """Write names as one text, which is another one wherever one of them is."""
    whole, shown = mark.join(names), mark.join(names[:_MOST_NAMES])[:_MOST_TEXT]
    if shown == whole:
        return whole
    digest = blake2b(whole.encode(), digest_size=4).hexdigest()
    return f"{shown}{mark}... ({len(names):,}, {digest})"


def _all_of(words: list[str | None]) -> str | None:
    """Return the words, each once; None where one is not known."""
    known = [word for word in words if word is not None]
    return ",".join(sorted({*",".join(known).split(",")})) if len(known) == len(words) else None
