"""SIGINT, SIGTERM and SIGHUP at random moments, and a terminal that goes away."""

import os
import pty
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .again import run_again
from .checks import left_over, misbehaved, torn
from .commands import Done, Process, crawl, finish, moved, needed, signed, start
from .processes import seconds_at_work, takes_signals
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .trees import change_some, make_tree

_PROMPTLY = 2.0
_GAVE_UP = "gave up waiting"
_ROUNDS = 10
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_COMMANDS = ("a crawl", "a verdict", "a move", "a clean", "a look", "a verification", "a report")


class Case(NamedTuple):
    """What runs, and how it is ended: by how many signals, or by its terminal's going away."""

    what: str
    number: signal.Signals
    times: int
    hangs_up: bool

    def __str__(self) -> str:
        how = "its terminal went" if self.hangs_up else f"{self.times} x {self.number.name}"
        return f"{self.what}, {how}"


def _interrupt(made: Attempt) -> None:
    root = made.where / "show"
    make_tree(root, folders=8)
    crawl(root)
    usual = {what: seconds_at_work(_start(made, root, (what, "usual"), None)) for what in _COMMANDS}
    slowest = 0.0
    while not made.done:
        ledger = Ledger()
        for _ in range(_ROUNDS):
            slowest = max(slowest, _interrupt_one(made, root, ledger, usual))
            if made.done:
                break
        run_again(made, "signals", root, [ledger])
    made.count("ms to the slowest end", round(1000 * slowest))


def _interrupt_one(made: Attempt, root: Path, ledger: Ledger, usual: Mapping[str, float]) -> float:
    """Start something, ask it to end, and look at what it left; return how long it took."""
    made.begin()
    if made.random.random() < 0.3:
        change_some(root, made.random)
    case = _case(made)
    before, note = media_listing(root), ledger.next_note()
    old = set(left_over(root))  # a second signal, before this one, ended a run on the spot
    ours, theirs = pty.openpty() if case.hangs_up else (None, None)
    process = _start(made, root, (case.what, note), theirs)
    if theirs is not None:
        os.close(theirs)
    if made.random.random() < 0.9:
        takes_signals(process, 10)
    delay = made.random.uniform(0, usual[case.what])
    with suppress(subprocess.TimeoutExpired):
        process.wait(delay)
    began = takes_signals(process)
    sent = time.monotonic()
    _send(process, case, ours)
    done = finish(process)
    took = time.monotonic() - sent
    situation = f"{case}, after {delay:.3f} s"
    made.blame(situation, _ended_badly(made, case, done, took if began else None))
    if case.what == "a verdict":
        ledger.take(done.out, note)
    made.blame(situation, torn(root))
    made.blame(situation, ledger.lost(root))
    made.blame(situation, altered(before, media_listing(root)))
    if case.times == 1 and began:
        made.blame(situation, set(left_over(root)) - old)
    return took


def _case(made: Attempt) -> Case:
    what, number = made.random.choice(_COMMANDS), made.random.choice(_SIGNALS)
    hangs_up = made.random.random() < 0.2
    times = 1 if hangs_up or made.random.random() < 0.8 else 2
    return Case(what, signal.SIGHUP if hangs_up else number, times, hangs_up)


def _send(process: Process, case: Case, terminal: int | None) -> None:
    if terminal is not None:
        os.close(terminal)
        return
    for _ in range(case.times):
        process.send_signal(case.number)


def _ended_badly(made: Attempt, case: Case, done: Done, took: float | None) -> list[str]:
    """Say what is wrong with how it ended; None: it took no signals yet, or not any more."""
    status = 128 + case.number
    if took is None:
        made.count("before or after its work")
        # What Python itself says of a Ctrl-C while it starts is not in the tool's hands.
        starting = any(text in done.err for text in ("in <module>", "Python error: init"))
        if starting and "in _run" not in done.err:
            return []
        return [f"a traceback: {done.err[-2000:]}"] if "Traceback" in done.err else []
    if done.status not in {status, -case.number}:
        made.count("too late")  # it came to its end just then
        return list(misbehaved(done, frozenset({0, 3, 4})))
    made.tries += 1
    made.count("terminals gone" if case.hangs_up else case.number.name)
    return [*misbehaved(done, frozenset({status})), *not_prompt(done, took)]


def not_prompt(done: Done, took: float) -> Iterator[str]:
    """Say what is wrong with how long a run took to end, of which nothing hung."""
    if _GAVE_UP in done.err:
        yield f"it gave up waiting, and nothing hung: {done.last_line}"
    elif took > _PROMPTLY:
        yield f"it took {took:.1f} s to end"


def _start(made: Attempt, root: Path, run: tuple[str, str], terminal: int | None) -> Process:
    what, note = run
    command, *args = {
        "a crawl": ("qc-crawl", "--rehash"),
        "a verdict": ("qc-crawl", "--rehash", *signed("anna", note)),
        "a move": ("qc-crawl", "--rehash", *moved(made.random)),
        "a clean": ("qc-clean", "--yes"),
        "a look": ("qc-crawl", "--dry-run"),
        "a verification": ("qc-crawl", "--verify"),
        "a report": ("qc-report", "--json"),
    }[what]
    prefix = () if terminal is None else (needed("setsid"), "--ctty")
    return start(command, *args, root, prefix=prefix, terminal=terminal)


ROWS = (Row("SIGINT, SIGTERM, SIGHUP at random", (1, 2, 4), _interrupt, short=12, long=200),)
