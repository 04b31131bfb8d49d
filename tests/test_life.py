"""The life of a verdict, from the first crawl to media that is gone and back again."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from faults.stock import listing

from support import (
    Done,
    Json,
    Tool,
    make_file,
    make_frames,
    only_sidecar,
    rewrite,
    said,
    sidecar_paths,
    sidecars,
)

ANNA = ("--operator", "anna", "--yes")


@dataclass
class Step:
    """What a step in the life left behind."""

    run: Done
    sidecar: Json
    before: dict[str, object]
    after: dict[str, object]


@dataclass
class Life:
    """One sequence, and what became of its sidecar at every step."""

    tool: Tool
    folder: Path
    steps: dict[str, Step]

    def step(self, name: str, *args: str) -> None:
        before = dict(listing(self.folder))
        run = self.tool.run(*args, self.folder)
        after = dict(listing(self.folder))
        self.steps[name] = Step(run, only_sidecar(self.folder), before, after)


@pytest.fixture(scope="module")
def life(qc: Tool, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Step]:
    folder = tmp_path_factory.mktemp("life") / "shot"
    frames = make_frames(folder)
    original = frames[2].read_bytes()
    lived = Life(qc, folder, {})
    lived.step("first")
    lived.step("passed", "--result", "pass", "--note", "looks good", *ANNA)
    lived.step("nightly")
    frames[2].write_bytes(b"rendered again")
    lived.step("re-rendered")
    frames[2].write_bytes(original)
    lived.step("restored")
    lived.step("withdrawn", "--result", "pending", "--note", "wait", "--operator", "ben", "--yes")
    kept = [(frame, frame.read_bytes()) for frame in frames]
    for frame in frames:
        frame.unlink()
    lived.step("gone")
    lived.step("still gone")
    for frame, data in kept:
        frame.write_bytes(data)
    lived.step("back")
    return lived.steps


def test_first_seen_media_is_pending_and_new(life: dict[str, Step]) -> None:
    sidecar = life["first"].sidecar
    assert (sidecar["qc_result"], sidecar["content_state"]) == ("pending", "new")
    assert sidecar["verdicts"] == []
    assert sidecar["operator"] == "tester"


def test_a_pass_is_recorded_with_who_when_and_why(life: dict[str, Step]) -> None:
    first, passed = life["first"].sidecar, life["passed"].sidecar
    (verdict,) = passed["verdicts"]
    assert (passed["qc_result"], passed["content_state"]) == ("pass", "unchanged")
    assert (verdict["operator"], verdict["notes"]) == ("anna", "looks good")
    assert verdict["content_hash"] == passed["content_hash"] == first["content_hash"]
    assert (verdict["qc_id"], verdict["qc_time"]) == (passed["qc_id"], passed["qc_time"])
    assert passed["qc_id"] != first["qc_id"]


@pytest.mark.parametrize("quiet", ["nightly", "still gone"])
def test_a_nightly_run_over_unchanged_media_writes_nothing(
    life: dict[str, Step], quiet: str
) -> None:
    assert life[quiet].after == life[quiet].before


def test_a_re_rendered_frame_makes_it_pending_and_keeps_what_was_said(
    life: dict[str, Step],
) -> None:
    passed, again = life["passed"].sidecar, life["re-rendered"].sidecar
    assert (again["qc_result"], again["content_state"]) == ("pending", "modified")
    assert again["prev_content_hash"] == passed["content_hash"] != again["content_hash"]
    assert again["verdicts"] == passed["verdicts"]
    assert again["qc_id"] == passed["qc_id"]
    assert "modified" in life["re-rendered"].run.out


def test_restored_bytes_do_not_revive_the_verdict_but_the_summary_names_it(
    life: dict[str, Step],
) -> None:
    passed, restored = life["passed"].sidecar, life["restored"].sidecar
    assert restored["content_hash"] == passed["content_hash"]
    assert (restored["qc_result"], restored["content_state"]) == ("pending", "modified")
    day = passed["verdicts"][0]["qc_time"][:10]
    assert f"same bytes as passed by anna on {day}" in life["restored"].run.out


def test_a_persons_pending_withdraws_and_both_verdicts_stay(life: dict[str, Step]) -> None:
    sidecar = life["withdrawn"].sidecar
    assert sidecar["qc_result"] == "pending"
    assert said(sidecar) == [("pass", "anna"), ("pending", "ben")]
    assert sidecar["verdicts"][0] == life["passed"].sidecar["verdicts"][0]
    assert "same bytes as passed" not in life["withdrawn"].run.out


def test_all_media_gone_is_missing_and_nothing_else_changes(life: dict[str, Step]) -> None:
    before, gone = life["withdrawn"].sidecar, life["gone"].sidecar
    assert gone == {**before, "content_state": "missing"}
    assert "missing" in life["gone"].run.out


def test_media_back_as_it_was_is_unchanged_with_result_and_ids(life: dict[str, Step]) -> None:
    gone, back = life["gone"].sidecar, life["back"].sidecar
    assert back["content_state"] == "unchanged"
    kept = ("qc_id", "qc_time", "qc_result", "verdicts", "content_hash", "operator", "notes")
    assert [back[key] for key in kept] == [gone[key] for key in kept]


def test_passed_media_that_comes_back_changed_is_pending(qc: Tool, shot: Path) -> None:
    frames = make_frames(shot)
    qc.run("--result", "pass", *ANNA, shot)
    for frame in frames:
        frame.unlink()
    qc.run(shot)
    make_frames(shot, size=80)
    qc.run(shot)
    sidecar = only_sidecar(shot)
    assert (sidecar["qc_result"], sidecar["content_state"]) == ("pending", "modified")
    assert said(sidecar) == [("pass", "anna")]


def test_a_passed_asset_that_comes_back_is_still_passed(qc: Tool, shot: Path) -> None:
    movie = make_file(shot / "cut.mov")
    qc.run("--result", "pass", *ANNA, shot)
    data = movie.read_bytes()
    movie.unlink()
    qc.run(shot)
    assert only_sidecar(shot)["qc_result"] == "pass"
    movie.write_bytes(data)
    qc.run(shot)
    sidecar = only_sidecar(shot)
    assert (sidecar["qc_result"], sidecar["content_state"]) == ("pass", "unchanged")


def test_touched_media_keeps_its_verdict(qc: Tool, shot: Path) -> None:
    frames = make_frames(shot)
    qc.run("--result", "pass", *ANNA, shot)
    before = only_sidecar(shot)
    frames[0].touch()
    qc.run(shot)
    after = only_sidecar(shot)
    changed = {key for key in after if after[key] != before[key]}
    assert changed == {"sequence"}
    assert set(after["sequence"]) == set(before["sequence"])


@pytest.mark.parametrize(
    "change", ["a frame is deleted", "a frame is added", "a frame is renamed", "padding narrows"]
)
def test_a_sequence_that_changes_shape_stays_the_same_asset(
    qc: Tool, shot: Path, change: str
) -> None:
    frames = make_frames(shot, frames=range(101, 106))
    qc.run("--result", "pass", *ANNA, shot)
    if change == "a frame is deleted":
        frames[2].unlink()
    elif change == "a frame is added":
        make_frames(shot, frames=[106])
    elif change == "a frame is renamed":
        frames[4].rename(shot / "plate.0110.exr")
    else:
        for frame in frames:
            frame.rename(shot / frame.name.replace(".0", "."))
    qc.run(shot)
    sidecar = only_sidecar(shot)
    assert (sidecar["qc_result"], sidecar["content_state"]) == ("pending", "modified")
    assert said(sidecar) == [("pass", "anna")]


def test_a_sequence_down_to_its_last_frame_is_still_that_sequence(qc: Tool, shot: Path) -> None:
    frames = make_frames(shot)
    qc.run("--result", "pass", *ANNA, shot)
    for frame in frames[1:]:
        frame.unlink()
    qc.run(shot)
    sidecar = only_sidecar(shot)
    assert sidecar["content_state"] == "modified"
    assert sidecar["sequence"]["frames"] == "1001"


@pytest.mark.parametrize(
    ("sealed", "mode"),
    [("root", 0), ("subfolder", 0), ("subfolder", 0o311), ("subfolder", 0o444)],
    ids=["root", "subfolder", "not listed", "not searched"],
)
def test_a_folder_that_cannot_be_read_marks_nothing_missing_and_is_named(
    qc: Tool, shot: Path, unprivileged: tuple[str, ...], mode: int, sealed: str
) -> None:
    folder = shot if sealed == "root" else shot / "sealed"
    make_frames(folder)
    make_file(folder / "cut.mov")
    if sealed == "subfolder":
        make_frames(shot, "other")
    qc.run("--result", "pass", *ANNA, shot)
    before = sidecars(shot)
    folder.chmod(mode)
    try:
        done = qc.run(shot, status=3, prefix=unprivileged)
    finally:
        folder.chmod(0o755)
    assert str(folder) in done.err
    assert done.last_line.startswith("qc-crawl: exit 3: ")
    assert sidecars(shot) == before


def test_an_operator_run_signs_nothing_it_cannot_read(
    qc: Tool, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    frames = make_frames(shot)
    make_file(shot / "cut.mov")
    frames[1].chmod(0)
    done = qc.run("--result", "pass", *ANNA, shot, status=3, prefix=unprivileged)
    assert list(sidecars(shot)) == ["cut.mov"]
    assert "plate.1002.exr" in done.err
    assert done.last_line == "qc-crawl: exit 3: unreadable=1"


def test_signing_again_appends(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    qc.run("--result", "fail", "--note", "noise", *ANNA, shot)
    first = only_sidecar(shot)
    qc.run("--result", "pass", "--operator", "ben", "--yes", shot)
    second = only_sidecar(shot)
    assert said(second) == [("fail", "anna"), ("pass", "ben")]
    assert second["verdicts"][0] == first["verdicts"][0]
    assert second["verdicts"][0]["run_id"] != second["verdicts"][1]["run_id"]
    assert (second["qc_result"], second["notes"], second["operator"]) == ("pass", "", "ben")


def test_one_run_signs_all_its_assets_with_one_run_id(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    make_frames(shot / "below", "other")
    qc.run("--result", "pass", *ANNA, shot)
    verdicts = [sidecar["verdicts"][0] for sidecar in sidecars(shot).values()]
    assert len({verdict["run_id"] for verdict in verdicts}) == 1
    assert len({verdict["qc_id"] for verdict in verdicts}) == 2


def test_a_verdict_on_changed_media_says_so(qc: Tool, shot: Path) -> None:
    frames = make_frames(shot)
    qc.run("--result", "pass", *ANNA, shot)
    before = only_sidecar(shot)
    rewrite(frames[0])
    qc.run("--result", "pass", "--operator", "ben", "--yes", shot)
    after = only_sidecar(shot)
    assert (after["qc_result"], after["content_state"]) == ("pass", "modified")
    assert after["prev_content_hash"] == before["content_hash"]
    assert said(after) == [("pass", "anna"), ("pass", "ben")]


def test_a_sidecar_is_not_written_for_media_that_never_was(qc: Tool, shot: Path) -> None:
    qc.run("--allow-empty", "--result", "pass", *ANNA, shot)
    assert sidecar_paths(shot) == []
