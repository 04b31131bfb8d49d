"""`kill -9` at every system call that writes."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .checks import left_over, misbehaved, recovered, torn
from .commands import crawl
from .disturbed import Run, settle, some_runs
from .judging import not_kept, sidecars_by_asset, undone
from .locks import age_nameless_locks
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .tracing import OUTPUT, Call, Traced, is_below, traced

_NOTE = "a new note"
_ATTEMPTS = 3
# `open` counts where it may make a file.
_OPENS = ("open", "openat", "openat2", "creat")
_WRITES = (
    *("write", "pwrite64", "writev", "pwritev", "pwritev2", "copy_file_range", "sendfile"),
    *("fsync", "fdatasync", "sync_file_range", "ftruncate", "truncate", "fallocate"),
    *("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat"),
    *("unlink", "unlinkat", "rmdir", "mkdir", "mkdirat", "mknod", "mknodat"),
    *("chmod", "fchmod", "fchmodat", "chown", "fchown", "fchownat", "lchown"),
    *("utime", "utimes", "utimensat", "setxattr", "fsetxattr", "removexattr", "fremovexattr"),
)


class _Point(NamedTuple):
    run: Run
    call: Call

    def __str__(self) -> str:
        return f"{self.run.name}, killed at {self.call}"


def _kills(made: Attempt) -> None:
    points = [point for run in some_runs(made) for point in _points(made, run)]
    made.count("calls that write", len(points))
    if made.goal < len(points):
        points = made.random.sample(points, len(points))
    for point in points:
        if made.done:
            break
        # Now and then a run waits for the disk's clock once less, and does not come that far.
        if not any(_kill(made, point) for _ in range(_ATTEMPTS)):
            made.count("not reached")
            made.say(f"not reached: {point}")


def _points(made: Attempt, run: Run) -> Iterator[_Point]:
    """Let a run write to its end, and name the calls; nothing outside ROOT may be written."""
    root = made.where / "show"
    run.make(root, Ledger())
    settle()
    ended = _traced(made, run)
    for call in ended.calls:
        if call.kind in OUTPUT or (call.name in _OPENS and not call.creates):
            continue
        if is_below(call, root):
            yield _Point(run, call)
        else:
            made.blame(run.name, [f"something outside ROOT was written: {call.text}"])


def _traced(made: Attempt, run: Run, inject: str = "") -> Traced:
    command = run.command(made.where / "show", _NOTE)
    return traced(made.where / "log", *command, calls=(*_OPENS, *_WRITES), inject=inject)


def _kill(made: Attempt, point: _Point) -> bool:
    """Kill a run at one call, look at what it left, and let another run go over it.

    Returns:
        Whether it came as far as that call.
    """
    run, call = point
    root, ledger = made.where / "show", Ledger()
    run.make(root, ledger)
    settle()
    before, media, ill = sidecars_by_asset(root), media_listing(root), set(torn(root))
    ended = _traced(made, run, f"{call.name}:signal=KILL:when={call.number}")
    if not _was_killed_there(ended, call):
        return False
    made.tries += 1
    made.count(f"in {run.name}")
    if run.signs:
        ledger.take(ended.done.out, _NOTE)
    made.blame(str(point), set(torn(root)) - ill)
    made.blame(str(point), altered(media, media_listing(root)))
    made.blame(str(point), ledger.lost(root))
    if not run.cleans:
        left = undone(root, run, _NOTE, before)
        made.blame(str(point), not_kept(before, sidecars_by_asset(root), left))
    _recover(made, point, root, ledger)
    return True


def _was_killed_there(ended: Traced, call: Call) -> bool:
    """Tell whether it was this very call that a run did not survive."""
    there = {(one.name, one.number, one.kind) for one in ended.calls[-2:]}
    return ended.done.status < 0 and (call.name, call.number, call.kind) in there


def _recover(made: Attempt, point: _Point, root: Path, ledger: Ledger) -> None:
    situation = f"{point}, and run again"
    if age_nameless_locks(root):
        made.count("locks left empty, to be waited for")
    # To compare takes the verdicts away. A torn sidecar is set aside first, and that is no 0.
    compared = made.tries % 2 == 0
    if not compared or point.run.torn:
        made.blame(situation, misbehaved(crawl(root), frozenset({0, 3} if point.run.torn else {0})))
        made.blame(situation, left_over(root))
        made.blame(situation, ledger.lost(root))
    if compared:
        made.blame(situation, recovered(root))


ROWS = (Row("kill -9 at every call that writes", (1, 2, 3), _kills, short=6, long=100_000),)
