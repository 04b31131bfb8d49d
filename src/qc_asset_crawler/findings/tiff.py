"""What the bytes of a TIFF or BigTIFF tell.

The format: "TIFF, Revision 6.0", https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf,
sections 2, 8, 14 and 19; "TIFF Technical Note 1" for SubIFDs. Pure.
"""

from .tiff_directory import (
    DIALECTS,
    Broken,
    Dialect,
    Directory,
    is_plausible,
    number,
    numbers,
    read_directory,
)
from .tiff_pixels import picture_end
from .values import NOTHING, Facts, Kind, Look, Sample

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES = 256, 257, 258, 259, 277
_SUBDIRECTORIES, _SAMPLE_KIND = 330, 339
_NONE = 1
_SIGNED, _FLOAT = 2, 3
_BIG = 8
_MOST_START = 16
_BIG_SIZES = (b"\x08\0\0\0", b"\0\x08\0\0")
"""How many bytes an offset takes, and a 0; there are no others yet."""
_COMPRESSIONS = {
    1: "none", 2: "ccitt rle", 3: "ccitt g3", 4: "ccitt g4", 5: "lzw", 6: "old jpeg", 7: "jpeg",
    8: "zip", 32771: "ccitt rle", 32773: "packbits", 32809: "thunderscan", 32908: "pixarfilm",
    32909: "pixarlog", 32946: "zip", 34661: "jbig", 34676: "sgilog", 34677: "sgilog24",
    34712: "jpeg 2000", 34887: "lerc", 34925: "lzma", 50000: "zstd", 50001: "webp",
    50002: "jpeg xl",
}  # fmt: skip
_FLOATS = {"16": "half", "32": "float", "64": "double"}
_MOST_CHANNELS = 16
_MOST_DIRECTORIES = 30
_MOST_SUBDIRECTORIES = 16
# The next picture of a file that was cut began not this many times as far as what is left of it.
_FAR = 8


def knows(head: memoryview) -> bool:
    """Tell whether the first bytes are those of a TIFF."""
    return bytes(head[:4]) in DIALECTS


def check(sample: Sample) -> Look:
    """Tell what a TIFF's bytes tell."""
    head, size = sample.at(0, _MOST_START), sample.size
    magic = head[:4]
    dialect = DIALECTS.get(magic)
    if dialect is None:
        return _unmarked(sample, magic)
    end = dialect.first + dialect.pointer.size
    if len(head) < end:
        return _cut(sample, None, end)
    if dialect.first == _BIG and head[4:8] not in _BIG_SIZES:
        return NOTHING
    (offset,) = dialect.pointer.unpack_from(head, dialect.first)
    if not offset:
        return Look(None, Kind.INCOMPLETE, "names no directory: its writer did not finish")
    directory = read_directory(sample, dialect, offset)
    if isinstance(directory, Broken):
        return _without_directory(sample, directory, offset)
    facts = _facts(sample, dialect, directory)
    end = _end(sample, dialect, directory)
    if end <= size and (directory.next or _SUBDIRECTORIES in directory.entries):
        if _is_picture(facts) and directory.next > _FAR * size:
            directory = directory._replace(
                next=0
            )  # a stray pointer, behind a picture that is whole
        end = _others_end(sample, dialect, directory)
    return Look(facts) if end <= size else _cut(sample, facts, end)


def _unmarked(sample: Sample, magic: bytes) -> Look:
    if sample.size < 4 and any(mark.startswith(magic) for mark in DIALECTS):
        return _cut(sample, None, 8)
    return Look(None, Kind.BAD_MAGIC, "does not begin as a TIFF does")


def _cut(sample: Sample, facts: Facts | None, end: int) -> Look:
    return Look(facts, Kind.TRUNCATED, f"ends at {sample.size:,} of {end:,} bytes announced")


def _without_directory(sample: Sample, broken: Broken, offset: int) -> Look:
    if broken.end > sample.size:
        return _cut(sample, None, broken.end)
    if broken.is_empty:
        seen = f"its directory, at byte {offset:,} of {sample.size:,}, is empty"
        return Look(None, Kind.INCOMPLETE, seen)
    return NOTHING


def _facts(sample: Sample, dialect: Dialect, directory: Directory) -> Facts | None:
    entries = directory.entries
    width = number(dialect, entries.get(_WIDTH))
    height = number(dialect, entries.get(_HEIGHT))
    if width is None or height is None:
        return None
    channels = number(dialect, entries.get(_SAMPLES)) if _SAMPLES in entries else 1
    compression = number(dialect, entries.get(_COMPRESSION)) if _COMPRESSION in entries else _NONE
    bits = numbers(sample, dialect, entries.get(_BITS), most=_MOST_CHANNELS)
    bits = bits[: channels or None] or (1,)
    kinds = numbers(sample, dialect, entries.get(_SAMPLE_KIND), most=1)
    return Facts(
        "tiff",
        width,
        height,
        None if channels is None else str(channels),
        _depth(bits, kinds[0] if kinds else 1),
        None if compression is None else _COMPRESSIONS.get(compression, str(compression)),
    )


def _is_picture(facts: Facts | None) -> bool:
    return facts is not None and all((facts.width, facts.height, facts.compression))


def _depth(bits: tuple[int, ...], kind: int) -> str:
    each = str(bits[0]) if len(set(bits)) == 1 else ",".join(map(str, bits))
    if kind == _FLOAT:
        return _FLOATS.get(each, f"{each} float")
    return f"{each} signed" if kind == _SIGNED else each


def _others_end(sample: Sample, dialect: Dialect, directory: Directory) -> int:
    """Return where the first of the other directories that is not whole ends, else 0."""
    seen: set[int] = {0}
    waiting = _named_by(sample, dialect, directory)
    for _ in range(_MOST_DIRECTORIES):
        if not waiting:
            break
        offset = waiting.pop()
        if offset in seen or (offset > sample.size and offset % 2):
            continue  # directories stand at even bytes: this one was never written
        seen.add(offset)
        found = read_directory(sample, dialect, offset)
        if isinstance(found, Broken):
            end = found.end
        elif not is_plausible(found):
            continue
        else:
            end = _end(sample, dialect, found)
            waiting += _named_by(sample, dialect, found)
        if end > sample.size:
            return end
    return 0


def _named_by(sample: Sample, dialect: Dialect, directory: Directory) -> list[int]:
    inner = directory.entries.get(_SUBDIRECTORIES)
    return [directory.next, *numbers(sample, dialect, inner, most=_MOST_SUBDIRECTORIES)]


def _end(sample: Sample, dialect: Dialect, directory: Directory) -> int:
    """Return where the furthest of what a directory names ends."""
    return max(directory.values_end, picture_end(sample, dialect, directory))
