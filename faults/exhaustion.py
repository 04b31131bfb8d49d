"""Too few file descriptors, too little memory, files that may not grow, threads that raise."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from . import raising
from .again import run_again
from .checks import CACHE, acknowledged_by, misbehaved, notes_of, torn
from .commands import Done, crawl, signed
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .trees import change_some, make_tree

_STATUSES = frozenset({0, 1, 3})
_ROUNDS = 25
# Option of ulimit, least and most: Python can start, and most runs lack something.
_LIMITS = (("n", 4, 14), ("n", 15, 20), ("v", 18_000, 42_000), ("f", 0, 8))
_ERRORS = ("memory", "bug", "EIO", "ENOMEM", "EMFILE")
_LAST_CALL = 12_000
_MAY_DIFFER = "not-what-was-passed="  # so it is where media was rendered anew since
# What the loader of programs, and libraries that are not Python, say before they give up.
_GAVE_UP = ("memory allocation", "error while loading", "MemoryError", "Cannot allocate")


class Shortage(NamedTuple):
    """What a run is to lack, and what is put before the command to bring it about."""

    what: str
    prefix: tuple[str, ...]


def _limits(made: Attempt) -> None:
    _exhaust(made, _a_limit)


def _raising(made: Attempt) -> None:
    _exhaust(made, _a_raising_thread)


def _a_limit(made: Attempt) -> Shortage:
    letter, least, most = made.random.choice(_LIMITS)
    number = made.random.randint(least, most)
    script = f'ulimit -{letter} {number} && exec "$@"'
    return Shortage(f"ulimit -{letter} {number}", ("sh", "-c", script, "sh"))


def _a_raising_thread(made: Attempt) -> Shortage:
    kind, number = made.random.choice(_ERRORS), made.random.randint(1, _LAST_CALL)
    prefix = (sys.executable, str(Path(raising.__file__)), kind, str(number))
    return Shortage(f"{kind} at call {number}", prefix)


def _exhaust(made: Attempt, shortage_for: Callable[[Attempt], Shortage]) -> None:
    root = made.where / "show"
    make_tree(root, folders=8)
    while not made.done:
        ledger = Ledger()
        for _ in range(_ROUNDS):
            made.begin()
            shortage = shortage_for(made)
            if shortage.what.startswith("ulimit") and not _starts(shortage):
                made.count("Python does not start")
            else:
                _run_short(made, root, ledger, shortage)
            if made.done:
                break
        run_again(made, "shortages", root, [ledger])


def _starts(shortage: Shortage) -> bool:
    return crawl("--version", prefix=shortage.prefix).status == 0


def _run_short(made: Attempt, root: Path, ledger: Ledger, shortage: Shortage) -> None:
    """Run with a shortage, and look whether it claims more than it did."""
    if made.random.random() < 0.5:
        change_some(root, made.random)
    if made.random.random() < 0.3:
        _forget_caches(root)
    before, note = media_listing(root), ledger.next_note()
    signing = made.random.random() < 0.5
    options = signed("anna", note) if signing else ("--json-lines",)
    workers = str(made.random.choice((1, 2, 8)))
    done = crawl("--workers", workers, *options, root, prefix=shortage.prefix)
    # A run that ends well had enough, or did not notice: it is no try, and judged all the same.
    made.tries += done.status != 0 or raising.STRUCK in done.err
    made.count(f"exit {done.status}" if done.status >= 0 else "given up by a library")
    situation = f"{shortage.what}, --workers {workers}, {'a verdict' if signing else 'a crawl'}"
    made.blame(situation, _ended_badly(done))
    if signing:
        ledger.take(done.out, note)
    made.blame(situation, torn(root))
    made.blame(situation, ledger.lost(root))
    made.blame(situation, altered(before, media_listing(root)))
    if done.status == 0:
        made.blame(f"{situation}: FALSE SUCCESS", _missing(root, done, note if signing else None))


def _ended_badly(done: Done) -> Iterator[str]:
    if done.status < 0 and any(text in done.err for text in _GAVE_UP):
        return
    yield from misbehaved(done, _STATUSES)
    if done.status == 1 and "exit 1: " not in done.last_line:
        yield f"status 1 without a reason: {done.err[-500:]}"


def _missing(root: Path, done: Done, note: str | None) -> Iterator[str]:
    """Name what a run that ended with 0 has not done."""
    there = notes_of(root)
    if note is not None:
        told = set(acknowledged_by(done.out))
        yield from (f"{asset} is not signed" for asset, notes in there.items() if note not in notes)
        yield from (f"{asset} is not named" for asset in there.keys() - told)
    verified = crawl("--verify", root)
    reasons = verified.last_line.partition("exit 4: ")[2].split()
    wrong = [reason for reason in reasons if not reason.startswith(_MAY_DIFFER)]
    if wrong or verified.status not in {0, 4}:
        yield verified.err[-500:]


def _forget_caches(root: Path) -> None:
    for cache in root.rglob(CACHE):
        cache.unlink()


ROWS = (
    Row("too few descriptors, too little memory, no room in files", (2, 4), _limits, 20, 1000),
    Row("threads that raise errors", (2, 4), _raising, short=20, long=500),
)
