"""What DPX files tell: their facts, and whether their pixels end inside the file."""

import struct
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_kinds import KINDS, bakery_of
from fake_kinds import Kind as FakeKind
from findings_samples import harmed, is_sound, sample_of
from qc_asset_crawler.fakeseq.request import Look as LookOfFake
from qc_asset_crawler.findings.dpx import check, knows
from qc_asset_crawler.findings.values import NOTHING, Facts, Kind

FAKES = [kind for kind in KINDS if kind.ext == "dpx"]
UNKNOWN = 0xFFFFFFFF


@cache
def fake(kind: FakeKind) -> bytes:
    return b"".join(bakery_of(kind, LookOfFake(97, 60)).bake(1001).parts())


def element(
    descriptor: int = 50, bits: int = 10, packing: int = 1, encoding: int = 0, offset: int = 2048
) -> bytes:
    fields = struct.pack(">BxxBHHI", descriptor, bits, packing, encoding, offset)
    return bytes(20) + fields + bytes(72 - 20 - len(fields))


def made(
    *elements: bytes, pixels: int = 0, start: int = 2048, version: bytes = b"V2.0", width: int = 101
) -> bytes:
    """Return a file of 101 x 7 pixels; the size it tells is wrong."""
    head = b"SDPX" + struct.pack(">I8sI", start, version, 12345)
    head = head.ljust(768, b"\0") + struct.pack(">HHII", 0, len(elements), width, 7)
    return (head + b"".join(elements)).ljust(2048, b"\0") + b"x" * pixels


@pytest.mark.parametrize("kind", FAKES, ids=str)
def test_frames_are_whole_and_cut_ones_are_not(kind: FakeKind) -> None:
    data = fake(kind)
    assert knows(memoryview(data))
    facts = Facts("dpx", 97, 60, "R,G,B", kind.depth, "none")
    assert check(sample_of(data)) == (facts, None, "")
    assert check(sample_of(data + bytes(4096))).kind is None
    # Rows of 8 or 16 bits are padded by a byte or two here, which not all writers do.
    for end in (1, 3, 4, 100, 851, 1664, 2047, 2048, len(data) // 2, len(data) - 121):
        assert check(sample_of(data[:end])).kind is Kind.TRUNCATED


# What so many samples take: 3 of each pixel, but 1 and 2.
SAMPLES = 101 * 7
LEAST = {
    "10 bits, method A": (element(), SAMPLES * 4),
    "10 bits, method B": (element(packing=2), SAMPLES * 4),
    "10 bits, packed": (element(packing=0), -(-SAMPLES * 30 // 8)),
    "10 bits, packing unknown": (element(packing=0xFFFF), -(-SAMPLES * 30 // 8)),
    "10 bits, luma": (element(descriptor=6), -(-SAMPLES // 3) * 4),
    "10 bits, alpha too": (element(descriptor=51), -(-SAMPLES * 4 // 3) * 4),
    "12 bits, filled": (element(bits=12), SAMPLES * 6),
    "12 bits, packed": (element(bits=12, packing=0), -(-SAMPLES * 36 // 8)),
    "1 bit": (element(descriptor=4, bits=1, packing=0), -(-SAMPLES // 8)),
    "8 bits": (element(bits=8), SAMPLES * 3),
    "8 bits, 4:2:2": (element(descriptor=100, bits=8), SAMPLES * 2),
    "16 bits": (element(bits=16), SAMPLES * 6),
    "32 bits": (element(bits=32), SAMPLES * 12),
    "64 bits": (element(bits=64), SAMPLES * 24),
    "encoding unknown": (element(bits=8, encoding=0xFFFF), SAMPLES * 3),
    "no offset of its own": (element(bits=8, offset=UNKNOWN), SAMPLES * 3),
    "zero for an offset": (element(bits=8, offset=0), SAMPLES * 3),
    "an offset beyond the header's": (element(bits=8, offset=4096), SAMPLES * 3),
}


@pytest.mark.parametrize(("described", "least"), LEAST.values(), ids=list(LEAST))
def test_pixels_take_so_many_bytes_at_the_least(described: bytes, least: int) -> None:
    assert check(sample_of(made(described, pixels=least))).kind is None
    look = check(sample_of(made(described, pixels=least - 1)))
    end = 2048 + least
    assert (look.kind, look.detail) == (
        Kind.TRUNCATED,
        f"ends at {end - 1:,} of at least {end:,} bytes announced",
    )


def test_all_elements_count() -> None:
    color, alpha = element(bits=8), element(descriptor=4, bits=16, offset=2048 + SAMPLES * 3)
    whole = made(color, alpha, pixels=SAMPLES * 5)
    facts = Facts("dpx", 101, 7, "R,G,B; A", "16,8", "none")
    assert check(sample_of(whole)) == (facts, None, "")
    assert check(sample_of(whole[:-1])).kind is Kind.TRUNCATED


@pytest.mark.parametrize(
    ("described", "facts"),
    [
        (element(encoding=1), Facts("dpx", 101, 7, "R,G,B", "10", "rle")),
        (element(encoding=7), Facts("dpx", 101, 7, "R,G,B", "10", None)),
        (element(descriptor=0), Facts("dpx", 101, 7, None, "10", "none")),
        (element(descriptor=7), Facts("dpx", 101, 7, None, "10", "none")),
        (element(bits=11), Facts("dpx", 101, 7, "R,G,B", "11", "none")),
    ],
    ids=["rle", "encoding", "user-defined", "chroma alone", "bits"],
)
def test_only_facts_are_said_of_unusual_pixels(described: bytes, facts: Facts) -> None:
    assert check(sample_of(made(described))) == (facts, None, "")


def test_pixels_that_begin_nowhere_are_left_alone() -> None:
    look = check(sample_of(made(element(offset=UNKNOWN), start=UNKNOWN)))
    assert look.kind is None
    assert look.facts is not None


@pytest.mark.parametrize(
    "data",
    [
        made(element(), version=b"V3.0"),
        made(element(), version=b"V2.0HDR"),
        made(element(), width=0),
        made(element(), width=UNKNOWN),
        made(),
        made(*[element()] * 9),
    ],
    ids=["version", "hdr", "no width", "unknown width", "no element", "nine elements"],
)
def test_what_is_not_understood_is_left_alone(data: bytes) -> None:
    assert check(sample_of(data)) == NOTHING


@pytest.mark.parametrize("data", [b"x", b"SDPY", b"\0" * 9000, b"\x76\x2f\x31\x01" + bytes(999)])
def test_other_bytes_are_no_dpx(data: bytes) -> None:
    assert not knows(memoryview(data))
    assert check(sample_of(data)).kind is Kind.BAD_MAGIC


@given(st.binary(min_size=1) | st.binary().map(lambda data: b"SDPX" + data))
def test_random_bytes_never_raise(data: bytes) -> None:
    is_sound(check, data)


@given(st.sampled_from([*map(fake, FAKES), made(element(), element())]).flatmap(harmed))
def test_harmed_files_never_raise(data: bytes) -> None:
    is_sound(check, data)
