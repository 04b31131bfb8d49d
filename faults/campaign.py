"""All rows, in the order of docs/reliability.md."""

from itertools import chain

from . import failing_calls, killed_calls, kills
from .rows import Row

ROWS: tuple[Row, ...] = tuple(chain(kills.ROWS, killed_calls.ROWS, failing_calls.ROWS))
