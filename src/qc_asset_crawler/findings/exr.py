"""What an OpenEXR file tells of itself. Pure.

The format: https://openexr.com/en/latest/OpenEXRFileLayout.html. After the headers comes a table
of where the blocks ("chunks") of pixels begin. It is written last, so it is all zeros in a file
whose writing broke off; and the block that lies furthest says where the file ends at the least.
"""

import struct
from typing import NamedTuple

from .alike import Beginning
from .exr_blocks import Blocks, blocks_of, rows_of
from .exr_glance import Glance
from .exr_header import (
    BeyondEndError,
    Headers,
    NotUnderstoodError,
    box,
    facts_of,
    read_headers,
)
from .values import NOTHING, Facts, Kind, Look, Sample

_MAGIC = b"\x76\x2f\x31\x01"
_VERSION = 2
_KNOWN_FLAGS = 0x1E00  # tiled, long names, deep, multi-part
_U32 = struct.Struct("<I")
_SCAN_LINES = struct.Struct("<ii")  # the first row of a block, and its size
# A table is read in pieces of so many offsets; one far longer than usual is left alone.
_PIECE, _MOST_BLOCKS = 8192, 1 << 18
# So many blocks at most are followed where the table does not say where they are.
_MOST_FOLLOWED = 100
# What stands before a block's pixels: of a deep tile in a file of several parts, 44 bytes.
_MOST_BEFORE_PIXELS = 44


def knows(head: memoryview) -> bool:
    """Tell by the first bytes whether this is OpenEXR."""
    return head[:4] == _MAGIC


class _Told(NamedTuple):
    """What a header told: facts of the picture, and how many blocks there are, of which kind.

    `well` is what is said where nothing is wrong, which `glance` sees in most files.
    """

    facts: Facts
    headers: Headers
    blocks: list[Blocks]
    total: int
    well: Look
    glance: Glance


class Checker:
    """Looks at OpenEXR files, one after the other; each is told as if it were the only one.

    Frames of a sequence have headers that differ in a number or a time code only: what the last
    one told holds for them, too. So does all of it, where size and blocks are alike as well, as
    they are without compression: that is remembered once two files in a row have one size. Used by
    one thread at a time.
    """

    def __init__(self) -> None:
        self._told: _Told | None = None
        self._beginning: Beginning | None = None
        self._size = -1
        self._look = NOTHING
        self._looked_at: tuple[bytes, bytes] | None = None
        self._block = slice(0)

    def __call__(self, sample: Sample) -> Look:
        """Look at an OpenEXR file."""
        told, beginning = self._told, self._beginning
        if told is None or beginning is None or not beginning.is_of(sample.head):
            return self._look_anew(sample)
        if sample.size != self._size:
            self._size, self._looked_at = sample.size, None
            if told.glance.is_whole(sample):
                return told.well
            return self._look_at_blocks(sample, told)[0]
        if self._looked_at and self._looked_at == self._to_look_at(sample, told):
            return self._look
        return self._look_at_them_and_remember(sample, told)

    def _look_anew(self, sample: Sample) -> Look:
        """Look at a file with a header unlike the last one."""
        self._beginning = None
        if not _MAGIC.startswith(bytes(sample.head[:4])):
            return Look(kind=Kind.BAD_MAGIC, detail="the first bytes are not those of an EXR")
        try:
            headers = read_headers(sample, flags := _flags(sample.head))
        except BeyondEndError:
            detail = f"the header ends beyond the end of the file, at {sample.size:,} bytes"
            return Look(kind=Kind.TRUNCATED, detail=detail)
        except NotUnderstoodError:
            return NOTHING
        facts = facts_of(headers.parts)
        try:
            blocks = [blocks_of(part, flags) for part in headers.parts]
        except NotUnderstoodError:
            return Look(facts)
        total, glance = sum([one.total for one in blocks]), Glance(headers.end, blocks)
        told = _Told(facts, headers, blocks, total, Look(facts), glance)
        self._remember(told, sample)
        return self._look_at_blocks(sample, told)[0]

    def _remember(self, told: _Told, sample: Sample) -> None:
        """Remember a header that is all in the first bytes."""
        _, end, others = told.headers
        self._told, self._size = told, sample.size
        if end <= len(sample.head):
            self._beginning = Beginning(sample.head, end, others)

    def _to_look_at(self, sample: Sample, told: _Told) -> tuple[bytes, bytes]:
        """Return all that is looked at behind the header, if it lies where it last did."""
        head, end = sample.head, told.headers.end
        return bytes(head[end : end + 8 * told.total]), bytes(head[self._block])

    def _look_at_blocks(self, sample: Sample, told: _Told) -> tuple[Look, int]:
        """Look at where the blocks are; return also where the furthest begins, 0 if unknown."""
        self._looked_at = None
        try:
            kind, detail, furthest = self._wrong(sample, told)
        except NotUnderstoodError:
            return told.well, 0
        return (Look(told.facts, kind, detail) if kind else told.well), furthest

    def _look_at_them_and_remember(self, sample: Sample, told: _Told) -> Look:
        """Look at where the blocks are; remember it, if all of that is in the first bytes."""
        look, furthest = self._look_at_blocks(sample, told)
        block = slice(furthest, furthest + _MOST_BEFORE_PIXELS)
        if furthest and max(block.stop, told.headers.end + 8 * told.total) <= len(sample.head):
            self._look, self._block = look, block
            self._looked_at = self._to_look_at(sample, told)
        return look

    @staticmethod
    def _wrong(sample: Sample, told: _Told) -> tuple[Kind | None, str, int]:
        """Tell what is wrong with the table of blocks, or with the block that lies furthest.

        The last one of what it returns is where that begins; 0 where that is not known.
        """
        _, headers, blocks, total, _, _ = told
        size, table_end = sample.size, headers.end + 8 * total
        if table_end > size:
            detail = f"ends at {size:,} bytes; its table of blocks ends at {table_end:,}"
            return Kind.TRUNCATED, detail, 0
        furthest, zeros = _read_table(sample, headers.end, total)
        if zeros == total:
            if _follow(sample, headers, blocks, table_end):
                return None, "", 0
            detail = f"never finished: the table of its {total:,} blocks is all zeros"
            return Kind.INCOMPLETE, detail, 0
        end = _end_of_block(sample, blocks, furthest)
        if end > size:
            detail = f"ends at {size:,} of at least {end:,} bytes announced"
            return Kind.TRUNCATED, detail, furthest
        if zeros:
            detail = f"{zeros:,} of its {total:,} blocks were never written"
            return Kind.INCOMPLETE, detail, furthest
        return None, "", furthest


def _flags(head: memoryview) -> int:
    if len(head) < 8:
        raise BeyondEndError
    (version,) = _U32.unpack_from(head, 4)
    flags = int(version) & ~0xFF
    if version & 0xFF != _VERSION or flags & ~_KNOWN_FLAGS:
        raise NotUnderstoodError
    return flags


def _read_table(sample: Sample, at: int, count: int) -> tuple[int, int]:
    """Return the furthest offset in the table, and how many are zero."""
    if count > _MOST_BLOCKS:
        raise NotUnderstoodError
    furthest = zeros = 0
    for done in range(0, count, _PIECE):
        piece = min(_PIECE, count - done)
        data = sample.at(at + 8 * done, 8 * piece)
        if len(data) != 8 * piece:  # the file has become shorter since
            raise NotUnderstoodError
        # Offsets mostly are in order: to sort them is faster than to look for the largest.
        offsets = sorted(struct.unpack(f"<{piece}Q", data))
        furthest = max(furthest, offsets[-1])
        zeros += 0 if offsets[0] else offsets.count(0)
    return furthest, zeros


def _end_of_block(sample: Sample, blocks: list[Blocks], at: int) -> int:
    """Return where a block ends, at the least; of many parts, it begins with its own."""
    if at + _U32.size > sample.size:
        return at + _U32.size
    if len(blocks) == 1:
        return blocks[0].end(sample, at)
    number = int.from_bytes(sample.at(at, _U32.size), "little")
    if number >= len(blocks):
        raise NotUnderstoodError
    return blocks[number].end(sample, at)


def _follow(sample: Sample, headers: Headers, blocks: list[Blocks], at: int) -> bool:
    """Tell if all blocks are there, one behind the other, though the table is empty.

    Some writers of old left it so; readers follow the blocks then, and get the whole picture. It
    is done for plain scan lines only.
    """
    part, (total, size_at, deep) = headers.parts[0], blocks[0]
    window = box(part, b"dataWindow")
    if len(blocks) > 1 or size_at != 4 or deep or total > _MOST_FOLLOWED or not window:
        return False
    rows = rows_of(part)
    awaited = {window[1] + rows * place for place in range(total)}
    for _ in range(total):
        data = sample.at(at, _SCAN_LINES.size)
        row, size = _SCAN_LINES.unpack(data) if len(data) == _SCAN_LINES.size else (None, 0)
        if row not in awaited or size <= 0:
            return False
        awaited.remove(row)
        at += _SCAN_LINES.size + size
    return at <= sample.size
