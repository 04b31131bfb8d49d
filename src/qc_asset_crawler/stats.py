"""What `lstat` says of many files, held in little room."""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import eq

from .model import FileStat

# Device and inode numbers may use all 64 bits; times may lie before 1970.
_TYPES = ("Q", "Q", "q", "q", "q")
# A tuple is made in a fraction of the time; and where there are many assets, most are single files.
_FEW = 8
_ROWS_AT_ONCE = 4096


class Stats:
    """The stats of the files of an asset, in order; of many, 40 bytes each where values take 230.

    It is filled by whoever makes it, and never altered after that.
    """

    __slots__ = ("_columns",)

    def __init__(self, stats: Iterable[tuple[int, ...]] = ()) -> None:
        self._columns: list[Sequence[int]] = [()] * len(_TYPES)
        rows = iter(stats)
        while some := tuple(islice(rows, _ROWS_AT_ONCE)):  # of a million: not all beside each other
            self.extend(some)

    def extend(self, stats: Iterable[tuple[int, ...]]) -> None:
        """Take in further files: the fields of `FileStat`, a tuple each."""
        for at, values in enumerate(zip(*stats, strict=True)):
            column = self._columns[at]
            few = not column and len(values) <= _FEW
            self._columns[at] = values if few else _joined(column, values, _TYPES[at])

    @property
    def sizes(self) -> Sequence[int]:
        """The sizes, in bytes."""
        return self._columns[2]

    @property
    def mtimes_ns(self) -> Sequence[int]:
        """The times of the last modification."""
        return self._columns[3]

    @property
    def ctimes_ns(self) -> Sequence[int]:
        """The times of the last change of the inode."""
        return self._columns[4]

    def __len__(self) -> int:
        return len(self._columns[0])

    def __iter__(self) -> Iterator[FileStat]:
        return map(FileStat._make, zip(*self._columns, strict=True))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stats) and all(map(_equal, self._columns, other._columns))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Stats({list(self)!r})"


def _joined(column: Sequence[int], values: tuple[int, ...], kind: str) -> Sequence[int]:
    """Add to a column: an array, except where values do not fit into 64 bits."""
    if isinstance(column, list):
        column.extend(values)
        return column
    try:
        numbers = column if isinstance(column, array) else array(kind, column)
        numbers.fromlist([*values])
    except OverflowError:
        # A time before 1677 or after 2262: storage can say so, and it is no reason to end.
        return [*column, *values]
    return numbers


def _equal(one: Sequence[int], other: Sequence[int]) -> bool:
    """Compare two columns, of which one may be an array and one a list."""
    if type(one) is type(other):
        return one == other
    return len(one) == len(other) and all(map(eq, one, other))
