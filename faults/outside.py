"""What is outside ROOT, under every name that a link may lead to: known again if it is taken in."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .checks import sidecar_paths
from .commands import crawl, signed
from .judging import content_hashes
from .trees import make_file, make_frames

_NOTE = "said outside, of other media"
_SIZE = 300  # none inside is so long


class Outside(NamedTuple):
    """A folder outside ROOT; `own` is what no sidecar inside may ever hold."""

    path: Path
    own: frozenset[str]


def make_outside(outside: Path, folders: Iterable[str]) -> Outside:
    """Make signed media outside."""
    for name in ("folder", ".qc", *folders):
        make_frames(outside / name, "plate", range(1, 4), _SIZE)
    make_file(outside / "cut.mov", "theirs", _SIZE)
    crawl(*signed("mallory", _NOTE), "--sidecar-mode", "inline", outside)
    shutil.copy(outside / "cut.mov.qc.json", outside / ".qc")
    for name in (".qc.hashcache.json", ".qc.lock", "deep"):
        make_file(outside / name)
    return Outside(outside, frozenset({_NOTE, *content_hashes(outside).values()}))


def link_to(outside: Outside, folder: Path) -> None:
    """Make media whose sidecar is a link to that of other media."""
    make_file(folder / "cut.mov")
    (folder / ".qc").mkdir()
    (folder / ".qc" / "cut.mov.qc.json").symlink_to(outside.path / "cut.mov.qc.json")


def taken_in(root: Path, outside: Outside) -> Iterator[str]:
    """Name sidecars inside that hold what is said outside, or the hash of what is there."""
    for path in sidecar_paths(root):
        if not path.is_symlink():
            text = path.read_text("utf-8", "replace")
            yield from (f"{path} holds {one!r}, of outside" for one in outside.own if one in text)
