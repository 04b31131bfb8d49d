"""`kill -9` at random moments."""

import signal
import time
from pathlib import Path

from .checks import left_over, misbehaved, recovered, torn
from .commands import Done, Process, crawl, finish, moved, seconds_of_a_crawl, signed, start
from .locks import age_nameless_locks
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .trees import change_some, make_tree

_ROUNDS = 10


def _kills(made: Attempt) -> None:
    root = made.where / "show"
    make_tree(root)
    usual = seconds_of_a_crawl(root)
    while not made.done:
        ledger = Ledger()
        for _ in range(_ROUNDS):
            if made.random.random() < 0.5:
                change_some(root, made.random)
            _kill_one(made, root, ledger, usual)
            if made.done:
                break
        made.count("locks left empty, to be waited for", age_nameless_locks(root))
        made.blame("a run after kills", misbehaved(crawl(root), frozenset({0})))
        made.blame("a run after kills", left_over(root))
        made.blame("a run after kills", ledger.lost(root))
        made.count("verdicts acknowledged", len(ledger))
        made.blame("recovering", recovered(root))


def _kill_one(made: Attempt, root: Path, ledger: Ledger, usual: float) -> None:
    """Start something, kill it, and look at what it left."""
    before = media_listing(root)
    note = ledger.next_note()
    what, process = _start(made, root, note)
    time.sleep(made.random.uniform(0, 1.2 * usual))
    process.send_signal(signal.SIGKILL)
    done = finish(process)
    if done.status == -signal.SIGKILL:
        made.tries += 1
        made.count(f"killed: {what}")
    _look(made, root, ledger, (what, note, done))
    made.blame(f"{what}, killed", altered(before, media_listing(root)))


def _look(made: Attempt, root: Path, ledger: Ledger, ended: tuple[str, str, Done]) -> None:
    what, note, done = ended
    if what == "a verdict":
        ledger.take(done.out, note)
    made.blame(f"{what}, killed", torn(root))
    made.blame(f"{what}, killed", ledger.lost(root))


def _start(made: Attempt, root: Path, note: str) -> tuple[str, Process]:
    """Start one of the runs that write."""
    what = made.random.choice(("a crawl", "a crawl", "a verdict", "a verdict", "a move", "a clean"))
    if what == "a crawl":
        return what, start("qc-crawl", root)
    if what == "a verdict":
        return what, start("qc-crawl", *signed("anna", note), root)
    if what == "a move":
        return what, start("qc-crawl", *moved(made.random), root)
    return what, start("qc-clean", "--yes", root)


ROWS = (Row("kill -9 at random moments", (1, 2), _kills, short=30, long=1000),)
