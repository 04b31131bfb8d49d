"""Signals in the middle of a file that takes far longer to read than a run may take to end."""

import signal
import time
from pathlib import Path

from .checks import left_over, misbehaved, recovered, torn
from .commands import Process, finish, moved, signed, start
from .interruptions import not_prompt
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .strikes import is_amid
from .trees import make_tree

_BYTES = 32 << 30  # of holes; to hash them takes half a minute
_SECONDS = 60
_COMMANDS = ("a crawl", "a verdict", "a move", "a look")
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _interrupt(made: Attempt) -> None:
    root, ledger = made.where / "show", Ledger()
    make_tree(root)
    huge = root / "huge" / "huge.mov"
    huge.parent.mkdir()
    with huge.open("wb") as file:
        file.truncate(_BYTES)
    while not made.done:
        _interrupt_one(made, root, huge, ledger)
    made.count("verdicts acknowledged", len(ledger))
    huge.unlink()
    made.blame("recovering", recovered(root))


def _interrupt_one(made: Attempt, root: Path, huge: Path, ledger: Ledger) -> None:
    made.begin()
    before, note = media_listing(root), ledger.next_note()
    what, number = made.random.choice(_COMMANDS), made.random.choice(_SIGNALS)
    workers = made.random.choice(("1", "2", "8"))
    process = _start(made, root, what, note, workers)
    try:
        if _comes_to(process, huge):
            time.sleep(made.random.random())
        amid = is_amid(process, huge)
        process.send_signal(number)
        sent = time.monotonic()
        done = finish(process)
        took = time.monotonic() - sent
    finally:
        process.kill()  # where we are interrupted: it would read on for long
    situation = f"{what}, --workers {workers}, {number.name} in the middle of a huge file"
    made.tries += amid
    made.count(what if amid else "not in the middle")
    if what == "a verdict":
        ledger.take(done.out, note)
    made.blame(situation, [*misbehaved(done, frozenset({128 + number})), *not_prompt(done, took)])
    made.blame(situation, [*torn(root), *left_over(root), *ledger.lost(root)])
    made.blame(situation, altered(before, media_listing(root)))


def _start(made: Attempt, root: Path, what: str, note: str, workers: str) -> Process:
    args = {
        "a crawl": ("--rehash",),
        "a verdict": signed("anna", note),
        "a move": moved(made.random),
        "a look": ("--verify",),
    }[what]
    return start("qc-crawl", "--workers", workers, *args, root)


def _comes_to(process: Process, path: Path) -> bool:
    """Wait until a run reads a file; tell whether it came so far."""
    until = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < until:
        if is_amid(process, path):
            return True
        time.sleep(0.005)
    return False


ROWS = (Row("a signal in the middle of a huge file", (1, 2, 4), _interrupt, short=3, long=50),)
