"""A read, a listing, an opening or a stat that does not come back, as from a server that is gone.

It can be broken off by a signal that kills, as on NFS. On a FUSE mount whose daemon hangs it often
cannot, not even by `kill -9`: no program can do anything about that.
"""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from . import holding
from .checks import misbehaved, notes_of, recovered, torn
from .commands import Process, finish, signed, start
from .rows import Attempt, Row
from .stock import altered, media_listing
from .trees import make_file, make_tree

_SECONDS = 15
_PATIENCE = 5.0
_SLOW_BYTES = 4 << 20
_SLOW = Path("0-slow", "slow.mov")  # in a folder that the walk comes by first
# What is held, at which path, and at the first to which call: the file has as many buffers.
_HELD = (
    ("readv", _SLOW, 4),
    ("scandir", _SLOW.parent, 1),
    ("open", _SLOW.parent, 1),
    ("open", _SLOW, 1),
    ("stat", _SLOW, 2),
    ("readv", _SLOW.parent, 0),  # all files of a folder
)
_TAKES = 40


def _hang(made: Attempt) -> None:
    root = made.where / "show"
    make_tree(root)
    make_file(root / _SLOW, size=_SLOW_BYTES)
    for number in range(_TAKES):
        make_file(root / _SLOW.with_name(f"take-{number:02}-.mov"))
    while not made.done:
        _hang_once(made, root)
        made.blame("a run after a hung call", recovered(root))


def _hang_once(made: Attempt, root: Path) -> None:
    """Hold a call back: all else is signed, and a signal ends the run all the same."""
    made.begin()
    before, note = media_listing(root), f"note {made.attempts}"
    number = made.random.choice((signal.SIGINT, signal.SIGTERM))
    call, below, most = _HELD[made.attempts % len(_HELD)]
    at = made.random.randint(min(1, most), most)
    # A folder of which nothing comes back takes two.
    workers = str(made.random.choice((2, 4, 8) if at else (4, 8)))
    args: tuple[str | Path, ...] = ("--rehash", "--workers", workers, *signed("anna", note), root)
    prefix = (sys.executable, str(Path(holding.__file__)), call, str(root / below), str(at))
    process = start("qc-crawl", *args, prefix=prefix)
    situation = f"{call} {at} of {below} hangs, --workers {workers}, then {number.name}"
    try:
        others = _wait_for_others(process, root, note)
        if process.poll() is not None:
            made.count("did not hang")
            made.blame(situation, misbehaved(finish(process)))
            return
        made.tries += 1
        made.blame(situation, [] if others else ["others had to wait"])
        made.blame(situation, _ended(process, number))
    finally:
        process.kill()  # where we are interrupted: it would hang for ever
    made.blame(situation, torn(root))
    made.blame(situation, altered(before, media_listing(root)))


def _wait_for_others(process: Process, root: Path, note: str) -> bool:
    """Wait until everything but the file that hangs is signed; tell whether it was."""
    until = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < until:
        with suppress(FileNotFoundError):
            notes = notes_of(root)
            rest = [said for asset, said in notes.items() if str(_SLOW.parent) not in asset]
            if rest and all(note in said for said in rest):
                time.sleep(0.2)
                return True
        time.sleep(0.05)
    return False


def _ended(process: Process, number: int) -> Iterator[str]:
    """Ask it to end, and say what is wrong with how it does."""
    process.send_signal(number)
    sent = time.monotonic()
    done = finish(process)
    took = time.monotonic() - sent
    if took > _PATIENCE:
        yield f"it took {took:.1f} s to end"
    yield from misbehaved(done, frozenset({128 + number}))
    if f"exit {128 + number}" not in done.last_line:
        yield f"it does not say how it ended: {done.err[-500:]}"


ROWS = (Row("a call that hangs", (2, 4), _hang, short=len(_HELD), long=100),)
