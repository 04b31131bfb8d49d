"""Run rivals in turns, and measure each run as a whole process."""

import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

Command = Sequence[str]


@dataclass(frozen=True, slots=True)
class Runner:
    """One rival: a command, what is done before each run of it, and which statuses are fine."""

    name: str
    command: Command
    before: Callable[[], None] = lambda: None
    statuses: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: wall and processor time in seconds, and the most memory it held, in bytes."""

    wall: float
    cpu: float
    memory: int


@dataclass(slots=True)
class Measured:
    """All counted runs of one rival."""

    name: str
    samples: list[Sample] = field(default_factory=list)

    @property
    def wall(self) -> float:
        """The median of the wall times."""
        return median(sample.wall for sample in self.samples)

    @property
    def memory(self) -> int:
        """The median of the most memory."""
        return round(median(sample.memory for sample in self.samples))


def run_once(runner: Runner) -> Sample:
    """Run a rival once.

    Raises:
        RuntimeError: it failed, so its time means nothing.
    """
    runner.before()
    started = time.perf_counter()
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen(runner.command, stdout=nowhere, stderr=subprocess.PIPE)
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode not in runner.statuses:
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        raise RuntimeError(f"{runner.name} ended with {process.returncode}: {' '.join(last)}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def in_turns(runners: Sequence[Runner], rounds: int, say: Callable[[str], None]) -> list[Measured]:
    """Run all rivals in turns, A B A B …, after one round that does not count."""
    measured = [Measured(runner.name) for runner in runners]
    for number in range(rounds + 1):
        for runner, result in zip(runners, measured, strict=True):
            sample = run_once(runner)
            if number:
                result.samples.append(sample)
        say(f"round {number} of {rounds}")
    return measured
