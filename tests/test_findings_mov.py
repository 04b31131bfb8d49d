"""Looks at QuickTime movies and MP4: whether their boxes end with the file, and `moov` is there."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_samples import damaged, kind_of, look_at
from qc_asset_crawler.findings.mov import check, knows
from qc_asset_crawler.findings.values import Facts, Kind


def box(name: bytes, body: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I4s", len(body) + 8 if size is None else size, name) + body


def long_box(name: bytes, body: bytes, size: int | None = None) -> bytes:
    said = len(body) + 16 if size is None else size
    return struct.pack(">I4sQ", 1, name, said) + body


def track(kind: bytes, entry: bytes) -> bytes:
    described = box(b"stsd", struct.pack(">II", 0, 1) + entry)
    handler = box(b"hdlr", bytes(8) + kind + bytes(13))
    media = box(b"minf", box(b"stbl", described))
    return box(b"trak", box(b"tkhd", bytes(84)) + box(b"mdia", handler + media))


PICTURE = track(b"vide", box(b"apch", bytes(24) + struct.pack(">HH", 1920, 1080) + bytes(50)))
SOUND = track(b"soun", box(b"lpcm", bytes(16) + struct.pack(">HH", 2, 24) + bytes(30)))
FTYP = box(b"ftyp", b"qt  \0\0\2\0qt  ")
HEAD = FTYP + box(b"wide")
MDAT = box(b"mdat", b"\x8a\xf0" * 2000)
MOOV = box(b"moov", box(b"mvhd", bytes(100)) + SOUND + PICTURE)
FRAGMENTED = box(b"moov", box(b"mvhd", bytes(100)) + PICTURE + box(b"mvex", bytes(8)))
MOVIE, STREAMABLE = HEAD + MDAT + MOOV, FTYP + MOOV + box(b"free", bytes(90)) + MDAT
FACTS = Facts("mov", 1920, 1080, None, None, "prores 422 hq")


@pytest.mark.parametrize(
    "data",
    [
        MOVIE,
        STREAMABLE,
        FTYP + long_box(b"mdat", b"\xaa" * 900) + MOOV,
        FTYP + MOOV + box(b"mdat", b"\xaa" * 900, size=0),
        FTYP + FRAGMENTED,
        FTYP + FRAGMENTED + (box(b"moof", bytes(80)) + MDAT) * 300,
        MDAT + MOOV,
        MOVIE + bytes(5),
        MOVIE + bytes(512),
        MOVIE + b"TAG" + b"junk of another kind" * 9,
        MOVIE + box(b"free", bytes(20), size=5000),
        HEAD + box(b"mdat", b"\xaa" * 70_000) + MOOV,
        FTYP + MOOV,
        *(
            box(name, bytes(40)) + MDAT + MOOV
            for name in (b"udta", b"meta", b"PICT", b"junk", b"prfl")
        ),
    ],
)
def test_a_whole_movie_is_well(data: bytes) -> None:
    assert look_at(check, data) == (FACTS, None, "")
    assert look_at(check, data, head=256) == (FACTS, None, "")


@pytest.mark.parametrize("data", [MOVIE, STREAMABLE, FTYP + long_box(b"mdat", bytes(900)) + MOOV])
def test_a_cut_movie_is_told(data: bytes) -> None:
    boundary = {len(HEAD), len(FTYP), len(HEAD + MDAT), len(FTYP) + 916}
    quiet = range(len(FTYP + MOOV), len(FTYP + MOOV) + 8)  # the media is not announced yet
    padded = range(len(FTYP + MOOV) + 98, len(FTYP + MOOV) + 106)
    for cut in range(4, len(data)):
        found = look_at(check, data[:cut])
        if data is STREAMABLE and (cut in quiet or cut in padded):
            assert found.kind is None, cut
        elif cut in boundary:
            assert found.kind in {Kind.INCOMPLETE, Kind.TRUNCATED}, cut
        else:
            assert found.kind is Kind.TRUNCATED, cut
    assert found.detail == f"ends at {len(data) - 1:,} of {len(data):,} bytes announced"


def test_a_recording_that_was_never_finalised_is_told() -> None:
    data = HEAD + box(b"mdat", b"\xaa" * 5000, size=0)
    detail = "no moov box in 5,036 bytes: never finalised, or cut before it"
    assert look_at(check, data)[1:] == (Kind.INCOMPLETE, detail)


def test_zeros_where_moov_should_be_are_told() -> None:
    detail = f"no moov box: zeros follow at {len(HEAD + MDAT):,} of 9,036 bytes"
    assert look_at(check, HEAD + MDAT + bytes(5000))[1:] == (Kind.INCOMPLETE, detail)


@pytest.mark.parametrize(
    "data",
    [
        box(b"styp", b"msdh\0\0\0\0msdh") + box(b"moof", bytes(80)) + MDAT,
        box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(80)) + MDAT,
        HEAD + MDAT + b"\x8a\xf0" * 300,
        HEAD + MDAT + bytes(300) + b"\x8a\xf0" * 300,
        HEAD + box(b"mdat", bytes(80), size=5) + bytes(80),
        HEAD + MDAT + box(b"odrm", bytes(80)),
    ],
)
def test_what_it_does_not_understand_is_left_alone(data: bytes) -> None:
    assert kind_of(check, data) is None


def test_sizes_beyond_all_files_are_told() -> None:
    data = FTYP + MOOV + long_box(b"mdat", bytes(900), size=(1 << 64) - 1)
    assert kind_of(check, data) is Kind.TRUNCATED


def test_sound_alone_is_told_of() -> None:
    facts = look_at(check, box(b"ftyp", b"M4A \0\0\0\0isom") + box(b"moov", SOUND) + MDAT).facts
    assert facts == Facts("mp4", None, None, "2", None, "none")


@pytest.mark.parametrize("data", [b"abcd\n", b"text\n", b"\x47" * 400, bytes(5000), b"RIFF" * 90])
def test_what_is_no_movie_is_told(data: bytes) -> None:
    assert not knows(memoryview(data))
    assert kind_of(check, data) is Kind.BAD_MAGIC


@given(st.binary(min_size=1, max_size=400), st.integers(8, 500))
def test_nothing_upsets_it(data: bytes, head: int) -> None:
    for start in (b"", FTYP, HEAD, MDAT, box(b"moov", size=300), FTYP + MOOV[:300]):
        look_at(check, start + data, head)


@given(damaged(MOVIE), damaged(STREAMABLE), st.integers(8, 500))
def test_no_damage_upsets_it(data: bytes, other: bytes, head: int) -> None:
    look_at(check, data, head)
    look_at(check, other, head)


def test_boxes_within_boxes_take_no_time() -> None:
    tracks = box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + b"vide") + box(b"minf") * 70)) * 70
    assert kind_of(check, FTYP + box(b"moov", tracks)) is None
