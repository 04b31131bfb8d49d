"""Samples of files for the tests of checkers, which hold the checkers to their bounds."""

from collections.abc import Callable

from hypothesis import strategies as st

from qc_asset_crawler.findings.values import Look, Sample

MOST_READ, MOST_READS = 1 << 16, 200


def sample_of(data: bytes, head: int = 1 << 16) -> Sample:
    """Return a file's sample; it fails where a checker reads too much, or too often."""
    reads = 0

    def read(offset: int, count: int) -> bytes:
        nonlocal reads
        reads += 1
        assert reads <= MOST_READS
        assert 0 <= offset < 1 << 63
        assert 0 <= count <= MOST_READ
        return data[offset : offset + count]

    return Sample(len(data), memoryview(data)[:head], read)


def harmed(data: bytes) -> st.SearchStrategy[bytes]:
    """Return a file with a few bytes changed anywhere, but more often in its header; or cut."""
    places = st.integers(0, min(len(data), 1024) - 1) | st.integers(0, len(data) - 1)
    changes = st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)
    ends = st.just(len(data)) | st.integers(1, len(data))

    def harm(drawn: tuple[list[tuple[int, int]], int]) -> bytes:
        changed, end = bytearray(data), drawn[1]
        for place, value in drawn[0]:
            changed[place] = value
        return bytes(changed[:end])

    return st.tuples(changes, ends).map(harm)


def is_sound(check: Callable[[Sample], Look], data: bytes) -> None:
    """Look at a file whatever it is: at all of it, and where little of it is at hand."""
    for head in (1 << 16, 900):
        look = check(sample_of(data, head))
        assert bool(look.kind) == bool(look.detail)
        assert look.detail.isprintable()
        assert len(look.detail) < 200
        if look.facts and look.facts.channels:
            assert look.facts.channels.isprintable()
            assert len(look.facts.channels) < 400
