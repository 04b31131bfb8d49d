"""The recipes for a farm, under a real Slurm and under GNU parallel."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines import Parallel, parallel_of, slurm_of, submit
from farm import SHARDS, Farm, pretended
from slurm import Slurm
from support import TIMEOUT

pytestmark = pytest.mark.slow
ALL = range(1, SHARDS + 1)
ENDS_WITH = {5: 3, 6: 5}
# The last shard is among them: its task has the number of the whole array for Slurm.
STRUCK = {2: signal.SIGKILL, 4: signal.SIGTERM, 8: signal.SIGKILL}
STRUCK_RAN_TWICE = {shard: 2 if shard in STRUCK else 1 for shard in ALL}
WHOLE = [{"shard": shard, "whole": True} for shard in ALL]


@pytest.fixture
def farm(tmp_path: Path) -> Farm:
    return pretended(tmp_path, ENDS_WITH)


@pytest.fixture
def slurm(farm: Farm) -> Iterator[Slurm]:
    with slurm_of(farm) as started:
        yield started


@pytest.fixture
def parallel(farm: Farm) -> Iterator[Parallel]:
    with parallel_of(farm) as ready:
        yield ready


def test_slurm_runs_again_what_was_struck_and_merges_when_all_is_over(
    slurm: Slurm, farm: Farm
) -> None:
    farm.hold(STRUCK)
    crawl = submit(slurm, farm, f"1-{SHARDS}%3")
    merge = slurm.submit(
        *(f"--dependency=afterany:{crawl}", "--output=merge.log"),
        *("--wrap", f"qc-report --merge qc-{crawl}/shard-*.json"),
        cwd=farm.at,
    )
    farm.strike(STRUCK)
    slurm.wait(crawl, merge)
    assert farm.runs() == STRUCK_RAN_TWICE
    assert slurm.states(crawl) == {
        shard: "FAILED" if shard in ENDS_WITH else "COMPLETED" for shard in ALL
    }
    assert farm.documents() == WHOLE
    assert (farm.at / "merge.log").read_text().count('"whole": true') == SHARDS


def test_slurm_does_not_run_again_what_was_cancelled(slurm: Slurm, farm: Farm) -> None:
    farm.hold([2])
    crawl = submit(slurm, farm, "1-2")
    farm.held(2)
    slurm.cancel(f"{crawl}_2")
    slurm.wait(crawl)
    assert slurm.states(crawl) == {1: "COMPLETED", 2: "CANCELLED"}
    assert farm.runs() == {1: 1, 2: 1}


def test_slurm_brings_back_by_hand_what_was_killed_with_its_script(
    slurm: Slurm, farm: Farm
) -> None:
    farm.hold([2])
    crawl = submit(slurm, farm, "1-2")
    farm.held(2)
    slurm.kill(f"{crawl}_2")
    slurm.wait(crawl)
    assert slurm.states(crawl) == {1: "COMPLETED", 2: "FAILED"}
    slurm.requeue(f"{crawl}_2")
    slurm.wait(crawl)
    assert slurm.states(crawl) == {1: "COMPLETED", 2: "COMPLETED"}
    assert farm.runs() == {1: 1, 2: 2}


def test_parallel_runs_again_what_was_struck_and_keeps_how_the_rest_ended(
    parallel: Parallel, farm: Farm
) -> None:
    farm.hold(STRUCK)
    running = parallel.start("--jobs", "3")
    farm.strike(STRUCK)
    assert running.wait(TIMEOUT) == len(ENDS_WITH)
    assert farm.runs() == STRUCK_RAN_TWICE
    assert parallel.failed() == ENDS_WITH
    assert farm.documents() == WHOLE


def test_parallel_goes_on_after_a_ctrl_c_where_it_was(parallel: Parallel, farm: Farm) -> None:
    farm.hold([2])
    running = parallel.start("--jobs", "1")
    farm.held(2)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(TIMEOUT) != 0
    assert farm.runs() == {1: 1, 2: 1}
    assert parallel.start("--jobs", "3", "--resume-failed").wait(TIMEOUT) == len(ENDS_WITH)
    assert farm.runs() == dict.fromkeys(ALL, 1) | {2: 2}
    assert farm.documents() == WHOLE


def test_a_frame_is_retried_only_where_that_helps(farm: Farm) -> None:
    farm.hold([2])
    script = farm.recipe("frame-shard")
    frames = {
        shard: subprocess.Popen(
            ["bash", script, str(shard), str(SHARDS), farm.root, farm.at], env=farm.env
        )
        for shard in ALL
    }
    farm.strike({2: signal.SIGKILL})
    ended = {shard: frame.wait(TIMEOUT) for shard, frame in frames.items()}
    assert {shard: status for shard, status in ended.items() if status} == {2: 137}
