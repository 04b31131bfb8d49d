"""A run over a part of a tree: a shard, or the folders of a list."""

import io
import json
import os
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from faults.checks import as_recorded
from faults.stock import altered, listing

from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.cli.console import Console
from qc_asset_crawler.cli.progress import Line, Progress
from qc_asset_crawler.crawler.events import Event, OthersPassed
from qc_asset_crawler.sharing import Part, Shard, shard_of
from support import Json, Tool, make_file, make_frames, said, sidecar_paths, sidecars
from trak_cli import always, well
from trak_server import TrakServer

OF = 4
SIGN = ("--result", "pass", "--operator", "anna", "--yes")


@pytest.fixture
def show(tmp_path: Path) -> Path:
    """A tree with media in the folders of every shard."""
    for number in range(12):
        make_frames(tmp_path / "show" / f"s{number:02}" / "plates", f"plate{number}")
        make_file(tmp_path / "show" / f"s{number:02}" / f"cut{number}.mov")
    make_file(tmp_path / "show" / "top.mov")
    return tmp_path / "show"


def folders(root: Path) -> list[Path]:
    """Name the folders that are looked at."""
    return [
        root,
        *(
            path
            for path in root.rglob("*")
            if path.is_dir() and not path.is_symlink() and path.name != ".qc"
        ),
    ]


def owner(root: Path, folder: Path) -> int:
    """Return the shard that a folder belongs to."""
    return shard_of("/".join(folder.relative_to(root).parts), OF)


def owned(root: Path, number: int) -> set[Path]:
    return {folder for folder in folders(root) if owner(root, folder) == number}


def worked(root: Path) -> set[Path]:
    """Name the folders in which there is anything but media."""
    ours = (".qc", ".qc.hashcache.json", ".qc.lock")
    return {folder for folder in folders(root) if any((folder / name).exists() for name in ours)}


def in_its_folders(document: Json) -> Counter[str]:
    return Counter(os.path.dirname(asset["path"]) for asset in document["assets"])


def test_all_shards_together_make_what_one_run_makes(qc: Tool, show: Path) -> None:
    qc.run(show)
    alone = as_recorded(show)
    replace(qc, name="qc-clean").run("--yes", show)
    assert worked(show) == set()
    documents = [qc.json("--shard", f"{k}/{OF}", show) for k in (3, 1, 4, 2)]
    assert as_recorded(show) == alone
    where = sum(map(in_its_folders, documents), Counter[str]())
    assert where == in_its_folders(qc.json(show))
    for document in documents:
        summary = document["summary"]
        assert summary["folders"] + summary["elsewhere"] == len(folders(show))
    assert sum(document["summary"]["folders"] for document in documents) == len(folders(show))
    for document in (qc.json("--shard", f"{k}/{OF}", show) for k in range(1, OF + 1)):
        assert set(document["summary"]["states"]) <= {"unchanged"}
        assert document["summary"]["files_read"] == 0


def test_a_shard_touches_its_own_folders_only(qc: Tool, show: Path) -> None:
    for number in (2, 3):
        before = {folder: folder.stat().st_mtime_ns for folder in folders(show)}
        qc.run("--shard", f"{number}/{OF}", *SIGN, show)
        touched = {folder for folder, mtime in before.items() if folder.stat().st_mtime_ns != mtime}
        assert touched == owned(show, number)
    assert worked(show) == owned(show, 2) | owned(show, 3)


def test_what_is_gone_and_what_is_left_over_is_its_owners_business(qc: Tool, show: Path) -> None:
    qc.run(show)
    plates = show / "s03" / "plates"
    number = owner(show, plates)
    for frame in plates.glob("*.exr"):
        frame.unlink()
    litter = plates / ".qc-elsewhere-1-0123abcd.tmp"
    litter.touch()
    os.utime(litter, (0, 0))
    before = listing(plates)
    for other in {1, 2, 3, 4} - {number}:
        assert "missing" not in qc.json("--shard", f"{other}/{OF}", show)["summary"]["states"]
    assert list(altered(before, listing(plates))) == []
    assert litter.exists()
    mine = qc.json("--shard", f"{number}/{OF}", show)["summary"]
    assert mine["states"]["missing"] == 1
    assert not litter.exists()


def test_a_folder_that_cannot_be_looked_into_is_named_by_every_shard(
    qc: Tool, show: Path, unprivileged: tuple[str, ...]
) -> None:
    """What lies below it may be anybody's."""
    (show / "s05").chmod(0)
    for number in range(1, OF + 1):
        done = qc.run("--shard", f"{number}/{OF}", show, status=3, prefix=unprivileged)
        assert f"unreadable: {show}/s05: Permission denied" in done.err
    (show / "s05").chmod(0o755)


def test_an_empty_root_is_named_by_every_shard(qc: Tool, tmp_path: Path) -> None:
    (tmp_path / "mnt").mkdir()
    for number in (1, 2):
        done = qc.run("--shard", f"{number}/2", tmp_path / "mnt", status=3)
        assert "nothing-found" in done.err
        qc.run("--shard", f"{number}/2", "--allow-empty", tmp_path / "mnt")


def test_a_mount_point_that_holds_something_of_no_account_is_empty(
    qc: Tool, tmp_path: Path
) -> None:
    root = tmp_path / "mnt"
    (root / ".snapshot").mkdir(parents=True)
    for name in (".keep", "README", ".hidden.mov"):
        (root / name).touch()
    statuses = {shard_of("", 2): 3, 3 - shard_of("", 2): 3}
    for number, status in statuses.items():
        assert "nothing-found" in qc.run("--shard", f"{number}/2", root, status=status).err


def test_listed_folders_without_media_are_no_silent_success(qc: Tool, show: Path) -> None:
    (show / "none").mkdir()
    (show / "list").write_text("none\n")
    for options in ((), ("--verify",), SIGN, ("--dry-run",)):
        done = qc.run("--dirs-from", show / "list", *options, show, status=3)
        assert "nothing-found" in done.err
    qc.run("--dirs-from", show / "list", "--allow-empty", show)
    (show / "list").write_text(".\n")
    assert (
        "nothing-found"
        in qc.run("--dirs-from", show / "list", "--expect", "1-10", show, status=3).err
    )


def test_a_shard_without_a_folder_of_its_own_is_no_error(qc: Tool, tmp_path: Path) -> None:
    make_frames(tmp_path / "show")
    for number in range(1, 9):
        summary = qc.json("--shard", f"{number}/8", tmp_path / "show")["summary"]
        assert summary["folders"] == (number == 5)


@pytest.mark.parametrize("what", ["--verify", "--dry-run"])
def test_looking_is_shared_as_well(qc: Tool, show: Path, what: str) -> None:
    qc.run(show)
    documents = [qc.json("--shard", f"{k}/{OF}", what, show) for k in range(1, OF + 1)]
    where = sum(map(in_its_folders, documents), Counter[str]())
    assert where == in_its_folders(qc.json(show))
    assert documents[2]["summary"]["shard"] == {"number": 3, "of": OF}


def test_the_report_of_a_shard_is_about_its_folders(qc: Tool, show: Path, tmp_path: Path) -> None:
    file = tmp_path / "shard.json"
    qc.run("--shard", f"2/{OF}", "--report", file, show)
    report = json.loads(file.read_text())
    assert {Path(asset["folder"]) for asset in report["assets"]} == owned(show, 2)


def test_progress_goes_on_among_the_folders_of_others() -> None:
    """A shard that owns little would look hung."""
    stream, clock = io.StringIO(), iter([0.0, 0.2, 0.4])
    line = Line(Console("qc-crawl", err=stream), live=True, clock=lambda: next(clock))
    progress = Progress(line)
    for folders in (1000, 500):
        progress.take(OthersPassed("/jobs/show/far", folders))
    assert "1,500 of others" in stream.getvalue()


def test_a_shard_tells_how_many_folders_it_has_passed(show: Path) -> None:
    told: list[Event] = []
    crawl(show, Settings(part=Part(Shard(2, OF))), told.append)
    passed = sum(event.folders for event in told if isinstance(event, OthersPassed))
    assert passed == len(folders(show)) - len(owned(show, 2))


def test_the_summary_says_which_shard_it_was(qc: Tool, show: Path) -> None:
    mine = len(owned(show, 2))
    done = qc.run("--shard", f"2/{OF}", show)
    assert f"({mine} folders looked at)" in done.out
    assert f"shard 2 of {OF}: {len(folders(show)) - mine} folders left to others" in done.out


def test_listed_folders_are_worked_and_nothing_below_them(qc: Tool, show: Path) -> None:
    (show / "list").write_bytes(b"s01\n./s02/plates/\n" + os.fsencode(show / "s03") + b"\n")
    summary = qc.json("--dirs-from", show / "list", show)["summary"]
    assert worked(show) == {show / "s01", show / "s02" / "plates", show / "s03"}
    assert (summary["folders"], summary["listed"], summary["shard"]) == (3, 3, None)


def test_a_list_from_find_is_shared_by_shards(qc: Tool, show: Path) -> None:
    """As it comes: with `.qc`, which no run goes into."""
    qc.run("--shard", f"1/{OF}", show)
    found = "\0".join(map(str, [show, *(p for p in show.rglob("*") if p.is_dir())]))
    (show.parent / "list").write_text(found)
    for number in range(2, OF + 1):
        done = qc.run("--dirs-from", show.parent / "list", "--shard", f"{number}/{OF}", show)
        assert "listed folders not entered: hidden or excluded" in done.out
    assert worked(show) == set(folders(show))


def test_a_listed_folder_that_is_gone_or_a_link_is_named(qc: Tool, show: Path) -> None:
    (show / "link").symlink_to("s01")
    (show / "list").write_text("s01\ngone\nlink\ntop.mov\ns02\n")
    document = qc.json("--dirs-from", show / "list", show, status=3)
    named = {problem["path"]: problem["detail"] for problem in document["summary"]["problems"]}
    assert set(named) == {f"{show}/{name}" for name in ("gone", "link", "top.mov")}
    assert named[f"{show}/gone"] == "No such file or directory"
    assert worked(show) == {show / "s01", show / "s02"}


WRONG = {
    "no such shard": (("--shard", "0/4"), "1 to N"),
    "more than there are": (("--shard", "5/4"), "1 to N"),
    "words": (("--shard", "a/b"), "such as 3/8"),
    "an empty list": (("--dirs-from", "{list}"), "is empty"),
    "a list of hidden folders": (("--dirs-from", "{hidden}"), "hidden or excluded"),
    "a list of excluded folders": (
        ("--dirs-from", "{excluded}", "--exclude", "s0*"),
        "hidden or excluded",
    ),
    "a folder outside": (("--dirs-from", "{outside}"), "outside ROOT"),
    "a way outside": (("--dirs-from", "{way}"), "by way of"),
    "no list": (("--dirs-from", "/nowhere/list"), "cannot read /nowhere/list"),
    "a folder for a list": (("--dirs-from", "/"), "cannot read /"),
    "with what does nothing else": (("--shard", "1/2", "--trak-check"), "--shard"),
}


@pytest.mark.parametrize(("options", "why"), WRONG.values(), ids=WRONG)
def test_wrong_values_are_refused_before_anything_is_done(
    qc: Tool, show: Path, tmp_path: Path, options: tuple[str, ...], why: str
) -> None:
    lists = {"list": "", "hidden": ".a\n.b/c", "excluded": "s01", "outside": "/etc", "way": "../x"}
    for name, text in lists.items():
        (tmp_path / name).write_text(text)
    given = [option.format(**{name: tmp_path / name for name in lists}) for option in options]
    done = qc.run(*given, show, status=2)
    assert why in done.err
    assert worked(show) == set()


def test_one_asset_has_no_shards(qc: Tool, show: Path) -> None:
    for options in (("--shard", "1/1"), ("--dirs-from", "-")):
        done = qc.run(*options, show / "top.mov", status=2)
        assert "ROOT is one asset" in done.err or "is empty" in done.err


def test_a_list_goes_with_one_root(qc: Tool, show: Path, tmp_path: Path) -> None:
    make_file(tmp_path / "list", "s01\n", 4)
    other = tmp_path / "other"
    other.mkdir()
    assert "one ROOT" in qc.run("--dirs-from", tmp_path / "list", show, other, status=2).err


def test_a_verdict_of_a_shard_is_about_its_own_assets(qc: Tool, show: Path) -> None:
    qc.run(show)
    qc.run("--shard", f"3/{OF}", *SIGN, show)
    for path in sidecar_paths(show):
        folder = path.parent.parent
        expected = [("pass", "anna")] if owner(show, folder) == 3 else []
        assert said(sidecars(folder / ".qc")[next(iter(sidecars(folder / ".qc")))]) == expected


def test_only_the_owner_tells_the_tracker(told: Tool, trak: TrakServer, show: Path) -> None:
    trak.behave = always("status", 500)
    told.run(*SIGN, show, status=5)
    trak.behave = well
    for number in range(1, OF + 1):
        before = len(trak.delivered)
        summary = told.json("--deliver", "--shard", f"{number}/{OF}", show)["summary"]
        own = len([path for path in sidecar_paths(show) if owner(show, path.parents[1]) == number])
        assert len(trak.delivered) - before == summary["trak"]["delivered"] == own
    assert len(trak.delivered) == len(sidecar_paths(show))
