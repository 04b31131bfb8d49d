"""Asking before something is signed or removed."""

import errno
import io
import os
import pty
import signal
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from qc_asset_crawler.cli import confirm
from qc_asset_crawler.cli.confirm import confirmed
from qc_asset_crawler.cli.console import Console
from qc_asset_crawler.cli.signals import Interruption


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """What is typed into the terminal that stdin is."""
    ours, theirs = pty.openpty()
    with open(theirs, encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield ours
    os.close(ours)


def asked(interrupted: int | None = None, after: float = 0) -> tuple[list[bool], str]:
    """Ask, and wait a while; return what came of it, and what was shown."""
    console = Console("qc-crawl", err=io.StringIO())
    interruption = Interruption(console)
    if after:
        threading.Timer(after, setattr, (interruption, "signal", interrupted)).start()
    else:
        interruption.signal = interrupted
    found: list[bool] = []
    thread = threading.Thread(
        target=lambda: found.append(confirmed(console, interruption, "sign?")), daemon=True
    )
    thread.start()
    thread.join(10)
    assert isinstance(console.err, io.StringIO)
    return found, console.err.getvalue()


YES, NO = (b"y\n", b"YES \n"), (b"n\n", b"\n", b"yep\n", b"\xff\n")
ANSWERS = {**dict.fromkeys(YES, True), **dict.fromkeys(NO, False)}


@pytest.mark.parametrize(("typed", "means"), ANSWERS.items(), ids=map(repr, ANSWERS))
def test_only_a_clear_yes_is_a_yes(keyboard: int, typed: bytes, means: bool) -> None:
    os.write(keyboard, typed)
    assert asked() == ([means], "sign? [y/N] ")


def test_the_end_of_the_input_is_a_no(keyboard: int) -> None:
    os.write(keyboard, b"\x04")
    assert asked() == ([False], "sign? [y/N] \n")


def test_a_line_that_is_not_ended_is_waited_for(keyboard: int) -> None:
    os.write(keyboard, b"n")
    os.write(keyboard, b"\x04")  # hands over what is typed so far
    threading.Timer(0.3, os.write, (keyboard, b"o\n")).start()
    assert asked() == ([False], "sign? [y/N] ")


def test_a_signal_ends_the_wait_for_the_rest_of_a_line(keyboard: int) -> None:
    os.write(keyboard, b"y\x04")
    assert asked(signal.SIGINT, after=0.3) == ([False], "sign? [y/N] \n")


def test_a_terminal_that_has_gone_is_a_no(keyboard: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(*_: object) -> bytes:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(confirm, "os", SimpleNamespace(read=read))
    os.write(keyboard, b"y\n")
    assert asked() == ([False], "sign? [y/N] \n")


def test_a_signal_that_comes_just_before_the_wait_is_a_no(keyboard: int) -> None:
    """Nothing is typed: a wait for a whole line would not come back."""
    assert asked(signal.SIGINT) == ([False], "sign? [y/N] \n")
