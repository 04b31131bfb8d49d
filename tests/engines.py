"""What works the shards of a farm off: GNU parallel, with the recipe for it."""

import csv
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from faults.commands import needed
from faults.rows import MissingError

from farm import SHARDS, Farm
from slurm import Slurm, cluster
from support import TIMEOUT


@contextmanager
def slurm_of(farm: Farm) -> Iterator[Slurm]:
    """Start Slurm, or skip the test with the reason why there is none."""
    try:
        with cluster(farm.env) as started:
            yield started
    except MissingError as missing:
        pytest.skip(str(missing))


def submit(slurm: Slurm, farm: Farm, array: str) -> str:
    script = farm.recipe("slurm-shard")
    return slurm.submit(f"--array={array}", script, str(SHARDS), farm.root, cwd=farm.at)


class Parallel:
    """The recipe for GNU parallel, in a session of its own."""

    def __init__(self, farm: Farm) -> None:
        self._farm = farm
        self._command = ["bash", str(farm.recipe("parallel-shards")), str(SHARDS), str(farm.root)]
        self._started: list[subprocess.Popen[bytes]] = []

    def start(self, *options: str) -> subprocess.Popen[bytes]:
        """Start it as at a terminal."""
        process = subprocess.Popen(
            [*self._command, *options],
            cwd=self._farm.at,
            env=self._farm.env,
            start_new_session=True,
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        """End what still runs, where a test has failed."""
        for process in self._started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(TIMEOUT)

    def failed(self) -> dict[int, int]:
        """Return what its log says of the shards that did not end with 0."""
        with (self._farm.at / "shards.tsv").open() as log:
            rows = list(csv.DictReader(log, delimiter="\t"))
        return {int(row["Seq"]): int(row["Exitval"]) for row in rows if row["Exitval"] != "0"}


@contextmanager
def parallel_of(farm: Farm) -> Iterator[Parallel]:
    """Make GNU parallel ready, or skip the test with the reason why there is none."""
    try:
        program = needed("parallel")
    except MissingError as missing:
        pytest.skip(str(missing))
    said = subprocess.run([program, "--version"], capture_output=True, check=False).stdout
    if not said.startswith(b"GNU parallel"):
        pytest.skip("parallel is another than GNU parallel")
    made = Parallel(farm)
    try:
        yield made
    finally:
        made.end()
