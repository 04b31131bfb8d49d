"""What a row of the campaign is, and what came of it."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

_MOST_NAMED = 20
_ATTEMPTS_A_TRY = 20


class MissingError(Exception):
    """Something that a row needs is not on this machine; the text says what."""


@dataclass
class Attempt:
    """One row being run: where, with which random numbers, how often, and what came of it.

    `where` is an empty folder of the row's own. `attempts` counts what was begun, `tries` faults
    that really struck: what came to nothing (a process that had ended before it was killed) is
    no try.
    """

    where: Path
    random: Random
    goal: int
    say: Callable[[str], None]
    attempts: int = 0
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

    def begin(self) -> None:
        """Count an attempt, before anybody knows whether its fault will strike."""
        self.attempts += 1

    @property
    def gave_up(self) -> bool:
        """Whether too many attempts came to nothing for the row to go on."""
        return self.tries < self.goal and self.attempts >= _ATTEMPTS_A_TRY * self.goal

    @property
    def done(self) -> bool:
        """Whether as much was tried as was asked for, or there is no use in going on."""
        return self.tries >= self.goal or self.gave_up


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
        if made.tries:
            made.blame("the row", [f"did not come to its end: {error}"])
        else:
            missing = str(error)
    if made.gave_up:
        made.blame("did not strike", [f"{made.tries} tries in {made.attempts} attempts"])
    seconds = time.monotonic() - started
    return Outcome(row, made.tries, tuple(made.faults), made.figures, seconds, missing)
