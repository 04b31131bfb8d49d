"""`python -m bench.balance`: how evenly shards share a tree. Simulated: no file is made."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import NamedTuple

from .described import DISTRIBUTION, Folder, described
from .loads import GB, handed_out, hours, shared, unevenness

FOLDERS, FRAMES, TREES = 200_000, 10_000_000, 5
SHARDS = (8, 64, 512, 4096)
MACHINES, SHARDS_EACH = (8, 64), (1, 4, 16, 64)
STORAGE, MACHINE = 10, 1  # GB/s

_QUANTILES = {"half of the folders": 0.5, "90 %": 0.9, "99 %": 0.99, "99.9 %": 0.999, "all": 1}


class Row(NamedTuple):
    """What comes out for one tree."""

    name: str
    figures: Sequence[float]


class Table(NamedTuple):
    """What a table is about, its columns, and how its rows come from a tree."""

    says: str
    heads: Sequence[str]
    rows: Callable[[Sequence[Folder]], list[Row]]


def _sizes(folders: Sequence[Folder]) -> list[Row]:
    frames = sorted(folder.frames for folder in folders)
    sizes = sorted(folder.bytes / GB for folder in folders)
    ends = [round(part * (len(folders) - 1)) for part in _QUANTILES.values()]
    return [
        Row("frames", (*(frames[end] for end in ends), sum(frames))),
        Row("GB", (*(sizes[end] for end in ends), sum(sizes))),
    ]


def _balance(folders: Sequence[Folder]) -> list[Row]:
    return [Row(f"{of:,}", _unevenness(folders, of)) for of in SHARDS]


def _unevenness(folders: Sequence[Folder], of: int) -> tuple[float, ...]:
    frames = [folder.frames for folder in folders]
    sizes = sorted((folder.bytes for folder in folders), reverse=True)
    alone = (max(frames) * of / sum(frames), sizes[0] * of / sum(sizes))
    by_list = unevenness(handed_out(sizes, of))
    return (*map(unevenness, shared(folders, of)), *alone, by_list)


def _own_machines(folders: Sequence[Folder]) -> list[Row]:
    sizes = [folder.bytes for folder in folders]
    return [
        Row(
            f"{of:,}",
            (
                hours(shared(folders, of).bytes, STORAGE, MACHINE),
                hours([sum(sizes) // of] * of, STORAGE, MACHINE),
                hours([max(sizes)], STORAGE, MACHINE),
            ),
        )
        for of in SHARDS
    ]


def _worked_off(folders: Sequence[Folder]) -> list[Row]:
    rows = []
    for machines in MACHINES:
        for each in SHARDS_EACH:
            loads = shared(folders, machines * each)
            ends = (handed_out(of, machines) for of in (loads.frames, loads.bytes))
            name = f"{machines} | {machines * each:,}"
            rows.append(Row(name, tuple(map(unevenness, ends))))
    return rows


TABLES = (
    Table(f"What folders hold at most: {DISTRIBUTION}.", ("", *_QUANTILES, "together"), _sizes),
    Table(
        "The largest load over the mean load; the largest folder alone over the mean load, which"
        " no way to share whole folders gets below; and lists by size, longest first.",
        (
            *("N", "folders", "frames", "bytes"),
            *("largest folder, frames", "largest folder, bytes", "lists by size, bytes"),
        ),
        _balance,
    ),
    Table(
        f"Each shard on a machine of its own that reads {MACHINE} GB/s, all together {STORAGE}"
        " GB/s: the run ends with the largest shard.",
        ("N", "hours", "hours, if shared evenly", "hours, the largest folder alone"),
        _own_machines,
    ),
    Table(
        "N shards worked off in order by M machines, each taking the next when it is done: the"
        " time over that of an even share, walks left out.",
        ("M", "N", "frames", "bytes"),
        _worked_off,
    ),
)


def report(trees: Iterable[Sequence[Folder]]) -> str:
    """Write the tables; each figure is the median of those of the trees, with the most behind."""
    rows = [[table.rows(tree) for table in TABLES] for tree in trees]
    each = zip(TABLES, zip(*rows, strict=True), strict=True)
    return "\n".join(_table(table, of_trees) for table, of_trees in each)


def _table(table: Table, of_trees: Iterable[list[Row]]) -> str:
    lines = [table.says, "", _line(table.heads), _line(["---:"] * len(table.heads))]
    for same in zip(*of_trees, strict=True):
        figures = zip(*(row.figures for row in same), strict=True)
        lines.append(_line([same[0].name, *map(_cell, figures)]))
    return "\n".join((*lines, ""))


def _cell(figures: Sequence[float]) -> str:
    return f"{_figure(median(figures))} ({_figure(max(figures))})"


def _figure(figure: float) -> str:
    return f"{figure:,}" if isinstance(figure, int) else f"{figure:,.2f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main() -> int:
    """Print what tree it is, and the tables."""
    parser = argparse.ArgumentParser(prog="python -m bench.balance", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the first tree")
    first = parser.parse_args().seed
    print(
        f"{TREES} trees of {FOLDERS:,} folders and {FRAMES:,} frames, by chance (seeds {first} to"
        f" {first + TREES - 1}); of each figure the median, and the most in brackets.\n"
    )
    print(report(described(FOLDERS, FRAMES, first + at) for at in range(TREES)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
