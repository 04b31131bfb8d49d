"""What is found in media, from the bytes to the exit status."""

import json
import os
from pathlib import Path

import pytest
from bench.confusion import confusion
from faults.stock import listing

from support import Json, Tool, make_file, make_frames, only_sidecar, rewrite, sidecar_paths

# What the maker breaks, and what the finder calls it.
CALLED = {
    "zero": "zero-byte",
    "truncated": "truncated",
    "header": "bad-magic",
    "frozen": "frozen",
    "resolution": "odd-one-out",
}
DAMAGE = [word for kind in CALLED for word in ("--damage", f"{kind}:{2 if kind == 'zero' else 1}")]
EXTENSIONS = ["exr", "dpx", "tif", "png", "jpg"]


def found(asset: Json) -> dict[str, str | None]:
    return {finding["kind"]: finding["frames"] for finding in asset["findings"]}


@pytest.mark.parametrize("seed", ["1", "2"])
@pytest.mark.parametrize("ext", EXTENSIONS)
def test_exactly_the_broken_frames_are_named(
    qc: Tool, fake: Tool, tmp_path: Path, ext: str, seed: str
) -> None:
    shot = tmp_path / "shot"
    size = ("--frames", "24", "--size", "64x36", "--seed", seed)
    made = fake.json("--out", shot, "--base", "plate", "--ext", ext, *size, *DAMAGE)
    broken = {CALLED[harm["kind"]]: harm["frames"] for harm in made["damage"]}
    assert len(broken) == len(CALLED)
    (asset,) = qc.json(shot)["assets"]
    assert found(asset) == broken
    assert found(only_sidecar(shot)) == broken


@pytest.mark.parametrize("ext", EXTENSIONS)
def test_nothing_is_found_in_good_frames(qc: Tool, fake: Tool, tmp_path: Path, ext: str) -> None:
    kinds = {
        "exr": [("half", "none"), ("half", "zip"), ("float", "zip")],
        "dpx": [("10", "none"), ("8", "none"), ("16", "none")],
        "tif": [("8", "none"), ("16", "none")],
        "png": [("8", "none"), ("16", "none")],
        "jpg": [("8", "none")],
    }[ext]
    for depth, compression in kinds:
        how = ("--depth", depth, "--compression", compression, "--frames", "12")
        out = tmp_path / f"{depth}-{compression}"
        fake.run("--out", out, "--base", "plate", "--ext", ext, "--size", "64x36", *how)
    for asset in qc.json(tmp_path)["assets"]:
        assert found(asset) == {}


def test_what_was_found_is_known_without_opening_a_frame_again(
    qc: Tool, fake: Tool, tmp_path: Path
) -> None:
    fake.run("--out", tmp_path, "--base", "plate", "--frames", "9", "--damage", "truncated:1")
    before = found(qc.json(tmp_path)["assets"][0])
    sidecar = tmp_path / ".qc" / "qc.sequence.json"
    sidecar.unlink()
    again = qc.json(tmp_path)
    assert again["summary"]["files_read"] == 0
    assert found(again["assets"][0]) == before != {}


def test_media_is_only_hashed_where_that_is_asked_for(qc: Tool, fake: Tool, tmp_path: Path) -> None:
    fake.run("--out", tmp_path, "--base", "plate", "--frames", "9", "--damage", "truncated:1")
    assert found(qc.json("--no-findings", tmp_path)["assets"][0]) == {}
    rehashed = qc.json("--rehash", tmp_path)["assets"][0]
    assert (found(rehashed).keys(), rehashed["action"]) == ({"truncated"}, "refreshed")


def test_what_nobody_looked_at_is_looked_at_for_the_gate(
    qc: Tool, fake: Tool, tmp_path: Path
) -> None:
    fake.run("--out", tmp_path, "--base", "plate", "--frames", "9", "--damage", "truncated:1")
    qc.run("--no-findings", tmp_path)
    done = qc.run("--fail-on", "truncated", tmp_path, status=4)
    assert "needs attention:" in done.out
    assert "truncated" in found(only_sidecar(tmp_path))
    qc.run("--rehash", "--no-findings", tmp_path)
    again = qc.json("--fail-on", "truncated", tmp_path, status=4)
    assert again["summary"]["files_read"] == 9  # what is rehashed alone is not looked at
    once_more = qc.json("--fail-on", "truncated", tmp_path, status=4)
    assert once_more["summary"]["files_read"] == 0


def test_findings_are_news_where_they_were_not_recorded_before(
    qc: Tool, fake: Tool, tmp_path: Path
) -> None:
    fake.run("--out", tmp_path, "--base", "plate", "--frames", "9", "--damage", "truncated:1")
    qc.run("--no-findings", tmp_path)
    assert "truncated" in qc.run("--rehash", tmp_path).out
    assert "truncated" not in qc.run(tmp_path).out
    assert "missing-frames 1010" in qc.run("--expect", "1001-1010", tmp_path).out


def test_an_asset_that_was_not_judged_is_no_success_of_the_gate(qc: Tool, plate: Path) -> None:
    (plate / ".qc.lock").write_text('{"host": "elsewhere", "pid": 1}')
    rewrite(plate / "plate.1004.exr")
    assert qc.run(plate).status == 0
    done = qc.run("--fail-on=truncated", plate, status=3)
    assert done.last_line == "qc-crawl: exit 3: busy=1"


def test_a_stray_that_has_gone_is_no_finding_of_the_gate(qc: Tool, plate: Path) -> None:
    stray = plate / "plate.000999.exr"
    stray.write_bytes(b"v/1\x01")
    qc.run("--fail-on=mixed-padding", plate, status=4)
    stray.unlink()
    qc.run(plate)
    qc.run("--fail-on=mixed-padding", plate)


@pytest.fixture
def plate(qc: Tool, fake: Tool, tmp_path: Path) -> Path:
    """Frames 1003 to 1020 without 1010, recorded."""
    shot = tmp_path / "shot"
    fake.run("--out", shot, "--base", "plate", "--start", "1003", "--frames", "18")
    (shot / "plate.1010.exr").unlink()
    qc.run(shot)
    return shot


def test_holes_and_what_is_expected_beyond_them_are_missing(qc: Tool, plate: Path) -> None:
    before = listing(plate)
    (asset,) = qc.json("--expect", "1001-1022", plate)["assets"]
    assert found(asset) == {"missing-frames": "1001-1002,1010,1021-1022"}
    assert listing(plate) == before
    assert found(only_sidecar(plate)) == {"missing-frames": "1010"}
    assert found(qc.json("--expect", "1003-1009,1011-1020", plate)["assets"][0]) == {}


def test_of_a_sequence_that_is_gone_all_that_is_expected_is_missing(qc: Tool, plate: Path) -> None:
    make_frames(plate, "bg")
    qc.run(plate)
    for frame in plate.glob("bg.*"):
        frame.unlink()
    gate = ("--expect=1003-1009,1011-1020", "--fail-on=missing-frames")
    for _ in range(2):
        done = qc.run(*gate, plate, status=4)
        assert done.last_line == "qc-crawl: exit 4: missing-frames=1"
        (line,) = (line for line in done.out.splitlines() if "bg.%04d.exr" in line)
        assert "missing-frames 1003-1009,1011-1020" in line


def test_frames_that_are_links_are_there_though_nobody_looked_at_them(
    qc: Tool, tmp_path: Path
) -> None:
    shot, linked = tmp_path / "shot", make_file(tmp_path / "elsewhere.exr")
    make_frames(shot, "q", [1001, 1002, 1004, 1005])
    for name in ("q.1003.exr", "q.1006.exr", "q.01007.exr", "r.1008.exr"):
        (shot / name).symlink_to(linked)
    done = qc.run(shot)
    assert "q.%04d.exr: 2 frames are links, not followed" in done.err
    assert "missing-frames" not in found(only_sidecar(shot))
    assert only_sidecar(shot)["sequence"]["holes"] == 1
    (asset,) = qc.json("--expect=1001-1006", shot)["assets"]
    assert "missing-frames" not in found(asset)
    (asset,) = qc.json("--expect=1001-1007", shot)["assets"]
    assert found(asset)["missing-frames"] == "1007"
    for vouching in (("--fail-on=missing-frames", "--expect=1001-1006"), ("--verify",)):
        done = qc.run(*vouching, shot, status=3)
        assert "unexamined" in done.last_line
    (shot / "q.1005.exr").unlink()
    (asset,) = qc.json(shot)["assets"]
    assert found(asset)["missing-frames"] == "1005"


@pytest.mark.parametrize("name", ["plate.%04d.exr", "plate.%04d.EXR"])
def test_frames_too_few_for_a_sequence_are_not_all_that_is_expected(
    qc: Tool, tmp_path: Path, name: str
) -> None:
    """Of ten frames two came: a gate that finds nothing amiss in two files would be wrong."""
    for number in (1001, 1003):
        make_file(tmp_path / (name % number))
    for stranger in ("still_v002.png", "guide.1002.mov"):
        make_file(tmp_path / stranger)
    gate = ("--expect=1001-1010", "--fail-on=missing-frames")
    done = qc.run(*gate, tmp_path, status=4)
    assert done.last_line == "qc-crawl: exit 4: missing-frames=2"
    assets = qc.json(*gate, tmp_path, status=4)["assets"]
    missing = {Path(one["path"]).name: found(one).get("missing-frames") for one in assets}
    assert missing == {
        name % 1001: "1002,1004-1010",
        name % 1003: "1002,1004-1010",
        "still_v002.png": None,
        "guide.1002.mov": None,
    }
    assert qc.run("--expect=1001,1003", "--fail-on=missing-frames", tmp_path).status == 0


def test_a_root_without_any_sequence_is_no_success_of_what_is_expected(
    qc: Tool, plate: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    make_file(elsewhere / "guide.mov")
    done = qc.run("--expect=1001-1010", elsewhere, plate, status=3)
    assert f"{elsewhere}: holds no sequence that --expect 1001-1010 could be" in done.err
    assert done.last_line == "qc-crawl: exit 3: nothing-found=1"


GATES = {
    "a hole": ("missing-frames", 4, "missing-frames=1"),
    "nobody has looked yet": ("truncated,pending", 4, "pending=1"),
    "two reasons": ("missing-frames,pending,fail", 4, "missing-frames=1 pending=1"),
    "what is not there": ("truncated,fail,modified,missing,frozen", 0, ""),
}


@pytest.mark.parametrize(("fail_on", "status", "reasons"), GATES.values(), ids=list(GATES))
def test_the_gate_fails_exactly_where_one_is_there(
    qc: Tool, plate: Path, fail_on: str, status: int, reasons: str
) -> None:
    done = qc.run("--fail-on", fail_on, plate, status=status)
    assert done.last_line == (f"qc-crawl: exit {status}: {reasons}" if status else "")
    assert (f"  {plate}/plate.%04d.exr" in done.out) is bool(status)


def test_the_gate_sees_this_runs_changes_and_what_is_gone(qc: Tool, plate: Path) -> None:
    rewrite(plate / "plate.1004.exr")
    assert "modified=1" in qc.run("--fail-on=modified", plate, status=4).err
    qc.run("--fail-on=modified", plate)
    for frame in plate.glob("*.exr"):
        frame.unlink()
    for _ in range(2):
        assert "missing=1" in qc.run("--fail-on=missing", plate, status=4).err


EDITED = {
    "a verdict of fail": ({"qc_result": "pass"}, "fail", "fail=1"),
    "nobody's pass": ({"qc_result": "pass", "verdicts": []}, "pass", "pending=1"),
    "no result we know": ({"qc_result": "weird"}, "pass", "pending=1"),
}


@pytest.mark.parametrize(("edits", "said", "reasons"), EDITED.values(), ids=list(EDITED))
def test_the_gate_believes_only_what_the_last_verdict_says_as_well(
    qc: Tool, plate: Path, edits: Json, said: str, reasons: str
) -> None:
    qc.run("--result", said, "--yes", plate)
    (sidecar,) = sidecar_paths(plate)
    sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), **edits}))
    done = qc.run("--quiet", "--fail-on=pending,fail", plate, status=4)
    assert done.last_line == f"qc-crawl: exit 4: {reasons}"


def test_nothing_is_signed_that_the_gate_would_refuse(qc: Tool, plate: Path) -> None:
    before = listing(plate)
    done = qc.run("--result=pass", "--yes", "--fail-on=truncated", plate, status=2)
    assert "run the gate first" in done.err
    assert listing(plate) == before


def test_what_could_not_be_examined_weighs_more_than_the_gate(
    qc: Tool, plate: Path, unprivileged: tuple[str, ...]
) -> None:
    (plate / "plate.1004.exr").chmod(0)
    rewrite(plate / "plate.1005.exr")
    make_frames(plate / "other")
    done = qc.run("--fail-on=pending", plate, status=3, prefix=unprivileged)
    assert done.last_line == "qc-crawl: exit 3: unreadable=1 pending=1"


WRONG = {
    "--fail-on=holes": "holes is none of",
    "--fail-on=": "nothing is none of",
    "--expect=1001-": "not a frame range",
    "--expect=": "--expect is empty",
    "--expect=1100-1001": "must rise",
}


@pytest.mark.parametrize(("option", "why"), WRONG.items(), ids=list(WRONG))
def test_a_wrong_value_is_said_before_anything_starts(
    qc: Tool, plate: Path, option: str, why: str
) -> None:
    done = qc.run(option, plate, status=2)
    assert why in done.err
    assert done.err.count("\n") == 1


def test_sequences_that_differ_in_padding_only_are_told_of_each_other(
    qc: Tool, tmp_path: Path
) -> None:
    make_frames(tmp_path, frames=range(10))
    for number in range(100, 105):
        (tmp_path / f"plate.{number:06d}.exr").write_bytes(b"v/1\x01")
    details = {
        os.path.basename(asset["path"]): finding["detail"]
        for asset in qc.json(tmp_path)["assets"]
        for finding in asset["findings"]
        if finding["kind"] == "mixed-padding"
    }
    assert details == {
        "plate.%04d.exr": "plate.%06d.exr stands beside it",
        "plate.%06d.exr": "plate.%04d.exr stands beside it",
    }


def test_no_false_alarm_on_real_media() -> None:
    folder = Path(os.environ.get("QC_TEST_MEDIA", ""))
    if not (folder / "MANIFEST.json").is_file():
        pytest.skip("QC_TEST_MEDIA names no folder with a MANIFEST.json")
    table, alarms = confusion(folder)
    assert alarms == []
    caught = sum(
        counts.total() - counts[""] for (_, state), counts in table.items() if state == "truncated"
    )
    assert caught >= 40
