"""A file system whose stamps are whole seconds."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .commands import needed
from .rows import MissingError

_BYTES = 320 << 20
_SECOND = 1_000_000_000


@contextmanager
def coarse(where: Path) -> Iterator[Path]:
    """Mount a small ext4 whose inodes have no room for parts of a second.

    Raises:
        MissingError: this machine cannot.
    """
    image, mounted = where / "image", where / "coarse"
    mounted.mkdir()
    with image.open("wb") as file:
        file.truncate(_BYTES)
    _do("mkfs.ext4", "-q", "-F", "-I", "128", image)
    _do("mount", "-o", "loop", image, mounted)
    try:
        if os.stat(mounted).st_mtime_ns % _SECOND:
            raise MissingError("mkfs.ext4 -I 128 makes no whole seconds here")
        yield mounted
    finally:
        if subprocess.run([needed("umount"), mounted], check=False).returncode:
            subprocess.run([needed("umount"), "-l", mounted], check=False)
        image.unlink()


def _do(program: str, *args: str | Path) -> None:
    done = subprocess.run([needed(program), *args], capture_output=True, check=False)
    if done.returncode:
        raise MissingError(f"{program}: {done.stderr.decode(errors='replace').strip()}")
