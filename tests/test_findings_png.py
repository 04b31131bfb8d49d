"""What the bytes of a PNG tell."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_kinds import Kind
from picture_bytes import begun, cuts, frame, hurt, kinds_of, look_at, never_raises
from qc_asset_crawler.findings.png import check, knows
from qc_asset_crawler.findings.values import Facts, Look
from qc_asset_crawler.findings.values import Kind as Wrong

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GOOD = [frame(kind) for kind in kinds_of("png")]


def chunk(name: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(colour: int = 2, bits: int = 8) -> bytes:
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", 20, 10, bits, colour, 0, 0, 0))


END = chunk(b"IEND")


@pytest.mark.parametrize("kind", kinds_of("png"), ids=str)
def test_a_whole_frame(kind: Kind) -> None:
    data = frame(kind)
    assert knows(memoryview(data))
    assert look_at(check, data) == Look(Facts("png", 16, 9, "3", str(kind.depth)))


@pytest.mark.parametrize("data", GOOD, ids=len)
def test_every_cut_is_seen(data: bytes) -> None:
    assert {look_at(check, cut).kind for cut in cuts(data)} == {Wrong.TRUNCATED}


def test_a_cut_in_a_chunk_says_what_was_announced() -> None:
    data = header() + chunk(b"IDAT", bytes(1000))
    assert look_at(check, data[:500]).detail == "ends at 500 of 1,045 bytes announced"
    assert look_at(check, data).detail == "ends at 1,045 bytes, without IEND"


@pytest.mark.parametrize(
    ("colour", "bits", "channels"),
    [(0, 16, "1"), (2, 8, "3"), (3, 4, "palette"), (4, 8, "2"), (6, 16, "4"), (1, 8, None)],
)
def test_the_facts(colour: int, bits: int, channels: str | None) -> None:
    data = header(colour, bits) + chunk(b"IDAT", b"x") + END
    assert look_at(check, data) == Look(Facts("png", 20, 10, channels, str(bits)))


@pytest.mark.parametrize("count", [1, 12, 70_000, 200_000])
def test_bytes_behind_the_end_are_no_finding(count: int) -> None:
    for junk in (bytes(count), b"\xa5" * count):
        assert look_at(check, GOOD[0] + junk).kind is None


def test_zeros_where_a_chunk_should_begin() -> None:
    data = header() + chunk(b"IDAT", bytes(100)) + bytes(3000)
    assert look_at(check, data).kind is Wrong.INCOMPLETE
    assert look_at(check, data).detail == "zeros from byte 145 of 3,145, where a chunk should begin"


def test_a_header_that_its_checksum_does_not_fit_is_not_believed() -> None:
    data = bytearray(GOOD[0])
    data[17] ^= 1
    assert look_at(check, bytes(data)) == Look()


def test_a_first_chunk_of_another_kind_is_left_alone() -> None:
    apple = SIGNATURE + chunk(b"CgBI", bytes(4)) + header()[8:] + chunk(b"IDAT", b"x") + END
    assert look_at(check, apple) == Look()


def test_what_is_no_chunk_is_left_alone() -> None:
    data = header() + b"\x7f\xff\xff\xff\x01\x02\x03\x04" + bytes(100)
    assert look_at(check, data).kind is None


@pytest.mark.parametrize("length", [8192, 32768])
@pytest.mark.parametrize("left", [0.3, 0.5, 0.9, 0.9999])
def test_a_cut_among_thousands_of_chunks(length: int, left: float) -> None:
    data = header() + chunk(b"tEXt", b"a\0b") + chunk(b"IDAT", bytes(length)) * 1000
    data += chunk(b"IDAT", bytes(1000)) + END
    assert look_at(check, data).kind is None
    assert look_at(check, data[: int(len(data) * left)]).kind is Wrong.TRUNCATED


@pytest.mark.parametrize("data", [b"\x88", b"GIF89a", b"\x89PNG\n\x1a\n" + bytes(90)])
def test_another_beginning(data: bytes) -> None:
    assert look_at(check, data).kind is Wrong.BAD_MAGIC
    assert not knows(memoryview(data))


@given(st.one_of(begun([SIGNATURE, header()]), hurt(GOOD)))
def test_nothing_makes_it_raise(data: bytes) -> None:
    never_raises(check, data)
