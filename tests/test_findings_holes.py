"""Which frames are missing: holes, steps that are none, and what is expected beyond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_asset_crawler.findings.holes import grid_of, missing_frames, subtract
from qc_asset_crawler.ranges import Runs, parse_runs, runs_of

TWOS = ",".join(map(str, range(1001, 1020, 2)))
TWOS_BETWEEN = ",".join(map(str, range(1002, 1020, 2)))
TABLE = {
    "whole": ("1001-1100", "", None),
    "one hole": ("1001-1010,1012-1020", "", "1011"),
    "two holes": ("1001-1010,1012-1020,1030", "", "1011,1021-1029"),
    "on twos": ("1001,1003,1005,1007", "", None),
    "on twos, one missing": ("1001,1003,1007,1009", "", "1005"),
    "every tenth": ("10,20,30,50", "", "40"),
    "on twos but for a pair": ("1001,1003-1004,1006", "", "1002,1005"),
    "on twos, and the last frame": (f"{TWOS},1020", "", None),
    "on twos, and the first frame": (f"1000,{TWOS}", "", None),
    "on twos, and both": (f"1000,{TWOS},1020", "", None),
    "on twos, and one between": ("1001,1003,1005,1007,1009-1011,1013,1015,1017,1019", "", None),
    "on twos, one between, one missing": (f"{TWOS},1020,1023,1025,1027", "", "1021"),
    "on threes, and one between": ("1,4,7,10,13,16-17,19,22,25,28", "", None),
    "on twos, and the last frame far off": (f"{TWOS},1024", "", "1021,1023"),
    "on twos, and three more": (
        f"{TWOS},1022,1024,1026",
        "",
        TWOS_BETWEEN + ",1020-1021,1023,1025",
    ),
    "on twos, one out of two places": (
        "1001,1003,1005,1006,1008,1010",
        "",
        "1002,1004,1007,1009",
    ),
    "one frame": ("1001", "", None),
    "first absent": ("1005-1100", "1001-1100", "1001-1004"),
    "last absent": ("1001-1090", "1001-1100", "1091-1100"),
    "both, and a hole": ("1005-1006,1008-1090", "1001-1100", "1001-1004,1007,1091-1100"),
    "more there than expected": ("1001-1100", "1010-1020", None),
    "a hole nobody expected": ("1001-1010,1012-1020", "1001-1010,1012-1020", None),
    "a hole beyond what is expected": ("1001-1012,1015-1020", "1001-1010", "1013-1014"),
    "none there of those expected": ("", "1001-1010", "1001-1010"),
    "on twos, and all expected": (
        "1003,1005,1007,1009",
        "1001-1010",
        "1001-1002,1004,1006,1008,1010",
    ),
    "three frames seem to be in step": ("1001,1050,1099", "", "1002-1049,1051-1098"),
    "all expected absent": ("1-5", "1001-1003", "1001-1003"),
}


@pytest.mark.parametrize(("there", "expected", "missing"), TABLE.values(), ids=list(TABLE))
def test_what_is_missing(there: str, expected: str, missing: str | None) -> None:
    finding = missing_frames(parse_runs(there) if there else (), parse_runs(expected))
    assert (finding.frames if finding else None) == missing


def test_it_is_said_in_words() -> None:
    finding = missing_frames(parse_runs("1001,1003,1005,1009"))
    assert finding is not None
    assert finding.kind == "missing-frames"
    assert finding.detail == "1 frame is missing; every second one is there"
    finding = missing_frames(parse_runs("1001-1007"), parse_runs("1001-1009"))
    assert finding is not None
    assert finding.detail == "2 frames are missing of 1001-1009"


def test_a_gap_of_billions_takes_no_time_and_many_holes_are_counted() -> None:
    gap = missing_frames(((1, 2), (10**12, 10**12)))
    assert gap is not None
    assert gap.frames == f"3-{10**12 - 1}"
    steps = missing_frames(((0, 0), (2, 2), (4, 4), (2 * 10**12, 2 * 10**12)))
    assert steps is not None and steps.frames is not None
    assert len(parse_runs(steps.frames)) == 1000
    assert steps.detail.startswith("999,999,999,997 frames are missing")
    many = missing_frames(tuple((at, at + 1) for at in range(0, 9000, 3)))
    assert many is not None and many.frames is not None
    assert len(parse_runs(many.frames)) == 1000
    assert many.detail == "2,999 frames are missing; the first 1,000 runs are listed"


frames = st.sets(st.integers(0, 60), min_size=1).map(lambda found: runs_of(sorted(found)))


def numbers(runs: Runs) -> set[int]:
    return {frame for first, last in runs for frame in range(first, last + 1)}


@given(frames, frames)
def test_runs_are_taken_from_runs(one: Runs, other: Runs) -> None:
    left = subtract(one, other)
    assert numbers(left) == numbers(one) - numbers(other)
    assert left == runs_of(sorted(numbers(left)))


@given(frames, frames)
def test_what_is_missing_is_what_is_wanted_and_not_there(there: Runs, expected: Runs) -> None:
    for asked in ((), expected):
        finding = missing_frames(there, asked)
        missing = numbers(parse_runs(finding.frames or "")) if finding else set[int]()
        start, step = grid_of(there)
        in_step = set(range(start, there[-1][1] + 1, step))
        if asked:
            span = set(range(asked[0][0], asked[-1][1] + 1))
            in_step = numbers(asked) | (set() if step > 1 else in_step - span)
        assert missing == in_step - numbers(there)


@given(st.integers(0, 50), st.integers(2, 12), st.integers(12, 40), st.integers(0, 500))
def test_one_frame_between_those_in_step_makes_no_holes(
    start: int, step: int, count: int, more: int
) -> None:
    there = {start + at * step for at in range(count)}
    runs = runs_of(sorted(there | {start + more % (count * step)}))
    assert missing_frames(runs) is None
    assert grid_of(runs) == (start, step)


def test_a_run_of_billions_takes_no_time() -> None:
    assert grid_of(((1, 10**12), (10**12 + 2, 10**12 + 2))) == (1, 1)
