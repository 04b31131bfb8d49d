"""What the line of progress says while a tree is cleaned."""

from ..cleanup import Found
from ..text import plural
from .progress import FolderProgress, Line


class CleanProgress(FolderProgress):
    """Counts folders and artifacts."""

    def __init__(self, line: Line) -> None:
        super().__init__(line)
        self._going = self._staying = 0

    def count(self, found: Found) -> None:
        """Count one artifact."""
        if found.goes:
            self._going += 1
        else:
            self._staying += 1

    def _text(self, seconds: float) -> str:
        entries = plural(self._going, "entry to go", "entries to go")
        return f"{super()._text(seconds)} · {entries} · {self._staying:,} to stay"
