"""`qc-clean` on a terminal: it lists, asks, and removes what was shown."""

import io
import os
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from faults.stock import listing

from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.cleanup import Artifact, Found, Kind, Ruling, Standing
from qc_asset_crawler.cli.clean_progress import CleanProgress
from qc_asset_crawler.cli.console import Console
from qc_asset_crawler.cli.progress import Line
from qc_asset_crawler.crawler.events import FolderListed
from qc_asset_crawler.settings import QCResult, Signing
from support import Tool, make_file, make_frames, said, sidecars
from terminal import Opener, terminals

ANNA = Settings(operator="anna", signing=Signing(QCResult.PASS))


@pytest.fixture
def on_terminal(qc: Tool) -> Iterator[Opener]:
    with terminals(replace(qc, name="qc-clean")) as start:
        yield start


@pytest.fixture
def crawled(shot: Path) -> Path:
    make_frames(shot)
    make_file(shot / "cut.mov")
    crawl(shot)
    return shot


def test_yes_removes_what_was_listed(on_terminal: Opener, crawled: Path) -> None:
    terminal = on_terminal(crawled)
    terminal.wait_for("[y/N]")
    shown = terminal.shown.decode()
    assert "would remove 2 sidecars, 1 hash cache, 1 .qc folder" in shown
    assert f"{crawled}/.qc/cut.mov.qc.json" in shown
    terminal.type("y\n")
    assert terminal.end() == 0
    assert "removed 2 sidecars, 1 hash cache, 1 .qc folder" in terminal.shown.decode()
    assert sorted(path.name for path in crawled.iterdir())[0] == "cut.mov"


@pytest.mark.parametrize("answer", ["n\n", "\n", "\x04"], ids=repr)
def test_anything_but_yes_removes_nothing(on_terminal: Opener, crawled: Path, answer: str) -> None:
    before = listing(crawled)
    terminal = on_terminal(crawled)
    terminal.wait_for("[y/N]")
    terminal.type(answer)
    assert terminal.end() == 2
    assert listing(crawled) == before
    assert terminal.screen[-2] == "qc-clean: exit 2: not-removed=4"


def test_ctrl_c_at_the_question_removes_nothing(on_terminal: Opener, crawled: Path) -> None:
    before = listing(crawled)
    terminal = on_terminal(crawled)
    terminal.wait_for("[y/N]")
    os.kill(terminal.process.pid, signal.SIGINT)
    assert terminal.end() == 130
    assert listing(crawled) == before


def test_a_verdict_said_while_the_question_waits_stays(on_terminal: Opener, crawled: Path) -> None:
    terminal = on_terminal("--include-verdicts", crawled)
    terminal.wait_for("[y/N]")
    crawl(crawled / "cut.mov", ANNA)
    terminal.type("y\n")
    assert terminal.end() == 0
    assert {name: said(one) for name, one in sidecars(crawled).items()} == {
        "cut.mov": [("pass", "anna")]
    }
    assert "was not there, or not so, when it was listed" in terminal.shown.decode()


def test_the_question_says_how_many_verdicts_would_go(on_terminal: Opener, crawled: Path) -> None:
    crawl(crawled / "cut.mov", ANNA)
    terminal = on_terminal("--include-verdicts", crawled)
    terminal.wait_for("remove 4 entries, 1 of them with a verdict or a note? [y/N]")


def test_a_long_list_does_not_scroll_the_totals_away(on_terminal: Opener, shot: Path) -> None:
    for number in range(50):
        make_file(shot / f"{number}.mov")
    crawl(shot)
    terminal = on_terminal(shot)
    terminal.wait_for("[y/N]")
    assert terminal.shown.count(b"\n") < 30
    assert "and 32 more (all of them: --dry-run)" in terminal.shown.decode()


def test_nothing_to_remove_asks_nothing(on_terminal: Opener, shot: Path) -> None:
    make_frames(shot)
    terminal = on_terminal(shot)
    assert terminal.end() == 0
    assert "nothing to remove" in terminal.shown.decode()


def test_progress_counts_what_goes_and_what_stays() -> None:
    stream = io.StringIO()
    clock = iter([0.0, 0.2, 0.4])
    line = Line(Console("qc-clean", err=stream), live=True, clock=lambda: next(clock))
    progress = CleanProgress(line)
    progress.take(FolderListed("/jobs/show/a"))
    for goes in (True, True, False):
        progress.count(Found("x", Artifact(Kind.CACHE, "x", Ruling(Standing.OURS)), goes))
    progress.take(FolderListed("/jobs/show/b"))
    assert "2 folders · 2 entries to go · 1 to stay · /jobs/show/b" in stream.getvalue()
