"""What was told of a file holds for those alike; each is told as if it were the only one."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_kinds import KINDS, bakery_of
from findings_samples import harmed, sample_of
from qc_asset_crawler.fakeseq.request import Look as LookOfFake
from qc_asset_crawler.findings import dpx, exr, jpeg, tiff
from qc_asset_crawler.findings.alike import Beginning, Remembering
from qc_asset_crawler.findings.checks import looker
from qc_asset_crawler.findings.values import Check, Look, Sample

FORMATS = sorted({kind.ext for kind in KINDS})
HEADS = (1 << 16, 900)


@cache
def frames(ext: str) -> tuple[bytes, ...]:
    """Bake two frames of each kind of a format: they differ in little."""
    kinds = [kind for kind in KINDS if kind.ext == ext]
    bakeries = [bakery_of(kind, LookOfFake(32, 20)) for kind in kinds]
    return tuple(
        b"".join(bakery.bake(number).parts()) for bakery in bakeries for number in (1001, 1002)
    )


def files_of(exts: list[str]) -> st.SearchStrategy[list[bytes]]:
    """Draw a few files, good, cut and flipped, each of them several times and in any order."""
    good = st.sampled_from([data for ext in exts for data in frames(ext)])
    few = st.lists(good | good.flatmap(harmed), min_size=1, max_size=3)
    return few.flatmap(lambda some: st.lists(st.sampled_from(some), min_size=3, max_size=8))


def looks_are_those_of_fresh_ones(name: str, files: list[bytes]) -> None:
    for head in HEADS:
        look = looker()
        for data in files:
            assert look(name, sample_of(data, head)) == looker()(name, sample_of(data, head))


@pytest.mark.parametrize("ext", FORMATS)
@given(data=st.data())
def test_each_file_is_told_as_if_it_were_the_only_one(ext: str, data: st.DataObject) -> None:
    looks_are_those_of_fresh_ones(f"a.{ext}", data.draw(files_of([ext])))


@given(files_of(FORMATS))
def test_formats_do_not_mix(files: list[bytes]) -> None:
    looks_are_those_of_fresh_ones("a.tif", files)


@pytest.mark.parametrize("ext", FORMATS)
def test_one_other_byte_anywhere_is_seen_as_by_a_fresh_one(ext: str) -> None:
    good, other = frames(ext)[:2]
    for at in range(min(len(good), 1000)):
        flipped = bytearray(other)
        flipped[at % len(other)] ^= 0x11
        looks_are_those_of_fresh_ones(f"a.{ext}", [good, good, good, bytes(flipped)])


@pytest.mark.parametrize("ext", FORMATS)
def test_frames_that_are_cut_alike_are_told_from_whole_ones(ext: str) -> None:
    good, other = frames(ext)[:2]
    for end in (-1, -20, len(good) // 2, 40):
        cut = good[:end]
        looks_are_those_of_fresh_ones(f"a.{ext}", [good, other, good, cut, cut, cut, good, good])


@pytest.mark.parametrize(("ext", "check"), [("dpx", dpx.check), ("tif", tiff.check)])
def test_frames_that_differ_in_what_does_not_matter_are_looked_at_once(
    ext: str, check: Check
) -> None:
    asked = []

    def counted(sample: Sample) -> Look:
        asked.append(sample.size)
        return check(sample)

    remembering, (one, two) = Remembering(counted), frames(ext)[:2]
    assert one != two
    looks = [remembering(sample_of(data)) for data in (one, two, one, two)]
    assert len(asked) == 2  # the size of the first one alone is kept
    assert looks[1] is looks[2] is looks[3]
    assert looks[0] == looks[1]


def test_what_is_read_beyond_the_first_bytes_is_read_again() -> None:
    one, two = b"a" * 100, b"a" * 99 + b"b"
    last = Remembering(lambda sample: Look(detail=sample.at(99, 1).decode()))
    told = [last(sample_of(data, 50)).detail for data in (one, one, one, two, two, one)]
    assert "".join(told) == "aaabba"


def test_what_could_not_be_read_of_a_shrinking_file_is_not_remembered() -> None:
    last = Remembering(lambda sample: Look(detail=sample.at(99, 1).decode()))
    whole = sample_of(b"a" * 100, 50)
    shrunk = whole._replace(read=lambda offset, count: b"")
    assert [last(one).detail for one in (shrunk, shrunk, whole)] == ["", "", "a"]


def test_alike_blocks_of_an_exr_are_looked_at_once() -> None:
    cut = [data[:-1] for data in frames("exr")[:2]]
    checker = exr.Checker()
    looks = [checker(sample_of(cut[at])) for at in (0, 1, 0, 1)]
    assert looks[1] is looks[2] is looks[3]
    assert looks[0] == looks[1]


def test_a_comment_does_not_matter_in_a_jpeg() -> None:
    one, two = frames("jpg")[:2]
    checker = jpeg.Checker()
    first = checker(sample_of(one))
    assert one != two
    assert checker(sample_of(two)) is first


@given(st.binary(min_size=1, max_size=12), st.binary(min_size=1, max_size=12), st.data())
def test_a_beginning_is_of_what_is_alike_but_for_the_others(
    one: bytes, two: bytes, data: st.DataObject
) -> None:
    end = data.draw(st.integers(0, len(one)))
    before, after = sorted(data.draw(st.tuples(st.integers(0, end), st.integers(0, end))))
    beginning = Beginning(memoryview(one), end, [(before, after)])
    alike = one[:before] == two[:before] and one[after:end] == two[after:end]
    assert beginning.is_of(memoryview(two)) is (alike and len(two) >= end)
