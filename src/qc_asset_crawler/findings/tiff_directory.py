"""Directories of a TIFF: where their values stand, and what they are. Pure.

The format: "TIFF, Revision 6.0", https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf,
section 2; BigTIFF, https://libtiff.gitlab.io/libtiff/specification/bigtiff.html.
"""

import struct
from operator import itemgetter
from typing import NamedTuple

from .values import Sample

MOST_BYTES = 65536
MOST_NUMBERS = MOST_BYTES // 8
_SIZES = {
    1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4,
    16: 8, 17: 8, 18: 8,
}  # fmt: skip
_WIDE = frozenset(kind for kind, size in _SIZES.items() if size > 4)
_TEXT = 2
_CODES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
_FIRST_PRIVATE = 32768
_KNOWN_PRIVATE = frozenset((33432, 33550, 33723, 33922, 34264, 34377, 34675, 34735, 34736, 34737))
"""Copyright, the georeference, IPTC, Photoshop's and the ICC profile."""


class Dialect(NamedTuple):
    """How one of the four kinds of TIFF writes its numbers.

    `first` is where the offset of the first directory stands; `places` by how much to shift the
    value of a field that holds one number, and which bits of it to take then; `size` is how the
    count of a directory's fields is written.
    """

    order: str
    first: int
    size: struct.Struct
    entry: struct.Struct
    pointer: struct.Struct
    places: dict[int, tuple[int, int]]


def _dialect(order: str, first: int, count: str, pointer: str) -> Dialect:
    entry = struct.Struct(f"{order}HH{pointer}{pointer}")
    room = struct.calcsize(pointer)
    places = {
        kind: (8 * (room - _SIZES[kind]) if order == ">" else 0, (1 << 8 * _SIZES[kind]) - 1)
        for kind in _CODES
        if _SIZES[kind] <= room
    }
    shape = struct.Struct(order + count), entry, struct.Struct(order + pointer)
    return Dialect(order, first, *shape, places)


DIALECTS = {
    b"II*\0": _dialect("<", 4, "H", "I"),
    b"MM\0*": _dialect(">", 4, "H", "I"),
    b"II+\0": _dialect("<", 8, "Q", "Q"),
    b"MM\0+": _dialect(">", 8, "Q", "Q"),
}

Entry = tuple[int, int, int, int]
"""A field: its tag, the kind and count of its values, and where they stand, or they themselves."""


class Directory(NamedTuple):
    """The fields by tag; where the furthest value ends, and where the next directory stands.

    `next` is 0 where there is none.
    """

    entries: dict[int, Entry]
    values_end: int
    next: int


class Broken(NamedTuple):
    """A directory that cannot be read; `end` is where it ends, 0 if nobody knows."""

    end: int = 0
    is_empty: bool = False


def read_directory(sample: Sample, dialect: Dialect, offset: int) -> Directory | Broken:
    """Read the directory at an offset."""
    start = offset + dialect.size.size
    if start > sample.size:
        return Broken(start)
    written = sample.at(offset, dialect.size.size)
    if len(written) < dialect.size.size:  # the file shrinks while it is read
        return Broken()
    (count,) = dialect.size.unpack(written)
    length = count * dialect.entry.size
    if not count or length > MOST_BYTES:
        return Broken(is_empty=not count)
    end = start + length
    if end > sample.size:
        return Broken(end)
    table = sample.at(start, length + dialect.pointer.size)
    if len(table) == length:  # some writers leave out the last pointer
        following = 0
    elif len(table) < length + dialect.pointer.size:
        return Broken(end + dialect.pointer.size)
    else:
        (following,) = dialect.pointer.unpack_from(table, length)
    return _directory(sample, dialect, table[:length], following)


def _directory(sample: Sample, dialect: Dialect, table: bytes, following: int) -> Directory:
    inline = dialect.pointer.size
    fields = list(dialect.entry.iter_unpack(table))
    ends = [
        value + count * _SIZES.get(kind, 0)
        for _, kind, count, value in fields
        if (count != 1 or kind in _WIDE) and count * _SIZES.get(kind, 0) > inline
    ]
    end = max(ends, default=0)
    if end > sample.size:
        end = _sure_end(sample, fields, inline) if _are_in_order(fields) else 0
    entries = {field[0]: field for field in fields}
    if len(entries) < len(fields):  # of two with one tag, readers take the first
        entries = {field[0]: field for field in reversed(fields)}
    return Directory(entries, end, following)


def _sure_end(sample: Sample, fields: list[Entry], inline: int) -> int:
    """Return where the furthest of those values ends whose writers can be trusted.

    Programs copy private fields without understanding them, and miscount texts: where the file
    ends with the NUL that ends a text, that text is whole.
    """
    is_ended = sample.at(sample.size - 1, 1) == b"\0"
    furthest = 0
    for tag, kind, count, value in fields:
        length = count * _SIZES.get(kind, 0)
        if length <= inline or (tag >= _FIRST_PRIVATE and tag not in _KNOWN_PRIVATE):
            continue
        furthest = max(furthest, value + (1 if kind == _TEXT and is_ended else length))
    return furthest


def _are_in_order(fields: list[Entry]) -> bool:
    return fields == sorted(fields, key=itemgetter(0))


def is_plausible(directory: Directory) -> bool:
    """Tell whether its fields are in order, as those of a directory are, and of nothing else."""
    return _are_in_order(list(directory.entries.values()))


def number(dialect: Dialect, entry: Entry | None) -> int | None:
    """Return the one number of a field, None if it is not one."""
    if entry is None:
        return None
    _, kind, count, value = entry
    place = dialect.places.get(kind)
    if count != 1 or place is None:
        return None
    shift, mask = place
    return value >> shift & mask


def numbers(
    sample: Sample, dialect: Dialect, entry: Entry | None, first: int = 0, most: int = MOST_NUMBERS
) -> tuple[int, ...]:
    """Return the numbers of a field from its first-th on, so many at most; none of other fields."""
    if entry is None or entry[1] not in _CODES:
        return ()
    _, kind, count, value = entry
    size = _SIZES[kind]
    wanted = min(count - first, most)
    start = first * size
    if count * size <= dialect.pointer.size:
        raw = dialect.pointer.pack(value)[start:]
    else:
        raw = sample.at(value + start, wanted * size) if value + start < sample.size else b""
    if wanted <= 0 or len(raw) < wanted * size:
        return ()
    return struct.unpack_from(f"{dialect.order}{wanted}{_CODES[kind]}", raw)
