"""Which frames are made, what they are called, and which are damaged: nothing is written here."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_kinds import KINDS, Kind, look_of
from qc_asset_crawler.errors import Stopped, StopRequestedError, UsageError
from qc_asset_crawler.fakeseq.bake import Bakery
from qc_asset_crawler.fakeseq.chance import chance, sample, shuffled
from qc_asset_crawler.fakeseq.frames import MOST_RUNS, Frames, number_frames
from qc_asset_crawler.fakeseq.harm import choose_harm
from qc_asset_crawler.fakeseq.names import name_sequence
from qc_asset_crawler.fakeseq.plan import FakePlan, make_plan
from qc_asset_crawler.fakeseq.request import Damage, FakeRequest, Look, Naming, Numbering
from qc_asset_crawler.model import describe
from qc_asset_crawler.ranges import format_runs, runs_of
from qc_asset_crawler.sequences.grouping import group_frames

PLATE = Naming(base="plate")


def frames_of(seed: int = 0, **asked: Any) -> Frames:
    return number_frames(Numbering(**asked), seed)


def written(frames: Frames) -> str:
    return format_runs(tuple(frames.runs()))


# -- which frames -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "frames"),
    [
        ({}, "1001-1024"),
        ({"frames": 1}, "1001"),
        ({"start": 0, "frames": 3}, "0-2"),
        ({"start": 1001, "end": 1001}, "1001"),
        ({"start": 7, "end": 10}, "7-10"),
        ({"step": 2, "frames": 3}, "1001,1003,1005"),
        ({"step": 10, "end": 1030}, "1001,1011,1021"),
        ({"step": 10, "end": 1031}, "1001,1011,1021,1031"),
        ({"step": 10, "end": 1005}, "1001"),
        ({"frames": 2, "holes": 3}, "1001,1005"),
        ({"frames": 3, "ranges": 3}, "1001,1003,1005"),
        ({"start": 1, "end": 9, "holes": 7}, "1,9"),
        ({"holes": 0}, "1001-1024"),
        ({"ranges": 1}, "1001-1024"),
    ],
)
def test_the_frames_that_are_asked_for(asked: dict[str, int], frames: str) -> None:
    assert written(frames_of(**asked)) == frames


IMPOSSIBLE = [
    ({"end": 1000}, "--end 1000 comes before --start 1001"),
    ({"end": 1010, "frames": 3}, "--frames"),
    ({"frames": 0}, "--frames"),
    ({"frames": -1}, "--frames"),
    ({"start": -1}, "--start"),
    ({"end": -1}, "--end"),
    ({"step": 0}, "--step"),
    ({"holes": -1}, "--holes"),
    ({"ranges": 0}, "--ranges"),
    ({"step": 2, "holes": 1}, "--step"),
    ({"step": 2, "ranges": 2}, "--step"),
    ({"frames": 1, "holes": 1}, "no holes"),
    ({"ranges": 1, "holes": 1}, "one run"),
    ({"ranges": 3, "frames": 2}, "2 frames"),
    ({"ranges": 5, "holes": 3}, "4 holes"),
    ({"start": 1, "end": 5, "holes": 4}, "between 1 and 5"),
    ({"start": 1, "end": 5, "holes": 9}, "between 1 and 5"),
    ({"start": 1, "end": 1, "holes": 1}, "between 1 and 1"),
    ({"start": 1, "end": 4, "ranges": 3}, "2 frames"),
    ({"start": 2**31 - 1, "frames": 2}, "2147483647"),
    ({"start": 2**31}, "2147483647"),
    ({"frames": 10**12}, "2147483647"),
    ({"frames": 10**8, "holes": 10**8, "ranges": 10**6 + 1}, "--ranges is at most 1,000,000"),
]


@pytest.mark.parametrize(("asked", "names"), IMPOSSIBLE)
def test_what_is_impossible_is_a_usage_error(asked: dict[str, int], names: str) -> None:
    with pytest.raises(UsageError, match=names):
        frames_of(**asked)


@given(st.data())
def test_frames_holes_and_runs_are_as_asked_and_as_the_crawler_counts_them(data: Any) -> None:
    count = data.draw(st.integers(1, 40), "frames")
    runs = data.draw(st.none() | st.integers(1, count), "ranges")
    least = 0 if runs is None else runs - 1
    most = least + 30 if count > 1 and runs != 1 else 0
    holes = data.draw(st.none() | st.integers(least, most), "holes")
    start = data.draw(st.integers(0, 99990), "start")
    seed = data.draw(st.integers(0, 2**63 - 1), "seed")
    frames = frames_of(seed, start=start, frames=count, holes=holes, ranges=runs)
    key = name_sequence(Naming(base="plate", pad=data.draw(st.integers(1, 8), "pad")), frames)
    (sequence,), rest = group_frames(key.name(number) for number in frames)
    assert rest == []
    seen = describe(sequence)
    assert (seen.key, seen.frame_min, seen.frame_count) == (key, start, count)
    assert seen.holes == frames.holes == (least if holes is None else holes)
    assert seen.range_count == frames.range_count
    assert runs is None or seen.range_count == runs
    assert seen.frames == written(frames)


@given(st.integers(0, 2000), st.integers(0, 60), st.integers(1, 9))
def test_a_step_counts_its_holes_and_runs_too(start: int, more: int, step: int) -> None:
    frames = frames_of(start=start, end=start + more, step=step)
    assert list(frames) == list(range(start, start + more + 1, step))
    (sequence,), _ = group_frames(name_sequence(PLATE, frames).name(n) for n in frames)
    assert describe(sequence).holes == frames.holes
    assert describe(sequence).range_count == frames.range_count


@given(st.integers(2, 50), st.integers(0, 48), st.integers(0, 99))
def test_between_start_and_end_the_first_and_the_last_stay(
    span: int, holes: int, seed: int
) -> None:
    holes = min(holes, span - 2)
    frames = frames_of(seed, start=5, end=4 + span, holes=holes)
    assert (frames.first, frames.last) == (5, 4 + span)
    assert (len(frames), frames.holes) == (span - holes, holes)


@given(st.integers(1, 30), st.integers(0, 20), st.integers(0, 99))
def test_a_frame_is_found_by_index_and_by_number(count: int, holes: int, seed: int) -> None:
    frames = frames_of(seed, frames=count, holes=holes if count > 1 else 0)
    numbers = list(frames)
    assert [frames.at(index) for index in range(len(frames))] == numbers
    around = range(990, frames.last + 5)
    assert [number for number in around if number in frames] == numbers


def test_the_seed_decides_and_nothing_else() -> None:
    asked = {"frames": 50, "holes": 20}
    assert len({written(frames_of(seed, **asked)) for seed in range(20)}) > 15
    assert frames_of(3, **asked) == frames_of(3, **asked)
    # Written down, because they must be the same on every machine and every Python.
    assert written(frames_of(1, frames=9, holes=6, ranges=4)) == GOLDEN_RUNS


GOLDEN_RUNS = "1001-1003,1005-1007,1010,1014-1015"


def test_no_list_is_as_long_as_a_gap_or_a_run() -> None:
    frames = frames_of(start=0, frames=10**9, holes=10**9, ranges=3)
    assert (len(frames), frames.holes, frames.range_count) == (10**9, 10**9, 3)
    assert len(frames.pieces) == 3


def test_chance_makes_no_more_runs_than_may_be_asked_for() -> None:
    runs = frames_of(seed=1, frames=10**9, holes=10**9).range_count
    assert 0.9 * MOST_RUNS < runs <= MOST_RUNS


# -- chance -------------------------------------------------------------------------------------


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 2**40))
def test_a_sample_is_so_many_different_numbers(count: int, more: int, seed: int) -> None:
    chosen = sample(count, count + more, chance(seed, "test"))
    assert len(set(chosen)) == count
    assert chosen == sorted(chosen)
    assert all(0 <= number < count + more for number in chosen)
    assert sorted(shuffled(chosen, chance(seed, "test"))) == chosen


def test_each_purpose_has_chance_of_its_own() -> None:
    assert chance(0, "runs")() != chance(0, "damage")()
    assert chance(0, "runs")() != chance(1, "runs")()


# -- names --------------------------------------------------------------------------------------

NAMES = [
    (Naming(base="plate"), "plate.%04d.exr"),
    (Naming(base="plate", pad=6), "plate.%06d.exr"),
    (Naming(base="plate", pad=1), "plate.%04d.exr"),
    (Naming(base="plate", ext="dpx"), "plate.%04d.dpx"),
    (Naming(base="a.b_v2"), "a.b_v2.%04d.exr"),
    (Naming(base="100%"), "100%%.%04d.exr"),
    (Naming(like="plate.%04d.exr"), "plate.%04d.exr"),
    (Naming(like="/jobs/a.1/reel3_%06d.tif"), "reel3_%06d.tif"),
    (Naming(like="bg-000123.DPX"), "bg-%06d.DPX"),
    (Naming(like="1001.png"), "%04d.png"),
    (Naming(like="render0042.jpg"), "render%04d.jpg"),
    (Naming(like="x.%d.exr"), "x.%04d.exr"),
    (Naming(like="100%%.%05d.exr"), "100%%.%05d.exr"),
    (Naming(like="bg-000123.DPX", pad=4, ext="exr"), "bg-%04d.exr"),
]


@pytest.mark.parametrize(("asked", "pattern"), NAMES)
def test_names(asked: Naming, pattern: str) -> None:
    assert name_sequence(asked, frames_of()).pattern == pattern


NO_NAMES = [
    (Naming(), "--base"),
    (Naming(base="a", like="b.1.exr"), "--base"),
    (Naming(base=""), "empty"),
    (Naming(base="a/b"), "a/b"),
    (Naming(base="a\0"), "NUL"),
    (Naming(base=".a"), "hidden"),
    (Naming(base="x" * 250), "255"),
    (Naming(base="a", pad=0), "--pad"),
    (Naming(base="a", pad=256), "--pad"),
    (Naming(base="a", pad=254), "255"),
    (Naming(like="plate.exr"), "frame number"),
    (Naming(like="plate"), "frame number"),
    (Naming(like=""), "frame number"),
    (Naming(like="shots/"), "frame number"),
    (Naming(like="plate.####.exr"), "plate.%04d.exr"),
    (Naming(like=".plate.%04d.exr"), "hidden"),
    (Naming(like="a\0.%04d.exr"), "no name"),
    (Naming(like="take2%04d.exr"), "digit"),
    (Naming(base="a", ext="tga"), "exr, dpx, tif, tiff, png, jpg, jpeg"),
    (Naming(base="a", ext=""), "--ext"),
    (Naming(like="plate.%04d.mov"), "mov"),
]


@pytest.mark.parametrize(("asked", "names"), NO_NAMES)
def test_names_that_cannot_be(asked: Naming, names: str) -> None:
    with pytest.raises(UsageError, match=names.replace(".", r"\.")):
        make_plan(FakeRequest(asked))


# -- damage -------------------------------------------------------------------------------------


@given(st.data())
def test_damage_is_as_much_as_asked_and_befalls_no_frame_twice(data: Any) -> None:
    count = data.draw(st.integers(2, 60), "frames")
    holes = data.draw(st.integers(0, 20), "holes")
    seed = data.draw(st.integers(0, 2**63 - 1), "seed")
    frames = frames_of(seed, frames=count, holes=holes)
    pairs = sum(len(piece) // 2 for piece in frames.pieces)
    frozen = data.draw(st.integers(0, pairs), "frozen")
    left = count - 2 * frozen
    asked = [(Damage.FROZEN, frozen)] if frozen else []
    for kind in (Damage.ZERO, Damage.TRUNCATED, Damage.HEADER, Damage.RESOLUTION):
        number = data.draw(st.integers(0, left), kind)
        left -= number
        asked += [(kind, number)] if number else []
    harm = choose_harm(frames, asked, seed)
    assert sorted((one.kind, len(one.frames)) for one in harm) == sorted(asked)
    harmed = [number for one in harm for number in one.frames]
    assert len(set(harmed)) == len(harmed)
    for one in harm:
        assert list(one.frames) == sorted(one.frames)
        assert all(number in frames for number in one.frames)
        if one.kind is Damage.FROZEN:
            repeated = [number - 1 for number in one.frames]
            assert all(number in frames and number not in harmed for number in repeated)


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ([(Damage.ZERO, 25)], "25 frames, and 24"),
        ([(Damage.FROZEN, 13)], "12 frames"),
        ([(Damage.FROZEN, 12), (Damage.ZERO, 1)], "0 are free"),
        ([(Damage.ZERO, 10**9)], "the most is 1,000,000"),
        ([(Damage.FROZEN, 10**6 + 1)], "the most is 1,000,000"),
        ([(Damage.ZERO, 0)], "at least 1"),
        ([(Damage.ZERO, 1), (Damage.ZERO, 1)], "twice"),
    ],
)
def test_damage_that_cannot_be(asked: list[tuple[Damage, int]], names: str) -> None:
    with pytest.raises(UsageError, match=names):
        choose_harm(frames_of(), asked, 0)


HARM = (
    (Damage.FROZEN, 2), (Damage.ZERO, 2), (Damage.TRUNCATED, 1), (Damage.HEADER, 3),
    (Damage.RESOLUTION, 2),
)  # fmt: skip


def harmed(seed: int, **asked: int) -> dict[str, str]:
    harm = choose_harm(frames_of(3, **asked), HARM, seed)
    return {one.kind.value: format_runs(runs_of(one.frames)) for one in harm}


# Written down, because they must be the same on every machine and every Python.
GOLDEN_HARM: list[tuple[int, dict[str, int], dict[str, str]]] = [
    (
        0,
        {},
        {
            "frozen": "1006,1012",
            "header": "1007,1014-1015",
            "resolution": "1003,1019",
            "truncated": "1002",
            "zero": "1004,1021",
        },
    ),
    (
        1,
        {},
        {
            "frozen": "1004,1016",
            "header": "1009,1018,1020",
            "resolution": "1007,1017",
            "truncated": "1021",
            "zero": "1002,1024",
        },
    ),
    (
        2**63 - 1,
        {"frames": 60, "holes": 20},
        {
            "frozen": "1057,1071",
            "header": "1016,1063,1076",
            "resolution": "1026,1074",
            "truncated": "1075",
            "zero": "1046,1054",
        },
    ),
    (
        7,
        {"start": 0, "frames": 10**9, "holes": 10**8, "ranges": 4},
        {
            "frozen": "516819178,980545196",
            "header": "382069764,428197517,448799761",
            "resolution": "317967148,682224198",
            "truncated": "278203102",
            "zero": "110560107,604059476",
        },
    ),
]


@pytest.mark.parametrize(("seed", "asked", "frames"), GOLDEN_HARM)
def test_the_seed_damages_these_frames(
    seed: int, asked: dict[str, int], frames: dict[str, str]
) -> None:
    assert harmed(seed, **asked) == frames


def test_another_seed_damages_other_frames() -> None:
    for damage in Damage:
        chosen = {choose_harm(frames_of(), [(damage, 3)], seed) for seed in range(20)}
        assert len(chosen) > 15


def test_more_damage_than_fits_into_memory_is_refused() -> None:
    asked = [(Damage.ZERO, 600_000), (Damage.HEADER, 600_000)]
    with pytest.raises(UsageError, match="1,200,000 frames; the most is 1,000,000"):
        choose_harm(frames_of(frames=10**9), asked, 0)


def test_no_frame_is_frozen_where_every_number_stands_alone() -> None:
    with pytest.raises(UsageError, match="0 frames"):
        choose_harm(frames_of(step=2), [(Damage.FROZEN, 1)], 0)


# -- what is left to check before anything is written -------------------------------------------


@pytest.mark.parametrize(
    ("look", "names"),
    [
        (Look(width=0), "0x36"),
        (Look(height=-1), "64x-1"),
        (Look(width=10**6, height=10**6), "too large"),
        (Look(width=65536, height=1), "exr: at most 67,108,864 pixels, 65,535 a side"),
        (Look(bytes=-1), "--bytes"),
        (Look(bytes=1), "the image needs 14863"),
        (Look(bytes=14862), "the image needs 14863"),
    ],
)
def test_pictures_that_cannot_be(look: Look, names: str) -> None:
    with pytest.raises(UsageError, match=names):
        Bakery(make_plan(FakeRequest(PLATE, look=look))).measure()


@pytest.mark.parametrize("seed", [-1, 2**63])
def test_seeds_that_cannot_be(seed: int) -> None:
    with pytest.raises(UsageError, match="--seed"):
        make_plan(FakeRequest(PLATE, seed=seed))


def test_empty_files_cannot_be_damaged_further() -> None:
    for kind in set(Damage) - {Damage.ZERO}:
        with pytest.raises(UsageError, match="--bytes 0"):
            make_plan(FakeRequest(PLATE, look=Look(bytes=0), damage=((kind, 1),)))
    make_plan(FakeRequest(PLATE, look=Look(bytes=0), damage=((Damage.ZERO, 1),)))


EXTS = ["exr", "dpx", "tif", "png", "jpg"]


@given(
    st.sampled_from(EXTS),
    st.integers(1, 40),
    st.integers(1, 20),
    st.integers(0, 2**31 - 4),
    st.integers(0, 99),
)
def test_every_frame_has_bytes_of_its_own(
    ext: str, width: int, height: int, start: int, seed: int
) -> None:
    asked = FakeRequest(
        Naming(base="plate", ext=ext), Numbering(start, frames=3), Look(width, height), seed=seed
    )
    plan = make_plan(asked)
    bakery = Bakery(plan)
    frames = [bytes(bakery.bake(number).data) for number in plan.frames]
    assert len(set(frames)) == 3
    again = [bytes(bakery.bake(number).data) for number in reversed(range(start, start + 3))]
    assert again == frames[::-1]


def baked_sizes(plan: FakePlan) -> list[int]:
    bakery = Bakery(plan)
    return [sum(map(len, bakery.bake(number).parts())) for number in plan.frames]


@pytest.mark.parametrize("start", [1001, 9, 98, 9998])
@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_measured_sizes_are_what_is_baked(kind: Kind, start: int) -> None:
    harm = tuple((damage, 2) for damage in Damage)

    def asked(size: int | None = None, harm: tuple[tuple[Damage, int], ...] = ()) -> FakePlan:
        look = look_of(kind, Look(bytes=size))
        naming = Naming(base="plate", ext=kind.ext, pad=1)
        return make_plan(FakeRequest(naming, Numbering(start), look, damage=harm))

    whole, sizes = baked_sizes(asked()), Bakery(asked()).measure()
    assert sizes.total == sum(whole)
    assert sizes.each == (whole[0] if len(set(whole)) == 1 else None)
    assert Bakery(asked()).sizes_are_known == (kind.ext != "jpg" and kind.compression == "none")
    if Bakery(asked()).sizes_are_known:
        assert sizes.each is not None
    sizes = Bakery(asked(harm=harm)).measure()
    assert (sizes.total, sizes.each) == (sum(baked_sizes(asked(harm=harm))), None)
    for size in (max(whole), 40_000):
        assert set(baked_sizes(asked(size))) == {size}
        assert Bakery(asked(size)).measure().each == size
    needed = f"the image needs {max(whole)}"
    with pytest.raises(UsageError, match=needed):
        Bakery(asked(max(whole) - 1)).measure()
    with pytest.raises(UsageError, match=needed):
        baked_sizes(asked(max(whole) - 1))


def asks(times: int) -> Stopped:
    """Return what asks to stop when it has been asked so many times."""
    left = iter(range(times))
    return lambda: next(left, None) is None


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_drawing_and_measuring_can_be_called_off(kind: Kind) -> None:
    plan = make_plan(FakeRequest(Naming(base="plate", ext=kind.ext), look=look_of(kind)))
    rows = plan.shape.picture.height
    with pytest.raises(StopRequestedError):
        Bakery(plan, asks(rows - 1))
    blocks = -(-rows // 16) if kind.compression == "zip" else 0
    if blocks:
        with pytest.raises(StopRequestedError):
            Bakery(plan, asks(rows + blocks - 1))
        with pytest.raises(StopRequestedError):
            Bakery(plan, asks(rows + blocks)).bake(1001)
    with pytest.raises(StopRequestedError):
        Bakery(plan, asks(rows + blocks)).measure()


def test_numbers_rise_without_overlap() -> None:
    for seed in range(50):
        frames = frames_of(seed, frames=30, holes=12)
        assert all(before < after for before, after in pairwise(frames))
