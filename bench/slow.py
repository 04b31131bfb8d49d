"""Crawls of storage with latency: a FUSE pass-through that answers each open and stat late."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from .crawls import crawl
from .rounds import Runner
from .targets import MissingError
from .trees import Tree, forget, make

_SOURCE = Path(__file__).with_name("slow.c")
_MILLISECONDS = 2
_MOUNT_SECONDS = 10.0
_RUN_SECONDS = 600.0
MOUNT = "slow"
SAYS = f"{_MILLISECONDS} ms each open and stat"


@contextmanager
def mounted(tree: Tree, where: Path) -> Iterator[None]:
    """Show a tree through slow storage, at a folder beside it, while the context lasts.

    Raises:
        MissingError: it cannot be compiled or mounted here.
    """
    program, at = compiled(where), where / MOUNT
    root = make(tree, where)
    at.mkdir(exist_ok=True)
    command = (str(program), str(root), str(_MILLISECONDS), str(at))
    # In a session of its own: Ctrl-C is for the benchmark, which then unmounts.
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        try:
            _wait_for(at, process)
            yield
        finally:
            process.terminate()
            _unmount(at, process)


def compiled(where: Path) -> Path:
    """Compile the file system.

    Raises:
        MissingError: something is missing for that.
    """
    for needed in ("gcc", "pkg-config", "fusermount3"):
        if shutil.which(needed) is None:
            raise MissingError(
                f"{needed} is not installed (apt-get install gcc libfuse3-dev fuse3)"
            )
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise MissingError("/dev/fuse cannot be used here")
    flags = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "fuse3"], capture_output=True, text=True, check=False
    )
    if flags.returncode:
        raise MissingError("libfuse3 is not installed (apt-get install libfuse3-dev)")
    program = where / "slow-storage"
    subprocess.run(
        ["gcc", "-O2", "-pthread", str(_SOURCE), "-o", str(program), *flags.stdout.split()],
        check=True,
    )
    return program


def _wait_for(at: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _MOUNT_SECONDS
    while not at.is_mount():
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            said = process.communicate()[1].decode(errors="replace").strip()
            raise MissingError(f"FUSE does not mount here: {said or 'no reason given'}")
        time.sleep(0.05)


def _unmount(at: Path, process: subprocess.Popen[bytes]) -> None:
    """Unmount what is still mounted, even if something is using it."""
    try:
        process.wait(_MOUNT_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
    if at.is_mount():
        subprocess.run(["fusermount3", "-u", "-z", str(at)], check=False)


def rivals(tree: Tree, where: Path) -> list[Runner]:
    """First crawls of the slow storage with 32 threads and with one."""
    clean = partial(forget, where / tree.name)
    return [
        Runner(
            f"--workers {many}",
            crawl("--workers", many, str(where / MOUNT)),
            clean,
            most_seconds=_RUN_SECONDS,
        )
        for many in ("32", "1")
    ]
