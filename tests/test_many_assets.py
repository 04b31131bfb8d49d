"""Many assets in one folder: each has its own sidecar and verdict, whatever the others do."""

import shutil
from pathlib import Path

import pytest
from faults.stock import listing

from support import Tool, load, make_file, make_frames, name_of, said, sidecar_paths, sidecars

PASS = ("--result", "pass", "--operator", "anna", "--yes")
FAIL = ("--result", "fail", "--operator", "ben", "--yes")


@pytest.fixture(scope="module")
def signed(qc: Tool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 sequences and 10 single files, all passed by anna."""
    folder = tmp_path_factory.mktemp("many") / "shot"
    for number in range(40):
        make_frames(folder, f"seq{number:02d}", range(1, 4))
    for number in range(10):
        make_file(folder / f"cut-{chr(97 + number)}.mov")
    qc.run(*PASS, folder)
    return folder


@pytest.fixture
def many(signed: Path, tmp_path: Path) -> Path:
    """A copy of the signed folder to do things to."""
    return Path(shutil.copytree(signed, tmp_path / "shot"))


def on_disk(folder: Path) -> dict[str, object]:
    """Take stock of every sidecar, by the asset it is of."""
    found = listing(folder)
    return {name_of(load(path)): found[str(path)] for path in sidecar_paths(folder)}


def test_every_asset_has_a_sidecar_and_a_verdict_of_its_own(signed: Path) -> None:
    paths = sidecar_paths(signed)
    everything = sidecars(signed)
    assert len(paths) == len(everything) == 50
    assert all(said(sidecar) == [("pass", "anna")] for sidecar in everything.values())
    assert len({sidecar["qc_id"] for sidecar in everything.values()}) == 50


def test_a_41st_sequence_leaves_the_40_as_they_are(qc: Tool, many: Path) -> None:
    qc.run(many)
    before = on_disk(many)
    make_frames(many, "seq40", range(1, 4))
    qc.run(many)
    after = on_disk(many)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"seq40.%04d.exr"}
    assert sidecars(many)["seq40.%04d.exr"]["qc_result"] == "pending"


@pytest.mark.parametrize("name", ["seq07.%04d.exr", "cut-c.mov"])
def test_failing_one_asset_touches_no_other_file(qc: Tool, many: Path, name: str) -> None:
    qc.run(many)
    before = on_disk(many)
    done = qc.run(*FAIL, many / name)
    after = on_disk(many)
    assert {other for other in before if before[other] != after[other]} == {name}
    assert said(sidecars(many)[name]) == [("pass", "anna"), ("fail", "ben")]
    assert done.out.startswith("1 asset")


@pytest.mark.parametrize("between", ["a nightly run between", "at once"])
def test_a_new_sequence_does_not_inherit_the_verdict_of_a_deleted_one(
    qc: Tool, shot: Path, between: str
) -> None:
    old = make_frames(shot, "old")
    qc.run(*PASS, shot)
    for frame in old:
        frame.unlink()
    if between == "a nightly run between":
        qc.run(shot)
    make_frames(shot, "new")
    qc.run(shot)
    both = sidecars(shot)
    assert (both["new.%04d.exr"]["qc_result"], said(both["new.%04d.exr"])) == ("pending", [])
    assert both["old.%04d.exr"]["content_state"] == "missing"
    assert said(both["old.%04d.exr"]) == [("pass", "anna")]


def test_names_that_differ_in_case_or_extension_only_do_not_collide(qc: Tool, shot: Path) -> None:
    for base, ext in (("plate", "exr"), ("PLATE", "exr"), ("plate", "EXR"), ("plate", "dpx")):
        make_frames(shot, base, ext=ext)
    make_file(shot / "cut.mov")
    make_file(shot / "CUT.mov")
    qc.run(*PASS, shot)
    names = [path.name.casefold() for path in sidecar_paths(shot)]
    assert len(sidecars(shot)) == len(set(names)) == 6


def test_a_sequence_without_base_and_one_of_each_padding(qc: Tool, shot: Path) -> None:
    for names in (("1001", "1002", "1003"), ("00001", "00002", "00003")):
        for name in names:
            make_file(shot / f"{name}.exr")
    qc.run(*PASS, shot)
    assert set(sidecars(shot)) == {"%04d.exr", "%05d.exr"}


# -- bare runs ----------------------------------------------------------------------------------

CONFIGURED = {
    "QC_EXTRA_SEQUENCE_EXTS": "ari",
    "QC_EXTRA_MEDIA_EXTS": "r3d",
    "QC_POLICY_VERSION": "2026.1",
}


@pytest.fixture(scope="module")
def configured(qc: Tool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree signed under a configured policy, with extensions of its own."""
    root = tmp_path_factory.mktemp("configured") / "show"
    make_frames(root / "shot", frames=range(1, 5))
    make_frames(root / "shot", "camera", range(1, 5), ext="ari")
    make_frames(root / "shot" / "pair", "pair", range(1, 3))
    make_frames(root / "shot" / "one", "one", range(1, 2))
    make_file(root / "shot" / "cut.mov")
    make_file(root / "shot" / "clip.r3d")
    qc.run(*PASS, "--sidecar-mode", "dot", root, env=CONFIGURED)
    qc.run(root, env=CONFIGURED)
    return root


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--min-seq", "10"),
        ("--min-seq", "2"),
        ("--min-seq", "1"),
        ("--exclude", "plate*"),
        ("--exclude", "*.0002.*"),
        ("--exclude", "*", "--allow-empty"),
        ("--exclude", "shot", "--allow-empty"),
        ("--exclude", "shot/*.mov"),
        ("--ignore-ctime",),
        ("--workers", "1"),
    ],
    ids=" ".join,
)
def test_a_bare_run_with_other_options_changes_nothing(
    qc: Tool, configured: Path, options: tuple[str, ...]
) -> None:
    before = listing(configured)
    qc.run(*options, configured)
    assert listing(configured) == before


def test_a_sequence_that_is_excluded_in_part_is_named_as_not_signed(qc: Tool, shot: Path) -> None:
    make_frames(shot, frames=range(1, 5))
    make_file(shot / "cut.mov")
    qc.run(*PASS, shot)
    before = sidecars(shot)["plate.%04d.exr"]
    done = qc.run(*FAIL, "--exclude", "*.0002.*", shot, status=3)
    assert done.last_line == "qc-crawl: exit 3: unsigned=1"
    assert "plate.%04d.exr" in done.err
    qc.run("--exclude", "*.0002.*", shot)
    after = sidecars(shot)
    assert after["plate.%04d.exr"] == before
    assert said(after["cut.mov"]) == [("pass", "anna"), ("fail", "ben")]


def test_a_gate_does_not_pass_what_is_excluded_in_part(qc: Tool, shot: Path) -> None:
    make_frames(shot, frames=range(1, 5))
    qc.run(*PASS, shot)
    without = ("--exclude", "*.0002.*", "--allow-empty")
    done = qc.run("--fail-on", "pending", *without, shot, status=3)
    assert done.last_line == "qc-crawl: exit 3: unexamined=1"
    assert f"  unexamined  {shot}/plate.%04d.exr: some of its" in done.out
    qc.run(*without, shot)


def test_a_configured_policy_that_changes_resets_to_pending(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    qc.run(*PASS, shot, env={"QC_POLICY_VERSION": "2026.1"})
    before = sidecars(shot)["plate.%04d.exr"]
    done = qc.run(shot, env={"QC_POLICY_VERSION": "2026.2"})
    after = sidecars(shot)["plate.%04d.exr"]
    assert (after["qc_result"], after["content_state"]) == ("pending", "unchanged")
    assert after["policy_version"] == "2026.2"
    assert (after["qc_id"], after["verdicts"]) == (before["qc_id"], before["verdicts"])
    assert "same bytes as passed by anna" in done.out


def test_the_first_configured_policy_counts_as_a_change(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    qc.run(*PASS, shot)
    qc.run(shot, env={"QC_POLICY_VERSION": "2026.1"})
    assert sidecars(shot)["plate.%04d.exr"]["qc_result"] == "pending"


def test_the_same_policy_configured_elsewhere_changes_nothing(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    qc.run(*PASS, shot, env={"QC_POLICY_VERSION": "2026.1"})
    before = listing(shot)
    env_file = shot.parent / "qc.env"
    env_file.write_text("QC_POLICY_VERSION=2026.1\n")
    qc.run("--env-file", env_file, shot)
    assert listing(shot) == before
