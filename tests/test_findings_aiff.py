"""Looks at AIFF and AIFF-C: where the sound ends, and whether it has the frames it should."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_samples import chunk, damaged, kind_of, look_at
from qc_asset_crawler.findings.aiff import check, knows
from qc_asset_crawler.findings.values import NOTHING, Facts, Kind

RATE = bytes.fromhex("400ebb80000000000000")
FRAMES = 600
SOUND = bytes(range(1, 201)) * 18  # of so many frames


def part(name: bytes, body: bytes, size: int | None = None) -> bytes:
    return chunk(name, body, size, order=">")


def comm(frames: int = FRAMES, bits: int = 24, more: bytes = b"") -> bytes:
    return part(b"COMM", struct.pack(">HIH", 2, frames, bits) + RATE + more)


def ssnd(sound: bytes = SOUND, size: int | None = None, offset: int = 0) -> bytes:
    return part(b"SSND", struct.pack(">II", offset, 0) + sound, size)


def form(*parts: bytes, kind: bytes = b"AIFF", size: int | None = None) -> bytes:
    body = kind + b"".join(parts)
    return b"FORM" + struct.pack(">I", len(body) if size is None else size) + body


AIFF = form(comm(), ssnd())
TAGGED = form(part(b"NAME", b"rain"), comm(), ssnd(), part(b"ID3 ", b"ID3\x04" * 30))
VERSION = part(b"FVER", b"\xa2\x80\x51\x40")


@pytest.mark.parametrize(
    "data",
    [
        AIFF,
        TAGGED,
        AIFF + b"\0" * 100,
        form(ssnd(), comm()),
        form(comm(), ssnd(), size=0),
        form(comm(), ssnd(b"\0" * 16 + SOUND, offset=16)),
        form(VERSION, comm(more=b"sowt\0\0"), ssnd(), kind=b"AIFC"),
        form(comm(frames=FRAMES * 2), ssnd()),
    ],
)
def test_a_whole_aiff_is_well(data: bytes) -> None:
    assert look_at(check, data) == (Facts("aiff", None, None, "2", "24", "none"), None, "")
    assert kind_of(check, data, head=64) is None


def test_a_cut_aiff_is_told() -> None:
    for cut in range(1, len(AIFF)):
        found = look_at(check, AIFF[:cut])
        assert found.kind is (Kind.BAD_MAGIC if cut < 4 else Kind.TRUNCATED), cut
    assert found.detail == f"ends at {len(AIFF) - 1:,} of {len(AIFF):,} bytes announced"
    assert kind_of(check, TAGGED[:-1]) is Kind.TRUNCATED


def test_frames_that_are_not_there_are_told() -> None:
    found = look_at(check, form(comm(frames=700), ssnd()))
    assert found[1:] == (Kind.TRUNCATED, "ends at 3,654 of 4,254 bytes announced")


@pytest.mark.parametrize("size", [0x7F00_0008, 0x7EFF_FFF2, 0xFFFF_FFFF])
def test_what_was_streamed_is_left_alone(size: int) -> None:
    assert kind_of(check, form(comm(frames=0x7F00_0000 // 6), ssnd(size=size))) is None


@pytest.mark.parametrize("size", [0, 8])
def test_sound_that_was_never_finalised_is_told(size: int) -> None:
    found = look_at(check, form(comm(frames=0), ssnd(size=size), size=0))
    assert found.kind is Kind.INCOMPLETE
    assert found.detail.endswith("bytes follow: never finalised")


@pytest.mark.parametrize("more", [b"", b"\0\0", part(b"ID3 ", b"ID3\x04" * 30)])
def test_an_empty_aiff_is_well(more: bytes) -> None:
    assert kind_of(check, form(comm(frames=0), ssnd(b""), more)) is None
    assert kind_of(check, form(comm(frames=0), more)) is None


def test_what_is_compressed_has_no_countable_frames() -> None:
    data = form(VERSION, comm(frames=9999, more=b"ima4\0\0"), ssnd(), kind=b"AIFC")
    assert look_at(check, data) == (Facts("aiff", None, None, "2", "24", "ima adpcm"), None, "")


def test_floats_are_told() -> None:
    data = form(VERSION, comm(bits=32, more=b"fl32\0\0"), ssnd(), kind=b"AIFC")
    assert look_at(check, data).facts == Facts("aiff", None, None, "2", "float", "none")


@pytest.mark.parametrize("data", [b"RIFF" + SOUND, b"FORM\0\0\0\0ILBM" + SOUND, b"\0"])
def test_what_is_no_aiff_is_told(data: bytes) -> None:
    assert not knows(memoryview(data))
    assert kind_of(check, data) is Kind.BAD_MAGIC


def test_what_is_none_in_an_aiff_is_left_alone() -> None:
    assert look_at(check, form(b"\0\1\2\3" * 9)) == NOTHING
    assert kind_of(check, form(part(b"NAME", b"") * 5000)) is None


@given(st.binary(min_size=1, max_size=400), st.integers(8, 500))
def test_nothing_upsets_it(data: bytes, head: int) -> None:
    for start in (b"", b"FORM\0\0\1\0AIFF", b"FORM\0\0\1\0AIFC"):
        look_at(check, start + data, head)


@given(damaged(TAGGED), damaged(form(ssnd(), comm(), kind=b"AIFC")), st.integers(8, 500))
def test_no_damage_upsets_it(data: bytes, other: bytes, head: int) -> None:
    look_at(check, data, head)
    look_at(check, other, head)
