"""A holder that hangs while it holds a lock, and goes on when somebody else has taken it over."""

import signal
import sys
import time
from pathlib import Path

from . import stalling
from .again import run_again
from .checks import misbehaved, torn
from .commands import Process, crawl, finish, moved, signed, start
from .locks import age_locks
from .processes import is_stopped
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .trees import change_some, make_file, make_tree

_ROUNDS = 5
_SECONDS = 60
# Who hangs, and about how many changes it makes under locks in this tree.
_HOLDERS = {"a verdict": 28, "a nightly crawl": 16, "a move": 16, "a clean": 16}
_FINE = frozenset({0, 3})


def _take_over(made: Attempt) -> None:
    root = made.where / "show"
    make_tree(root, folders=2, frames=3)
    while not made.done:
        ledgers = {who: Ledger() for who in ("anna", "ben")}
        for _ in range(_ROUNDS):
            _take_over_one(made, root, ledgers)
            if made.done:
                break
        run_again(made, "takeovers", root, ledgers.values())


def _take_over_one(made: Attempt, root: Path, ledgers: dict[str, Ledger]) -> None:
    """Let one hang under a lock, another sign meanwhile, and the first go on."""
    made.begin()
    what, most = made.random.choice([*_HOLDERS.items()])
    change_some(root, made.random)
    if what == "a clean":
        _add_some(made, root)
    before = media_listing(root)
    number = made.random.randint(1, most)
    situation = f"{what} hangs before change {number} under a lock"
    notes = {who: f"{who}: {ledger.next_note()}" for who, ledger in ledgers.items()}
    process = _start(made, root, what, notes["anna"], number)
    try:
        if _waits(process):
            made.tries += 1
            made.count(what)
            age_locks(root)
            other = crawl(*signed("ben", notes["ben"], "fail"), root)
            made.blame(f"{situation}: the other", misbehaved(other, frozenset({0})))
            ledgers["ben"].take(other.out, notes["ben"], "fail")
            made.blame(f"{situation}: the other", [*torn(root), *ledgers["ben"].lost(root)])
        else:
            made.count("came to its end")
        process.send_signal(signal.SIGCONT)
        done = finish(process)
    finally:
        process.kill()  # where we are interrupted: it would stay stopped for ever
    made.blame(situation, misbehaved(done, _FINE))
    if what == "a verdict":
        ledgers["anna"].take(done.out, notes["anna"])
    made.blame(situation, [*torn(root), *_lost(root, ledgers)])
    made.blame(situation, altered(before, media_listing(root)))


def _add_some(made: Attempt, root: Path) -> None:
    """Record media of which nobody has said anything: only such sidecars may a clean remove."""
    for take in range(3):
        make_file(root / "shot00" / f"take{made.attempts}-{take}.mov")
    crawl(root)


def _start(made: Attempt, root: Path, what: str, note: str, number: int) -> Process:
    command, *args = {
        "a verdict": ("qc-crawl", *signed("anna", note)),
        "a nightly crawl": ("qc-crawl", "--rehash"),
        "a move": ("qc-crawl", *moved(made.random)),
        "a clean": ("qc-clean", "--yes"),
    }[what]
    prefix = (sys.executable, str(Path(stalling.__file__)), str(number))
    return start(command, *args, root, prefix=prefix)


def _waits(process: Process) -> bool:
    """Wait until a holder hangs; False: it came to its end."""
    until = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < until:
        if is_stopped(process):
            return True
        time.sleep(0.005)
    return False


def _lost(root: Path, ledgers: dict[str, Ledger]) -> list[str]:
    return [text for ledger in ledgers.values() for text in ledger.lost(root)]


ROWS = (Row("a lock taken over from one that hangs", (1, 2), _take_over, short=10, long=300),)
