"""`kill -9` at random moments."""

import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from .again import run_again
from .checks import torn
from .commands import Done, Process, finish, moved, signed, start
from .locks import age_nameless_locks
from .processes import seconds_at_work, takes_signals
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .trees import change_some, make_tree

_ROUNDS = 10
_RUNS = ("a crawl", "a crawl", "a verdict", "a verdict", "a move", "a clean")


def _kills(made: Attempt) -> None:
    root = made.where / "show"
    make_tree(root)
    usual = {what: _usual_seconds(made, root, what) for what in _RUNS}
    while not made.done:
        ledger = Ledger()
        for _ in range(_ROUNDS):
            if made.random.random() < 0.5:
                change_some(root, made.random)
            _kill_one(made, root, ledger, usual)
            if made.done:
                break
        made.count("locks left empty, to be waited for", age_nameless_locks(root))
        run_again(made, "kills", root, [ledger])


def _usual_seconds(made: Attempt, root: Path, what: str) -> float:
    change_some(root, made.random)
    return seconds_at_work(_start(made, root, what, "usual"))


def _kill_one(made: Attempt, root: Path, ledger: Ledger, usual: Mapping[str, float]) -> None:
    """Start something, kill it while it is at work, and look at what it left."""
    made.begin()
    before, note = media_listing(root), ledger.next_note()
    what = made.random.choice(_RUNS)
    process = _start(made, root, what, note)
    takes_signals(process, 10)
    with suppress(subprocess.TimeoutExpired):
        process.wait(made.random.uniform(0, usual[what]))
    at_work = takes_signals(process)
    process.send_signal(signal.SIGKILL)
    done = finish(process)
    if at_work and done.status == -signal.SIGKILL:
        made.tries += 1
        made.count(f"killed: {what}")
    else:
        made.count("too late")
    _look(made, root, ledger, (what, note, done))
    made.blame(f"{what}, killed", altered(before, media_listing(root)))


def _look(made: Attempt, root: Path, ledger: Ledger, ended: tuple[str, str, Done]) -> None:
    what, note, done = ended
    if what == "a verdict":
        ledger.take(done.out, note)
    made.blame(f"{what}, killed", torn(root))
    made.blame(f"{what}, killed", ledger.lost(root))


def _start(made: Attempt, root: Path, what: str, note: str) -> Process:
    """Start one of the runs that write."""
    if what == "a crawl":
        return start("qc-crawl", root)
    if what == "a verdict":
        return start("qc-crawl", *signed("anna", note), root)
    if what == "a move":
        return start("qc-crawl", *moved(made.random), root)
    return start("qc-clean", "--yes", root)


ROWS = (Row("kill -9 at random moments", (1, 2), _kills, short=30, long=1000),)
