"""What a ROOT means: every one is examined, none of them twice, and none is silently nothing."""

import os
from pathlib import Path

import pytest
from faults.stock import listing

from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.crawler.finding import Task
from qc_asset_crawler.crawler.place import Root
from qc_asset_crawler.crawler.report import ProblemKind
from qc_asset_crawler.crawler.roots import unopened_problem
from qc_asset_crawler.crawler.search import Search
from qc_asset_crawler.errors import UsageError, never
from qc_asset_crawler.listing import Rules
from qc_asset_crawler.sequences.walk import Unopened
from qc_asset_crawler.sharing import WHOLE
from support import Tool, make_file, make_frames, rewrite, said, sidecars

PASS = ("--result", "pass", "--operator", "anna", "--yes")


@pytest.fixture
def jobs(tmp_path: Path) -> Path:
    """A folder with media, some of it where its own walk does not come by."""
    jobs = tmp_path / "jobs"
    for at in (jobs, jobs / "sub", jobs / ".hidden", jobs / "lost+found", tmp_path / "elsewhere"):
        make_frames(at, at.name.strip("."))
        make_file(at / f"{at.name.strip('.')}.mov")
    (jobs / "link-to-folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "link-to-jobs").symlink_to(jobs)
    (tmp_path / "link-to-sub").symlink_to(jobs / "sub")
    return jobs


def signed(folder: Path) -> dict[str, list[tuple[str, str]]]:
    return {name: said(sidecar) for name, sidecar in sidecars(folder).items()}


ONCE = [("pass", "anna")]
BY_THEMSELVES = {
    "a link": ((), "link-to-folder", "elsewhere"),
    "a hidden folder": ((), ".hidden", "hidden"),
    "a folder of the storage": ((), "lost+found", "lost+found"),
    "an excluded folder": (("--exclude", "sub"), "sub", "sub"),
    "a folder excluded by its path": (("--exclude", "jobs/sub"), "../../jobs/sub", "sub"),
}


@pytest.mark.parametrize(
    ("options", "second", "base"), BY_THEMSELVES.values(), ids=list(BY_THEMSELVES)
)
def test_a_root_that_the_walk_of_another_one_passes_over_is_examined(
    qc: Tool, jobs: Path, options: tuple[str, ...], second: str, base: str
) -> None:
    first = jobs.parent if second.startswith("..") else jobs
    root = jobs / second.removeprefix("../../jobs/")
    qc.run(*PASS, *options, first, root)
    found = signed(root)
    assert found == {f"{base}.%04d.exr": ONCE, f"{base}.mov": ONCE}
    assert signed(jobs)["jobs.mov"] == ONCE


TWICE = [
    ("jobs/sub", "jobs"),
    ("link-to-jobs", "jobs/sub"),
    ("link-to-sub", "jobs"),
    ("jobs", "jobs/sub/sub.mov"),
    ("jobs/sub/sub.mov", "jobs"),
    ("jobs", "jobs/jobs.%04d.exr"),
    ("jobs", "link-to-sub/sub.%04d.exr"),
    ("jobs", "link-to-sub", "link-to-jobs", "jobs/sub", "jobs/sub/sub.mov"),
]


@pytest.mark.parametrize("roots", TWICE, ids=" ".join)
def test_a_root_inside_another_one_is_crawled_once(
    qc: Tool, jobs: Path, roots: tuple[str, ...]
) -> None:
    summary = qc.json(*PASS, *roots, cwd=jobs.parent)["summary"]
    assert (summary["assets"], summary["folders"]) == (4, 2)
    assert signed(jobs) == dict.fromkeys(
        ("jobs.%04d.exr", "jobs.mov", "sub.%04d.exr", "sub.mov"), ONCE
    )


@pytest.mark.parametrize("name", ["sub.mov", "sub.%04d.exr"])
def test_one_asset_given_by_two_ways_is_signed_once(qc: Tool, jobs: Path, name: str) -> None:
    qc.run(*PASS, jobs / "sub" / name, jobs.parent / "link-to-sub" / name)
    assert signed(jobs) == {name: ONCE}


# -- one asset that is none ---------------------------------------------------------------------

EXCLUDED = {
    "a file": (("--exclude", "sub.mov"), ["sub/sub.mov"]),
    "a part of a recorded sequence": (("--exclude", "*.1003.*"), ["sub/sub.%04d.exr"]),
    "a file besides its folder": (("--exclude", "sub.mov"), ["sub", "sub/sub.mov"]),
}
RUNS = {"nightly": (), "signing": PASS, "dry": ("--dry-run",)}


@pytest.mark.parametrize("run", RUNS.values(), ids=list(RUNS))
@pytest.mark.parametrize(("options", "roots"), EXCLUDED.values(), ids=list(EXCLUDED))
def test_an_asset_given_as_root_and_excluded_is_no_success(
    qc: Tool, jobs: Path, options: tuple[str, ...], roots: list[str], run: tuple[str, ...]
) -> None:
    qc.run(jobs / "sub")
    before = sidecars(jobs)
    done = qc.run(*run, *options, *(jobs / root for root in roots), status=3)
    name = roots[-1].rpartition("/")[2]
    assert name in done.out + done.err
    assert sidecars(jobs)[name] == before[name]


def make_hidden(path: Path) -> None:
    make_file(path)


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


NONE = {
    "a hidden file": (".secret.mov", make_hidden, "hidden"),
    "a FIFO": ("pipe.mov", make_pipe, "no regular file"),
    "a FIFO among frames": ("jobs.1007.exr", make_pipe, "no regular file"),
}


@pytest.mark.parametrize(("name", "make", "why"), NONE.values(), ids=list(NONE))
def test_a_root_that_is_never_looked_at_is_a_usage_error(
    qc: Tool, jobs: Path, name: str, make, why: str
) -> None:
    make(jobs / name)
    before = listing(jobs)
    done = qc.run(*PASS, jobs / name, status=2)
    assert len(done.err.splitlines()) == 1
    assert why in done.err
    assert listing(jobs) == before


# -- whose id is it -----------------------------------------------------------------------------


def make_one(tmp_path: Path) -> Path:
    make_file(tmp_path / "cut.mov")
    return tmp_path


@pytest.mark.parametrize("options", [(), PASS, ("--dry-run",)], ids=["nightly", "signing", "dry"])
def test_an_asset_id_for_a_folder_is_a_usage_error_even_of_one_asset(
    qc: Tool, shot: Path, options: tuple[str, ...]
) -> None:
    before = listing(make_one(shot))
    done = qc.run("--asset-id", "A-17", *options, shot, status=2)
    assert len(done.err.splitlines()) == 1
    assert "exactly one asset" in done.err
    assert listing(shot) == before


@pytest.mark.parametrize("roots", [["."], ["cut.mov", "mix.wav"], ["cut.mov", "."]], ids=str)
def test_the_library_refuses_an_asset_id_for_more_than_one_asset(
    shot: Path, roots: list[str]
) -> None:
    make_file(make_one(shot) / "mix.wav")
    before = listing(shot)
    with pytest.raises(UsageError, match="exactly one asset"):
        crawl([shot / root for root in roots], Settings(asset_id="A-17"))
    assert listing(shot) == before


def test_the_library_gives_an_asset_id_to_one_asset(shot: Path) -> None:
    crawl(make_one(shot) / "cut.mov", Settings(asset_id="A-17"))
    rewrite(shot / "cut.mov")
    crawl(shot)
    assert sidecars(shot)["cut.mov"]["asset_id"] == "A-17"


# -- a tree that changes while it is walked -----------------------------------------------------


def take_away(folder: Path) -> None:
    folder.rmdir()


def make_it_a_link(folder: Path) -> None:
    folder.rmdir()
    folder.symlink_to(folder.parent)


def make_it_a_file(folder: Path) -> None:
    folder.rmdir()
    folder.write_bytes(b"")


@pytest.mark.parametrize("change", [take_away, make_it_a_link, make_it_a_file])
def test_a_folder_that_goes_while_the_tree_is_walked_is_unstable(tmp_path: Path, change) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    found = Search((Root(str(tmp_path)),), Rules.of(Settings()), WHOLE, never).folders(2)
    for _ in range(2):
        task = next(found)
        assert isinstance(task, Task)
        task.listing.folder.close()
    change(tmp_path / "b")
    (gone,) = found
    assert isinstance(gone, Unopened)
    problem = unopened_problem(gone)
    assert (problem.kind, problem.path) == (ProblemKind.UNSTABLE, str(tmp_path / "b"))


def test_a_folder_without_permission_is_unreadable(
    qc: Tool, jobs: Path, unprivileged: tuple[str, ...]
) -> None:
    (jobs / "sub").chmod(0)
    done = qc.run(jobs, status=3, prefix=unprivileged)
    (jobs / "sub").chmod(0o755)
    assert done.last_line == "qc-crawl: exit 3: unreadable=1"


def test_excluding_what_is_no_media_makes_an_empty_root_no_less_empty(
    qc: Tool, tmp_path: Path
) -> None:
    root = tmp_path / "mount"
    root.mkdir()
    (root / "notes.txt").write_text("x")
    done = qc.run("--exclude", "*.txt", root, status=3)
    assert done.last_line == "qc-crawl: exit 3: nothing-found=1"
    (root / "cut.mov").write_text("x")
    qc.run("--exclude", "cut.*", root)
