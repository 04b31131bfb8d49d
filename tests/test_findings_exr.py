"""What OpenEXR files tell: their facts, where they end, and whether they were finished."""

import re
import struct
from functools import cache
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_kinds import KINDS, bakery_of
from fake_kinds import Kind as FakeKind
from findings_samples import harmed, is_sound, sample_of
from qc_asset_crawler.fakeseq.request import Look as LookOfFake
from qc_asset_crawler.findings.exr import Checker, knows
from qc_asset_crawler.findings.values import NOTHING, Facts, Kind, Look, Sample

MAGIC = b"\x76\x2f\x31\x01"
TILED, DEEP, MULTI_PART = 0x200, 0x800, 0x1000
FAKES = [kind for kind in KINDS if kind.ext == "exr"]
HALF = struct.pack("<IB3xII", 1, 0, 1, 1)


def check(sample: Sample) -> Look:
    """Look at a file as if it were the only one."""
    return Checker()(sample)


@cache
def fake(kind: FakeKind, width: int = 96, height: int = 70) -> bytes:
    return b"".join(bakery_of(kind, LookOfFake(width, height)).bake(1001).parts())


def attribute(name: str, kind: str, value: bytes) -> bytes:
    return f"{name}\0{kind}\0".encode() + struct.pack("<i", len(value)) + value


def header(
    *,
    rows: int = 20,
    compression: int = 3,
    channels: tuple[str, ...] = ("B", "G"),
    more: bytes = b"",
) -> bytes:
    """Return a header whose data window is 30 pixels wide; its display window is 50 x 40."""
    names = b"".join(name.encode() + b"\0" + HALF for name in channels) + b"\0"
    return b"".join(
        (
            attribute("channels", "chlist", names),
            attribute("compression", "compression", bytes((compression,))),
            attribute("dataWindow", "box2i", struct.pack("<4i", -5, -7, 24, rows - 8)),
            more,
            attribute("displayWindow", "box2i", struct.pack("<4i", 10, 0, 59, 39)),
            b"\0",
        )
    )


def tiles(mode: int) -> bytes:
    return attribute("tiles", "tiledesc", struct.pack("<IIB", 8, 4, mode))


def of_type(name: str, count: int) -> bytes:
    return attribute("type", "string", name.encode()) + attribute(
        "chunkCount", "int", struct.pack("<i", count)
    )


def made(headers: list[bytes], blocks: list[bytes], flags: int = 0) -> bytes:
    """Return a file: the table of its blocks, then they."""
    head = MAGIC + struct.pack("<I", 2 | flags) + b"".join(headers)
    head += b"\0" if flags & MULTI_PART else b""
    first = len(head) + 8 * len(blocks)
    offsets = list(accumulate(map(len, blocks), initial=first))[:-1]
    return head + struct.pack(f"<{len(blocks)}Q", *offsets) + b"".join(blocks)


def lines(count: int, rows: int = 16, part: bytes = b"") -> list[bytes]:
    return [part + struct.pack("<ii", -7 + at * rows, 9) + b"x" * 9 for at in range(count)]


def tiled(count: int, part: bytes = b"") -> list[bytes]:
    return [part + struct.pack("<5i", at, 0, 0, 0, 9) + b"x" * 9 for at in range(count)]


def deep(count: int, before: int) -> list[bytes]:
    return [bytes(before) + struct.pack("<3Q", 4, 5, 99) + b"x" * 9 for _ in range(count)]


def part(number: int) -> bytes:
    return struct.pack("<I", number)


# Of 30 x 20 pixels, tiles of 8 x 4: 4 x 5 at the first level. The levels down are 15 x 10, 7 x 5,
# 3 x 2, 1 x 1; up 15 x 10, 8 x 5, 4 x 3, 2 x 2, 1 x 1.
RIP_MAP = (4 + 2 + 1 + 1 + 1) * (5 + 3 + 2 + 1 + 1)
PARTS = [
    header(more=of_type("scanlineimage", 2)),
    header(more=tiles(0) + of_type("tiledimage", 20)),
]
NUMBERS = b"".join(attribute(f"n{at}", "int", bytes(4)) for at in range(2000))
WHOLE = {
    "scan lines": made([header()], lines(2)),
    "one row a block": made([header(compression=2)], lines(20, 1)),
    "32 rows a block": made([header(compression=4, rows=33)], lines(2, 32)),
    "256 rows a block": made([header(compression=9, rows=257)], lines(2, 256)),
    "decreasing": made([header()], lines(2)[::-1]),
    "tiles": made([header(more=tiles(0))], tiled(20), TILED),
    "mip map, down": made([header(more=tiles(1))], tiled(20 + 6 + 2 + 1 + 1), TILED),
    "mip map, up": made([header(more=tiles(0x11))], tiled(20 + 6 + 2 + 1 + 1 + 1), TILED),
    "rip map": made([header(more=tiles(2))], tiled(RIP_MAP), TILED),
    "deep lines": made([header(more=of_type("deepscanline", 2))], deep(2, 4), DEEP),
    "deep tiles": made([header(more=tiles(0) + of_type("deeptile", 20))], deep(20, 16), DEEP),
    "parts": made(PARTS, [*lines(2, 16, part(0)), *tiled(20, part(1))], MULTI_PART),
    "long attributes": made(
        [header(more=attribute("manifest", "string", b"m" * 70_000) * 3)], lines(2)
    ),
    "many attributes": made([header(more=NUMBERS)], lines(2)),
    "many blocks": made([header(compression=0, rows=20_000)], lines(20_000, 1)),
}


@pytest.mark.parametrize("kind", FAKES, ids=str)
def test_frames_are_whole_and_cut_ones_are_not(kind: FakeKind) -> None:
    data = fake(kind)
    assert knows(memoryview(data))
    facts = Facts("exr", 96, 70, "B,G,R", kind.depth, kind.compression)
    assert check(sample_of(data)) == (facts, None, "")
    for end in (4, 5, 8, 100, 400, len(data) // 2, len(data) - 1):
        assert check(sample_of(data[:end])).kind is Kind.TRUNCATED


@pytest.mark.parametrize("data", WHOLE.values(), ids=list(WHOLE))
def test_layouts_are_whole_and_cut_ones_are_not(data: bytes) -> None:
    look = check(sample_of(data))
    assert look.kind is None
    assert look.facts is not None
    assert look.facts[1:3] == (50, 40)
    for end in (len(data) - 1, len(data) - 9, len(data) - 12, len(data) - 40, len(data) // 3):
        assert check(sample_of(data[:end])).kind is Kind.TRUNCATED
    assert check(sample_of(data + bytes(512))) == look


def test_it_is_said_in_words_where_a_file_ends() -> None:
    data = WHOLE["scan lines"]
    size = len(data)
    table_end = size - 2 * 17
    assert (
        check(sample_of(data[:-1])).detail
        == f"ends at {size - 1} of at least {size} bytes announced"
    )
    assert check(sample_of(data[: table_end - 1])).detail == (
        f"ends at {table_end - 1} bytes; its table of blocks ends at {table_end}"
    )
    assert check(sample_of(data[:40])).detail == (
        "the header ends beyond the end of the file, at 40 bytes"
    )


def test_a_table_of_zeros_was_never_finished() -> None:
    data = made([header(rows=40)], lines(3))
    start = len(data) - 3 * 17
    empty = data[: start - 24] + bytes(24)
    for rest in (b"", bytes(60), data[start : start + 17], data[start:-1]):
        look = check(sample_of(empty + rest))
        assert (look.kind, look.detail) == (
            Kind.INCOMPLETE,
            "never finished: the table of its 3 blocks is all zeros",
        )
    one_less = data[: start - 16] + bytes(8) + data[start - 8 :]
    look = check(sample_of(one_less))
    assert look.detail == "1 of its 3 blocks were never written"
    assert look.kind is Kind.INCOMPLETE


def test_readers_get_the_picture_of_a_table_of_zeros_where_all_blocks_follow() -> None:
    data = made([header(rows=40)], lines(3))
    start = len(data) - 3 * 17
    look = check(sample_of(data[: start - 24] + bytes(24) + data[start:]))
    assert look.kind is None
    assert look.facts is not None


def test_offsets_of_many_zero_bytes_are_no_zeros() -> None:
    data = made([header()], [struct.pack("<ii", -7, 66_000) + bytes(66_000), lines(2)[1]])
    table = len(data) - 66_008 - 17 - 16
    far = data[: table + 8] + struct.pack("<Q", 1 << 16) + data[table + 16 :]
    assert bytes(8) in far[table : table + 16]
    assert check(sample_of(far)).kind is None


@pytest.mark.parametrize(
    "data",
    [
        MAGIC + struct.pack("<I", 1) + header() + bytes(99),
        MAGIC + struct.pack("<I", 2 | 0x4000) + header() + bytes(99),
        MAGIC + struct.pack("<I", 2) + b"n" * 600,
        MAGIC + struct.pack("<I", 2) + b"n\0t\0" + struct.pack("<i", -1) + bytes(99),
    ],
    ids=["version", "flag", "no attribute", "negative size"],
)
def test_what_is_not_understood_is_left_alone(data: bytes) -> None:
    assert check(sample_of(data)) == NOTHING


@pytest.mark.parametrize(
    ("flags", "head"),
    [
        (0, header(compression=99)),
        (0, header(more=of_type("scanlineimage", 7))),
        (0, header(rows=-3)),
        (TILED, header()),
        (TILED, header(more=tiles(3))),
        (DEEP, header(more=of_type("scanlineimage", 2))),
        (DEEP, header(more=of_type("deeper", 2))),
        (MULTI_PART, header()),
    ],
)
def test_of_odd_headers_only_facts_are_said(flags: int, head: bytes) -> None:
    look = check(sample_of(made([head], [], flags)))
    assert look.kind is None
    assert look.facts is not None
    assert look.facts[:3] == ("exr", 50, 40)


def test_facts_of_many_channels_and_parts() -> None:
    names = tuple(f"l{at:02}.\x1b" for at in range(30))
    parts = [header(channels=("R",), more=of_type("scanlineimage", 2)), header(channels=names)]
    one = check(sample_of(made(parts[1:], lines(2)))).facts
    assert one is not None
    shown = ",".join(f"l{at:02}.\\x1b" for at in range(8))
    assert one.channels is not None
    assert re.fullmatch(re.escape(f"{shown},... (30, ") + "[0-9a-f]{8}\\)", one.channels)
    many = check(sample_of(made(parts, [], MULTI_PART))).facts
    assert many == ("exr", 50, 40, f"R; {one.channels}", "half", "zip")


@pytest.mark.parametrize("at", [0, 7, 8, 11])
def test_every_channel_counts_however_many_there_are(at: int) -> None:
    names = [f"l{number:02}" for number in range(12)]
    changed = [*names[:at], f"l{at:02}x", *names[at + 1 :]]
    told = [
        check(sample_of(made([header(channels=tuple(some))], lines(2)))).facts
        for some in (names, names, changed)
    ]
    assert told[0] == told[1] != told[2]
    assert told[0] is not None and told[2] is not None
    assert told[0]._replace(channels="") == told[2]._replace(channels="")


@pytest.mark.parametrize("data", [b"x", b"\0" * 999, b"SDPX" + bytes(2044), MAGIC[::-1]])
def test_other_bytes_are_no_exr(data: bytes) -> None:
    assert not knows(memoryview(data))
    assert check(sample_of(data)).kind is Kind.BAD_MAGIC


def test_a_file_of_a_few_bytes_is_cut() -> None:
    for end in range(1, 9):
        assert check(sample_of(fake(FAKES[0])[:end])).kind is Kind.TRUNCATED


@given(st.binary(min_size=1) | st.binary().map(lambda data: MAGIC + b"\2\0\0\0" + data))
def test_random_bytes_never_raise(data: bytes) -> None:
    is_sound(check, data)


HARMED = [*(fake(kind) for kind in FAKES), *(data for data in WHOLE.values() if len(data) < 9000)]


@given(st.sampled_from(HARMED).flatmap(harmed))
def test_harmed_files_never_raise(data: bytes) -> None:
    is_sound(check, data)


@given(st.binary(min_size=1, max_size=200))
def test_endless_attributes_are_given_up(data: bytes) -> None:
    is_sound(check, MAGIC + b"\2\x10\0\0" + (data + b"\0") * 4000)
    is_sound(check, MAGIC + b"\2\x10\0\0" + attribute("n", "int", data) * 9000)


ALIKE = [fake(kind) for kind in KINDS if kind.ext == "exr"][:3]


@given(st.lists(st.sampled_from(ALIKE).flatmap(harmed) | st.sampled_from(ALIKE), max_size=8))
def test_each_file_is_told_as_if_it_were_the_only_one(files: list[bytes]) -> None:
    """Although what the one before told is remembered."""
    checker = Checker()
    for data in files:
        for head in (1 << 16, 900):
            assert checker(sample_of(data, head)) == check(sample_of(data, head))


def test_frames_that_differ_in_what_does_not_matter_are_told_alike() -> None:
    frame = fake(next(kind for kind in KINDS if kind.ext == "exr"))
    at = frame.index(b"imageCounter\0int\0") + len(b"imageCounter\0int\0") + 4
    checker = Checker()
    first = checker(sample_of(frame))
    assert checker(sample_of(frame[:at] + b"\7\7\0\0" + frame[at + 4 :])) is first
    assert checker(sample_of(frame[:-1])).kind is Kind.TRUNCATED
