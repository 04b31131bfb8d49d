"""The benchmark runs, and says what it measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from bench.cases import Case, Memory, Ratio
from bench.report import Row, markdown
from bench.rounds import Measured, Sample

ROOT = Path(__file__).parents[1]


def test_ratios_are_of_medians_and_stand_beside_what_is_aimed_at() -> None:
    ours = Measured("ours", [Sample(wall, 0.0, 50_000_000) for wall in (1.0, 3.0, 200.0)])
    theirs = Measured("theirs", [Sample(wall, 0.0, 1_000_000) for wall in (2.0, 2.0, 2.0)])
    targets = (Ratio("ours", "theirs", 1.2), Ratio("ours", "absent", 1.0), Memory("ours", 80))
    row = Row(Case("work", lambda where: [], targets), (ours, theirs))
    table = markdown([row]).splitlines()
    expected = "| work | ours | 3.000 | 1.000 | 50 | **1.50** × theirs (≤ 1.2), 50 MB (≤ 80) |"
    assert table[2:] == [expected, "|  | theirs | 2.000 | 2.000 | 1 |  |"]


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
