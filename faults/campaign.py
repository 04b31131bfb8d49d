"""All rows, in the order of docs/reliability.md."""

from itertools import chain

from . import killed_calls, kills
from .rows import Row

ROWS: tuple[Row, ...] = tuple(chain(kills.ROWS, killed_calls.ROWS))
