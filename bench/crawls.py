"""The rivals of each kind of case, on a tree that is made for them."""

import os
import shutil
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from .rounds import Command, Runner, run_once
from .trees import Tree, forget, make, warm

_QUIET = ("--quiet", "--no-trak")


def crawl(*args: str) -> Command:
    """Return the command of the crawler that is beside this Python, or in the checkout."""
    beside = Path(sys.executable).parent / "qc-crawl"
    return (str(beside), *_QUIET, *args)


def _files_of(root: Path) -> list[str]:
    return [os.path.join(at, name) for at, _, names in os.walk(root) for name in sorted(names)]


def _through_xargs(name: str, command: Iterable[str], root: Path) -> Runner | None:
    """Return a hasher that gets the files by xargs, in as few processes as that takes."""
    program, *words = command
    found = _found(program)
    if found is None:
        return None
    listed = root.parent / f"{root.name}.files"
    listed.write_bytes(b"\0".join(map(os.fsencode, _files_of(root))))
    return Runner(name, ("xargs", "-0", "-a", str(listed), found, *words))


def _recorder(name: str, command: Iterable[str], root: Path) -> Runner | None:
    """Return a rival that walks by itself, and leaves its records in the tree."""
    program, *words = command
    found = _found(program)
    if found is None:
        return None
    return Runner(name, (found, *words, str(root)), partial(forget, root))


def _found(program: str) -> str | None:
    """Find a rival beside this Python or on the PATH; say so if it is not installed."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which(program, path=beside) or shutil.which(program)
    if found is None:
        print(f"  {program} is not installed: left out", file=sys.stderr)
    return found


def _rivals(root: Path, *, all_of_them: bool) -> list[Runner]:
    found = [_through_xargs("b3sum", ("b3sum",), root)]
    if all_of_them:
        no_mmap = ("b3sum", "--no-mmap")
        no_folders = ("ascmhl", "create", "-h", "xxh64", "--no_directory_hashes")
        found += [
            _through_xargs("b3sum without mmap", no_mmap, root),
            _through_xargs("rhash sha256", ("rhash", "--sha256"), root),
            _through_xargs("hashdeep", ("hashdeep", "-c", "sha256"), root),
            _recorder("chkbit blake3", ("chkbit", "--update", "--quiet"), root),
            _recorder("ascmhl xxh64", no_folders, root),
        ]
    return [runner for runner in found if runner is not None]


def cold(tree: Tree, where: Path, *, all_of_them: bool = False) -> list[Runner]:
    """First crawls: nothing of the tool's is there when one begins."""
    root = make(tree, where)
    forget(root)
    rivals = _rivals(root, all_of_them=all_of_them)
    warm(root)
    crawls = [first_crawl("qc-crawl", root)]
    if all_of_them:
        crawls.append(first_crawl("qc-crawl --workers 1", root, "--workers", "1"))
    return [*crawls, *rivals]


def first_crawl(name: str, root: Path, *args: str) -> Runner:
    """Return a crawl of a tree in which nothing of the tool's is left."""
    return Runner(name, crawl(*args, str(root)), partial(forget, root))


def growth(less: Tree, more: Tree, where: Path, *, first: bool) -> list[Runner]:
    """Crawls of a tree and of one ten times as large; first ones, or of what is unchanged."""
    roots = [make(tree, where) for tree in (more, less)]
    names = [f"{tree.files:,} frames" for tree in (more, less)]
    pairs = list(zip(names, roots, strict=True))
    version = Runner("qc-crawl --version", (*crawl()[:1], "--version"))
    if first:
        for root in roots:
            warm(root)
        return [*(first_crawl(name, root) for name, root in pairs), version]
    return [*(Runner(name, crawl(str(root))) for name, root in pairs), version]


def _find(root: Path) -> Runner:
    return Runner("find -printf", ("find", str(root), "-printf", r"%s %T@ %C@ %p\n"))


def unchanged(tree: Tree, where: Path) -> list[Runner]:
    """Crawls that find nothing changed."""
    root = make(tree, where)
    return [_recorded(root), _find(root)]  # the round that does not count records


def _recorded(root: Path) -> Runner:
    return Runner("qc-crawl, unchanged", crawl(str(root)))


def changed(tree: Tree, where: Path) -> list[Runner]:
    """Crawls that find one frame changed, and operator runs, beside crawls that find nothing."""
    root = make(tree, where)
    victim = Path(_files_of(root)[len(_files_of(root)) // 2])
    while victim.name.startswith(".") or victim.suffix == ".json":
        victim = victim.parent / next(n for n in sorted(os.listdir(victim.parent)) if n[0] == "p")
    sign = crawl("--result", "pass", "--yes", str(root))
    return [
        _recorded(root),
        Runner("one frame changed", crawl(str(root)), partial(_touch, victim)),
        Runner("a verdict on all", sign),
    ]


def _touch(path: Path) -> None:
    """Change a frame: other bytes, other stamps."""
    with path.open("r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes(((first or b"\0")[0] ^ 1,)))


def startup(where: Path) -> list[Runner]:
    """The start of the command, beside that of Python."""
    del where
    return [
        Runner("qc-crawl --version", (*crawl()[:1], "--version")),
        Runner("python -c pass", (sys.executable, "-c", "pass")),
    ]


_BARE_LOOP = """
import sys
folder, count, data = sys.argv[1], int(sys.argv[2]), open(sys.argv[3], "rb").read()
for number in range(1001, 1001 + count):
    with open(f"{folder}/plate.{number:04d}.exr", "wb") as file:
        file.write(data)
"""
_FRAMES = 10_000


def fakes(where: Path) -> list[Runner]:
    """Frames made, beside as many files of that size written by a bare loop."""
    command = str(Path(sys.executable).parent / "make-fake-seq")
    made, bare = where / "made", where / "bare"
    one = (command, "--out", str(where / "one"), "--base", "plate", "--force", "--quiet")
    many = (command, "--out", str(made), "--base", "plate", "--frames", str(_FRAMES), "--quiet")
    sample = str(where / "one" / "plate.1001.exr")
    loop = (sys.executable, "-c", _BARE_LOOP, str(bare), str(_FRAMES), sample)
    run_once(Runner("one frame", (*one, "--frames", "1")))
    return [
        Runner("make-fake-seq", many, partial(_put_aside, made)),
        Runner("a bare loop", loop, partial(_put_aside, bare)),
    ]


def _put_aside(folder: Path) -> None:
    """Begin with an empty folder; what was in it is removed when all is measured."""
    if folder.exists():
        folder.rename(folder.with_name(f"{folder.name}-{os.urandom(4).hex()}"))
    folder.mkdir(parents=True)
