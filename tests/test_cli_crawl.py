"""What a run of `qc-crawl` does to a tree, and what it says."""

import json
import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest
from faults.stock import ARTIFACTS, listing, media_listing

import qc_asset_crawler
from qc_asset_crawler.crawler.events import BytesHashed, Event
from support import (
    Tool,
    content_hash,
    files_below,
    finish,
    make_file,
    make_frames,
    manifest_hash,
    rewrite,
    said,
    sidecars,
)

PASS = ("--result", "pass", "--operator", "anna", "--yes")


@pytest.fixture
def tree(shot: Path) -> Path:
    """Two sequences, two single files and some other things, in two folders."""
    make_frames(shot)
    make_frames(shot / "below", "bg", ext="DPX")
    make_file(shot / "cut.MOV")
    make_file(shot / "below" / "still.png")
    make_file(shot / "clip.ari")
    make_file(shot / "notes.txt")
    make_file(shot / ".hidden.mov")
    make_file(shot / "~snapshot.mov")
    make_frames(shot / "~snapshot")
    return shot


ASSETS = {"plate.%04d.exr", "bg.%04d.DPX", "cut.MOV", "still.png", "~snapshot.mov"}


def test_a_first_crawl_records_every_asset_once(qc: Tool, tree: Path) -> None:
    done = qc.run(tree)
    found = sidecars(tree)
    assert set(found) == ASSETS
    headline = done.out.splitlines()[0]
    assert headline.startswith("5 assets")
    assert "5 new, 0 modified, 0 unchanged, 0 missing" in headline
    assert "2 folders" in headline
    assert "not looked at: 1 .ari, 1 .txt" in done.out
    assert f"next: look at them, then: qc-crawl --result pass --note '…' {tree}" in done.out
    assert done.err == ""
    plate = found["plate.%04d.exr"]
    assert plate["content_hash"] == manifest_hash(sorted(tree.glob("plate.*")))
    assert plate["asset_path"] == str(tree)
    assert found["cut.MOV"]["asset_path"] == str(tree / "cut.MOV")
    assert found["cut.MOV"]["content_hash"] == content_hash((tree / "cut.MOV").read_bytes())


def test_a_second_crawl_writes_nothing_and_says_so(qc: Tool, tree: Path) -> None:
    qc.run(tree)
    before = listing(tree)
    done = qc.run(tree)
    assert listing(tree) == before
    assert "0 new, 0 modified, 5 unchanged, 0 missing" in done.out
    assert "nothing changed: no media was read, nothing was written" in done.out


def test_a_second_crawl_needs_neither_media_nor_cache(qc: Tool, tree: Path) -> None:
    qc.run(tree)
    for cache in tree.rglob(".qc.hashcache.json"):
        cache.unlink()
    before = listing(tree)
    events: list[Event] = []
    report = qc_asset_crawler.crawl(tree, on_event=events.append)
    assert not [event for event in events if isinstance(event, BytesHashed)]
    assert (report.files_read, report.bytes_read, report.actions) == (0, 0, {"kept": 5})
    assert listing(tree) == before


def opened(qc: Tool, folder: Path, *options: str) -> set[str]:
    """Return the names of all files that a run really opens."""
    if shutil.which("strace") is None:
        pytest.skip("there is no strace here")
    log = folder.parent.parent / "strace.log"
    strace = ("strace", "-f", "-e", "trace=open,openat", "-o", str(log))
    if subprocess.run([*strace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here")
    qc.run(*options, folder, prefix=strace)
    calls = log.read_text("utf-8", "surrogateescape").splitlines()
    names = [line.split('"')[1].rpartition("/")[2] for line in calls if '"' in line]
    return {name for name in names if name.lower().endswith((".exr", ".dpx", ".mov", ".png"))}


def test_a_second_crawl_opens_no_media(qc: Tool, tree: Path) -> None:
    assert len(opened(qc, tree)) == 13
    assert opened(qc, tree) == set()


def test_a_dry_run_opens_no_media(qc: Tool, tree: Path) -> None:
    assert opened(qc, tree, "--dry-run") == set()


def test_only_what_changed_is_read(qc: Tool, tree: Path) -> None:
    qc.run(tree)
    rewrite(tree / "plate.1003.exr")
    assert opened(qc, tree) == {"plate.1003.exr"}


# -- media is never altered ---------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["inline", "dot", "subdir"])
def test_media_is_untouched_whatever_the_run(qc: Tool, tree: Path, mode: str) -> None:
    (tree / "hard.mov").hardlink_to(tree / "cut.MOV")
    (tree / "outside.mov").hardlink_to(make_file(tree.parent / "outside"))
    (tree / "plate.1001.exr").chmod(0o444)
    with suppress(OSError):  # not on every file system
        os.setxattr(tree / "cut.MOV", "user.note", b"keep")
    before = media_listing(tree)
    for options in ((), PASS, ("--rehash",), ("--ignore-ctime",)):
        qc.run("--sidecar-mode", mode, *options, tree)
        assert media_listing(tree) == before


def test_only_the_tools_own_files_are_left_behind(qc: Tool, tree: Path) -> None:
    before = set(files_below(tree))
    qc.run(*PASS, tree)
    made = set(files_below(tree)) - before
    assert all(path.name.endswith(ARTIFACTS[:3]) for path in made)
    assert len(made) == 5 + 2


# -- options ------------------------------------------------------------------------------------


def test_a_dry_run_tells_and_writes_nothing(qc: Tool, tree: Path) -> None:
    before = listing(tree)
    done = qc.run("--dry-run", *PASS, tree)
    assert listing(tree) == before
    assert "dry run: 5 assets: 5 new, 0 modified, 0 unchanged, 0 missing" in done.out
    assert "would read 13 files, 832 B; nothing was written" in done.out
    assert "would sign pass on 5 assets in 2 folders" in done.out


def test_a_dry_run_knows_what_changed(qc: Tool, tree: Path) -> None:
    qc.run(tree)
    (tree / "cut.MOV").unlink()
    make_file(tree / "new.wav", size=100)
    (tree / "plate.1003.exr").write_bytes(b"longer than before" * 10)
    summary = qc.json("--dry-run", tree)["summary"]
    assert summary["dry_run"] is True
    assert summary["states"] == {"missing": 1, "modified": 1, "new": 1, "unchanged": 3}
    assert (summary["read_files"], summary["read_bytes"]) == (2, 280)


def test_rehash_reads_everything_again_and_changes_nothing(qc: Tool, tree: Path) -> None:
    qc.run(*PASS, tree)
    before = sidecars(tree)
    summary = qc.json("--rehash", tree)["summary"]
    assert summary["files_read"] == 13
    assert sidecars(tree) == before


def test_a_dry_run_of_rehash_reads_much_and_expects_no_change(qc: Tool, tree: Path) -> None:
    qc.run(*PASS, tree)
    summary = qc.json("--rehash", "--dry-run", tree)["summary"]
    assert (summary["states"], summary["read_files"]) == ({"unchanged": 5}, 13)
    rewrite(tree / "cut.MOV")
    states = qc.json("--rehash", "--dry-run", tree)["summary"]["states"]
    assert states == {"modified": 1, "unchanged": 4}


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("*.MOV", ASSETS - {"cut.MOV"}),
        ("*.mov", ASSETS - {"~snapshot.mov"}),
        ("below", ASSETS - {"bg.%04d.DPX", "still.png"}),
        ("below/*.png", ASSETS - {"still.png"}),
        ("*/bg.*", ASSETS - {"bg.%04d.DPX"}),
        ("nothing*", ASSETS),
    ],
)
def test_exclude(qc: Tool, tree: Path, glob: str, left: set[str]) -> None:
    qc.run("--exclude", glob, tree)
    assert set(sidecars(tree)) == left


def test_exclude_can_be_repeated(qc: Tool, tree: Path) -> None:
    qc.run("--exclude", "*.mov", "--exclude", "below", tree)
    assert set(sidecars(tree)) == {"plate.%04d.exr", "cut.MOV"}


@pytest.mark.parametrize(("least", "count"), [(5, 1), (6, 5), (1, 1)])
def test_min_seq(qc: Tool, shot: Path, least: int, count: int) -> None:
    make_frames(shot)
    qc.run("--min-seq", str(least), shot)
    assert len(sidecars(shot)) == count


def test_extra_extensions(qc: Tool, tree: Path) -> None:
    qc.run(tree, env={"QC_EXTRA_MEDIA_EXTS": "ari, .R3D"})
    assert set(sidecars(tree)) == ASSETS | {"clip.ari"}


def test_other_names_for_artifacts(qc: Tool, tree: Path) -> None:
    names = {
        "QC_HASHCACHE_NAME": ".studio.cache.json",
        "QC_SIDE_SUFFIX_FILE": ".studio.json",
        "QC_SIDE_NAME_SEQUENCE": "studio.sequence.json",
    }
    qc.run(tree, env=names)
    made = {path.name for path in tree.glob(".qc/*")} | {path.name for path in tree.glob(".st*")}
    assert made == {
        ".studio.cache.json",
        "studio.sequence.json",
        "cut.MOV.studio.json",
        "~snapshot.mov.studio.json",
    }
    before = listing(tree)
    qc.run(tree, env=names)
    assert listing(tree) == before


def test_several_roots_are_crawled_once_each(qc: Tool, tree: Path) -> None:
    make_frames(tree.parent / "other", "other")
    summary = qc.json(tree, tree / "below", tree.parent / "other", tree)["summary"]
    assert (summary["assets"], summary["folders"]) == (6, 3)


def test_roots_are_relative_to_where_the_user_is(qc: Tool, tree: Path) -> None:
    qc.run("below", cwd=tree)
    assert sidecars(tree)["still.png"]["asset_path"] == str(tree / "below" / "still.png")


# -- one asset ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["plate.%04d.exr", "plate.%d.exr", "cut.MOV"])
def test_a_root_that_is_one_asset_touches_just_that(qc: Tool, tree: Path, name: str) -> None:
    done = qc.run(*PASS, tree / name)
    (signed,) = sidecars(tree).values()
    assert said(signed) == [("pass", "anna")]
    assert done.out.startswith("1 asset")


def test_one_asset_out_of_a_crawled_tree(qc: Tool, tree: Path) -> None:
    qc.run(tree)
    before = listing(tree)
    qc.run(*PASS, tree / "below" / "bg.%04d.DPX")
    after = listing(tree)
    changed = {path for path in after if path not in before or before[path][0:] != after[path][0:]}
    assert {Path(path).name for path in changed if not path.endswith("/.")} <= {
        "qc.sequence.json",
        ".qc",
        "below",
    }


def test_an_asset_id_goes_to_exactly_one_asset_and_stays(qc: Tool, tree: Path) -> None:
    qc.run("--asset-id", "A-17", tree / "cut.MOV")
    assert sidecars(tree)["cut.MOV"]["asset_id"] == "A-17"
    rewrite(tree / "cut.MOV")
    qc.run(tree)
    assert sidecars(tree)["cut.MOV"]["asset_id"] == "A-17"
    done = qc.run("--asset-id", "A-18", tree, status=2)
    assert "exactly one asset" in done.err
    assert sidecars(tree)["cut.MOV"]["asset_id"] == "A-17"


# -- what machines read -------------------------------------------------------------------------


def test_json_is_one_document_with_every_asset(qc: Tool, tree: Path) -> None:
    document = qc.json(*PASS, tree)
    assert {os.path.basename(asset["path"]) for asset in document["assets"]} == ASSETS
    summary = document["summary"]
    assert summary["exit"] == {"status": 0, "reasons": {}}
    assert summary["states"] == {"new": 5}
    assert summary["results"] == {"pass": 5}
    assert summary["not_looked_at"] == {".ari": 1, ".txt": 1}
    assert (summary["files_read"], summary["bytes_read"]) == (13, 832)
    recorded = sidecars(tree)
    for asset in document["assets"]:
        sidecar = recorded[os.path.basename(asset["path"])]
        assert asset["content_hash"] == sidecar["content_hash"]
        assert asset["verdict"]["operator"] == "anna"
        assert json.loads(Path(asset["sidecar"]).read_text()) == sidecar


def test_json_lines_are_an_asset_each_and_the_summary_last(qc: Tool, tree: Path) -> None:
    lines = [json.loads(line) for line in qc.run("--json-lines", tree).out.splitlines()]
    assert {os.path.basename(line["path"]) for line in lines[:-1]} == ASSETS
    assert lines[-1]["summary"]["assets"] == 5


def test_json_names_problems_and_its_exit_status(
    qc: Tool, tree: Path, unprivileged: tuple[str, ...]
) -> None:
    (tree / "cut.MOV").chmod(0)
    (tree / "plate.1002.exr").chmod(0)
    process = qc.start("--json", tree, prefix=unprivileged)
    done = finish(process, 3)
    summary = json.loads(done.out)["summary"]
    assert summary["exit"] == {"status": 3, "reasons": {"unreadable": 2}}
    assert [problem["kind"] for problem in summary["problems"]] == ["unreadable"] * 2
    assert done.last_line == "qc-crawl: exit 3: unreadable=2"


def test_quiet_says_nothing_when_all_is_well(qc: Tool, tree: Path) -> None:
    assert qc.run("--quiet", tree)[1:] == ("", "")


def test_quiet_still_names_problems(qc: Tool, tree: Path, unprivileged: tuple[str, ...]) -> None:
    (tree / "cut.MOV").chmod(0)
    done = qc.run("--quiet", tree, status=3, prefix=unprivileged)
    assert done.out == ""
    assert "cut.MOV" in done.err


def test_nobody_reads_stdout_any_more(qc: Tool, tree: Path) -> None:
    process = qc.start("--json-lines", tree)
    assert process.stdout is not None
    process.stdout.close()
    process.stdout = None
    done = process.communicate(timeout=30)[1].decode()
    assert "Traceback" not in done
    assert process.returncode == 3


@pytest.mark.parametrize("form", ["--quiet", "--json", "--json-lines"])
def test_a_dry_run_names_on_stderr_what_it_could_not_look_at(
    form: str, qc: Tool, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    (shot / "closed").mkdir(0o000)
    done = qc.run("--dry-run", form, "--allow-empty", shot, status=3, prefix=unprivileged)
    assert f"unreadable: {shot}/closed: Permission denied" in done.err
