"""Bytes of pictures for the tests of checkers, and how to show them to one."""

from collections.abc import Callable, Iterator

from hypothesis import strategies as st

from fake_kinds import KINDS, Kind, bakery_of
from qc_asset_crawler.fakeseq.request import Look as FakeLook
from qc_asset_crawler.findings.values import Check, Look, Sample

HEAD = 65536
MOST_READS, MOST_BYTES = 250, HEAD + 64


def sample_of(data: bytes, head: int = HEAD) -> Sample:
    """Show bytes; whoever reads too often or too much fails."""
    reads = iter(range(MOST_READS))

    def read(offset: int, count: int) -> bytes:
        assert next(reads, None) is not None, "too many reads"
        assert 0 <= offset < 2**63
        assert 0 <= count <= MOST_BYTES
        return data[offset : offset + count]

    return Sample(len(data), memoryview(data)[:head], read)


def look_at(check: Check, data: bytes, head: int = HEAD) -> Look:
    return check(sample_of(data, head))


def frame(kind: Kind, width: int = 16, height: int = 9) -> bytes:
    """Bake a small frame."""
    return b"".join(bakery_of(kind, FakeLook(width, height)).bake(1001).parts())


def kinds_of(ext: str) -> list[Kind]:
    return [kind for kind in KINDS if kind.ext == ext]


def cuts(data: bytes) -> Iterator[bytes]:
    """Cut bytes at every length but none and all."""
    return (data[:end] for end in range(1, len(data)))


def hurt(good: list[bytes]) -> st.SearchStrategy[bytes]:
    """Flip some bytes of good files, cut them, and leave something behind them."""
    flips = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=8)
    ends = st.one_of(st.none(), st.integers(1, 2000))
    return st.builds(_hurt, st.sampled_from(good), flips, ends, st.binary(max_size=40))


def _hurt(data: bytes, flips: list[tuple[int, int]], end: int | None, behind: bytes) -> bytes:
    changed = bytearray(data)
    for at, value in flips:
        changed[at % len(changed)] = value
    return bytes(changed[:end]) + behind


def begun(marks: list[bytes]) -> st.SearchStrategy[bytes]:
    """Make up bytes that begin as a format does, or as none."""
    return st.builds(bytes.__add__, st.sampled_from([b"", *marks]), st.binary(max_size=300)).filter(
        bool
    )


def never_raises(check: Callable[[Sample], Look], data: bytes) -> None:
    """Show bytes whole, and by a head that holds next to none of them."""
    whole = look_at(check, data)
    assert look_at(check, data, head=64) == whole
    assert "\n" not in whole.detail
    assert bool(whole.kind) == bool(whole.detail)
    shrunk = sample_of(data, 64)._replace(size=len(data) + 1000)
    check(shrunk)
