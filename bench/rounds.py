"""Run rivals in turns, and measure each run as a whole process."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

Command = Sequence[str]
_LAUNCH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("launch.py")))


@dataclass(frozen=True, slots=True)
class Runner:
    """One rival: a command, what is done before each run of it, and which statuses are fine.

    One that `times_itself` says on stdout what its work took, as JSON: {"wall": …, "cpu": …}.
    """

    name: str
    command: Command
    before: Callable[[], None] = lambda: None
    statuses: tuple[int, ...] = (0,)
    times_itself: bool = False
    most_seconds: float = 3600


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
    said, complained = _outputs(runner)
    lines = said.splitlines()
    if not lines:
        raise RuntimeError(f"{runner.name} did not start: {_last(complained)}")
    figures = json.loads(lines[-1])
    if figures["status"] not in runner.statuses:
        raise RuntimeError(f"{runner.name} ended with {figures['status']}: {_last(complained)}")
    own = json.loads(lines[0]) if runner.times_itself else figures
    return Sample(own["wall"], own["cpu"], figures["memory"])


def _last(text: str) -> str:
    return text.strip().rpartition("\n")[2]


def _outputs(runner: Runner) -> tuple[str, str]:
    """Run a rival in a session of its own, so that nothing of it outlives an interrupted run."""
    command = (*_LAUNCH, "kept" if runner.times_itself else "dropped", *runner.command)
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        try:
            return process.communicate(timeout=runner.most_seconds)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            raise RuntimeError(f"{runner.name} took over {runner.most_seconds} s") from error
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise


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
