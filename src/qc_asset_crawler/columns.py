"""How much room text takes on a terminal."""

import os
import unicodedata
from typing import TextIO

_USUAL = 80


def columns_of(stream: TextIO) -> int:
    """Return how many columns the terminal behind a stream has; the usual number if none is."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL
    except (OSError, ValueError):
        return _USUAL


def width(text: str) -> int:
    """Return how many columns a terminal gives to a text."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def fit(text: str, columns: int) -> str:
    """Cut a text in the middle of its last part, so that it fits into a terminal's line."""
    if width(text) <= columns:
        return text
    cut = text
    while cut and width(cut) > columns - 1:
        cut = cut[:-1]
    return f"{cut}…"


def fit_end(text: str, columns: int) -> str:
    """Cut off the beginning of a text, so that it fits into so many columns."""
    if width(text) <= columns:
        return text
    cut = text
    while cut and width(cut) > columns - 1:
        cut = cut[1:]
    return f"…{cut}"
