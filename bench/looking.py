"""What looking at media adds to a first crawl: real frames, crawled with it and without."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from .crawls import first_crawl
from .rounds import Runner
from .targets import MissingError
from .trees import warm

WITH, WITHOUT = "qc-crawl", "qc-crawl --no-findings"


@dataclass(frozen=True, slots=True)
class Frames:
    """A tree of folders that each hold the same frames; `options` are those of make-fake-seq."""

    name: str
    options: str
    frames: int
    folders: int


def rivals(tree: Frames, where: Path) -> list[Runner]:
    """First crawls that look at what they hash, and ones that do not.

    Raises:
        MissingError: the frames cannot be made here.
    """
    root = make(tree, where)
    warm(root)
    return [first_crawl(WITH, root), first_crawl(WITHOUT, root, "--no-findings")]


def make(tree: Frames, where: Path) -> Path:
    """Make a tree below a folder, unless it is there; return its root.

    Raises:
        MissingError: the frames cannot be made here.
    """
    root, done = where / tree.name, where / f"{tree.name}.done"
    if done.exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    first = root / "shot0000"
    _make_frames(tree, first)
    for number in range(1, tree.folders):  # some formats take far longer to make than to copy
        shutil.copytree(first, root / f"shot{number:04d}")
    os.sync()
    done.touch()
    return root


def _make_frames(tree: Frames, folder: Path) -> None:
    command = str(Path(sys.executable).parent / "make-fake-seq")
    what = ("--base", "plate", "--frames", str(tree.frames), *tree.options.split())
    made = subprocess.run(
        [command, "--quiet", "--out", str(folder), *what],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        raise MissingError(made.stderr.strip().rpartition("\n")[2])
