"""A file system that is really full: of blocks, or of inodes."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from .again import run_again
from .checks import left_over, misbehaved, notes_of, torn
from .commands import Done, crawl, moved, run, signed
from .honesty import assets_of, not_as_said, not_signed, unsaid
from .mounts import make_image, mounted, tmpfs
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .trees import change_some, make_tree

_FILLS_A_DISK = 8
_ROOMS = (0, 4 << 10, 16 << 10, 64 << 10)
_INODES = 400
_LONGEST_NOTE = 20_000
_FULL = "No space left on device"


def _fills(made: Attempt) -> None:
    for kind in cycle(("tmpfs", "ext4", "xfs", "tmpfs, inodes", "ext4, inodes")):
        with _disk(made.where, kind) as disk:
            _fill_one_disk(made, kind, disk)
        if made.done:
            break


@contextmanager
def _disk(where: Path, kind: str) -> Iterator[Path]:
    name, _, inodes = kind.partition(", ")
    if name == "tmpfs":
        with tmpfs(where / "disk", f"size=2m,nr_inodes={_INODES if inodes else 0}") as disk:
            yield disk
        return
    image = make_image(where / "image", name, *(("-N", str(_INODES)) if inodes else ()))
    with mounted(image, where / "disk") as disk:
        yield disk
    image.unlink()


def _fill_one_disk(made: Attempt, kind: str, disk: Path) -> None:
    root = disk / "show"
    make_tree(root)
    ledger = Ledger()
    if made.random.random() < 0.7:
        note = ledger.next_note()
        ledger.take(crawl(*signed("anna", note), root).out, note)
    for _ in range(_FILLS_A_DISK):
        if made.random.random() < 0.5:
            change_some(root, made.random)
        _run_on_a_full_disk(made, kind, root, ledger)
        if made.done:
            break
    run_again(made, f"a full disk, {kind}", root, [ledger])


def _run_on_a_full_disk(made: Attempt, kind: str, root: Path, ledger: Ledger) -> None:
    made.begin()
    before, recorded = media_listing(root), set(notes_of(root))
    room = _fill(made, kind, root.parent)
    what, note, done = _run(made, root, ledger)
    situation = f"{kind}: {what}, room {room}, attempt {made.attempts}"
    if _FULL in done.err + done.out:
        made.tries += 1
        made.count(f"{kind}: {what}")
    if what == "a verdict":
        ledger.take(done.out, note)
        made.blame(situation, not_signed(done, assets_of(root), note))
    made.blame(situation, misbehaved(done, frozenset({0, 3})))
    made.blame(situation, [*torn(root), *left_over(root), *ledger.lost(root)])
    made.blame(situation, altered(before, media_listing(root)))
    if what != "a clean":
        made.blame(situation, [*unsaid(done, assets_of(root)), *not_as_said(done)])
        gone = recorded - set(notes_of(root))
        made.blame(situation, (f"{asset} has no sidecar any more" for asset in sorted(gone)))
    _unfill(root.parent)


def _run(made: Attempt, root: Path, ledger: Ledger) -> tuple[str, str, Done]:
    """Run something that writes; with a long note its sidecars are of many blocks."""
    what = made.random.choice(("a crawl", "a verdict", "a verdict", "a move", "a clean"))
    length = made.random.choice((0, made.random.randrange(_LONGEST_NOTE)))
    note = f"{ledger.next_note()} {'x' * length}"
    if what == "a crawl":
        return what, note, crawl("--json-lines", root)
    if what == "a verdict":
        return what, note, crawl(*signed("anna", note), root)
    if what == "a move":
        return what, note, crawl("--json-lines", *moved(made.random), root)
    return what, note, run("qc-clean", "--yes", root)


def _fill(made: Attempt, kind: str, disk: Path) -> int:
    """Fill the disk but for some room; return how much there is."""
    (disk / "filler").mkdir()
    if "inodes" in kind:
        room = made.random.randrange(12)
        _use_up_inodes(disk, room)
    else:
        room = made.random.randint(0, made.random.choice(_ROOMS))
        _use_up_blocks(disk, room)
    return room


def _use_up_inodes(disk: Path, room: int) -> None:
    number = 0
    while True:
        try:
            (disk / "filler" / str(number)).touch(exist_ok=False)
        except OSError:
            break
        number += 1
    for spare in range(max(0, number - room), number):
        (disk / "filler" / str(spare)).unlink()


def _use_up_blocks(disk: Path, room: int) -> None:
    fd = os.open(disk / "filler" / "blocks", os.O_CREAT | os.O_WRONLY)
    try:
        size, step = 0, 256 << 20
        while step >= 1024:
            try:
                os.posix_fallocate(fd, size, step)
                size += step
            except OSError:
                step //= 2
        os.ftruncate(fd, max(0, size - room))
        os.fsync(fd)
    finally:
        os.close(fd)


def _unfill(disk: Path) -> None:
    for path in (disk / "filler").iterdir():
        path.unlink()
    (disk / "filler").rmdir()


ROWS = (Row("a full file system", (2, 4), _fills, short=15, long=200),)
"""Blocks and inodes run out at random moments, on tmpfs, ext4 and XFS."""
