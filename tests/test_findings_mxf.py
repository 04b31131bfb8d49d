"""Looks at MXF: whether a footer closes it, and what follows that ends with the file."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media_samples import damaged, kind_of, look_at
from qc_asset_crawler.findings.mxf import check, knows
from qc_asset_crawler.findings.values import NOTHING, Facts, Kind

PARTITION = bytes.fromhex("060e2b34020501010d010201")
FILLER = bytes.fromhex("060e2b34010101020301021001000000")
ESSENCE = bytes.fromhex("060e2b34010201010d01030115010500")
SET = bytes.fromhex("060e2b34025301010d01010101010000")
HEADER, BODY, FOOTER, INDEX_BYTES = 0x0204, 0x0304, 0x0404, 48
OPEN_HEADER, VC3 = 0x0201, bytes.fromhex("060e2b340401010a0401020271010000")
CLIP = b"\x8a\xf0" * 40_000


def klv(key: bytes, value: bytes) -> bytes:
    return key + b"\x83" + len(value).to_bytes(3) + value


def pack(kind: int, this: int = 0, footer: int = 0, major: int = 1) -> bytes:
    value = struct.pack(">HHIQQQQQIQI", major, 3, 1, this, 0, footer, 0, 0, 0, 0, 1)
    return klv(PARTITION + bytes([1]) + kind.to_bytes(2) + b"\0", value + bytes(24))


def descriptor(kind: int, **items: bytes) -> bytes:
    value = b"".join(
        struct.pack(">HH", int(tag[1:], 16), len(item)) + item for tag, item in items.items()
    )
    return klv(SET[:14] + bytes([kind, 0]), value)


PICTURE = descriptor(
    0x28, x3203=struct.pack(">I", 1920), x3202=struct.pack(">I", 540), x320C=b"\1",
    x3301=struct.pack(">I", 10), x3201=VC3,
)  # fmt: skip
SOUND = descriptor(0x48, x3D07=struct.pack(">I", 6), x3D01=struct.pack(">I", 24))
FACTS = Facts("mxf", 1920, 1080, None, "10", "dnxhd")


def mxf(
    *,
    essence: bytes = klv(ESSENCE, CLIP),
    header: int = HEADER,
    said: bool = True,
    index: bool = True,
) -> bytes:
    """Compose one; `said` is whether the header says where the footer is."""
    sets = klv(FILLER, bytes(300)) + SOUND + PICTURE
    at = len(pack(header) + sets + essence)
    tail = pack(FOOTER, at, at) + klv(FILLER, bytes(400))
    if index:
        value = struct.pack(">IQIQ", 0, 0, 0, at)
        tail += klv(PARTITION + b"\1\x11\1\0", value + struct.pack(">I", INDEX_BYTES))
    return pack(header, 0, at if said else 0) + sets + essence + tail


FRAMES = klv(ESSENCE, b"\x8a\xf0" * 50) * 700
MXF, OPEN = mxf(), mxf(header=OPEN_HEADER, said=False)
FOOTER_AT = MXF.rindex(PARTITION, 0, -INDEX_BYTES)


def test_its_parts_are_what_they_should_be() -> None:
    assert MXF[FOOTER_AT:].startswith(PARTITION + b"\1\4\4\0")
    assert MXF[-INDEX_BYTES:].startswith(PARTITION + b"\1\x11\1\0")


@pytest.mark.parametrize(
    "data",
    [
        MXF,
        OPEN,
        mxf(index=False),
        mxf(index=False) + b"\0" * 100,
        mxf(header=OPEN_HEADER, said=False, index=False),
        mxf(header=OPEN_HEADER, said=False, index=False, essence=FRAMES),
        b"#!/bin/sh\n" * 300 + MXF,
        b"\0" * 60_000 + mxf(index=False),
        MXF[:FOOTER_AT] + b"\0" * 200,
    ],
)
def test_a_whole_mxf_is_well(data: bytes) -> None:
    assert knows(memoryview(data))
    found = look_at(check, data)
    assert found[1:] == (None, "")
    assert found.facts == FACTS or data[:1] == b"\0"
    assert kind_of(check, data, head=65_536) is None


@pytest.mark.parametrize("before", [b"", b"#!/bin/sh\n" * 30])
def test_a_cut_mxf_is_told(before: bytes) -> None:
    data = before + MXF
    footers = range(len(before) + FOOTER_AT + 1, len(data))
    boundary = {len(data) - INDEX_BYTES, len(before) + FOOTER_AT + len(pack(FOOTER))}
    for cut in [*range(len(before) + 14, 3000), len(data) // 2, *footers]:
        kind = kind_of(check, data[:cut])
        assert kind is (None if cut in boundary else Kind.TRUNCATED), cut


def test_a_cut_is_told_in_bytes() -> None:
    found = look_at(check, MXF[:50_000])
    assert found.detail == f"ends at 50,000 bytes, where its footer is announced at {FOOTER_AT:,}"
    assert look_at(check, MXF[:-1]).detail == (
        f"ends at {len(MXF) - 1:,} of {len(MXF):,} bytes announced"
    )
    assert found.facts == FACTS


def test_a_cut_open_mxf_is_told() -> None:
    assert kind_of(check, OPEN[:50_000]) is Kind.TRUNCATED
    data = mxf(header=OPEN_HEADER, said=False, essence=FRAMES)[:60_000]
    detail = "the header is open, and no footer in the last 60,000 bytes: never finalised"
    assert look_at(check, data)[1:] == (Kind.INCOMPLETE, detail)
    assert kind_of(check, data, head=20_000) is Kind.INCOMPLETE


def test_what_it_does_not_understand_is_left_alone() -> None:
    assert look_at(check, pack(HEADER, major=2) + CLIP) == NOTHING
    assert look_at(check, pack(BODY) + CLIP) == NOTHING
    assert kind_of(check, mxf(said=False, index=False, essence=FRAMES)[:60_000]) is None
    wrong = pack(HEADER, 0, 500) + MXF[len(pack(HEADER)) : -INDEX_BYTES]
    assert kind_of(check, wrong) is None


def test_sound_alone_is_told_of() -> None:
    data = MXF.replace(PICTURE, klv(FILLER, bytes(len(PICTURE) - 20)))
    assert look_at(check, data).facts == Facts("mxf", None, None, "6", "24", None)


@pytest.mark.parametrize("data", [b"abcd\n", bytes(70_000), b"RIFF" * 20_000, PARTITION[1:] * 9])
def test_what_is_no_mxf_is_told(data: bytes) -> None:
    assert not knows(memoryview(data))
    assert kind_of(check, data) is Kind.BAD_MAGIC


@given(st.binary(min_size=1, max_size=400), st.integers(8, 500))
def test_nothing_upsets_it(data: bytes, head: int) -> None:
    for start in (b"", PARTITION, pack(HEADER), pack(OPEN_HEADER), pack(HEADER, 0, 124), SET):
        look_at(check, start + data, head)


@given(damaged(mxf(essence=FRAMES[:900])), damaged(OPEN[:3000]), st.integers(8, 3000))
def test_no_damage_upsets_it(data: bytes, other: bytes, head: int) -> None:
    look_at(check, data, head)
    look_at(check, other, head)


def test_nothing_is_read_where_no_file_ends() -> None:
    endless = PARTITION + b"\1\2\4\0\x88" + b"\xff" * 8
    assert kind_of(check, endless + bytes([0, 1]) + bytes(300)) is Kind.TRUNCATED
    assert kind_of(check, pack(HEADER, 0, (1 << 64) - 1) + CLIP) is Kind.TRUNCATED


def test_little_is_read_of_what_never_ends() -> None:
    far = klv(ESSENCE, bytes(70_000)) * 300
    found = look_at(check, mxf(header=OPEN_HEADER, said=False, index=False) + far)
    assert found.detail.endswith("no footer in the last 2,064,384 bytes: never finalised")
    assert kind_of(check, MXF[: FOOTER_AT + len(pack(FOOTER))] + far[:-9]) is None
