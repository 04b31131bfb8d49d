"""What the frames of a sequence tell beside each other."""

import pytest

from qc_asset_crawler.findings.across import Files, findings_of
from qc_asset_crawler.findings.values import NOTHING, Facts, Kind, Look

HD = Look(Facts("exr", 1920, 1080, "B,G,R", "half", "zip"))
SD = Look(Facts("exr", 960, 540, "B,G,R", "half", "zip"))
ALPHA = Look(Facts("exr", 1920, 1080, "A,B,G,R", "half", "piz"))
CUT = Look(HD.facts, Kind.TRUNCATED, "ends early")
Found = list[tuple[str, str | None]]


def files(
    looks: dict[int, Look] | None = None,
    sizes: dict[int, int] | None = None,
    hashes: dict[int, str] | None = None,
    count: int = 20,
    **more: int,
) -> Files:
    """Make files of a sequence, from frame 1001 on, all alike but for what is said of some."""
    numbers = range(1001, 1001 + count)
    return Files(
        numbers,
        [(sizes or {}).get(n, 1000 + n % 7) for n in numbers],
        [(hashes or {}).get(n, str(n)) for n in numbers],
        [(looks or {}).get(n, HD) for n in numbers],
        **more,
    )


FADE = {1001 + at: 2000 >> max(0, 10 - at) for at in range(10)}
TABLE: dict[str, tuple[Files, Found]] = {
    "all well": (files(), []),
    "empty": (files(sizes={1003: 0, 1004: 0}), [("zero-byte", "1003-1004")]),
    "cut off": (files({1005: CUT, 1007: CUT}), [("truncated", "1005,1007")]),
    "smaller picture": (files({1002: SD}), [("odd-one-out", "1002")]),
    "other channels": (files({1002: ALPHA}), [("odd-one-out", "1002"), ("odd-one-out", "1002")]),
    "half and half": (files(dict.fromkeys(range(1001, 1011), SD)), []),
    "two of one kind": (files({1002: SD}, count=2), []),
    "nobody looked": (files(dict.fromkeys(range(1001, 1020), NOTHING)), []),
    "a cut frame is not odd as well": (
        files({1005: Look(SD.facts, Kind.TRUNCATED, "")}),
        [("truncated", "1005")],
    ),
    "a small one": (files(sizes={1009: 10}), [("size-outlier", "1009")]),
    "a large one": (files(sizes={1009: 99_000}), []),
    "a muzzle flash": (files(sizes={1012: 265_144, 1013: 240_000}, count=24), []),
    "a large one, and a small one": (
        files(sizes={1009: 99_000, 1014: 10}),
        [("size-outlier", "1014")],
    ),
    "a slate at the head": (files(sizes={1001: 10}), []),
    "black at the end": (files(sizes=dict.fromkeys(range(1015, 1021), 10)), []),
    "a scene of black": (files(sizes=dict.fromkeys(range(1008, 1013), 10)), []),
    "a fade from black": (files(sizes=FADE), []),
    "too few to tell": (files(sizes={1003: 10}, count=6), []),
    "frozen": (files(hashes=dict.fromkeys((1003, 1004, 1005), "same")), [("frozen", "1004-1005")]),
    "the same, not in a row": (files(hashes=dict.fromkeys((1003, 1005), "same")), []),
    "empty ones are not frozen": (
        files(hashes={1003: "0", 1004: "0"}, sizes={1003: 0, 1004: 0}),
        [("zero-byte", "1003-1004")],
    ),
}


@pytest.mark.parametrize(("these", "found"), TABLE.values(), ids=list(TABLE))
def test_what_is_found(these: Files, found: Found) -> None:
    assert [(finding.kind, finding.frames) for finding in findings_of(these)] == found


def test_it_is_said_in_words() -> None:
    these = files({1002: SD, 1005: CUT, 1007: CUT}, {1009: 10, 1011: 0}, {1013: "a", 1014: "a"})
    assert [finding.detail for finding in findings_of(these)] == [
        "1 frame is empty",
        "ends early; and 1 more frame",
        "resolution 960x540 where 16 frames have 1920x1080",
        "10 bytes where 1,002 are usual",
        "1 frame has the very bytes of the frame before",
    ]


def test_frames_on_twos_are_frozen_where_neighbours_in_step_are_alike() -> None:
    these = Files((1, 3, 5, 9), (5, 5, 5, 5), ("a", "a", "b", "b"), (HD,) * 4, step=2)
    assert [(f.kind, f.frames) for f in findings_of(these)] == [("frozen", "3")]


def test_a_single_file_has_no_frames() -> None:
    cut = Files(None, (10,), ("a",), (CUT,))
    empty = Files(None, (0,), ("a",), (NOTHING,))
    assert [(f.kind, f.frames, f.detail) for f in findings_of(cut)] == [
        ("truncated", None, "ends early")
    ]
    assert [(f.kind, f.frames, f.detail) for f in findings_of(empty)] == [
        ("zero-byte", None, "the file is empty")
    ]
