"""System calls that fail, once or from then on: no space, no permission, input/output errors."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import NamedTuple

from .checks import LOCK, left_over, misbehaved, recovered, torn
from .commands import Done, crawl
from .disturbed import CROWDED, Run, settle, some_runs
from .judging import Sidecars, not_kept, own_litter, sidecars_by_asset, undone, unnamed, unreported
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .tracing import OUTPUT, Call, Traced, is_below, traced

_NOTE = "a new note"
_RECOVER_EVERY = 10
_ERRORS = ("ENOSPC", "EDQUOT", "EIO", "ESTALE", "EROFS", "EACCES")
_WHEN_LOOKING = ("EIO", "ESTALE", "EACCES")
_LISTING = "getdents64"
_LOOKING = ("stat", "lstat", "fstat", "newfstatat", "statx", _LISTING)
_REMOVING = ("unlink", "unlinkat", "rmdir")
_CALLS = (
    *("open", "openat", "read", "readv", "pread64", "write", "pwrite64", "writev"),
    *("fsync", "fdatasync", "rename", "renameat", "renameat2", "close", "mkdir", "mkdirat"),
    *("link", "linkat", "fchmod", "fchown", *_REMOVING, *_LOOKING),
)


class _Case(NamedTuple):
    """One field of the matrix: some calls of a kind in a run, and how one of them fails."""

    run: Run
    calls: tuple[Call, ...]
    error: str
    for_ever: bool


class _Struck(NamedTuple):
    """A run in which a call failed."""

    situation: str
    run: Run
    ended: Traced

    @property
    def done(self) -> Done:
        """How it ended."""
        return self.ended.done

    def at(self, *kinds: str) -> bool:
        """Tell whether one of these calls, or kinds of what calls are about, failed."""
        return any({call.name, call.kind} & {*kinds} for call in self.ended.struck())


def _failures(made: Attempt) -> None:
    cases = list(
        _in_order([case for run in some_runs(made) for case in _cases(made, run)], made.random)
    )
    made.count("kinds of calls", len({_kind_of(case) for case in cases}))
    made.count("fields of the matrix", len(cases))
    for case in cases:
        if made.done:
            break
        _fail(made, case)


def _listings(made: Attempt) -> None:
    """Let listings break off once a part of a folder was read: nothing in the rest is gone."""
    cases = [
        case._replace(calls=(call,))
        for run in CROWDED
        for case in _cases(made, run)
        if case.calls[0].name == _LISTING
        for call in _that_go_on(case.calls)
    ]
    made.random.shuffle(cases)
    made.count("places", len(cases))
    for case in cases:
        if made.done:
            break
        _fail(made, case)


def _that_go_on(calls: tuple[Call, ...]) -> Iterator[Call]:
    """Return the calls that ask for more of a folder, of which there is more."""
    for before, call in pairwise(calls):
        if _listed(before) == _listed(call) and "/* 0 entries */" not in call.text:
            yield call


def _listed(call: Call) -> str:
    return call.text.partition(",")[0]


def _in_order(cases: list[_Case], random: Random) -> Iterator[_Case]:
    """Every kind of call, error and duration in one run or another first; the rest later."""
    random.shuffle(cases)
    later: list[_Case] = []
    known: set[tuple[object, ...]] = set()
    for case in cases:
        what = (_kind_of(case), case.error, case.for_ever)
        if what in known:
            later.append(case)
        else:
            known.add(what)
            yield case
    yield from later


def _kind_of(case: _Case) -> tuple[str, str]:
    return case.calls[0].name, case.calls[0].kind


def _cases(made: Attempt, run: Run) -> Iterator[_Case]:
    """Name what can fail in a run: look at one that nothing disturbs."""
    root = made.where / "show"
    run.make(root, Ledger())
    settle()
    groups: dict[tuple[str, str], list[Call]] = defaultdict(list)
    for call in _traced(made, run).calls:
        if call.kind in OUTPUT or is_below(call, root):
            groups[call.name, call.kind].append(call)
    for (name, _), calls in groups.items():
        for error in _WHEN_LOOKING if name in _LOOKING else _ERRORS:
            yield _Case(run, tuple(calls), error, for_ever=False)
            yield _Case(run, tuple(calls), error, for_ever=True)


def _traced(made: Attempt, run: Run, inject: str = "") -> Traced:
    command = run.command(made.where / "show", _NOTE)
    return traced(made.where / "log", *command, calls=_CALLS, inject=inject)


def _fail(made: Attempt, case: _Case) -> None:
    """Let one call of a run fail, look at what it did and said, and run again."""
    root, ledger, run = made.where / "show", Ledger(), case.run
    call = made.random.choice(case.calls)
    run.make(root, ledger)
    settle()
    before, media, ill = sidecars_by_asset(root), media_listing(root), set(torn(root))
    ever = "+" if case.for_ever else ""
    ended = _traced(made, run, f"{call.name}:error={case.error}:when={call.number}{ever}")
    if not any(one.kind == call.kind for one in ended.struck()) or _is_of_the_tool(
        ended.done, root
    ):
        made.count("not reached")
        return
    made.tries += 1
    made.count(f"{case.error} {'from then on' if ever else 'once'}")
    struck = _Struck(f"{run.name}, {case.error} at {call}{ever}", run, ended)
    if run.signs:
        ledger.take(ended.done.out, _NOTE)
    made.blame(struck.situation, set(torn(root)) - ill)
    made.blame(struck.situation, altered(media, media_listing(root)))
    made.blame(struck.situation, ledger.lost(root))
    left = unreported(ended.done, before) if run.reports else undone(root, run, _NOTE, before)
    if not run.cleans:
        as_they_were = set(before) if run.reports else left
        made.blame(struck.situation, not_kept(before, sidecars_by_asset(root), as_they_were))
    made.blame(struck.situation, _misled(struck, left, before))
    made.blame(struck.situation, _littered(struck, root))
    _recover(made, struck, root, ledger)


def _is_of_the_tool(done: Done, root: Path) -> bool:
    """Tell whether it was the tool itself that could not be read: calls are counted by thread."""
    ended = (line for line in done.err.splitlines() if "internal error: " in line)
    return any("[Errno " in line and str(root) not in line for line in ended)


def _misled(struck: _Struck, left: set[str], before: Sidecars) -> Iterator[str]:
    """Say what a run did not tell, or not in the way in which it should."""
    status, traceback = struck.done.status, "Traceback" in struck.done.err
    if struck.at("results"):
        if status not in {1, 3, 120} or traceback:
            yield f"status {status} though it could not be told: {struck.done.err}"
    elif struck.at("messages"):  # the status says all, but the reason for it is lost
        if status not in {0, 3, 120} or traceback:
            yield f"status {status} because a message could not be told: {struck.done.err}"
    else:
        yield from misbehaved(struck.done, frozenset({0, 3}))
    yield from unnamed(struck.done, struck.run, left, before)


def _littered(struck: _Struck, root: Path) -> Iterator[str]:
    """Name what a run left of its own, though it could have removed it.

    A lock that cannot be looked at might be another's by now, and stays.
    """
    if struck.at(*_REMOVING):
        return
    unseen = any(one.kind == "lock" and one.name in _LOOKING for one in struck.ended.struck())
    for path in own_litter(root, struck.ended.pid):
        if not (unseen and path.name == LOCK):
            yield f"{path} is left over"


def _recover(made: Attempt, struck: _Struck, root: Path, ledger: Ledger) -> None:
    situation = f"{struck.situation}, and run again"
    made.blame(situation, misbehaved(crawl(root), frozenset({0, 3} if struck.run.torn else {0})))
    made.blame(situation, left_over(root))
    made.blame(situation, ledger.lost(root))
    if made.tries % _RECOVER_EVERY == 0:
        made.blame(situation, recovered(root))


ROWS = (
    Row("system calls that fail", (1, 2, 4), _failures, short=6, long=100_000),
    Row("listings that break off in the middle", (1, 2, 4), _listings, short=6, long=100_000),
)
