"""What is measured: each case is a tree, rivals, and the ratio that is aimed at."""

from functools import partial

from . import grouping, looking, shards, slow
from .crawls import changed, cold, fakes, growth, startup, unchanged
from .targets import Case, Extra, Memory, Ratio
from .trees import Tree

MIB, KIB = 1 << 20, 1 << 10


def _case(name: str, tree: Tree, limit: float, *, quick: bool = False) -> Case:
    rows = partial(cold, tree, all_of_them=not quick)
    return Case(name, rows, (Ratio("qc-crawl", "b3sum", limit),), quick)


BIG = Tree("big", 120, 12 * MIB, 1)
MIDDLE = Tree("middle", 10_000, 64 * KIB, 10)
SMALL = Tree("small", 50_000, 4 * KIB, 20)
SINGLES = Tree("singles", 20_000, 16 * KIB, 20, singles=True)
HUGE = Tree("huge", 1, 8 << 30, 1, singles=True)
WIDE = Tree("wide", 100_000, 64, 40)
DEEP = Tree("one-folder", 500_000, 64, 1)
FOLDERS = Tree("thousand-folders", 1_000_000, 64, 1_000, sparse=True)
MILLION = Tree("million", 1_000_000, 64, 1, sparse=True)
LATE = Tree("late", 5_000, 4 * KIB, 50)
LESS = Tree("less", 10_000, 64, 10)
MORE = Tree("more", 100_000, 64, 10)
FARM = Tree("farm", 450_000, 64, 90_000, nested=True)
FULL_FARM = Tree("full-farm", 1_000_000, 64, 20_000, sparse=True, nested=True)
LATE_FARM = Tree("late-farm", 4_500, 64, 900, nested=True)
QUICK = Tree("quick-small", 5_000, 4 * KIB, 5)
QUICK_WIDE = Tree("quick-wide", 20_000, 64, 10)


def _memory(name: str, tree: Tree, limit: int) -> Case:
    rows = partial(unchanged, tree)
    return Case(name, rows, (Memory("qc-crawl, unchanged", limit),), rounds=3)


def _grouping(what: str, kind: str, count: int) -> Case:
    rows = partial(grouping.rivals, kind, count)
    name = f"grouping, {count:,} {what}"
    return Case(name, rows, (Ratio("group_frames", "fileseq", 1 / 8),), rounds=5)


def _growth(name: str, *, first: bool) -> Case:
    rows = partial(growth, LESS, MORE, first=first)
    return Case(name, rows, (Ratio("100,000 frames", "10,000 frames", 11),))


def _looking(name: str, options: str, *, large: bool = False) -> Case:
    """Return the row of a format, in frames of 12 MiB or of 64 KiB, by options of make-fake-seq."""
    frames, folders, limit = (120, 1, 1.10) if large else (1_000, 10, 1.25)
    what = f"{frames * folders:,} frames of {'12 MiB' if large else '64 KiB'}, {name}"
    tree = looking.Frames(f"{'large' if large else 'small'}-{name}", options, frames, folders)
    targets = (Ratio(looking.WITH, looking.WITHOUT, limit),)
    return Case(f"findings, {what}", partial(looking.rivals, tree), targets, own_tree=tree.name)


def _shards(tree: Tree, *, late: bool = False) -> Case:
    """Return the row of a tree of nested folders, on storage that answers late or does not."""
    each = tree.files // tree.folders
    name = f"shards, unchanged, {tree.folders:,} folders of {each} frames"
    targets = (Ratio(shards.SHARE, shards.WHOLE, 1 / 8),)
    if late:
        rows = partial(shards.rivals, tree, shown_at=slow.MOUNT)
        around = partial(slow.mounted, tree)
        return Case(f"{name}, {slow.SAYS}", rows, targets, around=around)
    return Case(name, partial(shards.rivals, tree), targets, own_tree=tree.name)


_WARM = ("qc-crawl, unchanged", "find -printf")
CASES = (
    Case("start", startup, (Extra("qc-crawl --version", "python -c pass", 30),), quick=True),
    _case("cold, 5,000 frames of 4 KiB in 5 folders", QUICK, 1.0, quick=True),
    Case(
        "unchanged, 20,000 frames in 10 folders",
        partial(unchanged, QUICK_WIDE),
        (Ratio(*_WARM, 2.0),),
        quick=True,
    ),
    Case(
        "fake, 10,000 frames of 64x36 exr",
        fakes,
        (Ratio("make-fake-seq", "a bare loop", 1.5),),
    ),
    _case("cold, 120 frames of 12 MiB", BIG, 1.0),
    _case("cold, 10,000 frames of 64 KiB in 10 folders", MIDDLE, 1.0),
    _case("cold, 50,000 frames of 4 KiB in 20 folders", SMALL, 1.0),
    _case("cold, 20,000 single files of 16 KiB", SINGLES, 3.0),
    _case("cold, one file of 8 GiB", HUGE, 1.05),
    Case(
        "unchanged, 100,000 frames in 40 folders",
        partial(unchanged, WIDE),
        (Ratio(*_WARM, 2.0), Memory("qc-crawl, unchanged", 80)),
    ),
    Case(
        "unchanged, one folder of 500,000 frames", partial(unchanged, DEEP), (Ratio(*_WARM, 2.5),)
    ),
    Case(
        "100,000 frames in 40 folders",
        partial(changed, WIDE),
        (
            Ratio("one frame changed", "qc-crawl, unchanged", 1.3),
            Ratio("a verdict on all", "qc-crawl, unchanged", 1.5),
        ),
    ),
    _memory("unchanged, 1,000,000 frames in 1,000 folders", FOLDERS, 120),
    _memory("unchanged, one folder of 1,000,000 frames", MILLION, 450),
    Case(
        "cold, one folder of 1,000,000 frames",
        partial(cold, MILLION),
        (Memory("qc-crawl", 450),),
        rounds=3,
    ),
    _growth("growth, cold, in 10 folders", first=True),
    _growth("growth, unchanged, in 10 folders", first=False),
    _grouping("names of 1 sequence", "1", 1_000_000),
    _grouping("names of 10 sequences", "10", 1_000_000),
    _grouping("names of 1,000 sequences", "1000", 1_000_000),
    _grouping("unrelated stills", "stills", 100_000),
    _looking("exr", "--ext exr --size 128x86"),
    _looking("exr-zip", "--ext exr --compression zip --size 1472x828"),
    _looking("dpx", "--ext dpx --size 128x128"),
    _looking("tiff", "--ext tif --size 160x137"),
    _looking("png", "--ext png --size 160x137"),
    _looking("jpeg", "--ext jpg --size 1400x788"),
    _looking("exr", "--ext exr --size 2048x1024", large=True),
    _looking("dpx", "--ext dpx --size 2048x1536", large=True),
    _looking("tiff", "--ext tif --size 2048x2048", large=True),
    Case(
        f"latency, cold, 5,000 files in 50 folders, {slow.SAYS}",
        partial(slow.rivals, LATE),
        (Ratio("--workers 32", "--workers 1", 1 / 12),),
        rounds=3,
        around=partial(slow.mounted, LATE),
    ),
    _shards(FARM),
    _shards(FULL_FARM),
    _shards(LATE_FARM, late=True),
)
