"""The same tree seen through two `sshfs` mounts, as from two workstations."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from .commands import needed
from .races import Views, race
from .rows import Attempt, MissingError, Row

_SERVERS = "/usr/lib/openssh:/usr/lib/ssh:/usr/libexec/openssh:/usr/libexec"
_SECONDS = 10
_MOUNTS = 2


def _races(made: Attempt) -> None:
    root = made.where / "show"
    root.mkdir()
    with ExitStack() as mounts:
        seen = [
            mounts.enter_context(mounted(root, made.where / f"seen{number}"))
            for number in range(_MOUNTS)
        ]
        # For some seconds a mount shows media as it was: then somebody is told to try again.
        race(made, Views(root, seen, frozenset({0, 3})))


@contextmanager
def mounted(folder: Path, at: Path) -> Iterator[Path]:
    """Mount a folder with sshfs as it comes, its server at the other end of two pipes.

    Raises:
        MissingError: this machine cannot.
    """
    server, client = needed("sftp-server", path=_SERVERS), needed("sshfs")
    at.mkdir()
    asked, answered = os.pipe(), os.pipe()
    with (
        subprocess.Popen([server], stdin=asked[0], stdout=answered[1]) as serving,
        subprocess.Popen(
            [client, "-f", "-o", "passive", f":{folder}", at],
            stdin=answered[0],
            stdout=asked[1],
            stderr=subprocess.DEVNULL,
        ) as mounting,
    ):
        for end in (*asked, *answered):
            os.close(end)
        try:
            _wait_for(at, mounting)
            yield at
        finally:
            if os.path.ismount(at):
                subprocess.run([needed("fusermount3"), "-u", "-z", at], check=False)
            else:
                mounting.terminate()
            _end(mounting)
            _end(serving)


def _wait_for(at: Path, mounting: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _SECONDS
    while not os.path.ismount(at):
        if mounting.poll() is not None or time.monotonic() > until:
            raise MissingError("sshfs cannot mount here")
        time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()


ROWS = (Row("several runs through two sshfs mounts", (1, 2), _races, short=300, long=5_000),)
