"""How an asset stands and whether it needs attention; what folders come to; strips. Pure."""

import pytest

from qc_asset_crawler.crawler.report import Problem, ProblemKind
from qc_asset_crawler.model import Finding, Sidecar
from qc_asset_crawler.ranges import Runs
from qc_asset_crawler.reports.judge import attention, flawed_row, recorded_row
from qc_asset_crawler.reports.strip import Cell, Run, draw, missing_of, strip_of
from qc_asset_crawler.reports.totals import by_folder
from qc_asset_crawler.reports.values import Concern, Kind, Reason, State
from report_rows import FAILED, PLATE, TRUNCATED, WITHDRAWN, file_row, passed, small_report
from samples import HASH_B, SINGLE, VERDICT

BY_ANNA = VERDICT._replace(operator="anna")
OF_NO_BYTES = BY_ANNA._replace(content_hash=None)
PASSED = passed(SINGLE)._replace(verdicts=(BY_ANNA,))
ON = "by anna on 2025-11-13"
STATES: dict[str, tuple[Sidecar, State, list[tuple[Concern, str]]]] = {
    "new": (SINGLE, State.PENDING, []),
    "passed": (PASSED, State.PASS, []),
    "failed": (
        SINGLE._replace(qc_result="fail", verdicts=(BY_ANNA, FAILED)),
        State.FAIL,
        [(Concern.FAIL, "failed by ben on 2025-11-13: wrong slate")],
    ),
    "failed, by no verdict": (
        SINGLE._replace(qc_result="fail"),
        State.FAIL,
        [(Concern.FAIL, "fail, but nobody's verdict says so")],
    ),
    "made anew after a fail": (
        SINGLE._replace(content_state="modified", content_hash=HASH_B, verdicts=(FAILED,)),
        State.PENDING,
        [],
    ),
    "modified since passed": (
        PASSED._replace(qc_result="pending", content_state="modified", content_hash=HASH_B),
        State.MODIFIED,
        [(Concern.MODIFIED, f"modified since it was passed {ON}")],
    ),
    "modified since passed, and the policy changed since": (
        PASSED._replace(qc_result="pending", content_state="unchanged", content_hash=HASH_B),
        State.MODIFIED,
        [(Concern.MODIFIED, f"modified since it was passed {ON}")],
    ),
    "says pass of other bytes": (
        PASSED._replace(content_hash=HASH_B),
        State.MODIFIED,
        [(Concern.MODIFIED, f"modified since it was passed {ON}")],
    ),
    "the passed bytes are back": (
        PASSED._replace(qc_result="pending", content_state="modified"),
        State.PENDING,
        [(Concern.PENDING, f"pending; same bytes as passed {ON}")],
    ),
    "withdrawn": (
        SINGLE._replace(verdicts=(BY_ANNA, WITHDRAWN)),
        State.PENDING,
        [(Concern.PENDING, f"pending; passed {ON}, withdrawn by cleo on 2025-11-13")],
    ),
    "a withdrawn fail": (SINGLE._replace(verdicts=(FAILED, WITHDRAWN)), State.PENDING, []),
    "says pass, by no verdict": (
        SINGLE._replace(qc_result="pass"),
        State.PENDING,
        [(Concern.UNKNOWN, "says pass, but nobody's last verdict does")],
    ),
    "says pass, against the last verdict": (
        SINGLE._replace(qc_result="pass", verdicts=(BY_ANNA, FAILED)),
        State.PENDING,
        [(Concern.UNKNOWN, "says pass, but nobody's last verdict does")],
    ),
    "says pass, and of which bytes is not recorded": (
        PASSED._replace(verdicts=(OF_NO_BYTES,)),
        State.PENDING,
        [(Concern.UNKNOWN, f"passed {ON}, of which bytes is not recorded")],
    ),
    "passed, of which bytes is not recorded, and changed since": (
        PASSED._replace(
            qc_result="pending", content_state="modified", verdicts=(BY_ANNA, OF_NO_BYTES)
        ),
        State.PENDING,
        [(Concern.UNKNOWN, f"passed {ON}, of which bytes is not recorded")],
    ),
    "passed, and which bytes are there is not recorded": (
        PASSED._replace(content_hash=None),
        State.PENDING,
        [(Concern.UNKNOWN, f"passed {ON}; which bytes it has is not recorded")],
    ),
    "passed, and no bytes are recorded at all": (
        PASSED._replace(content_hash=None, verdicts=(OF_NO_BYTES,)),
        State.PENDING,
        [(Concern.UNKNOWN, f"passed {ON}, of which bytes is not recorded")],
    ),
    "a word nobody knows": (
        SINGLE._replace(qc_result="o\nk"),
        State.PENDING,
        [(Concern.UNKNOWN, "qc_result is not known: o\\x0ak")],
    ),
    "a word nobody knows, of passed bytes": (
        PASSED._replace(qc_result="ok"),
        State.PENDING,
        [(Concern.UNKNOWN, "qc_result is not known: ok")],
    ),
    "missing": (SINGLE._replace(content_state="missing"), State.MISSING, []),
    "missing, was failed": (
        SINGLE._replace(content_state="missing", qc_result="fail", verdicts=(FAILED,)),
        State.MISSING,
        [],
    ),
    "missing, was passed": (
        PASSED._replace(content_state="missing"),
        State.MISSING,
        [(Concern.MISSING, f"missing; was passed {ON}")],
    ),
    "findings of what is missing": (
        SINGLE._replace(content_state="missing", findings=(TRUNCATED,)),
        State.MISSING,
        [],
    ),
    "passed, with a finding": (
        PASSED._replace(findings=(TRUNCATED,)),
        State.PASS,
        [(Concern.FINDING, "truncated 1002-1003: ends early")],
    ),
    "failed, with a finding": (
        SINGLE._replace(qc_result="fail", verdicts=(FAILED,), findings=(TRUNCATED,)),
        State.FAIL,
        [
            (Concern.FAIL, "failed by ben on 2025-11-13: wrong slate"),
            (Concern.FINDING, "truncated 1002-1003: ends early"),
        ],
    ),
}


@pytest.mark.parametrize("case", STATES)
def test_how_an_asset_stands_and_why_it_needs_attention(case: str) -> None:
    sidecar, state, reasons = STATES[case]
    row = recorded_row("/a", "cut.mov", ".qc/cut.mov.qc.json", sidecar)
    assert row.state is state
    assert row.reasons == tuple(Reason(*reason) for reason in reasons)


def test_what_no_crawl_has_found_gone_is_missing_in_its_strip_too() -> None:
    assert PLATE.sequence is not None
    sidecar = passed(PLATE)
    row = recorded_row("/a", PLATE.sequence.key, ".qc/x", sidecar, gone=True)
    assert row.state is State.MISSING
    text = "its media is not there any more; was passed by qc-artist on 2025-11-13"
    assert row.reasons == (Reason(Concern.MISSING, text),)
    assert strip_of(sidecar, gone=True) == (Run(M, 20),)
    recorded = recorded_row(
        "/a", PLATE.sequence.key, ".qc/x", sidecar._replace(content_state="missing"), gone=True
    )
    assert recorded.reasons[0].text.startswith("missing; was passed by")


def test_nothing_but_a_persons_pass_of_these_bytes_is_a_pass() -> None:
    verdicts = [
        (), (BY_ANNA,), (FAILED,), (BY_ANNA, FAILED), (BY_ANNA, WITHDRAWN), (OF_NO_BYTES,),
    ]  # fmt: skip
    passes = [
        (result, said)
        for result in ("pending", "fail", "pass", "passed", "PASS", "")
        for said in verdicts
        for content in (SINGLE.content_hash, HASH_B, None)
        for row in [
            file_row("x", SINGLE._replace(qc_result=result, verdicts=said, content_hash=content))
        ]
        if row.state is State.PASS
    ]
    assert passes == [("pass", (BY_ANNA,))]


def test_the_worst_comes_first_and_what_is_well_does_not_come_at_all() -> None:
    names = [row.name for row in attention(small_report().rows)]
    assert names == [
        "fail.mov",
        ".qc/x.qc.sequence.json",
        "modified.mov",
        "gone.mov",
        "same.mov",
        "plate.%04d.exr",
    ]


def test_a_sidecar_that_cannot_be_read_is_a_row_of_its_own() -> None:
    flaw = Problem(ProblemKind.BAD_SIDECAR, "/a/cut.mov.qc.json", "is not JSON")
    row = flawed_row("/a", "cut.mov", "cut.mov.qc.json", flaw)
    assert (row.state, row.kind, row.path) == (State.UNKNOWN, Kind.FILE, "/a/cut.mov")
    assert row.reasons == (Reason(Concern.UNKNOWN, "bad-sidecar: is not JSON"),)
    assert small_report(row).failures() == {"bad-sidecar": 1, "newer-sidecar": 1, "unreadable": 1}


def test_folders_are_summed_up_the_worst_first_and_without_what_is_missing() -> None:
    first, second = by_folder(small_report().rows)
    assert (first.path, first.assets, first.attention) == ("/jobs/show/sh010", 6, 5)
    assert first.states == {
        State.FAIL: 1, State.UNKNOWN: 0, State.MODIFIED: 1, State.MISSING: 1, State.PENDING: 2,
        State.PASS: 1,
    }  # fmt: skip
    assert (first.files, first.bytes) == (16 + 4, 16 * 4096 + 4 * 2048)
    assert (second.path, second.states[State.UNKNOWN]) == ("/jobs/show/sh020", 1)


P, M, D, H = Cell.PRESENT, Cell.MISSING, Cell.DAMAGED, Cell.PARTLY
DRAWN: list[tuple[Runs, Runs, Runs, int, list[Run]]] = [
    ((), (), (), 10, []),
    (((5, 5),), (), (), 10, [Run(P, 1)]),
    (((1, 10),), (), (), 10, [Run(P, 10)]),
    (((1, 3), (6, 8)), (), (), 10, [Run(P, 3), Run(M, 2), Run(P, 3)]),
    (((1, 8),), (), ((2, 3),), 10, [Run(P, 1), Run(D, 2), Run(P, 5)]),
    (((3, 4),), ((1, 2), (5, 6)), (), 10, [Run(M, 2), Run(P, 2), Run(M, 2)]),
    # Many frames share a cell: a single one of them shows.
    (((1, 1000),), (), ((500, 500),), 10, [Run(P, 4), Run(D, 1), Run(P, 5)]),
    (((1, 499), (501, 1000)), (), (), 10, [Run(P, 4), Run(H, 1), Run(P, 5)]),
    (((1, 100), (901, 1000)), (), (), 10, [Run(P, 1), Run(M, 8), Run(P, 1)]),
    (((1, 1), (10**250, 10**250)), (), (), 4, [Run(H, 1), Run(M, 2), Run(H, 1)]),
]


@pytest.mark.parametrize(("present", "missing", "damaged", "most", "strip"), DRAWN)
def test_a_strip_shows_every_frame_that_is_missing_or_damaged(
    present: Runs, missing: Runs, damaged: Runs, most: int, strip: list[Run]
) -> None:
    assert draw(present, missing, damaged, most) == tuple(strip)


def test_frames_on_twos_are_whole_in_their_strip() -> None:
    assert PLATE.sequence is not None
    frames = "1001,1003,1005,1007,1011"
    sequence = PLATE.sequence._replace(
        frames=frames, frame_min=1001, frame_max=1011, frame_count=5, holes=6, range_count=5
    )
    assert strip_of(PLATE._replace(sequence=sequence, findings=())) == (
        Run(P, 8), Run(M, 2), Run(P, 1),
    )  # fmt: skip
    assert missing_of(sequence) == 1
    assert missing_of(sequence._replace(frames="?")) == 6
    frames = "1001,1003,1005,1007,1009,1011,1013,1015,1018,1019"
    sequence = sequence._replace(frames=frames, frame_max=1019, frame_count=10, holes=9)
    assert strip_of(PLATE._replace(sequence=sequence, findings=())) == (
        Run(P, 16), Run(M, 1), Run(P, 2),
    )  # fmt: skip
    assert missing_of(sequence) == 1


def test_a_strip_is_drawn_of_what_is_recorded() -> None:
    assert strip_of(PLATE) == (Run(P, 10), Run(M, 4), Run(P, 6))
    assert strip_of(PLATE._replace(content_state="missing")) == (Run(M, 20),)
    expected = Finding("missing-frames", "1000,1011-1014", "")
    damaged = PLATE._replace(findings=(expected, TRUNCATED, Finding("frozen", None, "")))
    assert strip_of(damaged) == (
        Run(M, 1), Run(P, 1), Run(D, 2), Run(P, 7), Run(M, 4), Run(P, 6),
    )  # fmt: skip
    assert strip_of(SINGLE) == ()


@pytest.mark.parametrize("frames", ["9-1", "x", "1,1", "1e9", "-"])
def test_frames_that_cannot_be_understood_are_not_drawn(frames: str) -> None:
    assert PLATE.sequence is not None
    assert strip_of(PLATE._replace(sequence=PLATE.sequence._replace(frames=frames))) == ()
    assert strip_of(PLATE._replace(findings=(Finding("truncated", frames, ""),))) == ()
