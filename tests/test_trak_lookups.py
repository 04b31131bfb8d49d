"""Which assets Trak is asked for, by which path, and which id an asset then has."""

import os
from pathlib import Path

import pytest
from faults.stock import listing

from support import Tool, make_file, make_frames, only_sidecar, rewrite, sidecars
from trak_cli import (
    FAIL,
    PASS,
    always,
    asked,
    delivered,
    offered,
    posts,
    statuses,
    top,
    well,
)
from trak_server import TrakServer, asset_id_of


@pytest.fixture
def tree(shot: Path) -> Path:
    """A sequence and a single file, and a sequence below."""
    make_frames(shot)
    make_file(shot / "cut.mov")
    make_frames(shot / "below", "bg")
    return shot


def paths_of(tree: Path) -> list[str]:
    return sorted(map(str, (tree, tree / "below", tree / "cut.mov")))


def test_a_first_crawl_asks_once_for_each_asset_and_the_next_one_for_nothing(
    told: Tool, trak: TrakServer, tree: Path
) -> None:
    done = told.run(tree)
    assert sorted(asked(trak)) == paths_of(tree)
    assert posts(trak) == []
    assert "3 assets looked up" in done.out
    for sidecar in sidecars(tree).values():
        assert sidecar["asset_id"] == asset_id_of(sidecar["asset_path"])
        assert top(sidecar) == ("ok", 200)
    before = listing(tree)
    told.run(tree)
    assert listing(tree) == before
    assert len(trak.requests) == 3


def test_a_changed_asset_is_asked_for_again_and_no_other(
    told: Tool, trak: TrakServer, tree: Path
) -> None:
    told.run(tree)
    rewrite(tree / "cut.mov")
    told.run(tree)
    assert asked(trak)[3:] == [str(tree / "cut.mov")]
    assert posts(trak) == []


@pytest.mark.parametrize(
    ("names", "files", "expected"),
    [
        (["plate"], [], ["."]),
        (["plate"], ["cut.mov"], [".", "cut.mov"]),
        (["plate", "matte"], [], ["matte.%04d.exr", "plate.%04d.exr"]),
    ],
    ids=["one sequence", "one sequence, one file", "two sequences"],
)
def test_a_sequence_is_known_by_its_folder_unless_it_shares_that(
    told: Tool,
    trak: TrakServer,
    shot: Path,
    names: list[str],
    files: list[str],
    expected: list[str],
) -> None:
    for name in names:
        make_frames(shot, name)
    for name in files:
        make_file(shot / name)
    told.run(*PASS, shot)
    assert sorted(asked(trak)) == [os.path.normpath(shot / name) for name in expected]
    assert {one.asset_id for one in trak.delivered} == set(map(asset_id_of, asked(trak)))
    assert len(trak.delivered) == len(expected)


def test_a_missing_sequence_still_shares_its_folder(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    plate = make_frames(shot)
    for frame in make_frames(shot, "matte"):
        frame.unlink()
    make_frames(shot, "matte")
    told.run(shot)
    for frame in shot.glob("matte.*"):
        frame.unlink()
    rewrite(plate[0])
    told.run(shot)
    assert asked(trak)[2:] == [str(shot / "plate.%04d.exr")]


@pytest.mark.parametrize(
    ("later", "posted_to"),
    [(None, "first"), ("second", "second"), ("../second", "first"), (7, "first")],
    ids=["no such asset", "another id", "a hostile id", "a number"],
)
def test_an_id_stays_until_there_is_another(
    told: Tool, trak: TrakServer, shot: Path, later: object, posted_to: str
) -> None:
    make_frames(shot)
    trak.ids = lambda _: "first"
    told.run(shot)
    trak.ids = lambda _: later
    told.run(*PASS, shot)
    assert only_sidecar(shot)["asset_id"] == posted_to
    assert [one.asset_id for one in trak.delivered] == [posted_to]


def test_an_id_stays_when_the_look_up_fails(told: Tool, trak: TrakServer, shot: Path) -> None:
    make_frames(shot)
    told.run(shot)
    trak.behave = always("status", 500, "lookup")
    told.run(*PASS, shot)
    assert [one.asset_id for one in trak.delivered] == [asset_id_of(str(shot))]
    assert only_sidecar(shot)["asset_id"] == asset_id_of(str(shot))


def test_an_id_that_is_given_is_not_asked_for(told: Tool, trak: TrakServer, shot: Path) -> None:
    make_frames(shot)
    trak.accept_any_id = True
    told.run("--asset-id", "given-1", *PASS, shot / "plate.%04d.exr")
    assert asked(trak) == []
    assert [one.asset_id for one in trak.delivered] == ["given-1"]
    sidecar = only_sidecar(shot)
    assert (sidecar["asset_id"], top(sidecar)) == ("given-1", ("ok", 200))


@pytest.mark.parametrize("changed", [False, True], ids=["unchanged", "changed"])
def test_an_id_that_is_given_wins_over_a_look_up_that_is_owed(
    told: Tool, trak: TrakServer, shot: Path, changed: bool
) -> None:
    cut = make_file(shot / "cut.mov")
    trak.accept_any_id = True
    trak.behave = always("status", 500)
    told.run(shot)
    trak.behave = well
    if changed:
        rewrite(cut)
    told.run("--asset-id", "given-1", cut)
    assert only_sidecar(shot)["asset_id"] == "given-1"
    told.run(shot)
    assert only_sidecar(shot)["asset_id"] == "given-1"


def test_an_id_that_is_given_later_is_what_the_waiting_verdict_goes_to(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    cut = make_file(shot / "cut.mov")
    trak.accept_any_id = True
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    trak.behave = well
    told.run("--asset-id", "given-1", cut)
    assert [one.asset_id for one in trak.delivered] == ["given-1"]
    assert asked(trak) == [str(cut)]


def test_an_asset_that_trak_does_not_know_is_named_and_not_asked_for_by_every_run(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.ids = lambda _: None
    done = told.run(*PASS, shot)
    assert f"not_found  {shot}/plate.%04d.exr: Trak knows no such asset" in done.out
    assert "1 verdict refused by Trak (1 not found)" in done.out
    sidecar = only_sidecar(shot)
    assert sidecar["asset_id"] is None
    assert [top(sidecar), *statuses(sidecar)] == [("not_found", 200)] * 2
    told.run(shot)
    assert len(trak.requests) == 1
    trak.ids = asset_id_of
    told.run(*offered(done.out, again=True))
    assert delivered(trak) == [("pass", sidecar["content_hash"])]
    assert statuses(only_sidecar(shot)) == [("ok", 200)]


def test_what_was_new_to_trak_is_told_with_the_next_verdict_but_not_twice(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.ids = lambda _: None
    told.run(*PASS, shot)
    trak.ids = asset_id_of
    told.run(*FAIL, shot)
    assert [result for result, _ in delivered(trak)] == ["fail"]
    assert statuses(only_sidecar(shot)) == [("not_found", 200), ("ok", 200)]


def test_a_path_that_is_no_text_is_asked_for_as_it_is(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    folder = shot / "caf\udce9 \u202e\n'%2e%2e"
    make_frames(folder)
    told.run(*PASS, shot)
    assert asked(trak) == [str(folder)]
    assert trak.delivered[0].body["asset_path"] == str(folder)
