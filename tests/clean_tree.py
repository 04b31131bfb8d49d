"""A tree with everything in it that `qc-clean` must take, and everything it must leave."""

import json
import os
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from faults.stock import Entry, listing

from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.files.atomic import this_host
from qc_asset_crawler.settings import QCResult, SidecarMode, Signing
from support import Json, make_file, make_frames

ANNA = Settings(operator="anna", signing=Signing(QCResult.PASS))
NOBODY = 2**22 + 11  # above the largest pid
HOSTILE = ["new\nline\x1b[31m.mov", os.fsdecode(b"caf\xe9.mov"), "-rf.mov", "\u202etxt.mov"]
PREDECESSOR: Json = {
    "schema_version": 1,
    "schema_name": "qc-marker",
    "qc_id": "0b8e4c1e",
    "qc_time": "2024-01-02T03:04:05Z",
    "qc_result": "pending",
    "operator": "old",
    "frames": [1, 2, 3],
    "asset_path": "/jobs/old.mov",
    "content_hash": None,
}


@dataclass(frozen=True)
class Tree:
    """The tree, and the names in it by what `qc-clean` is to do with them."""

    root: Path
    outside: Path
    ours: frozenset[str]
    said: frozenset[str]
    strange: frozenset[str]
    unknown: frozenset[str]

    def everything_else(self, gone: Iterable[str]) -> dict[str, Entry]:
        """Take stock of all that was not to go, inside and outside; of folders their names only."""
        taken = {os.path.join(self.root, name) for name in gone}
        return {
            path: entry
            for place in (self.root, self.outside)
            for path, entry in listing(place).items()
            if path not in taken and not os.path.isdir(path)
        }


def write(path: Path, content: Json | bytes) -> None:
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())


def grow(root: Path, outside: Path) -> Tree:
    """Make the tree: media, crawled in all three modes and partly signed, and then trouble."""
    make_frames(outside, "secret")
    write(outside / "kept.mov.qc.json", PREDECESSOR)
    for mode in SidecarMode:
        folder = root / mode
        for base in ("plate", "matte"):
            make_frames(folder, base)
        make_file(folder / "slate.mov")
        make_file(folder / "signed.mov")
        crawl(folder, Settings(sidecar_mode=mode))
        crawl(folder / "signed.mov", ANNA)
    alone = make_frames(root / "alone", "one")[0].parent
    for name in HOSTILE:
        make_file(_in(root / "hostile") / name)
    for name in ("old.mov", "passed.mov", "empty.mov", "damaged.mov", "newer.mov"):
        make_file(_in(root / "odd") / name)
    crawl([alone, root / "hostile"])
    odd = root / "odd"
    write(odd / "old.mov.qc.json", PREDECESSOR)
    write(odd / "passed.mov.qc.json", {**PREDECESSOR, "qc_result": "pass"})
    write(odd / "empty.mov.qc.json", b"")
    write(odd / "lost.mov.qc.json", b"")
    write(odd / "damaged.mov.qc.json", b'{"qc_id": ')
    write(odd / "newer.mov.qc.json", {**PREDECESSOR, "schema_version": "2.0.0"})
    write(odd / "shot.qc.json", b"- a note to myself")
    write(odd / "report.qc.json", {"schema_version": 3, "title": "report"})
    write(odd / "mute.mov.qc.json", {k: v for k, v in PREDECESSOR.items() if k != "qc_result"})
    write(odd / "list.mov.qc.json", {"frames": [1, 2]})
    (odd / "linked.mov.qc.json").symlink_to(outside / "kept.mov.qc.json")
    os.mkfifo(odd / "x.qc.json")
    _bind(odd, "s.qc.json")
    (odd / "folder.qc.json").mkdir()
    (odd / ".folder.qc.json").mkdir()
    (_in(root / "linked") / ".qc").symlink_to(outside)
    make_file(root / "linked" / "cut.mov")
    write(_in(root / "strange" / ".qc") / "todo.txt", b"mine")
    write(root / "strange" / ".qc" / "gone.mov.qc.json.unreadable-20260102T030405Z", b"{")
    make_file(root / "strange" / "cut.mov")
    write(root / "strange" / ".qc" / "cut.mov.qc.json", {**PREDECESSOR, "notes": ""})
    write(_in(root / "empty-store" / ".qc") / f".qc-{this_host()}-{NOBODY}-0123abcd.tmp", b"{")
    for name in ("a.mov", "b.mov"):
        make_file(root / "empty-store" / name)
    killed = json.dumps({"host": this_host(), "pid": NOBODY})
    write(root / "empty-store" / ".qc.lock", killed.encode())
    write(root / "empty-store" / f".qc-{this_host()}-{os.getpid()}-0123abcd.tmp", b"alive")
    write(root / "odd" / ".qc.hashcache.json", {"somebody": "else's"})
    return Tree(root, outside, _ours(root), _said(), _strange(), _unknown())


def _in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _bind(folder: Path, name: str) -> None:
    here = Path.cwd()
    os.chdir(folder)  # the path of a socket must be short
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(name)
    finally:
        os.chdir(here)


def _ours(root: Path) -> frozenset[str]:
    names = ("plate.exr.qc.sequence.json", "matte.exr.qc.sequence.json", "slate.mov.qc.json")
    caches = [f"{m}/.qc.hashcache.json" for m in ("inline", "dot", "subdir", "alone", "hostile")]
    return frozenset(
        [
            *(f"inline/{name}" for name in names),
            *(f"dot/.{name}" for name in names),
            *(f"subdir/.qc/{name}" for name in names),
            *caches,
            *("alone/.qc/qc.sequence.json", "alone/.qc", "hostile/.qc"),
            *(f"hostile/.qc/{name}.qc.json" for name in HOSTILE),
            *("odd/old.mov.qc.json", "odd/empty.mov.qc.json", "strange/.qc/cut.mov.qc.json"),
            f"empty-store/.qc/.qc-{this_host()}-{NOBODY}-0123abcd.tmp",
            *("empty-store/.qc", "empty-store/.qc.lock"),
        ]
    )


def _said() -> frozenset[str]:
    return frozenset(
        {
            "inline/signed.mov.qc.json",
            "dot/.signed.mov.qc.json",
            "subdir/.qc/signed.mov.qc.json",
            "odd/passed.mov.qc.json",
        }
    )


def _strange() -> frozenset[str]:
    odd = ("shot", "report", "list.mov", "linked.mov", "x", "s", "lost.mov", ".folder")
    return frozenset(
        [
            *(f"odd/{name}.qc.json" for name in odd),
            *("odd/.qc.hashcache.json", "linked/.qc", "strange/.qc/todo.txt"),
        ]
    )


def _unknown() -> frozenset[str]:
    return frozenset({f"odd/{name}.mov.qc.json" for name in ("damaged", "newer", "mute")})
