"""Run a command for which the Nth call of a kind on a path never comes back.

As `python holding.py CALL PATH N COMMAND …`; with N = 0, every such call below the path. The thread
waits in the system, where only a signal that kills gets it out: as for a file server that is gone.
"""

import os
import runpy
import sys
from collections.abc import Callable
from itertools import count
from typing import Any


def _path_of(fd: int) -> str:
    return os.readlink(f"/proc/self/fd/{fd}")


def _path_in(dir_fd: int | None, name: str) -> str:
    return name if dir_fd is None else os.path.join(_path_of(dir_fd), name)


# The calls that can be held, as the tool makes them, and what tells the path that each is about.
_PATHS: dict[str, Callable[..., str]] = {
    "readv": lambda fd, *_: _path_of(fd),
    "scandir": _path_of,
    "open": lambda name, *_, dir_fd=None, **__: _path_in(dir_fd, name),
    "stat": lambda name, *_, dir_fd=None, **__: _path_in(dir_fd, name),
}


def _hold(call: str, path: str, number: int) -> None:
    original = getattr(os, call)
    calls = count(1)
    nothing, _ = os.pipe()

    def held(*args: Any, **named: Any) -> Any:
        about = _PATHS[call](*args, **named)
        if about.startswith(f"{path}/") if not number else about == path and next(calls) == number:
            os.read(nothing, 1)
        return original(*args, **named)

    setattr(os, call, held)


if __name__ == "__main__":
    _hold(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    del sys.argv[:4]
    sys.path[0] = os.path.dirname(sys.argv[0])
    runpy.run_path(sys.argv[0], run_name="__main__")
