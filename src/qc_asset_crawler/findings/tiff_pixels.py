"""Where the pixels that a directory of a TIFF names end. Pure.

The format: "TIFF, Revision 6.0", https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf,
sections 3, 8 and 15.
"""

from operator import add

from .tiff_directory import MOST_NUMBERS, Dialect, Directory, Entry, number, numbers
from .values import Sample

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES = 256, 257, 258, 259, 277
_STRIPS, _ROWS, _STRIP_BYTES, _PLANES, _TILES, _TILE_BYTES = 273, 278, 279, 284, 324, 325
_NONE, _OLD_JPEG = 1, 6
_SEPARATE = 2
_MOST_CHANNELS = 16


def picture_end(sample: Sample, dialect: Dialect, directory: Directory) -> int:
    """Return where the furthest strip or tile ends, 0 if nobody knows."""
    entries = directory.entries
    compression = number(dialect, entries.get(_COMPRESSION))
    if compression == _OLD_JPEG:  # its writers did not agree what a strip is
        return 0
    if _TILES in entries:
        return max(_ends(sample, dialect, entries[_TILES], entries.get(_TILE_BYTES)), default=0)
    strips = entries.get(_STRIPS)
    if strips is None:
        return 0
    lengths = entries.get(_STRIP_BYTES)
    offset, length = number(dialect, strips), number(dialect, lengths)
    if offset is not None and length is not None:
        end = offset + length
    else:
        end = max(_ends(sample, dialect, strips, lengths), default=0)
    if end > sample.size and compression in {None, _NONE}:
        return min(end, _least_end(sample, dialect, directory))
    return end


def _ends(
    sample: Sample, dialect: Dialect, offsets: Entry, lengths: Entry | None
) -> tuple[int, ...]:
    """Return where strips or tiles end; of very many, of the last ones."""
    if lengths is None:  # of each there is a byte at least
        first = max(0, offsets[2] - MOST_NUMBERS)
        return tuple(at + 1 for at in numbers(sample, dialect, offsets, first))
    first = max(0, min(offsets[2], lengths[2]) - MOST_NUMBERS)
    starts = numbers(sample, dialect, offsets, first)
    return tuple(map(add, starts, numbers(sample, dialect, lengths, first)))


def _least_end(sample: Sample, dialect: Dialect, directory: Directory) -> int:
    """Return where uncompressed strips end at least.

    Writers announce more bytes than there are, above all of a last strip that is not full; readers
    do not mind.
    """
    entries = directory.entries
    width, height = number(dialect, entries.get(_WIDTH)), number(dialect, entries.get(_HEIGHT))
    starts = numbers(sample, dialect, entries[_STRIPS])
    if not width or not height or len(starts) < entries[_STRIPS][2]:
        return 0
    rows = min(number(dialect, entries.get(_ROWS)) or height, height)
    line = (width * _pixel_bits(sample, dialect, directory) + 7) // 8
    in_plane = -(-height // rows)
    lengths = numbers(sample, dialect, entries.get(_STRIP_BYTES))
    needed = [line * min(rows, height - at % in_plane * rows) for at in range(len(starts))]
    if len(lengths) == len(starts):
        needed = list(map(min, needed, lengths))
    return max(map(add, starts, needed), default=0)


def _pixel_bits(sample: Sample, dialect: Dialect, directory: Directory) -> int:
    """Return how many bits a pixel takes in a strip: that of all channels, or of one."""
    entries = directory.entries
    bits = numbers(sample, dialect, entries.get(_BITS), most=_MOST_CHANNELS) or (1,)
    if number(dialect, entries.get(_PLANES)) == _SEPARATE:
        return min(bits)
    return min(bits) * (number(dialect, entries.get(_SAMPLES)) or 1)
