"""The campaign of faults: what its checks see, and a short form of every row."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from faults import checks
from faults.campaign import ROWS
from faults.report import markdown
from faults.rows import Attempt, MissingError, Outcome, Row, attempt
from faults.stock import altered, media_listing
from faults.trees import make_tree

from support import Tool, sidecar_paths

Acknowledged = dict[str, list[dict[str, Any]]]
PASS = ("--operator", "anna", "--result", "pass", "--note", "fine", "--yes", "--json-lines")


@pytest.fixture
def signed(qc: Tool, tmp_path: Path) -> tuple[Path, Acknowledged]:
    """A tree, and the verdicts that were acknowledged in it."""
    root = tmp_path / "show"
    make_tree(root)
    done = qc.run(*PASS, root)
    return root, {one["path"]: [one["verdict"]] for one in checks.acknowledged(done.out)}


def test_a_tree_that_nothing_befell_passes_every_check(
    signed: tuple[Path, Acknowledged],
) -> None:
    root, acknowledged = signed
    assert len(acknowledged) == 9
    assert [*checks.torn(root), *checks.lost(root, acknowledged), *checks.left_over(root)] == []
    assert list(checks.recovered(root)) == []


def test_the_checks_see_what_is_torn_lost_left_over_and_altered(
    signed: tuple[Path, Acknowledged],
) -> None:
    root, acknowledged = signed
    before = media_listing(root)
    one, other, third, *_ = sidecar_paths(root)
    one.write_bytes(one.read_bytes()[:-1])
    document = json.loads(other.read_bytes())
    document["verdicts"] = []
    other.write_text(json.dumps(document))
    assert len(list(checks.torn(root))) == 2
    one.unlink()
    assert len(list(checks.lost(root, acknowledged))) == 2
    (third.parent / ".qc-elsewhere-1-0123abcd.tmp").touch()
    assert len(list(checks.left_over(root))) == 1
    next(root.rglob("*.exr")).touch()
    assert len(list(altered(before, media_listing(root)))) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [("qc_result", "fail"), ("operator", "ben"), ("content_hash", f"blake3:{'0' * 64}")],
)
def test_a_verdict_that_was_changed_is_lost(
    signed: tuple[Path, Acknowledged], key: str, value: str
) -> None:
    root, acknowledged = signed
    sidecar = sidecar_paths(root)[0]
    document = json.loads(sidecar.read_bytes())
    document["verdicts"][0][key] = value
    sidecar.write_text(json.dumps(document))
    assert len(list(checks.lost(root, acknowledged))) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"qc_result": "fail"},
        {"qc_result": "pending"},
        {"content_hash": f"blake3:{'0' * 64}"},
        {"verdicts": [], "qc_result": "pass"},
    ],
    ids=["another result", "withdrawn by nobody", "other bytes", "nobody said so"],
)
def test_a_result_that_does_not_follow_from_the_last_verdict_is_seen(
    signed: tuple[Path, Acknowledged], changed: dict[str, Any]
) -> None:
    root, _ = signed
    sidecar = sidecar_paths(root)[0]
    document = {**json.loads(sidecar.read_bytes()), **changed}
    sidecar.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    assert len(list(checks.torn(root))) == 1


def test_what_a_later_run_makes_otherwise_is_seen(qc: Tool, tmp_path: Path) -> None:
    make_tree(tmp_path / "show")
    qc.run(tmp_path / "show")
    sidecar = sidecar_paths(tmp_path / "show")[0]
    document = json.loads(sidecar.read_bytes())
    document["asset_id"] = "another"
    sidecar.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n")
    assert len(list(checks.recovered(tmp_path / "show"))) == 1


def test_a_row_that_cannot_be_run_says_why_and_is_no_success(tmp_path: Path) -> None:
    def without(made: Attempt) -> None:
        raise MissingError("strace is not installed")

    row = Row("a fault", (1, 4), without, short=1, long=2)
    outcome = attempt(row, tmp_path, seed=1, goal=1, say=print)
    assert "| a fault | 1, 4 | not run | – | strace is not installed |" in markdown([outcome])


def test_what_broke_is_in_the_table(tmp_path: Path) -> None:
    def breaks(made: Attempt) -> None:
        made.tries += 1
        made.blame("a crawl", ["a sidecar is torn"])

    outcome = attempt(Row("a fault", (2,), breaks, 1, 1), tmp_path, seed=1, goal=1, say=print)
    assert outcome.faults == ("a crawl: a sidecar is torn",)
    assert "| a fault | 2 | 1 | 1 |" in markdown([outcome])


def test_a_row_whose_fault_never_strikes_ends_and_says_so(tmp_path: Path) -> None:
    def misses(made: Attempt) -> None:
        while not made.done:
            made.begin()

    outcome = attempt(Row("a fault", (2,), misses, 1, 1), tmp_path, seed=1, goal=3, say=print)
    assert outcome.faults == ("did not strike: 0 tries in 60 attempts",)


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_no_fault_breaks_a_promise(row: Row, tmp_path: Path) -> None:
    outcome: Outcome = attempt(row, tmp_path, seed=1, goal=row.short, say=print)
    if outcome.missing:
        pytest.skip(outcome.missing)
    assert outcome.faults == ()
    assert outcome.tries >= row.short


def test_the_command_prints_a_table() -> None:
    command = [sys.executable, "-m", "faults", "--only", "random moments", "--tries", "1"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "| kill -9 at random moments | 1, 2 | 1 | 0 |" in done.stdout
