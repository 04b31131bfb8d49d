"""The trees that are crawled: made once, kept for all rounds, and the same on every machine."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Tree:
    """`files` files of `size` bytes in `folders` folders; frames, or single files.

    `sparse` files take no room and read as zeros: for counts where content does not matter.
    The folders lie side by side; `nested`, they are versions of shots of sequences of shows.
    """

    name: str
    files: int
    size: int
    folders: int
    singles: bool = False
    sparse: bool = False
    nested: bool = False

    @property
    def bytes(self) -> int:
        """What all files hold together."""
        return self.files * self.size

    def names(self) -> Iterator[tuple[str, str]]:
        """Name every file: its folder and its name."""
        share = self.files // self.folders
        for number in range(self.files):
            at = min(number // share, self.folders - 1)
            name = f"clip{number:07d}x.mov" if self.singles else f"plate.{number:07d}.exr"
            yield self._folder(at), name

    def _folder(self, at: int) -> str:
        if not self.nested:
            return f"shot{at:04d}"
        version = f"v{at % 10:02d}"
        return f"show{at // 1000:02d}/sq{at // 100 % 10:02d}/shot{at // 10 % 10:02d}/{version}"


def make(tree: Tree, where: Path) -> Path:
    """Make a tree below a folder, unless it is there; return its root."""
    root = where / tree.name
    done = where / f"{tree.name}.done"
    if done.exists():
        return root
    shutil.rmtree(root, ignore_errors=True)
    noise = bytearray(os.urandom(min(max(tree.size, 1), _BLOCK)))
    last = None
    for number, (folder, name) in enumerate(tree.names()):
        if folder != last:
            (root / folder).mkdir(parents=True)
            last = folder
        _write(root / folder / name, number, tree, noise)
    os.sync()
    done.touch()
    return root


def drop(name: str, where: Path) -> None:
    """Remove a tree."""
    (where / f"{name}.done").unlink(missing_ok=True)
    shutil.rmtree(where / name, ignore_errors=True)


def _write(path: Path, number: int, tree: Tree, noise: bytearray) -> None:
    """Write one file, unlike all others in its first bytes."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        if tree.sparse:
            os.truncate(fd, tree.size)
            return
        noise[:8] = number.to_bytes(8, "little")[: len(noise)]
        left = tree.size
        while left:
            left -= os.write(fd, noise[:left])
    finally:
        os.close(fd)


def warm(root: Path) -> None:
    """Read everything once, so that every rival finds it in the page cache."""
    buffer = bytearray(_BLOCK)
    for at, _, names in os.walk(root):
        for name in names:
            with open(os.path.join(at, name), "rb", buffering=0) as file:
                while file.readinto(buffer):
                    pass


_LEFT_FOLDERS = {".qc", "ascmhl"}
_LEFT_FILES = {".qc.hashcache.json", ".chkbit"}


def forget(root: Path) -> None:
    """Take away what the tool and its rivals left in a tree: the next run is a first one again.

    It is moved aside: ext4 looks for inodes around those that were just freed, one by one, and
    would charge the next run for that.
    """
    trash = root.parent / "trash"
    trash.mkdir(exist_ok=True)
    for at, folders, names in os.walk(root):
        left = _LEFT_FOLDERS.intersection(folders)
        folders[:] = [name for name in folders if name not in left]
        for name in (*left, *_LEFT_FILES.intersection(names)):
            os.rename(os.path.join(at, name), trash / f"{os.urandom(8).hex()}")
