"""What a case is, and what is aimed at in it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from .rounds import Runner


class MissingError(Exception):
    """Something that a case needs is not installed here; the text says what."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A target: the first rival's wall time over the second's, at most `limit`."""

    of: str
    to: str
    limit: float


@dataclass(frozen=True, slots=True)
class Extra:
    """A target: the first rival's wall time less the second's, at most `limit` ms."""

    of: str
    to: str
    limit: int


@dataclass(frozen=True, slots=True)
class Memory:
    """A target: the most memory of a rival, at most `limit` MB."""

    of: str
    limit: int


Target = Ratio | Extra | Memory


def _nothing(where: Path) -> AbstractContextManager[None]:
    del where
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table. `prepare` makes the tree and returns the rivals.

    `around` holds what must be undone at the end, however that comes. At most `rounds` are
    counted, where a round takes long. Both may raise `MissingError`. `own_tree` names a tree that
    no other row uses: unless trees are kept, it goes with the row, for there is not always room.
    """

    name: str
    prepare: Callable[[Path], Sequence[Runner]]
    targets: tuple[Target, ...] = ()
    quick: bool = False
    rounds: int | None = None
    around: Callable[[Path], AbstractContextManager[None]] = _nothing
    own_tree: str | None = None
