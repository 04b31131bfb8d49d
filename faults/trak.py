"""A Trak of the row's own, on this machine, that answers as agreed."""

import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .checks import misbehaved
from .commands import crawl
from .rows import MissingError

_CHECKOUT = Path(__file__).parent.parent
_KEY, _URL = "demo-key", "export TRAK_BASE_URL="
_BREACH = "breach of the contract"
_SECONDS = 20


class Trak(NamedTuple):
    """Where it is, as an environment tells our commands, and what it took down."""

    env: Mapping[str, str]
    log: Path

    def breaches(self) -> Iterator[str]:
        """Name what it was asked or told that was not as agreed."""
        yield from (line for line in self.log.read_text("utf-8").splitlines() if _BREACH in line)

    def deliver(self, root: Path) -> Iterator[str]:
        """Deliver what waits below a folder; say what still does."""
        yield from misbehaved(crawl("--deliver", root, env=self.env), frozenset({0}))


@contextmanager
def stand_in(log: Path) -> Iterator[Trak]:
    """Have a Trak for the time of the block.

    Raises:
        MissingError: it does not start.
    """
    command = [sys.executable, "-u", "-m", "tests.trak_server", "--port", "0", "--key", _KEY]
    with log.open("wb") as out:
        server = subprocess.Popen(command, cwd=_CHECKOUT, stdout=out, stderr=out)
    try:
        env = {"TRAK_BASE_URL": _url(server, log), "TRAK_ASSET_TRACKER_API_KEY": _KEY}
        yield Trak(env, log)
    finally:
        server.terminate()
        server.wait()


def _url(server: subprocess.Popen[bytes], log: Path) -> str:
    until = time.monotonic() + _SECONDS
    while server.poll() is None and time.monotonic() < until:
        line, ended, _ = log.read_text("utf-8").partition("\n")
        if ended and line.startswith(_URL):
            return line.removeprefix(_URL)
        time.sleep(0.02)
    raise MissingError(f"the stand-in for Trak does not start: {log.read_text('utf-8')[-200:]}")
