"""Power cuts: what was running stops in the middle, and what was not written down is gone."""

import os
import signal
import subprocess
import time
from itertools import cycle
from pathlib import Path

from .checks import CACHE, flaw, left_over, misbehaved, recovered, sidecar_paths
from .commands import Done, Process, crawl, finish, moved, needed, seconds_of_a_crawl, signed, start
from .honesty import assets_of, unsaid
from .locks import age_locks
from .power import Disk, make_disk
from .rows import Attempt, Row
from .signing import Ledger
from .stock import altered, media_listing
from .trees import change_some, make_tree

_DISKS = (("ext4", False), ("xfs", True), ("ext4", True), ("xfs", False))
_MOST_CUTS_A_DISK = 4


def _cuts(made: Attempt) -> None:
    needed("xfs_io")
    make_tree(made.where / "elsewhere")
    usual = seconds_of_a_crawl(made.where / "elsewhere")
    for kind, cached in cycle(_DISKS):
        disk = make_disk(made.where, kind, cached=cached)
        _cut_one_disk(made, disk, usual)
        disk.discard()
        if made.done:
            break


def _cut_one_disk(made: Attempt, disk: Disk, usual: float) -> None:
    ledger = Ledger()
    with disk.on():
        make_tree(disk.root)  # the first cut meets folders in which `.qc` is just being made
    cuts = max(1, min(_MOST_CUTS_A_DISK, made.goal // len(_DISKS)))  # so that each has its turn
    for _ in range(cuts):
        _cut_once(made, disk, ledger, usual)
        if made.done:
            break
    with disk.on():
        # Nobody looks into a cache while nothing has changed; it is lost then, and not wrong.
        lost = [path for path in disk.root.rglob(CACHE) if flaw(path)]
        made.count(f"{disk.shown}: caches lost", len(lost))
        for path in lost:
            path.unlink()
        made.blame(f"{disk.shown}: recovering", recovered(disk.root))
    made.count("verdicts acknowledged", len(ledger))


def _cut_once(made: Attempt, disk: Disk, ledger: Ledger, usual: float) -> None:
    made.begin()
    note = ledger.next_note()
    with disk.on():
        if made.random.random() < 0.5:
            change_some(disk.root, made.random)
        before, assets = media_listing(disk.root), assets_of(disk.root)
        subprocess.run(["sync", "-f", disk.root], check=True)
        what, done = _run_into_a_cut(made, disk, note, usual)
        situation = f"{disk.shown}: {what}, cut {made.tries}"
        if done.status != -signal.SIGKILL:
            made.blame(situation, misbehaved(done, frozenset({0, 3})))
            made.blame(situation, unsaid(done, assets))
            made.count("said that the disk was gone", done.status == 3)
    if what.startswith("a verdict"):
        ledger.take(done.out, note)
    with disk.on():
        made.blame(situation, altered(before, media_listing(disk.root)))
        _look(made, disk, ledger, situation)


def _run_into_a_cut(made: Attempt, disk: Disk, note: str, usual: float) -> tuple[str, Done]:
    """Start something and cut the power: at a random moment, or when it has just acknowledged."""
    what, process = _start(made, disk.root, note)
    try:
        early, at = _wait(made, process, usual)
        if made.random.random() < 0.5:
            _commit(disk.at)  # somebody else's sync writes down names whose bytes are not there
            at += ", after a sync elsewhere"
        made.count(f"{disk.shown}: {'after its end' if process.poll() is not None else 'running'}")
        disk.cut()
        made.tries += 1
        if made.random.random() < 0.5:
            process.send_signal(signal.SIGKILL)
        done = finish(process)
    finally:
        process.kill()  # where we are interrupted: it keeps the disk in use
    return f"{what}, {at}", done._replace(out=early + done.out)


def _start(made: Attempt, root: Path, note: str) -> tuple[str, Process]:
    what = made.random.choice(("a crawl", "a verdict", "a verdict", "a move"))
    if what == "a crawl":
        return what, start("qc-crawl", "--json-lines", root)
    if what == "a verdict":
        mode = made.random.choice(((), moved(made.random)))
        return what, start("qc-crawl", *signed("anna", note), *mode, root)
    mode = moved(made.random)
    return what, start("qc-crawl", "--json-lines", *mode, root)


def _wait(made: Attempt, process: Process, usual: float) -> tuple[str, str]:
    """Wait for a while, or for so many lines; return what was read, and in words for what."""
    if made.random.random() < 0.3:
        seconds = made.random.uniform(0.3, 1.2) * usual
        time.sleep(seconds)
        return "", f"{seconds:.3f} s after its start"
    wanted = made.random.randint(1, 9)
    assert process.stdout is not None
    early = b""
    while early.count(b"\n") < wanted and (more := os.read(process.stdout.fileno(), 1 << 16)):
        early += more
    lines = early.decode()
    return lines, f"when {lines.count(chr(10))} lines were there"


def _commit(at: Path) -> None:
    fd = os.open(at / "elsewhere", os.O_CREAT | os.O_WRONLY)
    try:
        os.write(fd, os.urandom(8))
        os.fsync(fd)
    finally:
        os.close(fd)


def _look(made: Attempt, disk: Disk, ledger: Ledger, situation: str) -> None:
    """Look at what came back: first as it is, then through the tool."""
    flaws = list(filter(None, map(flaw, sidecar_paths(disk.root))))
    if flaws:
        # Unsynced, for nobody had said anything of the asset: a re-run makes it anew.
        made.count(f"{disk.shown}: sidecars without a verdict that were not whole", len(flaws))
    else:
        made.blame(situation, ledger.lost(disk.root))
    age_locks(disk.root)
    done = crawl(disk.root)
    made.blame(f"{situation}; the next run", misbehaved(done, frozenset({3 if flaws else 0})))
    if flaws:
        made.blame(f"{situation}; the run after", misbehaved(crawl(disk.root), frozenset({0})))
    made.blame(f"{situation}; the next run", [*left_over(disk.root), *ledger.lost(disk.root)])


ROWS = (Row("power cut", (2,), _cuts, short=8, long=100),)
"""The power is cut while something writes, or has just acknowledged; ext4 and XFS."""
