"""Colours, where a terminal shows them and nobody minds (`NO_COLOR`)."""

from collections.abc import Mapping
from typing import TextIO

from ..reports.table import Paint, unpainted
from ..reports.values import State

_CODES = {
    State.FAIL: 31,
    State.UNKNOWN: 35,
    State.MODIFIED: 33,
    State.MISSING: 33,
    State.PENDING: 36,
    State.PASS: 32,
}


def painter(stream: TextIO, environ: Mapping[str, str]) -> Paint:
    """Return what colours a text by the state it tells of, if it goes to a terminal."""
    plain = environ.get("NO_COLOR") or environ.get("TERM", "dumb") in {"", "dumb"}
    if plain or not stream.isatty():
        return unpainted
    return lambda state, text: f"\x1b[{_CODES[state]}m{text}\x1b[0m"
