"""The installed commands, forked from a process that has started Python and imported them.

To start Python and to import the package is most of what a short run costs. A fork has that behind
it, and is as much a process of its own as a command that is started: with its own arguments,
directory, environment, streams and status. What comes before a command's first line is left out.
"""

import atexit
import gc
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import distribution
from pathlib import Path
from pkgutil import walk_packages

Command = Callable[[], int]
# It is run as a script of its own, and imports what most runs never do.
_NEVER_IMPORTED = "qc_asset_crawler.decoding.worker"
# Variables that Python and the C library read when they start.
_READ_AT_START = ("LANG", "LC_", "LD_", "PYTHON", "TZ")


class Nursery:
    """Runs commands, one at a time; closing it ends the process they are forked from."""

    def __init__(self, env: Mapping[str, str], folder: Path) -> None:
        """Start the process in an environment; what a command writes goes through the folder."""
        self._env = env
        self._out, self._err = folder / "out", folder / "err"
        self._process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-P", __file__],
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # to end it together with a command that hangs
        )

    def suits(self, env: Mapping[str, str]) -> bool:
        """Tell whether a command in this environment would have started in the same way."""
        names = {name for name in {*env, *self._env} if name.startswith(_READ_AT_START)}
        return all(env.get(name) == self._env.get(name) for name in names)

    def run(
        self, words: list[str], env: Mapping[str, str], cwd: Path, umask: int, seconds: float
    ) -> tuple[int, bytes, bytes]:
        """Run a command to its end; return its status, and what it wrote to stdout and stderr.

        Raises:
            TimeoutExpired: it took longer, and was killed.
        """
        streams = [os.devnull, os.fspath(self._out), os.fspath(self._err)]
        order = json.dumps([words, dict(env), os.fspath(cwd), umask, streams])
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(order.encode() + b"\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], seconds)[0]:
            os.killpg(self._process.pid, signal.SIGKILL)
            self.close()
            self._process = self._start()
            raise subprocess.TimeoutExpired(words, seconds)
        status = int(self._process.stdout.readline())
        return status, self._out.read_bytes(), self._err.read_bytes()

    def close(self) -> None:
        """End the process."""
        with self._process as process:
            assert process.stdin
            process.stdin.close()


def _main() -> None:
    """Serve, and be each of the commands; at the very end, leave without taking Python apart.

    That would touch, and so copy, every page that a fork shares.
    """
    status = 1

    def leave() -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)

    atexit.register(leave)  # before all others, to be called after them
    try:
        status = _serve()()
    except SystemExit as ending:
        status = int(ending.code or 0)


def _serve() -> Command:
    """Fork a process for each order, and return the command in it; return nothing to do last."""
    commands = _commands()
    gc.freeze()  # its marks would touch every page too
    for line in sys.stdin:
        words, env, cwd, umask, streams = json.loads(line)
        pid = os.fork()
        if not pid:
            _become(words, env, cwd, umask, streams)
            return commands[Path(words[0]).name]
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
    return lambda: 0


def _commands() -> dict[str, Command]:
    """Import all of the package, and return the commands that it installs."""
    package = import_module("qc_asset_crawler")
    for module in walk_packages(package.__path__, f"{package.__name__}."):
        if module.name != _NEVER_IMPORTED:
            import_module(module.name)
    scripts = distribution("qc-asset-crawler").entry_points.select(group="console_scripts")
    return {script.name: script.load() for script in scripts}


def _become(
    words: list[str], env: dict[str, str], cwd: str, umask: int, streams: list[str]
) -> None:
    """Make of this process what it would be if it had been started so."""
    for number, path in enumerate(streams):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC if number else os.O_RDONLY)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = words
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    if umask >= 0:
        os.umask(umask)


if __name__ == "__main__":
    _main()
