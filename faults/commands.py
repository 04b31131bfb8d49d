"""The installed commands, each run in an environment in which nothing is configured."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from .rows import MissingError

SECONDS = 120
_MODES = ("inline", "dot", "subdir")
Json = dict[str, Any]
Process = subprocess.Popen[bytes]


class Done(NamedTuple):
    """A command that has ended; `status` is negative where a signal ended it."""

    status: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The last line on stderr."""
        return self.err.splitlines()[-1] if self.err else ""


def installed(name: str) -> str:
    """Return where an installed command of ours is, beside the running interpreter.

    Raises:
        MissingError: it is not installed.
    """
    beside = os.path.dirname(sys.executable)
    return needed(name, path=beside)


def needed(program: str, path: str | None = None) -> str:
    """Return where a program is.

    Raises:
        MissingError: it is not on this machine.
    """
    where = path or os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))
    found = shutil.which(program, path=where)
    if found is None:
        raise MissingError(f"{program} is not installed")
    return found


def let_commands_hang_up() -> None:
    """Undo, for what is started from here on, that SIGHUP is ignored, as under `nohup`.

    A handler is not inherited, as ignoring is: for the commands it is the default again.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda number, frame: None)


def start(
    command: str,
    *args: str | Path,
    prefix: Iterable[str] = (),
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    terminal: int | None = None,
) -> Process:
    """Start one of our commands, and leave it running; with `terminal`, on that."""
    return subprocess.Popen(
        [*prefix, installed(command), *map(str, args)],
        env={**_nothing_configured(), **(env or {})},
        cwd=cwd or "/",
        stdin=subprocess.DEVNULL if terminal is None else terminal,
        stdout=subprocess.PIPE if terminal is None else terminal,
        stderr=subprocess.PIPE if terminal is None else terminal,
    )


def _nothing_configured() -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "USER": "tester",
        "LANG": "C.UTF-8",
    }


def finish(process: Process, seconds: float = SECONDS) -> Done:
    """Wait for a command; one that hangs is killed, and its status says so."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
        err = (err or b"") + f"\nkilled: it had not ended after {seconds:g} s".encode()
    return Done(process.returncode, _text(out), _text(err))


def _text(written: bytes | None) -> str:
    return (written or b"").decode("utf-8", "replace")


def run(command: str, *args: str | Path, seconds: float = SECONDS, **how: Any) -> Done:
    """Run one of our commands to its end."""
    return finish(start(command, *args, **how), seconds)


def crawl(*args: str | Path, **how: Any) -> Done:
    """Run `qc-crawl` to its end."""
    return run("qc-crawl", *args, **how)


def seconds_of_a_crawl(root: Path) -> float:
    """Crawl a tree, and return how long it took."""
    started = time.monotonic()
    crawl(root)
    return time.monotonic() - started


def moved(random: Random) -> tuple[str, str]:
    """Return the arguments of a run that moves the sidecars to some place."""
    return ("--sidecar-mode", random.choice(_MODES))


def signed(who: str, note: str, result: str = "pass") -> tuple[str, ...]:
    """Return the arguments of an operator run that says of each asset when it is signed."""
    return ("--operator", who, "--result", result, "--note", note, "--yes", "--json-lines")
