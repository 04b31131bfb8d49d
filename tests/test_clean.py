"""`qc-clean`, end to end: what it made goes, and nothing else; no verdict goes by itself."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from clean_tree import HOSTILE, PREDECESSOR, Tree, grow, write
from support import (
    Json,
    Tool,
    fill,
    listing,
    load,
    make_file,
    make_frames,
    media_listing,
    said,
    sidecars,
)
from trak_cli import all_statuses, always, configured
from trak_server import TrakServer

PASS = ("--result", "pass", "--operator", "anna", "--yes")
YES = ("--yes",)
ALL = ("--yes", "--include-verdicts")


@pytest.fixture
def tidy(qc: Tool) -> Tool:
    """The installed `qc-clean`."""
    return replace(qc, name="qc-clean")


@pytest.fixture
def tree(shot: Path) -> Tree:
    return grow(shot, shot.parent.parent / "outside")


def below(root: Path) -> set[str]:
    """Name everything below a folder, relative to it."""
    return {os.path.relpath(path, root) for path in listing(root)}


def actions(document: Json, root: Path) -> dict[str, dict[str, str]]:
    """Return the artifacts of a document: by action and path below ROOT, how they stand."""
    found: dict[str, dict[str, str]] = {}
    for one in document["artifacts"]:
        path = os.path.relpath(one["path"], root)
        found.setdefault(one["action"], {})[path] = one["standing"]
    return found


def test_exactly_what_the_crawler_made_goes_and_no_verdict(tidy: Tool, tree: Tree) -> None:
    names = below(tree.root)
    before = tree.everything_else(tree.ours)
    done = tidy.run(*YES, tree.root, status=3)
    assert names - below(tree.root) == tree.ours
    assert tree.everything_else(()) == before
    assert done.last_line == "qc-clean: exit 3: cannot-tell=2"
    assert "\x1b" not in done.out + done.err


def test_every_entry_is_named_with_what_became_of_it_and_why(tidy: Tool, tree: Tree) -> None:
    document = tidy.json(*YES, tree.root, status=3)
    found = actions(document, tree.root)
    assert set(found["removed"]) == tree.ours
    kept = found["kept"]
    by_standing = {s: {p for p, standing in kept.items() if standing == s} for s in kept.values()}
    assert by_standing["verdict"] == tree.said
    assert by_standing["not-ours"] == tree.strange
    assert by_standing["cannot-tell"] == tree.unknown
    assert len(by_standing["set-aside"]) == len(by_standing["in-use"]) == 1
    assert all(one["detail"] for one in document["artifacts"] if one["action"] == "kept")


def test_a_second_run_finds_nothing_to_remove(tidy: Tool, tree: Tree) -> None:
    tidy.run(*YES, tree.root, status=3)
    before = listing(tree.root)
    assert "nothing was removed" in tidy.run(*YES, tree.root, status=3).out
    assert listing(tree.root) == before


@pytest.mark.parametrize("options", [("--dry-run",), (), ("--dry-run", "--include-verdicts")])
def test_nothing_is_written_unless_somebody_says_yes(
    tidy: Tool, tree: Tree, options: tuple[str, ...]
) -> None:
    before = listing(tree.root), listing(tree.outside)
    done = tidy.run(*options, tree.root, status=3 if options else 2)
    assert (listing(tree.root), listing(tree.outside)) == before
    assert f"hash cache  {tree.root}/dot/.qc.hashcache.json" in done.out
    if not options:
        assert done.last_line == f"qc-clean: exit 2: not-removed={len(tree.ours)}"
        assert "--yes" in done.err


def test_what_is_listed_is_what_goes(tidy: Tool, tree: Tree) -> None:
    listed = actions(tidy.json("--dry-run", tree.root, status=3), tree.root)
    removed = actions(tidy.json(*YES, tree.root, status=3), tree.root)
    assert listed["would-remove"] == removed["removed"]
    assert listed["kept"] == removed["kept"]


@pytest.mark.parametrize("mode", ["inline", "dot", "subdir"])
def test_with_verdicts_included_the_tree_is_what_it_was(
    qc: Tool, tidy: Tool, shot: Path, mode: str
) -> None:
    for name in HOSTILE:
        make_file(shot / name)
    for base in ("plate", "matte"):
        make_frames(shot / "plates", base)
    make_frames(shot / "alone")
    before = media_listing(shot)
    names = below(shot)
    qc.run("--sidecar-mode", mode, shot)
    qc.run(*PASS, "--note", "fine", shot)
    assert below(shot) != names
    tidy.run(*ALL, shot)
    assert below(shot) == names
    assert media_listing(shot) == before


def test_a_crawl_after_it_finds_the_same_content(qc: Tool, tidy: Tool, shot: Path) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    qc.run(shot)
    first = {name: sidecar["content_hash"] for name, sidecar in sidecars(shot).items()}
    tidy.run(*YES, shot)
    assert sidecars(shot) == {}
    qc.run(shot)
    assert {name: sidecar["content_hash"] for name, sidecar in sidecars(shot).items()} == first


def test_verdicts_and_notes_stay_and_the_command_that_takes_them_is_given(
    qc: Tool, tidy: Tool, shot: Path
) -> None:
    make_file(shot / "a b.mov")
    make_file(shot / "cut.mov")
    qc.run(*PASS, shot / "a b.mov")
    qc.run(shot)
    done = tidy.run(*YES, "--exclude", "it's *", shot)
    assert list(sidecars(shot)) == ["a b.mov"]
    assert "kept 1 sidecar with a verdict or a note:" in done.out
    assert "pass by anna on " in done.out
    assert f"qc-clean --include-verdicts --exclude 'it'\"'\"'s *' {shot}" in done.out
    tidy.run(*ALL, shot)
    assert sidecars(shot) == {}


def test_what_trak_has_not_got_survives_everything_but_discard_unsent(
    qc: Tool, tidy: Tool, shot: Path, trak: TrakServer
) -> None:
    told = configured(qc, trak)
    make_file(shot / "told.mov")
    told.run(*PASS, shot)
    trak.behave = always("status", 422, "verdict")
    make_file(shot / "refused.mov")
    told.run(*PASS, shot / "refused.mov")
    trak.pause()
    make_frames(shot)
    told.run(*PASS, shot / "plate.%04d.exr", env={"TRAK_DEADLINE": "0.2"}, status=5)
    before = sidecars(shot)
    done = tidy.run(*YES, shot)
    assert sidecars(shot) == before
    done = tidy.run(*ALL, shot)
    assert set(sidecars(shot)) == {"plate.%04d.exr", "refused.mov"}
    assert "kept 2 sidecars with a verdict that Trak has not got:" in done.out
    assert f"to send them: qc-crawl --deliver {shot}" in done.out
    assert f"to lose them: qc-clean --include-verdicts --discard-unsent {shot}" in done.out
    trak.resume()
    trak.behave = always("status", 422, "verdict")
    assert all_statuses(shot) == {("queued", None), ("rejected", 422)}
    tidy.run(*ALL, "--discard-unsent", shot)
    assert sidecars(shot) == {}


def test_cache_only_takes_the_caches_only(qc: Tool, tidy: Tool, shot: Path) -> None:
    make_frames(shot / "a")
    make_frames(shot / "b")
    qc.run(shot)
    names = below(shot)
    tidy.run(*YES, "--cache-only", shot)
    assert names - below(shot) == {"a/.qc.hashcache.json", "b/.qc.hashcache.json"}


def test_an_excluded_asset_keeps_its_sidecar(qc: Tool, tidy: Tool, shot: Path) -> None:
    for base in ("plate", "matte"):
        make_frames(shot / "a", base)
    make_file(shot / "a" / "cut.mov")
    make_frames(shot / "b", "skipped")
    qc.run(shot)
    done = tidy.run(
        *YES, "--exclude", "plate.1003.exr", "--exclude", "*.mov", "--exclude", "b", shot
    )
    assert set(sidecars(shot)) == {"plate.%04d.exr", "cut.mov", "skipped.%04d.exr"}
    assert "kept 2 sidecars of what is excluded" in done.out


@pytest.mark.parametrize(
    ("name", "sidecar"),
    [("plate.%04d.exr", "qc.sequence.json"), ("cut.mov", "cut.mov.qc.json")],
)
def test_one_asset_alone_can_be_cleaned(
    qc: Tool, tidy: Tool, shot: Path, name: str, sidecar: str
) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    qc.run(shot)
    names = below(shot)
    tidy.run(*YES, shot / name)
    (gone,) = names - below(shot)
    assert gone == f".qc/{sidecar}"


def test_configured_names_are_the_ones_that_go(qc: Tool, tidy: Tool, shot: Path) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    names = below(shot)
    env = {
        "QC_SIDE_SUFFIX_FILE": ".mark.json",
        "QC_SIDE_NAME_SEQUENCE": "seq.mark-s.json",
        "QC_HASHCACHE_NAME": ".marks.json",
    }
    qc.run(shot, env=env)
    made = below(shot)
    tidy.run(*YES, shot)
    assert below(shot) == made
    tidy.run(*YES, shot, env=env)
    assert below(shot) == names


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ((), "ROOT"),
        (("nowhere",), "ROOT does not exist"),
        (("--discard-unsent", "."), "--include-verdicts"),
        (("--cache-only", "--include-verdicts", "."), "exclude each other"),
        (("--exclude", "", "."), "--exclude is empty"),
        (("--force", "."), "--force"),
    ],
)
def test_wrong_usage_is_one_line(tidy: Tool, args: tuple[str, ...], why: str) -> None:
    done = tidy.run(*args, status=2)
    assert why in done.err
    assert done.err.count("\n") == 1
    assert done.out == ""


def test_a_root_that_holds_nothing_is_no_success(tidy: Tool, shot: Path) -> None:
    done = tidy.run(*YES, shot, status=3)
    assert done.last_line == "qc-clean: exit 3: nothing-found=1"
    assert "is it mounted?" in done.out
    tidy.run(*YES, "--allow-empty", shot)


def test_media_without_artifacts_is(tidy: Tool, shot: Path) -> None:
    make_frames(shot)
    assert "nothing to remove" in tidy.run(shot).out


# -- trouble ------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_read_is_named(
    qc: Tool, tidy: Tool, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    for name in ("open", "sealed", "sealed-store"):
        make_frames(shot / name, name)
    qc.run(shot)
    (shot / "sealed").chmod(0)
    (shot / "sealed-store" / ".qc").chmod(0)
    done = tidy.run(*YES, shot, status=3, prefix=unprivileged)
    assert done.last_line == "qc-clean: exit 3: unreadable=2"
    assert f"{shot}/sealed: Permission denied" in done.out
    (shot / "sealed").chmod(0o755)
    (shot / "sealed-store" / ".qc").chmod(0o755)
    assert set(sidecars(shot)) == {"sealed.%04d.exr", "sealed-store.%04d.exr"}


def test_a_folder_that_cannot_be_written_is_named(
    qc: Tool, tidy: Tool, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    make_frames(shot / "open")
    make_frames(shot / "closed")
    qc.run(shot)
    (shot / "closed").chmod(0o555)
    before = listing(shot / "closed")
    done = tidy.run(*YES, shot, status=3, prefix=unprivileged)
    assert listing(shot / "closed") == before
    (shot / "closed").chmod(0o755)
    assert done.last_line.startswith("qc-clean: exit 3: unremoved=")
    assert len(sidecars(shot)) == 1


def test_a_lock_that_is_not_ours_keeps_its_folder_from_being_cleaned(
    qc: Tool, tidy: Tool, shot: Path
) -> None:
    make_frames(shot)
    qc.run(shot)
    write(shot / ".qc.lock", b"my own list of locks")
    os.utime(shot / ".qc.lock", (0, 0))
    before = set(sidecars(shot))
    done = tidy.run(*YES, shot, status=3)
    assert set(sidecars(shot)) == before
    assert (shot / ".qc.lock").read_bytes() == b"my own list of locks"
    assert "it cannot be locked" in done.out


def test_a_full_disk_can_be_cleaned(qc: Tool, tidy: Tool, small_disk: Path) -> None:
    shot = small_disk / "shot"
    make_frames(shot, frames=range(1, 200))
    names = below(shot)
    qc.run(shot)
    fill(small_disk)
    tidy.run(*YES, shot)
    assert below(shot) == names


def test_the_damaged_copy_of_a_sidecar_costs_no_verdict(qc: Tool, tidy: Tool, shot: Path) -> None:
    """A crash while sidecars were moved left two; only one of them holds the verdict."""
    make_file(shot / "cut.mov")
    qc.run(shot)
    before = (shot / ".qc" / "cut.mov.qc.json").read_bytes()
    qc.run(*PASS, shot)
    (shot / "cut.mov.qc.json").write_bytes(before)
    tidy.run(*YES, shot)
    assert said(sidecars(shot)["cut.mov"]) == [("pass", "anna")]
    qc.run(shot)
    assert said(sidecars(shot)["cut.mov"]) == [("pass", "anna")]


def test_a_predecessors_verdict_is_one(tidy: Tool, shot: Path) -> None:
    make_file(shot / "cut.mov")
    write(shot / "cut.mov.qc.json", {**PREDECESSOR, "qc_result": "fail"})
    done = tidy.run(*YES, shot)
    assert load(shot / "cut.mov.qc.json")["qc_result"] == "fail"
    assert "fail by old on 2024-01-02" in done.out


def test_the_document_is_one_and_sorted(tidy: Tool, tree: Tree) -> None:
    done = tidy.run("--json", *YES, tree.root, status=3)
    document = json.loads(done.out)
    paths = [one["path"] for one in document["artifacts"]]
    assert paths == sorted(paths)
    summary = document["summary"]
    assert sum(summary["goes"].values()) == len(tree.ours)
    assert summary["exit"] == {"status": 3, "reasons": {"cannot-tell": 2}}
