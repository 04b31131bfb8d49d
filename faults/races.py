"""Several runs at once on one tree: operators, a nightly crawl, a clean, a change of mode."""

import json
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from qc_asset_crawler.listing import is_set_aside

from .checks import left_over, misbehaved, recovered, torn
from .commands import Done, crawl, moved, run, signed
from .rows import Attempt, Row
from .signing import Ledger
from .stock import Stock, altered, media_listing
from .trees import change_some, make_file, make_tree

_OPERATORS = ("anna", "ben")
_ROUNDS = 5
_BY_WHOM = frozenset({"asset_path"})  # what it is called depends on who recorded it first
_FOLDERS, _SINGLES = 2, 60
# Who is at work at once. A clean takes what nobody said anything of; a move, every sidecar.
_MEETINGS = (
    ("anna", "a nightly crawl"),
    ("anna", "ben"),
    ("anna", "ben", "a nightly crawl"),
    ("anna", "a clean"),
    ("a clean", "a nightly crawl"),
    ("anna", "ben", "a move"),
    ("anna", "ben", "a nightly crawl", "a clean"),
)
_SHARDS = {"shard 1": "1/2", "shard 2": "2/2"}
_ARRAYS = (("anna", *_SHARDS), ("anna", "ben", *_SHARDS), ("anna", *_SHARDS, "shard 2"))


class Views(NamedTuple):
    """A tree, and the paths by which those at work see it: one each, in turn.

    `fine` are the statuses with which crawls and operators may end, `meetings` who is at work at
    once. A try is a verdict; with `by_round` one meeting in which any was given.
    """

    root: Path
    seen: Sequence[Path]
    fine: frozenset[int] = frozenset({0})
    meetings: Sequence[tuple[str, ...]] = _MEETINGS
    by_round: bool = False


class Party(NamedTuple):
    """One of those at work: who, what it runs, and where it sees the tree."""

    who: str
    command: tuple[str | Path, ...]
    seen: Path
    note: str = ""
    result: str = ""


class Ran(NamedTuple):
    """What became of one of those at work, and between which moments it ran."""

    party: Party
    started: float
    done: Done
    ended: float


def _races(made: Attempt) -> None:
    root = made.where / "show"
    race(made, Views(root, [root]))


def _arrays(made: Attempt) -> None:
    root = made.where / "show"
    race(made, Views(root, [root], meetings=_ARRAYS, by_round=True))


def race(made: Attempt, views: Views) -> None:
    """Let runs meet on a tree until enough verdicts were acknowledged while others were at work."""
    root = views.root
    make_tree(root, folders=_FOLDERS)
    for folder in [path for path in root.rglob("*") if path.is_dir()]:
        for single in range(_SINGLES):
            make_file(folder / f"take{single:03d}.mov")
    start_up = _seconds_to_start()
    while not made.done:
        ledgers = {who: Ledger() for who in _OPERATORS}
        for _ in range(_ROUNDS):
            change_some(root, made.random)
            _meet(made, views, ledgers, start_up)
            if made.done:
                break
        made.blame("a run after races", misbehaved(crawl(root), frozenset({0})))
        made.blame("a run after races", _kept(root, ledgers))
        made.blame("recovering", recovered(root, but=_BY_WHOM))


def _seconds_to_start() -> float:
    started = time.monotonic()
    crawl("--version")
    return time.monotonic() - started


def _meet(made: Attempt, views: Views, ledgers: dict[str, Ledger], start_up: float) -> None:
    """Let some run at once, look on, and look at what they left."""
    made.begin()
    before = media_listing(views.root)
    meeting = made.random.choice(views.meetings)
    parties = [
        _party(who, views.seen[number % len(views.seen)], ledgers, made.random)
        for number, who in enumerate(meeting)
    ]
    what = f"meeting {made.figures.get('meetings', 0)}, {' and '.join(meeting)}"
    with ThreadPoolExecutor(len(parties)) as pool:
        running = [pool.submit(_run, party, made.random.uniform(0, 0.15)) for party in parties]
        while not all(future.done() for future in running):
            made.blame(f"{what}, meanwhile", torn(views.root))
            made.count("looks meanwhile")
            time.sleep(0.05)
    _look(made, views, ledgers, (what, before, running))
    made.count("meetings")
    struck = _struck(made, [future.result() for future in running], start_up)
    made.count("verdicts while others were at work", struck)
    made.tries += bool(struck) if views.by_round else struck


def _party(who: str, seen: Path, ledgers: dict[str, Ledger], random: Random) -> Party:
    if who in ledgers:
        note = f"{who}: {ledgers[who].next_note()}"
        result = random.choice(("pass", "fail"))
        return Party(who, ("qc-crawl", *signed(who, note, result)), seen, note, result)
    if who == "a move":
        return Party(who, ("qc-crawl", *moved(random)), seen)
    if who in _SHARDS:
        return Party(who, ("qc-crawl", "--shard", _SHARDS[who]), seen)
    return Party(who, ("qc-clean", "--yes") if who == "a clean" else ("qc-crawl",), seen)


def _run(party: Party, after: float) -> Ran:
    time.sleep(after)
    started = time.time()
    command, *args = map(str, party.command)
    done = run(command, *args, party.seen)
    return Ran(party, started, done, time.time())


def _look(
    made: Attempt,
    views: Views,
    ledgers: dict[str, Ledger],
    happened: tuple[str, Stock, list[Future[Ran]]],
) -> None:
    what, before, running = happened
    root = views.root
    for party, _, done, _ in (future.result() for future in running):
        if party.who in ledgers:
            out = done.out.replace(str(party.seen), str(root))
            ledgers[party.who].take(out, party.note, party.result)
        # Only a clean says what it left to others.
        fine = frozenset({0, 3}) if party.who == "a clean" else views.fine
        made.blame(f"{what}: {party.who}", misbehaved(done, fine))
        if done.status:
            made.count(f"{party.who} ended with {done.last_line.partition(': ')[2]}")
    made.blame(what, torn(root))
    made.blame(what, _kept(root, ledgers))
    made.blame(what, altered(before, media_listing(root)))


def _kept(root: Path, ledgers: dict[str, Ledger]) -> Iterator[str]:
    """Name what was lost, left over, or set aside because somebody took it for damaged."""
    for ledger in ledgers.values():
        yield from ledger.lost(root)
    yield from left_over(root)
    yield from (f"{path} was set aside" for path in root.rglob("*") if is_set_aside(path.name))


def _struck(made: Attempt, ran: Sequence[Ran], start_up: float) -> int:
    """Count the verdicts that were given while somebody else was at work, and past its start."""
    total = 0
    for one in ran:
        others = [(other.started + start_up, other.ended) for other in ran if other is not one]
        given = list(_moments(one.done.out)) if one.party.note else []
        struck = sum(any(begun < at < ended for begun, ended in others) for at in given)
        made.count("verdicts while nobody else was at work", len(given) - struck)
        total += struck
    return total


def _moments(out: str) -> Iterator[float]:
    """Return when each verdict was given that a run acknowledged."""
    for line in out.splitlines():
        asset = json.loads(line)
        if asset.get("action") == "recorded":
            yield datetime.fromisoformat(asset["verdict"]["qc_time"]).timestamp()


ROWS = (
    Row("several runs on one tree at once", (1, 2), _races, short=300, long=10_000),
    Row("shards and operators on one tree at once", (1, 2), _arrays, short=5, long=200),
)
