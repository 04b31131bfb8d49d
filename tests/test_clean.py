"""`qc-clean`, end to end: what it made goes, and nothing else; no verdict goes by itself."""

import json
import os
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from faults.stock import listing, media_listing

from clean_tree import ANNA, HOSTILE, PREDECESSOR, Tree, grow, write
from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.settings import QCResult, SidecarMode, Signing
from support import Json, Tool, fill, load, make_file, make_frames, said, sidecars
from trak_cli import all_statuses, always, configured, well
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
    assert done.last_line == "qc-clean: exit 3: cannot-tell=3"
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
def test_with_verdicts_included_the_tree_is_what_it_was(tidy: Tool, shot: Path, mode: str) -> None:
    for name in HOSTILE:
        make_file(shot / name)
    for base in ("plate", "matte"):
        make_frames(shot / "plates", base)
    make_frames(shot / "alone")
    before = media_listing(shot)
    names = below(shot)
    crawl(shot, Settings(sidecar_mode=SidecarMode(mode)))
    crawl(shot, ANNA._replace(signing=Signing(QCResult.PASS, "fine")))
    assert below(shot) != names
    tidy.run(*ALL, shot)
    assert below(shot) == names
    assert media_listing(shot) == before


def test_a_crawl_after_it_finds_the_same_content(tidy: Tool, shot: Path) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    crawl(shot)
    first = {name: sidecar["content_hash"] for name, sidecar in sidecars(shot).items()}
    tidy.run(*YES, shot)
    assert sidecars(shot) == {}
    crawl(shot)
    assert {name: sidecar["content_hash"] for name, sidecar in sidecars(shot).items()} == first


def test_verdicts_and_notes_stay_and_the_command_that_takes_them_is_given(
    tidy: Tool, shot: Path
) -> None:
    make_file(shot / "a b.mov")
    make_file(shot / "cut.mov")
    crawl(shot / "a b.mov", ANNA)
    crawl(shot)
    done = tidy.run(*YES, "--exclude", "it's *", shot)
    assert list(sidecars(shot)) == ["a b.mov"]
    assert "kept 1 sidecar with a verdict or a note:" in done.out
    assert "pass by anna on " in done.out
    assert f"qc-clean --include-verdicts --exclude='it'\"'\"'s *' {shot}" in done.out
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
    assert f"to send them: qc-crawl --deliver --retry-rejected {shot}" in done.out
    assert f"to lose them: qc-clean --include-verdicts --discard-unsent {shot}" in done.out
    trak.resume()
    trak.behave = always("status", 422, "verdict")
    assert all_statuses(shot) == {("queued", None), ("rejected", 422)}
    tidy.run(*ALL, "--discard-unsent", shot)
    assert sidecars(shot) == {}


def test_cache_only_takes_the_caches_only(tidy: Tool, shot: Path) -> None:
    make_frames(shot / "a")
    make_frames(shot / "b")
    crawl(shot)
    names = below(shot)
    tidy.run(*YES, "--cache-only", shot)
    assert names - below(shot) == {"a/.qc.hashcache.json", "b/.qc.hashcache.json"}


def test_an_excluded_asset_keeps_its_sidecar(tidy: Tool, shot: Path) -> None:
    for base in ("plate", "matte"):
        make_frames(shot / "a", base)
    make_file(shot / "a" / "cut.mov")
    make_frames(shot / "b", "skipped")
    crawl(shot)
    done = tidy.run(
        *YES, "--exclude", "plate.1003.exr", "--exclude", "*.mov", "--exclude", "b", shot
    )
    assert set(sidecars(shot)) == {"plate.%04d.exr", "cut.mov", "skipped.%04d.exr"}
    assert "kept 2 sidecars of what is excluded" in done.out


@pytest.mark.parametrize(
    ("name", "sidecar"),
    [("plate.%04d.exr", "qc.sequence.json"), ("cut.mov", "cut.mov.qc.json")],
)
def test_one_asset_alone_can_be_cleaned(tidy: Tool, shot: Path, name: str, sidecar: str) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    crawl(shot)
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
    tidy: Tool, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    for name in ("open", "sealed", "sealed-store"):
        make_frames(shot / name, name)
    crawl(shot)
    (shot / "sealed").chmod(0)
    (shot / "sealed-store" / ".qc").chmod(0)
    done = tidy.run(*YES, shot, status=3, prefix=unprivileged)
    assert done.last_line == "qc-clean: exit 3: unreadable=2"
    assert f"{shot}/sealed: Permission denied" in done.out
    (shot / "sealed").chmod(0o755)
    (shot / "sealed-store" / ".qc").chmod(0o755)
    assert set(sidecars(shot)) == {"sealed.%04d.exr", "sealed-store.%04d.exr"}


def test_a_folder_that_cannot_be_written_is_named(
    tidy: Tool, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    make_frames(shot / "open")
    make_frames(shot / "closed")
    crawl(shot)
    (shot / "closed").chmod(0o555)
    before = listing(shot / "closed")
    done = tidy.run(*YES, shot, status=3, prefix=unprivileged)
    assert listing(shot / "closed") == before
    (shot / "closed").chmod(0o755)
    assert done.last_line.startswith("qc-clean: exit 3: unremoved=")
    assert len(sidecars(shot)) == 1


@pytest.mark.parametrize("kind", ["text", "pipe", "link"])
@pytest.mark.parametrize("name", ["", "cut.mov"], ids=["folder", "asset"])
def test_a_lock_that_is_not_ours_keeps_its_folder_from_being_cleaned(
    tidy: Tool, shot: Path, kind: str, name: str
) -> None:
    make_file(shot / "cut.mov")
    crawl(shot)
    lock = shot / ".qc.lock"
    if kind == "text":
        write(lock, b"my own list of locks")
        os.utime(lock, (0, 0))
    elif kind == "pipe":
        os.mkfifo(lock)
        os.utime(lock, (0, 0))
    else:
        lock.symlink_to("/etc/hostname")
        os.utime(lock, (0, 0), follow_symlinks=False)
    before = listing(lock.parent)[str(lock)], set(sidecars(shot))
    done = tidy.run(*YES, shot / name, status=3)
    assert (listing(lock.parent)[str(lock)], set(sidecars(shot))) == before
    assert "it cannot be locked" in done.out


def test_what_cannot_be_looked_at_is_named_and_ends_nothing(
    tidy: Tool, shot: Path, unprivileged: tuple[str, ...]
) -> None:
    for name in "ab":
        (shot / name).mkdir()
        make_file(shot / name / "cut.mov")
    crawl(shot)
    write(shot / "a" / ".qc.lock", b'{"host": "x", "pid": 1}')
    (shot / "a").chmod(0o444)
    done = tidy.run(*YES, shot, status=3, prefix=unprivileged)
    (shot / "a").chmod(0o755)
    assert done.last_line.startswith("qc-clean: exit 3: ")
    assert f"{shot}/a/.qc.lock" in done.err
    assert [Path(one).parent.parent.name for one in map(str, shot.glob("*/.qc/*"))] == ["a"]


@pytest.mark.parametrize("content", [b"{", b'{"schema_version": "2.0.0"'], ids=["damaged", "newer"])
def test_one_asset_whose_sidecar_cannot_be_read_is_no_success(
    tidy: Tool, shot: Path, content: bytes
) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    crawl(shot)
    for name, sidecar in (("plate.%04d.exr", "qc.sequence.json"), ("cut.mov", "cut.mov.qc.json")):
        path = shot / ".qc" / sidecar
        rest = b"" if content == b"{" else path.read_bytes().replace(b'"schema_version"', b'"x"')
        path.write_bytes(content + (b"," + rest.lstrip(b"{") if rest else b""))
        done = tidy.run(*YES, shot / name, status=3)
        assert done.last_line == "qc-clean: exit 3: cannot-tell=1"
        assert f"{shot}/.qc/{sidecar}" in done.err
    assert "cannot-tell=1" in tidy.run("--quiet", *YES, shot / "cut.mov", status=3).err


def test_several_assets_leave_no_empty_store(tidy: Tool, shot: Path) -> None:
    for name in "abc":
        make_file(shot / f"{name}.mov")
    crawl(shot)
    tidy.run(*YES, *(shot / f"{name}.mov" for name in "abc"))
    assert not (shot / ".qc").exists()


def test_a_store_is_no_root(tidy: Tool, shot: Path) -> None:
    make_frames(shot)
    crawl(shot)
    done = tidy.run(*YES, shot / ".qc", status=2)
    assert f"ROOT is a folder of sidecars: {shot}/.qc" in done.err
    assert len(sidecars(shot)) == 1


@pytest.mark.parametrize(
    ("glob", "stay", "status"),
    [
        (".qc/cut.mov.qc.json", {".qc/cut.mov.qc.json"}, 3),
        ("cut.mov.qc.json", {".qc/cut.mov.qc.json", "a/.qc/cut.mov.qc.json"}, 3),
        ("a/cut.mov", {"a/.qc/cut.mov.qc.json"}, 3),
        (".qc.hashcache.json", {".qc.hashcache.json", "a/.qc.hashcache.json"}, 3),
        ("a/.qc", {"a/.qc/cut.mov.qc.json"}, 0),
        ("broken.*", {".qc/broken.exr.qc.sequence.json"}, 0),
    ],
)
def test_what_is_excluded_stays(
    tidy: Tool, shot: Path, glob: str, stay: set[str], status: int
) -> None:
    for folder in (shot, shot / "a"):
        make_frames(folder, "broken")
        make_file(folder / "cut.mov")
    make_frames(shot, "plate")
    make_frames(shot / "a", "plate")
    crawl(shot)
    broken = "a/.qc/broken.exr.qc.sequence.json"
    write(shot / broken, b"{")
    other = "a/.qc/plate.exr.qc.sequence.json"
    tidy.run(*YES, f"--exclude={glob}", shot, status=status)
    left = {path for path in below(shot) if path.endswith(".json")}
    assert left - {other} == stay | {broken}
    assert (other in left) is (glob == "a/.qc")


def test_media_that_is_excluded_shows_that_a_root_is_there(tidy: Tool, shot: Path) -> None:
    make_frames(shot)
    tidy.run(*YES, "--exclude", "*.exr", shot)


def test_commands_to_paste_do_what_they_say(
    tidy: Tool, qc: Tool, shot: Path, tmp_path: Path, trak: TrakServer
) -> None:
    env = tmp_path / "my conf.env"
    env.write_text(f"TRAK_BASE_URL={trak.url}\nTRAK_ASSET_TRACKER_API_KEY={trak.key}\n")
    make_file(shot / "-x.mov")
    trak.behave = always("status", 422, "verdict")
    qc.run("--env-file", env, *PASS, shot)
    trak.behave = well
    done = tidy.run(*YES, "--exclude=-y.mov", "--env-file", env, shot)
    offers = [line.partition(": ")[2] for line in done.out.splitlines() if line.startswith("to ")]
    sending, losing = map(shlex.split, offers)
    assert qc.run(*sending[1:]).out.startswith("1 verdict delivered to Trak")
    tidy.run(*losing[1:], "--yes")
    assert sidecars(shot) == {}


def test_quiet_still_names_what_failed(tidy: Tool, tree: Tree) -> None:
    done = tidy.run("--quiet", *YES, tree.root, status=3)
    assert done.out == ""
    for name in tree.unknown:
        assert f"{tree.root}/{name}" in done.err
    assert len(done.err.splitlines()) == len(tree.unknown) + 1


def test_cache_only_is_about_caches_only(tidy: Tool, shot: Path) -> None:
    make_file(shot / "cut.mov")
    crawl(shot)
    write(shot / ".qc" / "cut.mov.qc.json", b"{")
    document = tidy.json(*YES, "--cache-only", shot)
    assert [one["kind"] for one in document["artifacts"]] == ["cache"]
    assert document["summary"]["seconds"] > 0


def test_a_full_disk_can_be_cleaned(tidy: Tool, small_disk: Path) -> None:
    shot = small_disk / "shot"
    make_frames(shot, frames=range(1, 200))
    names = below(shot)
    crawl(shot)
    fill(small_disk)
    tidy.run(*YES, shot)
    assert below(shot) == names


def test_the_damaged_copy_of_a_sidecar_costs_no_verdict(tidy: Tool, shot: Path) -> None:
    """A crash while sidecars were moved left two; only one of them holds the verdict."""
    make_file(shot / "cut.mov")
    crawl(shot)
    before = (shot / ".qc" / "cut.mov.qc.json").read_bytes()
    crawl(shot, ANNA)
    (shot / "cut.mov.qc.json").write_bytes(before)
    tidy.run(*YES, shot)
    assert said(sidecars(shot)["cut.mov"]) == [("pass", "anna")]
    crawl(shot)
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
    assert summary["exit"] == {"status": 3, "reasons": {"cannot-tell": 3}}
