"""Disks that lose power.

Either the file system itself is shut down, without its log; then all it had sent to the disk is
there. Or the one below it is, in which its disk is a file: then the disk had a cache, and all is
gone that was sent and not flushed.
"""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .commands import needed
from .mounts import make_image, mounted


class Disk(NamedTuple):
    """A file system in an image; `below` holds the image where the disk has a cache."""

    kind: str
    image: Path
    at: Path
    below: tuple[Path, Path] | None

    @property
    def shown(self) -> str:
        """What it is, in words."""
        return f"{self.kind}{', disk with a cache' if self.below else ''}"

    @property
    def root(self) -> Path:
        """Where the tree is, while the disk is on."""
        return self.at / "show"

    @contextmanager
    def on(self) -> Iterator[None]:
        """Have it mounted: it comes back as after a cut."""
        if self.below is None:
            with mounted(self.image, self.at):
                yield
        else:
            with mounted(*self.below), mounted(self.image, self.at):
                yield

    def discard(self) -> None:
        """Give back the room its image takes."""
        (self.below[0] if self.below else self.image).unlink()

    def cut(self) -> None:
        """Cut the power."""
        at = self.below[1] if self.below else self.at
        subprocess.run([needed("xfs_io"), "-x", "-c", "shutdown", at], check=True)


def make_disk(where: Path, kind: str, *, cached: bool) -> Disk:
    """Make one of a kind, empty.

    Raises:
        MissingError: this machine cannot.
    """
    name = f"{kind}-{cached}"
    if not cached:
        return Disk(kind, make_image(where / f"{name}.img", kind), where / name, None)
    below = make_image(where / f"{name}.img", "xfs", megabytes=800), where / f"{name}-below"
    with mounted(*below):
        image = make_image(below[1] / "image", kind, solid=True, megabytes=32)
    return Disk(kind, image, where / name, below)
