"""Verdicts that Trak could not be told at once: what is said of them, and how they get there."""

from pathlib import Path

import pytest

from support import Tool, make_file, make_frames, only_sidecar, rewrite, sidecars
from trak_cli import (
    AT_ONCE,
    FAIL,
    PASS,
    all_statuses,
    always,
    delivered,
    offered,
    statuses,
    top,
    well,
)
from trak_server import TrakServer

OK = ("ok", 200)
OFF = ("disabled", None)


@pytest.mark.parametrize("name", ["it's a shot", "a\\b"], ids=["quote", "backslash"])
def test_the_command_that_the_summary_offers_delivers_what_waits(
    told: Tool, trak: TrakServer, shot: Path, name: str
) -> None:
    folder = shot / name
    make_frames(folder)
    make_file(folder / "cut.mov")
    trak.pause()
    done = told.run(*PASS, folder, status=5, env=AT_ONCE)
    assert done.last_line == "qc-crawl: exit 5: waiting-for-trak=2"
    assert "2 verdicts wait for Trak" in done.out
    assert {status for status, _ in all_statuses(folder)} == {"queued"}
    trak.resume()
    done = told.run(*offered(done.out))
    assert "2 verdicts delivered" in done.out
    assert all_statuses(folder) == {OK}
    assert len(trak.delivered) == 2


def test_an_automated_run_delivers_too_and_the_next_one_nothing(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.pause()
    told.run(*PASS, shot, status=5, env=AT_ONCE)
    told.run(shot, status=5, env=AT_ONCE)
    trak.resume()
    done = told.run(shot)
    assert "1 verdict delivered" in done.out
    assert [top(only_sidecar(shot)), *statuses(only_sidecar(shot))] == [OK, OK]
    count = len(trak.requests)
    told.run(shot)
    assert len(trak.requests) == count


@pytest.mark.parametrize("command", [(), ("--deliver",)], ids=["crawl", "deliver"])
def test_what_was_superseded_changed_or_lost_is_told_as_it_was_said(
    told: Tool, trak: TrakServer, shot: Path, command: tuple[str, ...]
) -> None:
    cut, other = make_file(shot / "cut.mov"), make_file(shot / "other.mov")
    trak.behave = always("status", 500)
    expected = []
    for options, filling in ((PASS, b"1"), (FAIL, b"2"), (PASS, b"3")):
        rewrite(cut, filling)
        told.run(*options, shot, status=5)
        expected.append((options[1], sidecars(shot)["cut.mov"]["content_hash"]))
    assert len({content for _, content in expected}) == 3
    rewrite(other)
    cut.unlink()
    done = told.run(shot, status=5)
    assert done.last_line == "qc-crawl: exit 5: waiting-for-trak=6"
    trak.behave = well
    told.run(*command, shot)
    of_cut = [one for one in trak.delivered if one.body["asset_path"] == str(cut)]
    assert [(one.body["qc_result"], one.body["content_hash"]) for one in of_cut] == expected
    assert [one.body["operator"] for one in of_cut] == ["anna", "bert", "anna"]
    assert [result for result, _ in delivered(trak)].count("pass") == 4
    assert all_statuses(shot) == {OK}


def test_verdicts_wait_although_something_else_failed_too(
    told: Tool, trak: TrakServer, shot: Path, tmp_path: Path
) -> None:
    make_frames(shot)
    (tmp_path / "empty").mkdir()
    trak.behave = always("status", 500)
    done = told.run(*PASS, shot, tmp_path / "empty", status=3)
    assert done.last_line == "qc-crawl: exit 3: nothing-found=1 waiting-for-trak=1"


def test_what_is_said_without_trak_is_never_told(told: Tool, trak: TrakServer, shot: Path) -> None:
    make_frames(shot)
    done = told.run(*PASS, "--no-trak", shot)
    assert "Trak" not in done.out
    assert [top(only_sidecar(shot)), *statuses(only_sidecar(shot))] == [OFF, OFF]
    told.run(shot)
    told.run("--deliver", "--retry-rejected", shot)
    assert trak.requests == []
    assert statuses(only_sidecar(shot)) == [OFF]


def test_a_run_without_trak_leaves_what_waits_and_says_so(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    count = len(trak.requests)
    before = only_sidecar(shot)
    done = told.run("--no-trak", shot)
    assert "1 verdict waits for Trak, which this run is without" in done.out
    assert len(trak.requests) == count
    assert only_sidecar(shot) == before
