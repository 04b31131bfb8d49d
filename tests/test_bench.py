"""The benchmark runs, and says what it measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench.report import Row, markdown
from bench.rounds import Measured, Runner, Sample, run_once
from bench.targets import Case, Extra, Memory, Ratio

ROOT = Path(__file__).parents[1]


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
