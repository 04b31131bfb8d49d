"""Trees at the edge: far deeper than the longest path, and a folder of a million entries."""

import os
import shutil
import subprocess
from pathlib import Path

from .checks import misbehaved
from .commands import crawl, needed, run
from .rows import Attempt, MissingError, Row

_LEVEL = "a-folder-with-a-long-name"
_EVERY = 50
_SLOW_SECONDS = 1500
_SHORT_ENTRIES = 20_000
# Deeper than this, and `rm -rf` of the same tree takes longer than the crawl.
_DEPTHS = (60, 400, 3000)
_BYTES_AN_ENTRY = 1024


def _extremes(made: Attempt) -> None:
    for depth in _DEPTHS[: max(2, made.goal - 1)]:
        made.tries += 1
        _deep(made, depth)
    entries = _SHORT_ENTRIES if made.goal < 4 else 1_000_000
    made.tries += 1
    _large(made, entries)


def _deep(made: Attempt, depth: int) -> None:
    """Nest folders, with a file in every so-manyth; each is recorded, and none twice."""
    root = made.where / f"deep{depth}"
    root.mkdir()
    at = os.open(root, os.O_RDONLY)
    for level in range(1, depth + 1):
        os.mkdir(_LEVEL, dir_fd=at)
        below = os.open(_LEVEL, os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
        if level % _EVERY == 0:
            os.close(os.open("cut.mov", os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=at))
    os.close(at)
    try:
        for args in ((), ("--result", "pass", "--yes", "--operator", "anna"), ("--verify",)):
            done = crawl(*args, root)
            made.blame(f"{depth} levels, {args}", misbehaved(done, frozenset({0})))
        made.blame(f"{depth} levels", _not_as_many(root, "cut.mov.qc.json", depth // _EVERY))
        cleaned = run("qc-clean", "--yes", "--include-verdicts", root)
        made.blame(f"{depth} levels, qc-clean", misbehaved(cleaned, frozenset({0})))
        made.blame(f"{depth} levels, cleaned", _not_as_many(root, "cut.mov.qc.json", 0))
        made.figures["levels"] = max(depth, made.figures.get("levels", 0))
    finally:
        subprocess.run([needed("rm"), "-rf", root], check=True)


def _large(made: Attempt, entries: int) -> None:
    """Fill one folder: half frames, the rest single files, other files and links."""
    if shutil.disk_usage(made.where).free < entries * _BYTES_AN_ENTRY:
        raise MissingError(f"there is no room for {entries:,} files")
    root = made.where / "large"
    folder = root / "one"
    folder.mkdir(parents=True)
    at = os.open(folder, os.O_RDONLY)
    singles = entries // 100
    for number in range(entries):
        name = _name(number, entries)
        if number % 100 == 99:
            os.symlink("..", name, dir_fd=at)
        else:
            fd = os.open(name, os.O_WRONLY | os.O_CREAT, 0o644, dir_fd=at)
            os.write(fd, b"%d" % number)
            os.close(fd)
    os.close(at)
    try:
        first = crawl("--no-findings", root, seconds=_SLOW_SECONDS)
        made.blame(f"{entries} entries", misbehaved(first, frozenset({0})))
        again = crawl("--no-findings", "--json", root, seconds=_SLOW_SECONDS)
        made.blame(f"{entries} entries, again", misbehaved(again, frozenset({0})))
        made.blame(f"{entries} entries", _not_as_many(root, "*.mov.qc.json", singles))
        made.count("entries in one folder", entries)
    finally:
        subprocess.run([needed("rm"), "-rf", root], check=True)


def _name(number: int, entries: int) -> str:
    if number % 100 == 99:
        return f"link{number}.exr"
    if number % 100 == 98:
        return f"cut{number}x.mov"
    return f"plate.{number:07d}.exr" if number < entries // 2 else f"other{number}.txt"


def _not_as_many(root: Path, name: str, count: int) -> list[str]:
    """Count files by name where paths are too long for Python."""
    found = subprocess.run(
        [needed("find"), root, "-name", name, "-type", "f", "-printf", "x"],
        capture_output=True,
        check=True,
    )
    return [] if len(found.stdout) == count else [f"{len(found.stdout)} {name}, not {count}"]


ROWS = (Row("very deep and very large trees", (1, 4), _extremes, short=3, long=4),)
