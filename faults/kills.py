"""`kill -9` at random moments."""

import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .again import run_again
from .checks import torn
from .commands import Done, Process, finish, moved, signed, start
from .locks import age_nameless_locks
from .processes import seconds_at_work, takes_signals
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .trak import Trak, stand_in
from .trees import change_some, make_tree

_ROUNDS = 10
_RUNS = ("a crawl", "a crawl", "a verdict", "a verdict", "a move", "a clean")
_OF_TRAK = frozenset({"asset_id", "tracker_status"})  # only whoever has Trak learns those


class Scene(NamedTuple):
    """The tree, and the Trak to which runs deliver, if any."""

    root: Path
    trak: Trak | None


def _kills(made: Attempt) -> None:
    _kill_many(made, Scene(made.where / "show", None))


def _kills_with_trak(made: Attempt) -> None:
    with stand_in(made.where / "trak.log") as trak:
        _kill_many(made, Scene(made.where / "show", trak))
        made.blame("telling Trak", trak.breaches())


def _kill_many(made: Attempt, scene: Scene) -> None:
    root, trak = scene
    make_tree(root)
    usual = {what: _usual_seconds(made, scene, what) for what in _RUNS}
    while not made.done:
        ledger = Ledger()
        for _ in range(_ROUNDS):
            if made.random.random() < 0.5:
                change_some(root, made.random)
            _kill_one(made, scene, ledger, usual)
            if made.done:
                break
        made.count("locks left empty, to be waited for", age_nameless_locks(root))
        if trak is not None:
            made.blame("delivering what waits", [*trak.deliver(root), *ledger.lost(root)])
        run_again(made, "kills", root, [ledger], but=_OF_TRAK if trak else frozenset())


def _usual_seconds(made: Attempt, scene: Scene, what: str) -> float:
    change_some(scene.root, made.random)
    return seconds_at_work(_start(made, scene, what, "usual"))


def _kill_one(made: Attempt, scene: Scene, ledger: Ledger, usual: Mapping[str, float]) -> None:
    """Start something, kill it while it is at work, and look at what it left."""
    made.begin()
    root = scene.root
    before, note = media_listing(root), ledger.next_note()
    what = made.random.choice(_RUNS)
    process = _start(made, scene, what, note)
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


def _start(made: Attempt, scene: Scene, what: str, note: str) -> Process:
    """Start one of the runs that write."""
    command, *args = {
        "a crawl": ("qc-crawl",),
        "a verdict": ("qc-crawl", *signed("anna", note)),
        "a move": ("qc-crawl", *moved(made.random)),
        "a clean": ("qc-clean", "--yes"),
    }[what]
    return start(command, *args, scene.root, env=scene.trak.env if scene.trak else None)


ROWS = (
    Row("kill -9 at random moments", (1, 2), _kills, short=30, long=1000),
    Row("kill -9 while Trak is told", (1, 2), _kills_with_trak, short=15, long=500),
)
