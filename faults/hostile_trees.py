"""Hostile trees: names, special files, and things that are swapped while the tool walks by."""

import json
import os
import re
import socket
import stat
from collections.abc import Iterator
from pathlib import Path
from random import Random

from .checks import misbehaved, sidecar_paths, torn
from .commands import Done, crawl, finish, signed, start
from .outside import Outside, link_to, make_outside, taken_in
from .rows import Attempt, Row
from .signing import Ledger
from .stock import Stock, altered, listing, media_listing
from .swapping import Swapper, Targets
from .trees import make_file, make_frames

_EXTS = (".exr", ".mov", ".dpx", ".WAV", ".Tif", ".jpg")
_WORDS = (
    "plate.1001", "a\nqc-crawl: exit 0: forged", "\x1b[2J\x07", "\u202ecut\u2066", "\x85\u2028",
    "-rf", "--result=pass", "100%d%%s%", "$(id)`id`", "<script>", "back\\x1b", "..", "0", "0000",
    "\u0661\u0662", "e\u0301", "\u00e9", "'\";--", " ", "\t", "#####", "x" * 120,
    "18446744073709551616", "9" * 150, "qc.sequence", ".qc", "CON", "~", "@eaDir", "*?[", "{1..9}",
)  # fmt: skip
_FORBIDDEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]"
)
_NAMES = 40
# Listed at once and opened one after the other: time enough to swap the later ones.
_SIBLINGS = tuple(f"sibling{number:02d}" for number in range(20))
_LONG_BYTES = 256 << 20  # sparse; it takes some tenths of a second to read
_ZERO, _FULL = (1, 5), (1, 7)


def _walk_by(made: Attempt) -> None:
    while not made.done:
        at = made.where / str(made.tries)
        root = at / "show"
        outside = make_outside(at / "outside", _SIBLINGS)
        media = _make_names(root / "names", made.random)
        made.count("hostile names", media)
        make_frames(root / "calm", "plate", range(1001, 1013))
        _make_special(root / "names", outside.path)
        targets = _make_targets(root / "swapped")
        link_to(outside, root / "linked")
        _walk_by_one(made, root, outside, targets)
        made.blame("left alone", _uncounted(root / "names", media))


def _walk_by_one(made: Attempt, root: Path, outside: Outside, targets: Targets) -> None:
    """Run everything on a tree in which things are swapped, then once more in peace."""
    ledger = Ledger()
    crawl(root)
    before, calm = (
        listing(outside.path),
        media_listing(root / "calm") | media_listing(root / "names"),
    )
    for command in _commands(made.random):
        swapper = Swapper(targets, outside.path, Random(made.random.random()))
        note = ledger.next_note()
        process = start(*(arg.replace("NOTE", note) for arg in command), root)
        with swapper.swapping(process.pid):
            done = finish(process)
        made.tries += bool(swapper.swaps)
        made.count("swaps", swapper.swaps)
        made.count("folders moved away", swapper.moves)
        situation = f"{' '.join(command)}, tree {root}"
        made.blame(f"{situation}, written in a folder moved away", swapper.written)
        made.blame(situation, _wrong(done, outside.path, before))
        made.blame(situation, taken_in(root, outside))
        after = media_listing(root / "calm") | media_listing(root / "names")
        made.blame(situation, altered(calm, after))
        if "--result" in command:
            ledger.take(_of_the_calm(done.out, root), note)
            made.blame(situation, _unsigned(done.out, root))
        made.blame(situation, ledger.lost(root))
        made.blame(situation, torn(root / "calm"))


def _commands(random: Random) -> list[tuple[str, ...]]:
    mode = random.choice(("inline", "dot", "subdir"))
    commands = [
        ("qc-crawl", "--rehash"),
        ("qc-crawl", "--rehash", *signed("anna", "NOTE")),
        ("qc-crawl", "--sidecar-mode", mode, *signed("ben", "NOTE")),
        ("qc-clean", "--yes"),
        ("qc-report", "--json"),
    ]
    random.shuffle(commands)
    return commands


def _wrong(done: Done, outside: Path, before: Stock) -> Iterator[str]:
    yield from misbehaved(done, frozenset({0, 3}))
    if found := _FORBIDDEN.search(done.out + done.err):
        yield f"printed {found.group()!r}: {done.err[-300:]!r}"
    yield from altered(before, listing(outside))


def _of_the_calm(out: str, root: Path) -> str:
    calm = str(root / "calm")
    return "".join(line for line in out.splitlines(keepends=True) if calm in line)


def _unsigned(out: str, root: Path) -> Iterator[str]:
    if not _of_the_calm(out, root):
        yield "what was left alone was not signed"


def _make_targets(folder: Path) -> Targets:
    """Make what is swapped, and name it; some of it is made by the first run."""
    siblings = [folder / name for name in _SIBLINGS]
    for at in (folder, folder / "folder", folder / "folder" / "deep", *siblings):
        make_frames(at, "plate", range(1, 6))
        make_file(at / "cut.mov")
    names = [
        *siblings,
        folder / "folder",
        folder / "folder" / "deep",
        folder / "cut.mov",
        folder / "folder" / "cut.mov",
        *(folder / name for name in (".qc", ".qc.hashcache.json", ".qc.lock")),
        folder / "cut.mov.qc.json",
        folder / "folder" / ".qc",
        folder / ".qc" / "cut.mov.qc.json",
    ]
    movie = folder / "long" / "movie.mov"
    movie.parent.mkdir()
    with movie.open("wb") as file:
        file.truncate(_LONG_BYTES)
    return Targets(names, movie)


def _make_names(folder: Path, random: Random) -> int:
    """Make media with names that hurt; return how many."""
    folder.mkdir(parents=True)
    names = set[bytes]()
    while len(names) < _NAMES:
        name = _name(random)
        if not name.startswith(b"."):
            names.add(name)
    for name in names:
        Path(os.fsdecode(os.path.join(os.fsencode(folder), name))).write_bytes(name * 3)
    return len(names)


def _name(random: Random) -> bytes:
    stem = "".join(random.choices(_WORDS, k=random.randint(1, 3))).encode()
    if random.random() < 0.3:
        stem += bytes(random.choices([*range(1, 47), *range(48, 256)], k=random.randint(1, 200)))
    ext = random.choice(_EXTS).encode()
    return stem[: 255 - len(ext)] + ext


def _make_special(folder: Path, outside: Path) -> None:
    """Make what must never be opened; devices only where that is allowed."""
    os.mkfifo(folder / "pipe.mov")
    for number in range(1, 4):
        os.mkfifo(folder / f"pipe.{number:04d}.exr")
    if os.geteuid() == 0:
        for name, device in (("zero.mov", _ZERO), ("full.exr", _FULL)):
            os.mknod(folder / name, 0o600 | stat.S_IFCHR, os.makedev(*device))
        os.mknod(folder / "disk.mov", 0o600 | stat.S_IFBLK, os.makedev(7, 255))
    with socket.socket(socket.AF_UNIX) as listener:
        there = os.open(folder, os.O_RDONLY)
        listener.bind(f"/proc/self/fd/{there}/socket.mov")
        os.close(there)
    for name, leads in (("up", ".."), ("self", "."), ("out", str(outside)), ("gone.exr", "gone")):
        (folder / name).symlink_to(leads)
    (folder / "link.mov").symlink_to(outside / "cut.mov")


def _uncounted(folder: Path, media: int) -> Iterator[str]:
    """Say whether every file of a folder is recorded, once."""
    crawl(folder)
    crawled = crawl("--json", folder)
    if crawled.status:
        yield f"status {crawled.status}: {crawled.err[-500:]}"
        return
    there = [json.loads(path.read_bytes()) for path in sidecar_paths(folder)]
    recorded = sum(one["sequence"]["frame_count"] if one["sequence"] else 1 for one in there)
    if recorded != media:
        yield f"{media} files, {recorded} are recorded in {folder}"


ROWS = (Row("hostile names, and links swapped while walking", (1, 3, 4), _walk_by, 10, 500),)
