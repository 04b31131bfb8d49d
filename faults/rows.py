"""What a row of the campaign is, and what came of it."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

_MOST_NAMED = 20


class MissingError(Exception):
    """Something that a row needs is not on this machine; the text says what."""


@dataclass
class Attempt:
    """One row being run: where, with which random numbers, how often, and what came of it.

    `where` is an empty folder of the row's own. `tries` counts faults that really struck; what
    came to nothing (a process that had ended before it was killed) is no try.
    """

    where: Path
    random: Random
    goal: int
    say: Callable[[str], None]
    tries: int = 0
    faults: list[str] = field(default_factory=list)
    figures: dict[str, int] = field(default_factory=dict)

    def count(self, what: str, number: int = 1) -> None:
        """Count something for the table, as "in the middle of a write"."""
        self.figures[what] = self.figures.get(what, 0) + number

    def blame(self, situation: str, found: Iterable[str]) -> None:
        """Take down what did not hold in a situation, and say so at once."""
        for text in found:
            line = f"{situation}: {text}"
            self.faults.append(line)
            if len(self.faults) <= _MOST_NAMED:
                self.say(f"FAULT {line}")

    @property
    def done(self) -> bool:
        """Whether as much was tried as was asked for."""
        return self.tries >= self.goal


@dataclass(frozen=True)
class Row:
    """One row: which fault, which of the four promises it is about, and how often it is tried.

    `run` may raise `MissingError`. `short` is for every day, `long` for the figures that the
    documentation gives.
    """

    name: str
    promises: tuple[int, ...]
    run: Callable[[Attempt], None]
    short: int
    long: int


@dataclass(frozen=True)
class Outcome:
    """What came of a row."""

    row: Row
    tries: int
    faults: tuple[str, ...]
    figures: dict[str, int]
    seconds: float
    missing: str = ""


def attempt(row: Row, where: Path, *, seed: int, goal: int, say: Callable[[str], None]) -> Outcome:
    """Run one row."""
    started = time.monotonic()
    made = Attempt(where, Random(f"{row.name} {seed}"), goal, say)
    missing = ""
    try:
        row.run(made)
    except MissingError as error:
        missing = str(error)
    seconds = time.monotonic() - started
    return Outcome(row, made.tries, tuple(made.faults), made.figures, seconds, missing)
