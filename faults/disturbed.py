"""Runs to be disturbed at a system call: what is there before, and what must be so afterwards."""

import json
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from qc_asset_crawler.files.atomic import this_host

from .commands import crawl, signed
from .rows import Attempt
from .signing import Ledger
from .trees import make_file, make_tree, media_of

_SETTLED_SECONDS = 0.12
_FEW = 50
_NO_PID = 4_194_305  # more than Linux ever gives
_OLD = "an old note"
# The C library asks for 32 KiB of names at a time, here over 500; the tool takes some 1,024.
_CROWD = 2500


class Run(NamedTuple):
    """A kind of run: how the tree is made for it, and how it is called.

    `make` gets the place of the tree. With `signs` the run gives a verdict; `mode` is what it
    moves sidecars to; `cleans` is of those that remove, `reports` of those that only read; `torn`:
    there is a torn sidecar before.
    """

    name: str
    make: Callable[[Path, Ledger], None]
    signs: bool = False
    mode: str = ""
    cleans: bool = False
    reports: bool = False
    torn: bool = False

    def command(self, root: Path, note: str) -> tuple[str, ...]:
        """Return the command; with one worker, so that its system calls come in one order."""
        if self.cleans:
            return ("qc-clean", "--yes", "--json", str(root))
        if self.reports:
            return ("qc-report", "--json", str(root))
        how = signed("anna", note) if self.signs else ("--json-lines",)
        moved = ("--sidecar-mode", self.mode) if self.mode else ()
        return ("qc-crawl", "--workers", "1", *how, *moved, str(root))


def _fresh(root: Path, ledger: Ledger) -> None:
    """Make a tree that nobody has seen."""
    shutil.rmtree(root, ignore_errors=True)
    ledger.forget()
    make_tree(root, folders=2, frames=3)


def _signed(root: Path, ledger: Ledger) -> None:
    """Make a tree that was signed, and some media rendered anew since."""
    _fresh(root, ledger)
    ledger.take(crawl(*signed("ben", _OLD), root).out, _OLD)
    for path in media_of(root)[:2]:
        make_file(path, "rendered anew")


def _littered(root: Path, ledger: Ledger) -> None:
    """Leave also what crashes leave: locks, temps, copies, a torn sidecar; and take media away."""
    _signed(root, ledger)
    folder = root / "shot00"
    twice = folder / ".qc" / f"{media_of(root)[0].name}.qc.json"
    shutil.copy(twice, folder)
    (folder / "shot01" / "cut1-1.mov").unlink()
    make_file(folder / "late.mov")
    (folder / ".qc" / "late.mov.qc.json").write_text("{")
    for at in (folder, folder / ".qc"):
        (at / f".qc-{this_host()}-{_NO_PID}-0123abcd.tmp").touch()
    (folder / ".qc.lock").write_text(json.dumps({"host": this_host(), "pid": _NO_PID}))


def _crowded(root: Path, ledger: Ledger) -> None:
    """Add to a signed tree what no media is, so that one call does not list a folder.

    There is another folder, so that ROOT is never taken for empty.
    """
    _signed(root, ledger)
    make_file(root / "aside" / "late.mov")
    for number in range(_CROWD):
        (root / "shot00" / f"notes-of-the-supervisor.{number:04d}.txt").touch()


def _partly_signed(root: Path, ledger: Ledger) -> None:
    _fresh(root, ledger)
    crawl(root)
    ledger.take(crawl(*signed("ben", _OLD), root / "shot00" / "shot01").out, _OLD)
    (root / "shot00" / f".qc-{this_host()}-{_NO_PID}-0123abcd.tmp").touch()
    (root / "shot00" / ".qc.lock").write_text(json.dumps({"host": this_host(), "pid": _NO_PID}))


RUNS = (
    Run("a first crawl", _fresh),
    Run("a first verdict", _fresh, signs=True),
    Run("a verdict", _signed, signs=True),
    Run("a re-run among litter", _littered, torn=True),
    Run("a verdict among litter", _littered, signs=True, torn=True),
    Run("a move", _signed, mode="inline"),
    Run("a clean", _partly_signed, cleans=True),
    Run("a report", _partly_signed, reports=True),
)

CROWDED = (
    Run("a re-run of a crowded folder", _crowded),
    Run("a verdict on a crowded folder", _crowded, signs=True),
    Run("a clean of a crowded folder", _crowded, cleans=True),
    Run("a report on a crowded folder", _crowded, reports=True),
)


def some_runs(made: Attempt) -> Sequence[Run]:
    """Return all kinds of runs; some, where not much is to be tried."""
    return RUNS if made.goal > _FEW else made.random.sample(RUNS, 3)


def settle() -> None:
    """Wait until no file is racy: a run would wait, and make more system calls or fewer."""
    time.sleep(_SETTLED_SECONDS)
