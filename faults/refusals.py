"""Storage that does not let us: read-only, without permission to read, to search, or to write."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from itertools import product
from pathlib import Path

from .checks import left_over, misbehaved, recovered, torn
from .commands import Done, crawl, needed, run, signed
from .honesty import (
    assets_of,
    not_as_said,
    not_owned_up,
    not_signed,
    said_by,
    taken_for_missing,
    unsaid,
)
from .mounts import mounted
from .rows import Attempt, MissingError, Row
from .signing import Ledger
from .stock import altered, listing, media_listing
from .trees import change_some, make_tree

_DROPPED = "-dac_override,-dac_read_search"
_DEEP = "shot00/shot01"
_RECOVERED = 0.2
_STATES = ("new", "signed", "signed and changed")
_RUNS = ("a crawl", "a verdict", "a move", "a look", "a verification", "a clean", "a report")
_LOOKING = frozenset({"a look", "a verification", "a report"})
_READING_SIDECARS = frozenset({"a clean", "a report"})
_WRITING = frozenset({"a crawl", "a verdict", "a move"})
Obstacle = Callable[[Path, ExitStack], None]


def _found(root: Path, name: str) -> list[Path]:
    return list(root.glob(name)) if name else [root]


def _mode(name: str, mode: int) -> Obstacle:
    """Take permissions away from something, where it is there."""

    def put_up(root: Path, undo: ExitStack) -> None:
        for path in _found(root, name):
            undo.callback(_give_back, path, path.stat().st_mode & 0o7777)
            path.chmod(mode)

    return put_up


def _give_back(path: Path, mode: int) -> None:
    """Give permissions back, unless what had them was moved or removed meanwhile."""
    with suppress(FileNotFoundError):
        path.chmod(mode)


def _flag(name: str, flag: str) -> Obstacle:
    """Make something immutable, or open for appending only."""

    def put_up(root: Path, undo: ExitStack) -> None:
        for path in root.glob(name):
            done = subprocess.run(
                [needed("chattr"), f"+{flag}", path], capture_output=True, check=False
            )
            if done.returncode:
                raise MissingError(f"chattr does not work here: {done.stderr.decode()}")
            undo.callback(_unflag, path, flag)

    return put_up


def _unflag(path: Path, flag: str) -> None:
    """Take a flag away again; what was moved or removed meanwhile has none."""
    subprocess.run([needed("chattr"), f"-{flag}", path], capture_output=True, check=False)


def _read_only(name: str) -> Obstacle:
    """Mount a folder of the tree read-only upon itself."""

    def put_up(root: Path, undo: ExitStack) -> None:
        undo.enter_context(mounted(root / name, root / name, "-o", "bind,ro"))

    return put_up


# What cannot be read then, and with which mode.
_CLOSED = {
    "ROOT cannot be read": ("", 0o000),
    "a folder may not be touched": (_DEEP, 0o000),
    "a folder cannot be searched": (_DEEP, 0o666),
    "a folder cannot be listed": (_DEEP, 0o333),
    ".qc may not be touched": (f"{_DEEP}/.qc", 0o000),
    ".qc cannot be searched": (f"{_DEEP}/.qc", 0o666),
    ".qc cannot be listed": (f"{_DEEP}/.qc", 0o333),
    "sidecars cannot be read": (f"{_DEEP}/.qc/*", 0o000),
}
_OBSTACLES: dict[str, Obstacle] = {
    **{name: _mode(*closed) for name, closed in _CLOSED.items()},
    "the tree is read-only": _read_only(""),
    "a folder is read-only": _read_only(_DEEP),
    "ROOT cannot be written": _mode("", 0o555),
    "a folder cannot be written": _mode(_DEEP, 0o555),
    ".qc cannot be written": _mode(f"{_DEEP}/.qc", 0o555),
    "a frame cannot be read": _mode(f"{_DEEP}/plate1.1002.exr", 0o000),
    "a movie cannot be read": _mode(f"{_DEEP}/cut1-0.mov", 0o000),
    "sidecars cannot be written": _mode(f"{_DEEP}/.qc/*", 0o444),
    "a cache cannot be read": _mode(f"{_DEEP}/.qc.hashcache.json", 0o000),
    "a folder is immutable": _flag(_DEEP, "i"),
    "a folder takes new names only": _flag(_DEEP, "a"),
    ".qc is immutable": _flag(f"{_DEEP}/.qc", "i"),
    ".qc takes new names only": _flag(f"{_DEEP}/.qc", "a"),
    "sidecars are immutable": _flag(f"{_DEEP}/.qc/*", "i"),
}


def _refusals(made: Attempt) -> None:
    if os.geteuid() != 0:
        raise MissingError("only root can see what is behind a closed folder")
    matrix = list(product(_OBSTACLES, _STATES, _RUNS))
    made.random.shuffle(matrix)
    for number, case in enumerate(matrix):
        _refuse(made, made.where / str(number) / "show", *case)
        if made.done:
            break
    made.count("cases", number + 1)


def _refuse(made: Attempt, root: Path, obstacle: str, state: str, what: str) -> None:
    situation = f"{obstacle}; {state}; {what}"
    ledger = _prepare(made, root, state)
    with ExitStack() as undo:
        _OBSTACLES[obstacle](root, undo)
        before, media = listing(root), media_listing(root)
        closed = _found(root, _CLOSED[obstacle][0]) if obstacle in _CLOSED else []
        note = ledger.next_note()
        done = _run(what, root, note)
        if what == "a verdict":
            ledger.take(done.out, note)
        made.blame(situation, altered(media, media_listing(root)))
        if obstacle == "the tree is read-only" or what in _LOOKING:
            made.blame(situation, altered(before, listing(root)))
    made.tries += done.status != 0
    made.count("nothing was in the way", done.status == 0)
    made.blame(situation, _said(what, root, note, done))
    if what in _READING_SIDECARS:
        made.blame(situation, not_owned_up(done, root, closed))
    made.blame(situation, _left(root, ledger))
    if made.random.random() < _RECOVERED:
        made.blame(f"{situation}; recovering", recovered(root))


def _prepare(made: Attempt, root: Path, state: str) -> Ledger:
    make_tree(root)
    ledger = Ledger()
    if state != "new":
        note = ledger.next_note()
        ledger.take(crawl(*signed("anna", note), root).out, note)
    if state == "signed and changed":
        change_some(root, made.random, share=0.7)
    return ledger


def _run(what: str, root: Path, note: str) -> Done:
    prefix = (needed("setpriv"), f"--bounding-set={_DROPPED}", f"--inh-caps={_DROPPED}")
    arguments = {
        "a crawl": (),
        "a verdict": signed("ben", note),
        "a move": ("--sidecar-mode", "dot"),
        "a look": ("--dry-run",),
        "a verification": ("--verify",),
    }
    if what == "a clean":
        return run("qc-clean", "--yes", "--json", root, prefix=prefix)
    if what == "a report":
        return run("qc-report", "--json", root, prefix=prefix)
    return crawl("--json-lines", *arguments[what], root, prefix=prefix)


def _said(what: str, root: Path, note: str, done: Done) -> Iterator[str]:
    """Judge what a run said, once everything can be looked at again."""
    yield from misbehaved(done, frozenset({0, 3, 4} if what == "a verification" else {0, 3}))
    if what in _READING_SIDECARS:
        return
    yield from unsaid(done, assets_of(root))
    if what == "a verdict":
        yield from not_signed(done, assets_of(root), note)
    if what in _WRITING:
        yield from not_as_said(done)
        if done.status == 0:
            look = said_by(crawl("--json-lines", "--dry-run", root))
            for path, asset in look.assets.items() if look else ():
                if asset["state"] != "unchanged":
                    yield f"status 0, and {path} is {asset['state']}"


def _left(root: Path, ledger: Ledger) -> Iterator[str]:
    """Judge what a run left, and whether the next one, with nothing in its way, goes well."""
    yield from torn(root)
    yield from ledger.lost(root)
    yield from taken_for_missing(root)
    yield from misbehaved(crawl(root), frozenset({0}))
    yield from left_over(root)
    yield from ledger.lost(root)


_CASES = len(_OBSTACLES) * len(_STATES) * len(_RUNS)
ROWS = (Row("no permission, read-only", (1, 2, 4), _refusals, short=6, long=_CASES),)
"""Everything that can stand in the way of reading or writing, met by everything that runs.

All cases are met once at most; those in which nothing was in the way are no tries.
"""
