"""Where things are: a ROOT, and a folder below it that can be opened again."""

from typing import NamedTuple

from ..files.folder import Folder, close_quietly, open_below, open_root


class Root(NamedTuple):
    """A folder to walk, or (with `only`, its file name or pattern) one asset inside a folder."""

    path: str
    only: str | None = None

    @property
    def shown(self) -> str:
        """The root as a path."""
        return self.path if self.only is None else f"{self.path.rstrip('/')}/{self.only}"


class FolderPlace(NamedTuple):
    """A folder of a root; `below_root` is empty, or ends in a slash."""

    root: Root
    below_root: str = ""

    @property
    def path(self) -> str:
        """The folder's path, as people know it."""
        return f"{self.root.path.rstrip('/')}/{self.below_root}".rstrip("/") or "/"

    def open(self) -> Folder:
        """Open the folder again, step by step: no link swapped in meanwhile leads outside ROOT.

        Raises:
            OSError: it is not there any more, or cannot be opened.
        """
        root_fd = open_root(self.root.path)
        try:
            parts = tuple(self.below_root.split("/")[:-1])
            return Folder(open_below(root_fd, parts), self.path, self.below_root)
        finally:
            close_quietly(root_fd)
