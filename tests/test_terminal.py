"""On a terminal: the question before signing, and the line of progress."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults.stock import listing

from support import Tool, load, make_file, make_frames, said, sidecar_paths, sidecars
from terminal import Opener, terminals


@pytest.fixture
def on_terminal(qc: Tool) -> Iterator[Opener]:
    """Start `qc-crawl` on a terminal."""
    with terminals(qc) as start:
        yield start


SIGN = ("--result", "pass", "--operator", "anna")


def make_two_folders(folder: Path) -> None:
    make_frames(folder / "a")
    make_file(folder / "a" / "cut.mov")
    make_frames(folder / "b", "bg")


def test_the_question_says_what_is_about_to_be_signed(on_terminal: Opener, shot: Path) -> None:
    make_two_folders(shot)
    terminal = on_terminal(*SIGN, shot)
    terminal.wait_for("[y/N]")
    assert "pass on 3 assets in 2 folders" in terminal.shown.decode()
    assert "anna" in terminal.shown.decode()


@pytest.mark.parametrize("answer", ["n\n", "\n", "maybe\n", "\x04"], ids=repr)
def test_anything_but_yes_signs_nothing(on_terminal: Opener, shot: Path, answer: str) -> None:
    make_two_folders(shot)
    before = listing(shot)
    terminal = on_terminal(*SIGN, shot)
    terminal.wait_for("[y/N]")
    terminal.type(answer)
    assert terminal.end() == 2
    assert listing(shot) == before


@pytest.mark.parametrize("answer", ["y", "YES"])
def test_yes_signs(on_terminal: Opener, shot: Path, answer: str) -> None:
    make_two_folders(shot)
    terminal = on_terminal(*SIGN, shot)
    terminal.wait_for("[y/N]")
    terminal.type(f"{answer}\n")
    assert terminal.end() == 0
    paths = sidecar_paths(shot)
    assert [said(load(path)) for path in paths] == [[("pass", "anna")]] * 3


def test_the_question_lists_what_changed_since(qc: Tool, on_terminal: Opener, shot: Path) -> None:
    make_two_folders(shot)
    qc.run("--no-findings", shot)  # it is no real media
    make_file(shot / "a" / "cut.mov", "changed", 99)
    terminal = on_terminal(*SIGN, shot)
    terminal.wait_for("[y/N]")
    shown = terminal.shown.decode()
    assert re.search(r"modified +\S+/a/cut\.mov", shown)
    assert "/b/bg" not in shown


def test_what_changes_between_question_and_signing_is_not_signed(
    on_terminal: Opener, shot: Path
) -> None:
    make_two_folders(shot)
    terminal = on_terminal(*SIGN, shot)
    terminal.wait_for("[y/N]")
    make_file(shot / "a" / "cut.mov", "changed", 99)
    make_frames(shot / "b", "late")
    terminal.type("y\n")
    assert terminal.end() == 3
    signed = {name for name, sidecar in sidecars(shot).items() if sidecar["verdicts"]}
    assert signed == {"plate.%04d.exr", "bg.%04d.exr"}
    assert "cut.mov" in terminal.shown.decode()


@pytest.mark.parametrize("how", ["Ctrl-C", "SIGTERM"])
def test_breaking_off_at_the_question_signs_nothing(
    on_terminal: Opener, shot: Path, how: str
) -> None:
    make_two_folders(shot)
    before = listing(shot)
    terminal = on_terminal(*SIGN, shot)
    terminal.wait_for("[y/N]")
    terminal.process.send_signal(signal.SIGINT if how == "Ctrl-C" else signal.SIGTERM)
    assert terminal.end() == (130 if how == "Ctrl-C" else 143)
    assert "Traceback" not in terminal.shown.decode()
    assert listing(shot) == before


def test_yes_given_beforehand_is_not_asked_for(on_terminal: Opener, shot: Path) -> None:
    make_two_folders(shot)
    terminal = on_terminal(*SIGN, "--yes", shot)
    assert terminal.end() == 0
    assert "[y/N]" not in terminal.shown.decode()


def test_off_a_terminal_nobody_is_asked_and_changes_are_listed(qc: Tool, shot: Path) -> None:
    make_two_folders(shot)
    qc.run("--no-findings", shot)  # it is no real media
    make_file(shot / "a" / "cut.mov", "changed", 99)
    done = qc.run(*SIGN, shot)
    assert "[y/N]" not in done.err
    assert re.search(r"modified +\S+/a/cut\.mov", done.out)


def test_the_line_of_progress_is_gone_at_the_end(on_terminal: Opener, shot: Path) -> None:
    with (shot / "big.mov").open("wb") as file:
        file.truncate(512 << 20)
    terminal = on_terminal(shot)
    assert terminal.end() == 0
    assert "\x1b[K" in terminal.shown.decode()
    assert "GB/s" in terminal.shown.decode() or "MB/s" in terminal.shown.decode()
    assert not [line for line in terminal.screen if " · " in line]
    assert terminal.screen[0].startswith("1 asset")


def test_a_dumb_terminal_gets_no_escape_codes(on_terminal: Opener, shot: Path) -> None:
    with (shot / "big.mov").open("wb") as file:
        file.truncate(256 << 20)
    terminal = on_terminal(shot, term="dumb")
    assert terminal.end() == 0
    assert "\x1b" not in terminal.shown.decode()


def test_off_a_terminal_there_are_no_escape_codes(qc: Tool, shot: Path) -> None:
    with (shot / "big.mov").open("wb") as file:
        file.truncate(256 << 20)
    done = qc.run(shot)
    assert "\x1b" not in done.out + done.err
