"""Which frames are missing: holes, steps that are none, and what is expected beyond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_asset_crawler.findings.holes import missing_frames, step_of, subtract
from qc_asset_crawler.ranges import Runs, parse_runs, runs_of

TABLE = {
    "whole": ("1001-1100", "", None),
    "one hole": ("1001-1010,1012-1020", "", "1011"),
    "two holes": ("1001-1010,1012-1020,1030", "", "1011,1021-1029"),
    "on twos": ("1001,1003,1005,1007", "", None),
    "on twos, one missing": ("1001,1003,1007,1009", "", "1005"),
    "every tenth": ("10,20,30,50", "", "40"),
    "on twos but for a pair": ("1001,1003-1004,1006", "", "1002,1005"),
    "one frame": ("1001", "", None),
    "first absent": ("1005-1100", "1001-1100", "1001-1004"),
    "last absent": ("1001-1090", "1001-1100", "1091-1100"),
    "both, and a hole": ("1005-1006,1008-1090", "1001-1100", "1001-1004,1007,1091-1100"),
    "more there than expected": ("1001-1100", "1010-1020", None),
    "a hole nobody expected": ("1001-1010,1012-1020", "1001-1010,1012-1020", None),
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
    finding = missing_frames(parse_runs(there), parse_runs(expected))
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
        in_step = set(range(there[0][0], there[-1][1] + 1, step_of(there)))
        assert missing == (numbers(asked) or in_step) - numbers(there)
