"""How long a run waits for a slow Trak once its media is done."""

from pathlib import Path

import pytest

from support import Tool, make_file
from trak_cli import PASS, all_statuses, always, well
from trak_server import TrakServer

DEADLINE = 1.2
SLACK = 1.5
LIMITS = {"TRAK_DEADLINE": str(DEADLINE), "TRAK_READ_TIMEOUT": "10"}
# Four are spoken to at once: whoever waited for all of them would need these seconds and more.
PROMPT, SLOW = 0.4, 1.1
ASSETS = 24


@pytest.fixture
def many(shot: Path) -> Path:
    """More assets than a slow Trak can be asked for in time."""
    for number in range(ASSETS):
        make_file(shot / f"{number}.mov")
    return shot


def test_a_crawl_leaves_look_ups_to_the_next_one(told: Tool, trak: TrakServer, many: Path) -> None:
    trak.behave = always("slow", PROMPT)
    found = told.json(many, env=LIMITS)["summary"]
    assert found["seconds"] < DEADLINE + SLACK
    left = found["trak"]["look_ups_left"]
    assert 0 < left < ASSETS
    assert left + found["trak"]["looked_up"] == ASSETS
    trak.behave = well
    found = told.json(many, env=LIMITS)["summary"]["trak"]
    assert (found["looked_up"], found["look_ups_left"]) == (left, 0)


@pytest.mark.slow
def test_a_crawl_leaves_verdicts_to_the_next_run_where_each_takes_long(
    told: Tool, trak: TrakServer, many: Path
) -> None:
    trak.behave = always("slow", SLOW)
    done = told.json(*PASS, many, env=LIMITS, status=5)["summary"]
    assert done["seconds"] < DEADLINE + SLACK
    assert done["trak"]["waiting"] == ASSETS - done["trak"]["delivered"] > 0
    assert {status for status, _ in all_statuses(many)} >= {"queued"}
    trak.behave = well
    told.run("--deliver", many)
    assert len(trak.delivered) == ASSETS
    assert all_statuses(many) == {("ok", 200)}


@pytest.mark.slow
def test_verdicts_that_are_taken_promptly_are_waited_for(
    told: Tool, trak: TrakServer, many: Path
) -> None:
    trak.behave = always("slow", PROMPT / 2)
    done = told.json(*PASS, many, env=LIMITS)["summary"]
    assert done["seconds"] > DEADLINE
    assert len(trak.delivered) == ASSETS


@pytest.mark.slow
def test_a_delivery_waits_for_as_long_as_it_takes(told: Tool, trak: TrakServer, shot: Path) -> None:
    for number in range(6):
        make_file(shot / f"{number}.mov")
    trak.behave = always("status", 500, "verdict")
    told.run(*PASS, shot, status=5)
    trak.behave = always("slow", SLOW)
    told.run("--deliver", shot, env=LIMITS)
    assert len(trak.delivered) == 6
