"""`qc-report`, and `qc-crawl --report`, end to end: sidecars are read, and one file is written."""

import csv
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults.stock import listing

from clean_tree import ANNA, HOSTILE, PREDECESSOR, write
from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.cli.console import Console
from qc_asset_crawler.cli.report_file import Reporting
from qc_asset_crawler.config import RawArguments, resolve
from qc_asset_crawler.reports.gather import gather_report
from qc_asset_crawler.settings import QCResult, SidecarMode, Signing
from support import Tool, fill, first, make_file, make_frames, rewrite, sidecar_paths
from terminal import Opener, terminals

# What is made here is no real media, and that is found.
NIGHTLY = Settings(findings=False)
BEN = Settings(operator="ben", signing=Signing(QCResult.FAIL, "wrong slate"))


@pytest.fixture
def report(qc: Tool) -> Tool:
    """The installed `qc-report`."""
    return replace(qc, name="qc-report")


@pytest.fixture
def start(report: Tool) -> Iterator[Opener]:
    """Start the command on a terminal of its own."""
    with terminals(report) as starting:
        yield starting


@pytest.fixture
def tree(shot: Path) -> Path:
    """A crawled tree with an asset in every state that is no trouble."""
    make_frames(shot / "plates")
    for name in ("fail.mov", "gone.mov", "modified.mov", "pass.mov", "same.mov", "pending.mov"):
        make_file(shot / name)
    crawl(shot, NIGHTLY)
    for name in ("gone.mov", "modified.mov", "pass.mov", "same.mov"):
        crawl(shot / name, ANNA._replace(findings=False))
    crawl(shot / "fail.mov", BEN._replace(findings=False))
    (shot / "gone.mov").unlink()
    was = (shot / "same.mov").read_bytes()
    rewrite(shot / "modified.mov")
    rewrite(shot / "same.mov")
    crawl(shot, NIGHTLY)
    (shot / "same.mov").write_bytes(was)
    crawl(shot, NIGHTLY)
    return shot


def test_the_table_is_followed_by_what_needs_attention_and_the_next_command(
    report: Tool, tree: Path
) -> None:
    done = report.run(tree)
    lines = done.out.splitlines()
    assert lines[0].startswith("7 assets: 1 fail, 1 modified, 1 missing, 3 pending, 1 pass (")
    assert lines[1:4] == [
        "fail  modified  missing  pending  pass  folder",
        f"   1         1        1        2     1  {tree}",
        f"   ·         ·        ·        1     ·  {tree}/plates",
    ]
    start = lines.index("needs attention:")
    kinds = [line.split()[0] for line in lines[start + 1 : -1]]
    assert kinds == ["fail", "modified", "missing", "pending"]
    assert "failed by ben on 20" in lines[start + 1]
    assert lines[start + 1].endswith(": wrong slate")
    assert "same bytes as passed by anna on 20" in lines[start + 4]
    assert lines[-1] == (
        f"next: look at it, then: qc-crawl --result pass --note '…' {tree}/modified.mov"
    )
    assert done.err == ""


def test_sidecars_are_read_and_nothing_but_the_files_is_written(
    report: Tool, tree: Path, tmp_path: Path
) -> None:
    before = listing(tree)
    page, table = tmp_path / "r.html", tmp_path / "r.csv"
    done = report.run("--quiet", "--html", page, "--csv", table, tree)
    assert listing(tree) == before
    assert done.out == ""
    assert done.err == f"qc-report: wrote {page}\nqc-report: wrote {table}\n"
    assert page.read_text().startswith("<!doctype html>")
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines()))
    assert {row["name"]: row["state"] for row in rows} == {
        "plate.%04d.exr": "pending",
        "fail.mov": "fail",
        "gone.mov": "missing",
        "modified.mov": "modified",
        "pass.mov": "pass",
        "pending.mov": "pending",
        "same.mov": "pending",
    }


def test_media_is_never_opened(report: Tool, tree: Path, unprivileged: tuple[str, ...]) -> None:
    (tree / "pass.mov").chmod(0)
    assert report.json(tree, prefix=unprivileged)["summary"]["states"]["pass"] == 1


def test_the_json_tells_of_each_asset_and_how_it_ended(report: Tool, tree: Path) -> None:
    document = report.json(tree)
    assert document["summary"]["exit"] == {"status": 0, "reasons": {}}
    assert document["summary"]["assets"] == len(document["assets"]) == 7
    assert document["summary"]["attention"] == 4
    assert [folder["path"] for folder in document["folders"]] == [str(tree), f"{tree}/plates"]
    (failed,) = [asset for asset in document["assets"] if asset["state"] == "fail"]
    assert failed["recorded"]["verdicts"][-1]["notes"] == "wrong slate"
    assert Path(failed["sidecar"]).is_file()


@pytest.mark.parametrize(("mode"), first(1, [(mode,) for mode in SidecarMode]))
def test_sidecars_are_found_in_every_mode(report: Tool, shot: Path, mode: SidecarMode) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    crawl(shot, Settings(sidecar_mode=mode))
    assets = report.json(shot)["assets"]
    assert [asset["name"] for asset in assets] == ["cut.mov", "plate.%04d.exr"]
    assert {Path(asset["sidecar"]) for asset in assets} == set(sidecar_paths(shot))


def test_one_asset_is_reported_where_one_is_asked_for(report: Tool, tree: Path) -> None:
    for root, name in (
        (tree / "plates" / "plate.%04d.exr", "plate.%04d.exr"),
        (tree / "pass.mov", "pass.mov"),
        (tree / "gone.mov", "gone.mov"),
    ):
        assert [asset["name"] for asset in report.json(root)["assets"]] == [name]


def test_what_is_excluded_is_left_out_and_counted(report: Tool, tree: Path) -> None:
    document = report.json("--exclude", "*.mov", "--exclude", "other", tree)
    assert [asset["name"] for asset in document["assets"]] == ["plate.%04d.exr"]
    assert document["summary"]["excluded"] == 6
    assert report.json("--exclude", "plates", tree)["summary"]["assets"] == 6


def test_sidecars_that_cannot_be_used_are_named_as_the_crawler_names_them(
    report: Tool, tree: Path
) -> None:
    for name in ("damaged.mov", "newer.mov"):
        make_file(tree / name)
    write(tree / "damaged.mov.qc.json", b'{"qc_id": ')
    write(tree / "newer.mov.qc.json", {**PREDECESSOR, "schema_version": "2.0.0"})
    (tree / "plates" / "x").mkdir()
    (tree / "plates" / "x" / ".qc").symlink_to(tree)
    done = report.run(tree, status=3)
    assert done.last_line == "qc-report: exit 3: bad-sidecar=2 newer-sidecar=1"
    assert f"  unknown  {tree}/damaged.mov: bad-sidecar: is not JSON" in done.out
    assert f"  unknown  {tree}/newer.mov: newer-sidecar: schema 2.0.0 is newer" in done.out
    assert f"  bad-sidecar  {tree}/plates/x: .qc is a link or no folder" in done.out
    assert f"next: qc-crawl {tree} records what has changed" in done.out


def test_a_crawl_is_not_advised_for_what_only_a_newer_version_reads(
    report: Tool, shot: Path
) -> None:
    make_file(shot / "newer.mov")
    write(shot / "newer.mov.qc.json", {**PREDECESSOR, "schema_version": "2.0.0"})
    assert "next:" not in report.run(shot, status=3).out
    make_file(shot / "cut.mov")
    crawl(shot / "cut.mov", NIGHTLY)
    done = report.run(shot, status=3)
    assert f"\nnext: look at what is pending, then: qc-crawl --result pass --note '…' {shot}\n" in (
        done.out
    )


def test_a_folder_that_cannot_be_read_is_named(
    report: Tool, tree: Path, unprivileged: tuple[str, ...]
) -> None:
    (tree / "plates").chmod(0)
    try:
        done = report.run(tree, status=3, prefix=unprivileged)
    finally:
        (tree / "plates").chmod(0o755)
    assert done.last_line == "qc-report: exit 3: unreadable=1"
    assert f"  unreadable  {tree}/plates: Permission denied" in done.out


def test_what_is_not_recorded_yet_is_counted(report: Tool, tree: Path) -> None:
    make_file(tree / "new.mov")
    (tree / "pass.mov").unlink()
    done = report.run(tree)
    assert "\nnot recorded yet: 1 asset\ngone since they were recorded: 1 asset\n" in done.out
    named = f"  missing  {tree}/pass.mov: its media is not there any more; was passed by anna on 20"
    assert named in done.out


def test_what_is_gone_is_missing_and_named_only_if_it_was_passed(report: Tool, tree: Path) -> None:
    (tree / "pass.mov").unlink()
    (tree / "fail.mov").unlink()
    document = report.json(tree)
    states = {asset["name"]: asset["state"] for asset in document["assets"]}
    assert states["pass.mov"] == states["fail.mov"] == "missing"
    reasons = {asset["name"]: asset["reasons"] for asset in document["assets"]}
    assert reasons["pass.mov"][0]["concern"] == "missing"
    assert reasons["fail.mov"] == []
    assert document["summary"]["gone"] == 2
    (alone,) = report.json(tree / "pass.mov")["assets"]
    assert (alone["state"], alone["recorded"]["content_state"]) == ("missing", "unchanged")
    (tree / "pass.mov").symlink_to("same.mov")
    (linked,) = [one for one in report.json(tree)["assets"] if one["name"] == "pass.mov"]
    assert linked["state"] == "pass"


def test_frames_that_are_gone_from_what_was_passed_are_named(report: Tool, shot: Path) -> None:
    make_frames(shot, frames=range(1001, 1011))
    crawl(shot, ANNA._replace(findings=False))
    (shot / "plate.1004.exr").unlink()
    (shot / "plate.1004.exr").symlink_to("plate.1001.exr")
    assert report.json(shot)["summary"]["attention"] == 0
    for frame in (1001, 1005, 1006):
        (shot / f"plate.{frame}.exr").unlink()
    (asset,) = report.json(shot)["assets"]
    assert asset["state"] == "modified"
    (reason,) = asset["reasons"]
    assert reason["text"].startswith(
        "frames 1001,1005-1006 are not there any more; was passed by anna on 20"
    )
    assert report.json("--exclude", "*.1007.exr", shot)["assets"] == []


def test_verdicts_of_single_files_that_became_frames_are_counted(report: Tool, shot: Path) -> None:
    for frame in (1001, 1002):
        make_file(shot / f"s.{frame}.exr")
    make_file(shot / "t.1001.exr")
    crawl(shot, NIGHTLY)
    crawl(shot / "s.1001.exr", ANNA._replace(findings=False))
    for name in ("s.1003.exr", "t.1002.exr", "t.1003.exr"):
        make_file(shot / name)
    done = report.run(shot, status=3)
    left_out = "left out: 3 sidecars of single files that are frames of a sequence now"
    assert f"\n{left_out} (1 with a verdict)\n" in done.out
    summary = report.json(shot, status=3)["summary"]
    assert (summary["regrouped"], summary["regrouped_signed"]) == (3, 1)


def test_sidecars_that_a_crawl_has_set_aside_are_named(
    qc: Tool, report: Tool, shot: Path, tmp_path: Path
) -> None:
    """They may hold a verdict, and nothing else of the report would tell."""
    make_frames(shot, frames=range(1, 4))
    make_file(tmp_path / "a.mov")
    qc.run("--sidecar-mode", "subdir", shot)
    qc.run("--sidecar-mode", "inline", tmp_path / "a.mov")
    for sidecar in sidecar_paths(tmp_path):
        sidecar.write_text("{")
    qc.run(tmp_path, status=3)
    (inline,) = tmp_path.glob("*.unreadable-*")
    (stored,) = (shot / ".qc").glob("*.unreadable-*")
    page, table = tmp_path / "r.html", tmp_path / "r.csv"
    done = report.run("--html", page, "--csv", table, tmp_path)
    aside = "2 damaged sidecars, set aside as *.unreadable-*"
    assert f"\nto be looked at by somebody: {aside}\n" in done.out
    why = "damaged sidecar, set aside; a verdict may be in it"
    assert f"  unknown  {inline}: {why}\n  unknown  {stored}: {why}\n" in done.out
    assert page.read_text().count(why) == 2 + 1
    rows = csv.DictReader(table.read_text("utf-8-sig").splitlines())
    asides = [(row["state"], row["sidecar"]) for row in rows if row["needs_attention"] == why]
    assert asides == [("unknown", str(inline)), ("unknown", str(stored))]
    assets = report.json(tmp_path)["assets"]
    unknown = [asset for asset in assets if asset["state"] == "unknown"]
    assert [(one["path"], one["recorded"]) for one in unknown] == [
        (str(inline), None),
        (str(stored), None),
    ]
    assert [one["name"] for one in report.json(tmp_path / "a.mov")["assets"]] == ["a.mov"]


def test_a_sidecar_set_aside_is_no_sign_that_a_tree_was_recorded(report: Tool, shot: Path) -> None:
    make_file(shot / "cut.mov.qc.json.unreadable-20261128T060000Z")
    assert report.run(shot, status=3).last_line == "qc-report: exit 3: nothing-found=1"


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["{}/nowhere"], "ROOT does not exist: "),
        (["{}/plates/.qc"], "ROOT is a folder of sidecars: "),
        (["--csv", "r.txt", "{}"], "--csv r.txt: the name must end in .csv"),
        (["--html", "r.csv", "{}"], "--html r.csv: the name must end in .html"),
        (["--html", "nowhere/r.html", "{}"], "--html nowhere/r.html: there is no folder "),
        (["--html", "{}/folder.html", "{}"], ": is there, and is no file"),
        (["--csv", "{}/device.csv", "{}"], ": is there, and is no file"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(
    report: Tool, tree: Path, arguments: list[str], why: str
) -> None:
    (tree / "folder.html").mkdir()
    (tree / "device.csv").symlink_to("/dev/null")
    before = listing(tree)
    done = report.run(*(argument.format(tree) for argument in arguments), status=2)
    assert why in done.err
    assert len(done.err.splitlines()) == 1
    assert done.out == ""
    assert listing(tree) == before


def test_a_root_without_sidecars_is_no_success(report: Tool, shot: Path) -> None:
    make_file(shot / "cut.mov")
    done = report.run(shot, status=3)
    assert done.last_line == "qc-report: exit 3: nothing-found=1"
    assert "holds no sidecars" in done.out
    assert report.run("--allow-empty", shot).out.startswith("0 assets (1 folder looked at")


def test_hostile_names_neither_forge_a_line_nor_break_a_form(
    report: Tool, shot: Path, tmp_path: Path
) -> None:
    for name in (*HOSTILE, "<script>alert(1)<", "=1+1.mov"):
        make_file(shot / (name if name.endswith(".mov") else f"{name}.mov"))
    crawl(shot, BEN)
    page, table = tmp_path / "r.html", tmp_path / "r.csv"
    done = report.run("--html", page, "--csv", table, shot)
    for text in (done.out, page.read_text(), table.read_text("utf-8-sig")):
        assert not {char for char in text if not char.isprintable()} - {"\n"}
    assert len(table.read_text("utf-8-sig").splitlines()) == len(HOSTILE) + 3
    assert "<script>alert" not in page.read_text()
    assert {asset["name"] for asset in report.json(shot)["assets"]} == set(os.listdir(shot)) - {
        ".qc",
        ".qc.hashcache.json",
    }


def test_a_report_is_replaced_whole_and_a_link_is_not_followed(
    report: Tool, tree: Path, tmp_path: Path
) -> None:
    page, kept = tmp_path / "r.html", tmp_path / "kept.html"
    page.write_text("old")
    report.run("--quiet", "--html", page, tree)
    assert page.read_text().startswith("<!doctype html>")
    kept.write_text("mine")
    page.unlink()
    page.symlink_to(kept)
    report.run("--quiet", "--html", page, tree)
    assert kept.read_text() == "mine"
    assert not page.is_symlink()
    assert not list(tmp_path.glob(".qc-*"))


def test_a_report_that_cannot_be_written_is_no_success(
    report: Tool, tree: Path, small_disk: Path
) -> None:
    fill(small_disk)
    page = small_disk / "r.html"
    done = report.run("--html", page, tree, status=3)
    assert done.last_line == "qc-report: exit 3: unwritten=1"
    assert f"unwritten: {page}: No space left on device" in done.err
    assert os.listdir(small_disk) == ["filler"]
    assert "needs attention:" in done.out


def test_a_terminal_gets_what_fits_in_colours_unless_nobody_wants_them(
    report: Tool, start: Opener, tree: Path
) -> None:
    coloured = start(tree)
    assert coloured.end() == 0
    assert "\x1b[31mfail\x1b[0m" in coloured.shown.decode()
    assert all(len(line) < 80 for line in coloured.screen[1:4] if "\x1b" not in line)
    with terminals(replace(report, env={**report.env, "NO_COLOR": "1"})) as plainly:
        plain = plainly(tree)
        assert plain.end() == 0
        assert "\x1b[3" not in plain.shown.decode()


FORMS = [
    ("html", lambda text: text.startswith("<!doctype html>")),
    ("csv", lambda text: text.startswith('\ufeff"state",')),
    ("json", lambda text: json.loads(text)["summary"]["assets"] == 1),
]


@pytest.mark.parametrize(("form", "is_sound"), FORMS, ids=lambda value: str(value)[:4])
def test_a_crawl_ends_with_the_report_that_its_extension_asks_for(
    qc: Tool, shot: Path, tmp_path: Path, form: str, is_sound: Callable[[str], bool]
) -> None:
    make_file(shot / "cut.mov")
    path = tmp_path / f"r.{form}"
    done = qc.run("--report", path, shot)
    assert done.err == f"qc-crawl: wrote {path}\n"
    assert is_sound(path.read_text())


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("r.txt", "the name must end in .html or .csv or .json"),
        ("nowhere/r.html", "there is no folder "),
        ("cut.mov.qc.json", "that is the name of a file that qc-crawl keeps"),
        (".qc.hashcache.json", "that is the name of a file that qc-crawl keeps"),
        (".qc/r.json", "that is in a folder of sidecars"),
        (".qc/deeper/r.json", "that is in a folder of sidecars"),
        ("link/r.json", "that is in a folder of sidecars"),
    ],
)
def test_a_crawl_that_could_not_report_does_not_start(
    qc: Tool, shot: Path, path: str, why: str
) -> None:
    make_file(shot / "cut.mov")
    (shot / ".qc" / "deeper").mkdir(parents=True)
    (shot / "link").symlink_to(".qc")
    before = listing(shot)
    done = qc.run("--report", shot / path, shot, status=2)
    assert why in done.err
    assert listing(shot) == before


def test_a_crawl_whose_folder_for_the_report_is_shut_does_not_start(
    qc: Tool, shot: Path, tmp_path: Path, unprivileged: tuple[str, ...]
) -> None:
    make_file(shot / "cut.mov")
    shut = tmp_path / "shut"
    shut.mkdir(mode=0o555)
    done = qc.run("--report", shut / "r.html", shot, status=2, prefix=unprivileged)
    assert "the folder cannot be written to" in done.err
    assert os.listdir(shot) == ["cut.mov"]


def test_a_crawl_that_records_but_cannot_report_says_so(
    qc: Tool, shot: Path, small_disk: Path
) -> None:
    make_file(shot / "cut.mov")
    fill(small_disk)
    done = qc.run("--report", small_disk / "r.html", shot, status=3)
    assert done.last_line == "qc-crawl: exit 3: unwritten=1"
    assert len(sidecar_paths(shot)) == 1


def test_a_dry_run_writes_no_report(qc: Tool, shot: Path, tmp_path: Path) -> None:
    make_file(shot / "cut.mov")
    done = qc.run("--dry-run", "--report", tmp_path / "r.html", shot, status=2)
    assert "--dry-run writes nothing" in done.err


def test_what_is_interrupted_is_said_to_be_and_writes_no_file(
    shot: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_file(shot / "cut.mov")
    crawl(shot)
    assert gather_report((str(shot),), Settings(), stopped=lambda: True).interrupted
    resolved = resolve(RawArguments((str(shot),)), {"HOME": str(tmp_path)}, None)
    path = tmp_path / "r.html"
    reporting = Reporting(resolved, Console("qc-crawl"), str(path))
    assert reporting.write(lambda: True) == {}
    assert not path.exists()
    assert reporting.write(lambda: False) == {}
    assert path.exists()
    path.unlink()
    shot.rename(shot.parent / "elsewhere")
    assert reporting.write(lambda: False) == {"unwritten": 1}
    assert "ROOT does not exist" in capsys.readouterr().err
    assert not path.exists()
