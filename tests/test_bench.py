"""The benchmark runs, and says what it measured."""

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from bench import group, looking, shards, slow
from bench.__main__ import chosen
from bench.cases import CASES
from bench.report import Row, document, markdown
from bench.rounds import Measured, Runner, Sample, run_once
from bench.targets import Case, Extra, Memory, MissingError, Ratio
from bench.trees import Tree, drop, forget

ROOT = Path(__file__).parents[1]
GROUP = ROOT / "bench" / "group.py"


def measured(name: str, *walls: float, memory: int = 1_000_000) -> Measured:
    return Measured(name, [Sample(wall, 0.0, memory) for wall in walls])


def test_ratios_are_of_medians_and_stand_beside_what_is_aimed_at() -> None:
    ours = measured("ours", 1.0, 3.0, 200.0, memory=50_000_000)
    theirs = measured("theirs", 2.0, 2.0, 2.0)
    targets = (Ratio("ours", "theirs", 1.2), Ratio("ours", "absent", 1.0), Memory("ours", 80))
    row = Row(Case("work", lambda where: [], targets), (ours, theirs))
    table = markdown([row]).splitlines()
    expected = "| work | ours | 3.000 | 1.000 | 50 | **1.50** × theirs (≤ 1.2), 50 MB (≤ 80) |"
    assert table[2:] == [expected, "|  | theirs | 2.000 | 2.000 | 1 |  |"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (Ratio("ours", "theirs", 11), "**0.50** × theirs (≤ 11)"),
        (Ratio("ours", "theirs", 1 / 8), "**0.500** × theirs (≤ 0.125)"),
        (Ratio("ours", "theirs", 1 / 12), "**0.500** × theirs (≤ 0.083)"),
        (Extra("ours", "theirs", 30), "theirs + **-1000** ms (≤ 30)"),
        (Extra("theirs", "ours", 30), "ours + **1000** ms (≤ 30)"),
        (Extra("ours", "absent", 30), ""),
    ],
)
def test_each_kind_of_target_has_its_words(target: Ratio | Extra, words: str) -> None:
    rivals = (measured("ours", 1.0), measured("theirs", 2.0))
    table = markdown([Row(Case("work", lambda where: [], (target,)), rivals)])
    cells = [line.split("|")[-2].strip() for line in table.splitlines()[2:]]
    assert "".join(cells) == words


def test_a_row_that_is_left_out_says_why() -> None:
    row = Row(Case("work", lambda where: [], (Memory("ours", 1),)), (), "no such tool")
    assert "| work | left out: no such tool | – | – | – |  |" in markdown([row])
    assert json.loads(document([row]))["cases"][0]["left out"] == "no such tool"


def test_every_row_has_a_name_of_its_own() -> None:
    names = [case.name for case in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("only", "count"),
    [
        ("grouping", 4),
        ("latency", 1),
        ("growth", 2),
        ("1,000 folders", 1),
        ("findings", 9),
        ("shards", 3),
    ],
)
def test_rows_can_be_chosen_by_a_part_of_their_names(only: str, count: int) -> None:
    assert len(chosen(CASES, only=only, quick=False)) == count


def test_every_row_is_in_the_quick_form_or_in_the_full_one() -> None:
    quick, full = (chosen(CASES, only=None, quick=quick) for quick in (True, False))
    assert [case for case in quick if case in full] == [CASES[0]]
    assert {case.name for case in (*quick, *full)} == {case.name for case in CASES}


@pytest.mark.parametrize(("kind", "count"), [("1", 50), ("10", 50), ("25", 100), ("stills", 50)])
@pytest.mark.parametrize("rival", sorted(group.RIVALS))
def test_rivals_find_what_there_is_to_group(rival: str, kind: str, count: int) -> None:
    given = group.names(kind, count)
    assert len(set(given)) == count
    assert given == sorted(given)
    random.Random(2).shuffle(given)
    assert group.RIVALS[rival](given)() == group.expected(kind, count)


@pytest.mark.parametrize("rival", sorted(group.RIVALS))
def test_grouping_is_timed_without_the_start_of_the_process(rival: str) -> None:
    command = (sys.executable, "-P", str(GROUP), rival, "10", "1000")
    inside = run_once(Runner(rival, command, times_itself=True))
    outside = run_once(Runner(rival, command))
    assert 0 < inside.wall < outside.wall
    assert inside.memory > 0


def test_memory_is_that_of_the_command_and_not_of_the_benchmark() -> None:
    ballast = bytearray(b"x") * (100 << 20)
    sample = run_once(Runner("small", (sys.executable, "-S", "-c", "pass")))
    assert 1 << 20 < sample.memory < len(ballast) // 3
    large = run_once(Runner("large", (sys.executable, "-c", "b'x' * (60 << 20)")))
    assert large.memory > 60 << 20


@pytest.mark.parametrize(
    ("runner", "words"),
    [
        (Runner("bad", (sys.executable, "-c", "raise SystemExit('no luck')")), "ended with 1: no"),
        (Runner("bad", ("/nonexistent/command",)), "did not start: .*nonexistent"),
        (Runner("bad", ("sleep", "60"), most_seconds=0.2), "took over 0.2 s"),
    ],
)
def test_a_run_that_fails_counts_for_nothing(runner: Runner, words: str) -> None:
    with pytest.raises(RuntimeError, match=f"bad {words}"):
        run_once(runner)


def test_statuses_that_are_fine_are_fine() -> None:
    command = (sys.executable, "-c", "print('noise'); raise SystemExit(3)")
    assert run_once(Runner("three", command, statuses=(0, 3))).wall > 0


def test_what_tools_left_is_moved_out_of_the_tree(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for folder in ("a/.qc", "ascmhl"):
        (root / folder).mkdir(parents=True)
    for name in ("a/.qc/x.json", "a/.chkbit", "a/.qc.hashcache.json", "ascmhl/y", "a/p.1.exr"):
        (root / name).touch()
    forget(root)
    assert [path.name for path in root.rglob("*") if path.is_file()] == ["p.1.exr"]
    assert len(list((tmp_path / "trash").iterdir())) == 4


def test_frames_are_made_once_looked_at_and_removed(tmp_path: Path) -> None:
    tree = looking.Frames("small", "--ext dpx --size 16x9", 3, 2)
    for _ in range(2):
        rivals = looking.rivals(tree, tmp_path)
    for runner, looks in zip(rivals, (True, False), strict=True):
        run_once(runner)
        caches = list((tmp_path / "small").rglob(".qc.hashcache.json"))
        assert len(caches) == 2
        assert all(('"dpx"' in cache.read_text()) is looks for cache in caches)
    assert len(list((tmp_path / "small").rglob("plate.*.dpx"))) == 6
    drop(tree.name, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["trash"]


def test_frames_that_cannot_be_made_are_left_out(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="--ext is one of"):
        looking.make(looking.Frames("odd", "--ext tape", 3, 1), tmp_path)


@pytest.mark.parametrize("shown_at", [None, "shown"])
def test_a_shard_and_its_list_are_the_same_folders(tmp_path: Path, shown_at: str | None) -> None:
    tree = Tree("farm", 900, 16, 300, nested=True)
    root = tmp_path / tree.name
    if shown_at:
        (tmp_path / shown_at).symlink_to(root)
    whole, *parts, _ = shards.rivals(tree, tmp_path, shown_at)
    assert all(str(tmp_path / (shown_at or tree.name)) in runner.command for runner in parts)
    recorded = []
    for runner in (whole, *parts):
        run_once(runner)
        recorded.append({path.parent for path in root.rglob(".qc.hashcache.json")})
        forget(root)
    assert len(recorded[0]) == tree.folders
    assert set() < recorded[1] == recorded[2] < recorded[0]


def test_slow_storage_shows_the_tree_and_is_gone_afterwards(tmp_path: Path) -> None:
    tree = Tree("tree", 20, 16, 2)
    try:
        with slow.mounted(tree, tmp_path):
            first, one = slow.rivals(tree, tmp_path)
            for runner in (first, one):
                run_once(runner)
                assert len(list((tmp_path / "tree").rglob(".qc.hashcache.json"))) == 2
            shown = sorted(path.name for path in (tmp_path / "slow").rglob("*.exr"))
            assert len(shown) == 20
    except MissingError as error:
        pytest.skip(str(error))
    assert list((tmp_path / "slow").iterdir()) == []


@pytest.mark.slow
def test_the_quick_form_runs(tmp_path: Path) -> None:
    samples = tmp_path / "samples.json"
    command = (sys.executable, "-m", "bench", "--quick", "--rounds", "1", "--json", str(samples))
    done = subprocess.run(
        [*command, "--dir", str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "| qc-crawl, unchanged |" in done.stdout
    cases = json.loads(samples.read_text())["cases"]
    assert all(rival["wall"][0] > 0 for case in cases for rival in case["rivals"])
