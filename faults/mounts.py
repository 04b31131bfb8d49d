"""Small file systems to be filled, cut off or made read-only; all of them are unmounted again."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from .commands import needed
from .rows import MissingError

_MKFS = {
    # No blocks for root alone, none reserved to grow: full is full.
    "ext4": ("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "nodiscard,lazy_itable_init=0"),
    "xfs": ("mkfs.xfs", "-q", "-f", "-K"),
}
_LEAST_MEGABYTES = {"ext4": 8, "xfs": 300}
_UNMOUNT_TRIES = 50


def make_image(
    path: Path, kind: str, *options: str, megabytes: int = 0, solid: bool = False
) -> Path:
    """Make an image of a file system; a `solid` one has all of its blocks from the beginning.

    Raises:
        MissingError: this machine cannot make one.
    """
    size = f"{max(megabytes, _LEAST_MEGABYTES[kind])}M"
    _do("fallocate" if solid else "truncate", "-l" if solid else "-s", size, str(path))
    _do(*_MKFS[kind], *options, str(path))
    return path


@contextmanager
def mounted(what: Path | str, at: Path, *options: str) -> Iterator[Path]:
    """Mount an image, or whatever `options` say; it is unmounted however the block ends.

    Raises:
        MissingError: this machine does not let us.
    """
    at.mkdir(parents=True, exist_ok=True)
    _do("mount", *(options or ("-o", "loop")), str(what), str(at))
    try:
        yield at
    finally:
        unmount(at)


def tmpfs(at: Path, options: str) -> AbstractContextManager[Path]:
    """Mount a file system in memory."""
    return mounted("none", at, "-t", "tmpfs", "-o", options)


def unmount(at: Path) -> None:
    """Unmount; one that stays in use is at least gone from the tree."""
    for _ in range(_UNMOUNT_TRIES):
        if subprocess.run(["umount", at], capture_output=True, check=False).returncode == 0:
            return
        time.sleep(0.1)
    subprocess.run(["umount", "-l", at], check=True)


def _do(program: str, *args: str) -> None:
    done = subprocess.run(
        [needed(program), *args], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise MissingError(f"{program} does not work here: {done.stderr.strip()[-200:]}")
