"""All rows, in the order of docs/reliability.md."""

from itertools import chain

from . import kills
from .rows import Row

ROWS: tuple[Row, ...] = tuple(chain(kills.ROWS))
