"""The simulation of how evenly shards share a tree adds up."""

from collections.abc import Sequence

import pytest
from bench.balance import TABLES, report
from bench.described import Folder, described
from bench.loads import GB, handed_out, hours, shared


def rows(text: str, table: int) -> list[list[str]]:
    """Return the cells of a report's table, its two first lines left out."""
    lines = text.split(TABLES[table].says)[1].split("\n\n")[1].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_a_described_tree_is_the_same_for_a_seed_and_as_large_as_asked_for() -> None:
    tree = described(3_000, 50_000, 1)
    assert tree == described(3_000, 50_000, 1) != described(3_000, 50_000, 2)
    assert len({folder.path for folder in tree}) == 3_000
    assert sum(folder.frames for folder in tree) == 50_000
    holds = {folder.path for folder in tree if folder.frames}
    assert not any(folder.path.rpartition("/")[0] in holds for folder in tree)


@pytest.mark.parametrize("of", [1, 8, 5_000])
def test_shares_are_a_partition(of: int) -> None:
    tree = described(3_000, 50_000, 1)
    loads = shared(tree, of)
    assert [len(one) for one in loads] == [of] * 3
    together = (3_000, 50_000, sum(folder.bytes for folder in tree))
    assert tuple(map(sum, loads)) == together


@pytest.mark.parametrize(
    ("loads", "storage", "taken"),
    [
        ((3600, 7200), 2, 2.0),
        ((3600, 7200), 1, 3.0),
        ((3600, 3600, 3600, 7200), 2, 3.0),
    ],
)
def test_machines_share_what_the_storage_gives(
    loads: Sequence[int], storage: int, taken: float
) -> None:
    assert hours([load * GB for load in loads], storage, 1) == pytest.approx(taken)


def test_the_next_piece_goes_to_whoever_is_done_first() -> None:
    assert sorted(handed_out([5, 4, 3, 3, 3], 2)) == [8, 10]


def test_one_folder_alone_is_a_load_that_no_sharing_divides() -> None:
    text = report([[Folder("show/shot", 5, 3600 * GB)]])
    assert [row[0] for row in rows(text, 1)] == ["8", "64", "512", "4,096"]
    assert rows(text, 1)[1] == ["64", *["64.00 (64.00)"] * 6]
    assert [row[1] for row in rows(text, 2)] == ["1.00 (1.00)"] * 4
    assert rows(text, 3)[-1] == ["64", "4,096", *["64.00 (64.00)"] * 2]


def test_figures_are_the_median_of_several_trees_and_the_most() -> None:
    trees = [[Folder("show/shot", frames, frames)] for frames in (7, 1, 4)]
    assert rows(report(trees), 0)[0] == ["frames", *["4 (7)"] * 6]
