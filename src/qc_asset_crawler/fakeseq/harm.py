"""Which frames are damaged, and how. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from ..errors import UsageError
from ..text import plural
from .chance import Chance, chance, sample, shuffled
from .frames import Frames
from .request import Damage

_MOST_HARMED = 1_000_000


class Harm(NamedTuple):
    """The frames that one kind of damage befalls, sorted."""

    kind: Damage
    frames: tuple[int, ...]


def choose_harm(frames: Frames, asked: Sequence[tuple[Damage, int]], seed: int) -> tuple[Harm, ...]:
    """Choose the frames to damage; no frame is damaged twice.

    A frozen frame repeats the frame before it, so that one is left whole: it is not free either.

    Raises:
        UsageError: there are not so many frames that could be damaged.
    """
    counts = _counts(asked)
    if sum(counts.values()) > _MOST_HARMED:
        raise UsageError(
            f"--damage is asked for {sum(counts.values()):,} frames; the most is {_MOST_HARMED:,}"
        )
    roll = chance(seed, "damage")
    frozen_count = counts.pop(Damage.FROZEN, 0)
    repeats = _frozen(frames, frozen_count, roll)
    spared = sorted([*repeats, *(index - 1 for index in repeats)])
    total = sum(counts.values())
    free = len(frames) - len(spared)
    if total > free:
        raise UsageError(f"--damage is asked for {total:,} frames, and {free:,} are free for it")
    chosen = shuffled(_passing_over(spared, sample(total, free, roll)), roll)
    harm = [(Damage.FROZEN, repeats)] if repeats else []
    for kind, count in counts.items():
        harm.append((kind, sorted(chosen[:count])))
        del chosen[:count]
    return tuple(
        Harm(kind, tuple(frames.at(index) for index in indices)) for kind, indices in sorted(harm)
    )


def _counts(asked: Sequence[tuple[Damage, int]]) -> dict[Damage, int]:
    counts: dict[Damage, int] = {}
    for kind, count in asked:
        if kind in counts:
            raise UsageError(f"--damage {kind} is given twice")
        if count < 1:
            raise UsageError(f"--damage {kind}: at least 1 frame, not {count}")
        counts[kind] = count
    return counts


def _frozen(frames: Frames, count: int, roll: Chance) -> list[int]:
    """Choose the indices of frames that repeat the one before them, itself no repeat."""
    if not count:
        return []
    starts: list[int] = []  # of each piece: how many pairs there are before it
    pairs = 0
    for piece in frames.pieces:
        starts.append(pairs)
        pairs += len(piece) // 2 if piece.step == 1 else 0
    if count > pairs:
        raise UsageError(
            f"--damage frozen:{count} is too many: {plural(pairs, 'frame')} at most can repeat "
            "a whole one with the number before"
        )
    indices: list[int] = []
    at = before = 0
    for pair in sample(count, pairs, roll):
        while at + 1 < len(starts) and starts[at + 1] <= pair:
            before += len(frames.pieces[at])
            at += 1
        indices.append(before + 2 * (pair - starts[at]) + 1)
    return indices


def _passing_over(spared: Sequence[int], ranks: Sequence[int]) -> list[int]:
    """Turn ranks among the indices that are not spared into indices; all are sorted."""
    indices: list[int] = []
    passed = 0
    for rank in ranks:
        while passed < len(spared) and spared[passed] <= rank + passed:
            passed += 1
        indices.append(rank + passed)
    return indices
