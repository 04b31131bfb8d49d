"""What the bytes of a JPEG tell."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from picture_bytes import begun, cuts, frame, hurt, kinds_of, look_at, never_raises
from qc_asset_crawler.findings.jpeg import Checker, knows
from qc_asset_crawler.findings.values import Facts, Look, Sample
from qc_asset_crawler.findings.values import Kind as Wrong

GOOD = frame(kinds_of("jpg")[0])
START, END = b"\xff\xd8", b"\xff\xd9"


def check(sample: Sample) -> Look:
    """Look at a file as if it were the only one."""
    return Checker()(sample)


def segment(marker: int, data: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(data) + 2) + data


def frame_header(marker: int = 0xC0, height: int = 10, components: int = 3) -> bytes:
    return segment(marker, struct.pack(">BHHB", 8, height, 20, components) + bytes(components * 3))


def scan(count: int) -> bytes:
    """Make up a scan with the stuffing and the restarts that one has."""
    return segment(0xDA, bytes(10)) + (b"\x12\xff\0\x34\x56\xff\xd3\x78" * (count // 8 + 1))[:count]


WHOLE = START + segment(0xDB, bytes(65)) + frame_header() + scan(3000) + END


def test_a_whole_frame() -> None:
    assert knows(memoryview(GOOD))
    assert look_at(check, GOOD) == Look(Facts("jpeg", 16, 9, "3", "8", "baseline"))


@pytest.mark.parametrize("data", [GOOD, WHOLE], ids=len)
def test_every_cut_is_seen(data: bytes) -> None:
    assert {look_at(check, cut).kind for cut in cuts(data)} == {Wrong.TRUNCATED}


def test_a_cut_says_where() -> None:
    assert look_at(check, WHOLE[:40]).detail == "ends at 40 of 71 bytes announced"
    start = WHOLE.index(b"\xff\xda") + 14
    seen = f"ends at 1,000 bytes, without an end of the picture that begins at {start}"
    assert look_at(check, WHOLE[:1000]).detail == seen


@pytest.mark.parametrize(
    ("marker", "height", "components", "facts"),
    [
        (0xC0, 10, 1, Facts("jpeg", 20, 10, "1", "8", "baseline")),
        (0xC2, 10, 3, Facts("jpeg", 20, 10, "3", "8", "progressive")),
        (0xC3, 10, 4, Facts("jpeg", 20, 10, "4", "8", "lossless")),
        (0xF7, 10, 3, Facts("jpeg", 20, 10, "3", "8", "jpeg-ls")),
        (0xC0, 0, 3, Facts("jpeg", 20, None, "3", "8", "baseline")),
    ],
)
def test_the_facts(marker: int, height: int, components: int, facts: Facts) -> None:
    data = START + frame_header(marker, height, components) + scan(100) + END
    assert look_at(check, data) == Look(facts)


@pytest.mark.parametrize("count", [1, 2, 70_000, 300_000])
@pytest.mark.parametrize("junk", [b"\0", b"\xa5\xff", b"\xff\xd0\xff\0\xff\x11"])
def test_bytes_behind_the_end_are_no_finding(count: int, junk: bytes) -> None:
    assert look_at(check, WHOLE + (junk * count)[:count]).kind is None


def test_a_second_picture_behind_the_first() -> None:
    assert look_at(check, WHOLE + WHOLE).kind is None


def test_zeros_in_place_of_the_end() -> None:
    assert look_at(check, WHOLE[:2000] + bytes(200_000)).kind is Wrong.TRUNCATED


def test_a_large_scan_is_not_read_to_know_that_it_is_cut() -> None:
    data = START + frame_header() + scan(50_000_000)
    assert look_at(check, data).kind is Wrong.TRUNCATED
    assert look_at(check, data + END).kind is None


def test_far_behind_what_may_be_read_nobody_knows() -> None:
    assert look_at(check, WHOLE[:2000] + bytes(50_000_000)).kind is None


def test_many_segments_before_the_picture() -> None:
    profile = segment(0xE2, bytes(65000)) * 90
    data = START + profile + frame_header() + scan(1000) + END
    assert look_at(check, data).facts == Facts("jpeg", 20, 10, "3", "8", "baseline")
    assert look_at(check, data[:4_000_000]).kind is Wrong.TRUNCATED
    assert look_at(check, START + profile * 3 + END) == Look()


def test_markers_without_a_segment_and_filling() -> None:
    data = START + b"\xff\x01\xff\xff\xff" + frame_header() + b"\xff\xd1" + scan(100) + END
    assert look_at(check, data) == Look(Facts("jpeg", 20, 10, "3", "8", "baseline"))


def test_an_end_without_a_picture() -> None:
    assert look_at(check, START + frame_header() + END).kind is Wrong.INCOMPLETE
    assert look_at(check, START + END).kind is Wrong.INCOMPLETE
    assert look_at(check, START + segment(0xDB, bytes(65)) + END) == Look()  # tables alone


@pytest.mark.parametrize("middle", [b"\x12\x34\x56\x78", b"\xff\xe1\0\1", b"\0" * 50])
def test_what_is_no_segment_is_left_alone(middle: bytes) -> None:
    assert look_at(check, START + middle + scan(100)) == Look()


@pytest.mark.parametrize("data", [b"\0", b"\xd8\xff", b"\x89PNG\r\n\x1a\n", b"\xff\x0a" + bytes(9)])
def test_another_beginning(data: bytes) -> None:
    assert look_at(check, data).kind is Wrong.BAD_MAGIC
    assert not knows(memoryview(data))


@given(st.one_of(begun([START, START + b"\xff", WHOLE[:100]]), hurt([GOOD, WHOLE])))
def test_nothing_makes_it_raise(data: bytes) -> None:
    never_raises(check, data)
