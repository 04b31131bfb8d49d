"""Chance that falls alike on every machine and every Python. Pure.

Of `random`, only ``Random(seed).random()`` is promised to give the same numbers for ever.
"""

import random
from collections.abc import Callable

Chance = Callable[[], float]


def chance(seed: int, purpose: str) -> Chance:
    """Return a source of numbers in [0, 1); each purpose has one of its own."""
    word = int.from_bytes(purpose.encode(), "big")
    return random.Random((word << 64) + seed).random  # noqa: S311 - for pictures, not for keys


def below(limit: int, roll: Chance) -> int:
    """Return a number in [0, limit)."""
    return int(roll() * limit)


def sample(count: int, limit: int, roll: Chance) -> list[int]:
    """Choose `count` different numbers below `limit`, sorted (Floyd's algorithm)."""
    chosen: set[int] = set()
    for top in range(limit - count, limit):
        number = below(top + 1, roll)
        chosen.add(top if number in chosen else number)
    return sorted(chosen)


def shuffled(numbers: list[int], roll: Chance) -> list[int]:
    """Return the numbers in another order."""
    mixed = list(numbers)
    for at in range(len(mixed) - 1, 0, -1):
        other = below(at + 1, roll)
        mixed[at], mixed[other] = mixed[other], mixed[at]
    return mixed
