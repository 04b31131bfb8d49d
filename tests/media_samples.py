"""Samples of films and sound, and what every look at them keeps to."""

import struct

from hypothesis import strategies as st

from qc_asset_crawler.findings.values import HEAD_BYTES, Check, Kind, Look, Sample

MOST_READS = 200


def chunk(name: bytes, body: bytes, size: int | None = None, order: str = "<") -> bytes:
    """Compose a chunk, of another size than it has if so wanted."""
    said = len(body) if size is None else size
    return name + struct.pack(f"{order}I", said) + body + b"\0" * (len(body) % 2)


def look_at(check: Check, data: bytes, head: int = HEAD_BYTES) -> Look:
    """Look at some bytes, of which so many are at hand; see that little else is read."""
    reads = []

    def read(offset: int, count: int) -> bytes:
        assert 0 <= offset <= len(data) + 1  # after the padding of what is last
        assert 0 <= count <= HEAD_BYTES + 16
        reads.append(count)
        return data[offset : offset + count]

    found = check(Sample(len(data), memoryview(data)[:head], read))
    assert len(reads) <= MOST_READS
    assert "\n" not in found.detail
    assert bool(found.kind) == bool(found.detail)
    return found


def kind_of(check: Check, data: bytes, head: int = HEAD_BYTES) -> Kind | None:
    return look_at(check, data, head).kind


def damaged(data: bytes) -> st.SearchStrategy[bytes]:
    """Give some bytes cut and with bytes flipped, anywhere."""

    def harm(cut: int, flips: list[tuple[int, int]]) -> bytes:
        harmed = bytearray(data)
        for at, value in flips:
            harmed[at] = value
        return bytes(harmed[:cut])

    at = st.integers(0, len(data) - 1)
    flips = st.lists(st.tuples(at, st.integers(0, 255)), max_size=8)
    return st.builds(harm, st.integers(1, len(data)), flips)
