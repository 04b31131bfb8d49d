"""Looks at WAV: where the sound ends, in all its forms."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_samples import chunk, damaged, kind_of, look_at
from qc_asset_crawler.findings.values import NOTHING, Facts, Kind
from qc_asset_crawler.findings.wav import check, knows

ALL_BITS = 0xFFFF_FFFF
SOUND = bytes(range(1, 201)) * 20
IN_STEREO = (2, 48000, 288000, 6, 24)


def fmt(code: int = 1, form: tuple[int, ...] = IN_STEREO, more: bytes = b"") -> bytes:
    return chunk(b"fmt ", struct.pack("<HHIIHH", code, *form) + more)


def riff(*chunks: bytes, form: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return form + struct.pack("<I", len(body) if size is None else size) + body


def long_riff(sound: bytes, size: int, form: bytes = b"RF64") -> bytes:
    sizes = struct.pack("<QQQI", 72 + size, size, size // 6, 0)
    data = chunk(b"data", sound, ALL_BITS)
    return riff(chunk(b"ds64", sizes), fmt(), data, form=form, size=ALL_BITS)


WAV = riff(fmt(), chunk(b"data", SOUND))
TAGGED = riff(fmt(), chunk(b"data", SOUND), chunk(b"iXML", b"<x/>" * 40))


@pytest.mark.parametrize(
    "data",
    [
        WAV,
        TAGGED,
        riff(chunk(b"bext", b"\0" * 602), fmt(), chunk(b"data", SOUND)),
        riff(fmt(), chunk(b"data", SOUND), size=0),
        riff(fmt(), chunk(b"data", SOUND), size=1_000_000),
        WAV + b"\0" * 100,
        long_riff(SOUND, len(SOUND)),
        long_riff(SOUND, len(SOUND), form=b"BW64"),
    ],
)
def test_a_whole_wav_is_well(data: bytes) -> None:
    assert look_at(check, data) == (Facts("wav", None, None, "2", "24", "none"), None, "")
    assert kind_of(check, data, head=64) is None


@pytest.mark.parametrize("form", [b"RIFF", b"RF64", b"BW64"])
def test_a_cut_wav_is_told(form: bytes) -> None:
    data = WAV if form == b"RIFF" else long_riff(SOUND, len(SOUND), form)
    for cut in range(1, len(data)):
        found = look_at(check, data[:cut])
        assert found.kind is (Kind.BAD_MAGIC if cut < 4 else Kind.TRUNCATED), cut
    assert found.detail == f"ends at {len(data) - 1:,} of {len(data):,} bytes announced"


def test_a_cut_long_wav_is_told() -> None:
    assert look_at(check, long_riff(SOUND, 5 << 30)).detail.endswith(
        "5,368,709,200 bytes announced"
    )


def test_chunks_cut_after_the_sound_are_told() -> None:
    assert kind_of(check, TAGGED[:-1]) is Kind.TRUNCATED
    assert kind_of(check, riff(fmt(), chunk(b"data", SOUND), size=0) + TAGGED[-168:-1]) is None


@pytest.mark.parametrize("size", [ALL_BITS, 0x7FFF_F000, 0x7FFF_FFD4, 0x8000_0000])
def test_what_was_streamed_is_left_alone(size: int) -> None:
    assert kind_of(check, riff(fmt(), chunk(b"data", SOUND, size), size=ALL_BITS)) is None


def test_long_sizes_that_are_not_known_are_left_alone() -> None:
    assert kind_of(check, riff(fmt(), chunk(b"data", SOUND, ALL_BITS), form=b"RF64")) is None
    assert kind_of(check, long_riff(SOUND, (1 << 63) - 1)) is None


def test_sound_that_was_never_finalised_is_told() -> None:
    data = riff(fmt(), chunk(b"data", SOUND, 0), size=0)
    detail = "0 bytes of sound announced where 4,000 bytes follow: never finalised"
    assert look_at(check, data)[1:] == (Kind.INCOMPLETE, detail)
    assert kind_of(check, data, head=64) is Kind.INCOMPLETE


@pytest.mark.parametrize("more", [b"", b"\0\0", chunk(b"LIST", b"INFO"), chunk(b"iXML", b"<x>")])
def test_an_empty_wav_is_well(more: bytes) -> None:
    assert kind_of(check, riff(fmt(), chunk(b"data", b""), more)) is None


def test_an_odd_chunk_without_padding_raises_no_alarm() -> None:
    odd = b"note" + struct.pack("<I", 5) + b"abcde"
    for size in range(0x40, 0x80):
        assert kind_of(check, riff(fmt(), odd, chunk(b"data", b"~" * size))) is None


def test_sound_in_pieces_is_left_alone() -> None:
    assert kind_of(check, riff(fmt(), chunk(b"LIST", b"wavl"), size=10_000)) is None


@pytest.mark.parametrize(
    ("format_", "bits", "compression"),
    [
        (fmt(3, (1, 48000, 192000, 4, 32)), "float", "none"),
        (fmt(7, (1, 8000, 8000, 1, 8)), "8", "mu-law"),
        (fmt(0xFFFE, more=struct.pack("<HHIIHH", 22, 20, 3, 1, 0, 16) + b"\0" * 8), "20", "none"),
        (fmt(0x4711), "24", None),
    ],
)
def test_its_format_is_told(format_: bytes, bits: str, compression: str | None) -> None:
    facts = look_at(check, riff(format_, chunk(b"data", SOUND))).facts
    assert facts is not None
    assert (facts.bits, facts.compression) == (bits, compression)


def test_big_endian_wav_is_read() -> None:
    form = struct.pack(">HHIIHH", 1, 2, 48000, 288000, 6, 24)
    body = b"WAVE" + chunk(b"fmt ", form, order=">") + chunk(b"data", SOUND, order=">")
    data = b"RIFX" + struct.pack(">I", len(body)) + body
    assert look_at(check, data) == look_at(check, WAV)
    assert kind_of(check, data[:-1]) is Kind.TRUNCATED


@pytest.mark.parametrize("data", [b"ID3\x04" + SOUND, b"RIFF\0\0\0\0AVI " + SOUND, b"\0", SOUND])
def test_what_is_no_wav_is_told(data: bytes) -> None:
    assert not knows(memoryview(data))
    assert kind_of(check, data) is Kind.BAD_MAGIC


def test_what_is_none_in_a_wav_is_left_alone() -> None:
    assert look_at(check, riff(b"\0\1\2\3" * 9)) == NOTHING
    assert kind_of(check, riff(chunk(b"LIST", b"") * 5000)) is None


@given(st.binary(min_size=1, max_size=400), st.integers(8, 500))
def test_nothing_upsets_it(data: bytes, head: int) -> None:
    for start in (b"", b"RIFF\0\1\0\0WAVE", b"RIFX\0\0\1\0WAVE", b"RF64\xff\xff\xff\xffWAVE"):
        look_at(check, start + data, head)


@given(damaged(TAGGED), damaged(long_riff(SOUND, len(SOUND))), st.integers(8, 500))
def test_no_damage_upsets_it(data: bytes, long: bytes, head: int) -> None:
    look_at(check, data, head)
    look_at(check, long, head)
