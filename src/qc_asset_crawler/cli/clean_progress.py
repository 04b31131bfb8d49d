"""What the line of progress says while a tree is cleaned."""

from ..cleanup import Found
from ..crawler.events import Event, FolderListed
from ..text import plural
from .progress import Line


class CleanProgress:
    """Counts folders and artifacts."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._folders = self._going = self._staying = 0
        self._where = ""

    def take(self, event: Event) -> None:
        """Take one event of the walk, and draw if it is time."""
        if isinstance(event, FolderListed):
            self._folders += 1
            self._where = event.path
        self._line.draw(self._text, self._where)

    def count(self, found: Found) -> None:
        """Count one artifact."""
        if found.goes:
            self._going += 1
        else:
            self._staying += 1

    def _text(self, seconds: float) -> str:
        entries = plural(self._going, "entry to go", "entries to go")
        return f"{plural(self._folders, 'folder')} · {entries} · {self._staying:,} to stay"
