"""One line of progress on a terminal, one plain line a minute elsewhere."""

import time
from argparse import Namespace
from collections.abc import Callable

from ..columns import columns_of, fit
from ..crawler.events import (
    AssetDone,
    BytesHashed,
    Delivering,
    Event,
    FolderDone,
    FolderListed,
    OthersPassed,
    ProblemFound,
)
from ..text import human_bytes, plural, show
from .console import Console

_REDRAW_SECONDS = 0.1
_PLAIN_SECONDS = 60.0


class Line:
    """The line of progress: redrawn in place if it is `live`, else a plain line a minute."""

    def __init__(
        self, console: Console, *, live: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._live = live
        self._clock = clock
        self._started = self._last = clock()

    def draw(self, text: Callable[[float], str], where: str) -> None:
        """Draw, if it is time: what `text` returns for the seconds so far, and where that is."""
        now = self._clock()
        if now - self._last < (_REDRAW_SECONDS if self._live else _PLAIN_SECONDS):
            return
        self._last = now
        words = text(now - self._started)
        if self._live:
            there = f" · {show(where)}" if where else ""
            self._console.draw(fit(words + there, columns_of(self._console.err) - 1))
        else:
            self._console.line(f"{self._console.command}: {words}")


def line_for(console: Console, options: Namespace, terminal: str) -> Line | None:
    """Return the line that `--progress` and `--quiet` ask for; `terminal` is `$TERM`."""
    wanted = options.progress
    if wanted == "never" or (options.quiet and wanted != "always"):
        return None
    live = (wanted == "always" or console.err.isatty()) and terminal != "dumb"
    return Line(console, live=live)


class FolderProgress:
    """Counts folders."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._folders = 0
        self._where = ""

    def take(self, event: Event) -> None:
        """Take one event of the walk, and draw if it is time."""
        if isinstance(event, FolderListed):
            self._folders += 1
            self._where = event.path
        self._line.draw(self._text, self._where)

    def _text(self, seconds: float) -> str:
        return plural(self._folders, "folder")


class Progress:
    """Says what the events of a crawl tell."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._folders = self._sequences = self._files = self._problems = self._others = 0
        self._cached = self._hashed = self._bytes = 0
        self._where = ""
        self._trak = ""

    def take(self, event: Event) -> None:
        """Take one event, and draw if it is time."""
        if isinstance(event, FolderListed):
            self._where = event.path
        elif isinstance(event, BytesHashed):
            self._bytes += event.count
        elif isinstance(event, AssetDone):
            if event.result.kind == "sequence":
                self._sequences += 1
            else:
                self._files += 1
        elif isinstance(event, ProblemFound):
            self._problems += 1
        elif isinstance(event, OthersPassed):
            self._others += event.folders
            self._where = event.path or self._where
        elif isinstance(event, FolderDone):
            self._folders += 1
            self._cached += event.files_cached
            self._hashed += event.files_read
        elif isinstance(event, Delivering):
            self._trak = _trak_text(event)
        self._line.draw(self._text, "" if self._trak else self._where)

    def _text(self, seconds: float) -> str:
        rate = human_bytes(self._bytes / seconds) if seconds > 0 else "0 B"
        parts = [plural(self._folders, "folder"), plural(self._sequences, "sequence")]
        if self._trak:
            parts.append(self._trak)
        else:
            parts += [
                f"{human_bytes(self._bytes)} ({rate}/s)",
                f"{self._hashed:,} read, {self._cached:,} known",
            ]
        if self._others:
            parts.append(f"{self._others:,} of others")
        if self._problems:
            parts.append(plural(self._problems, "problem"))
        return " · ".join(parts)


def _trak_text(event: Delivering) -> str:
    """Say how far the delivery is; look-ups matter where no verdict does."""
    if event.verdicts or event.delivered:
        told = f"{plural(event.delivered, 'verdict')} told, {event.verdicts:,} to go"
        return f"waiting for Trak: {told}"
    return f"waiting for Trak: {plural(event.lookups, 'look-up')} to go"
