"""Run a command for which the Nth read of a file never comes back.

As `python holding.py FILE N COMMAND …`. The thread waits in the system, where only a signal that
kills gets it out: as for a file server that is gone.
"""

import os
import runpy
import sys
from collections.abc import Sequence
from itertools import count

_readv = os.readv


def _hold(path: str, number: int) -> None:
    calls = count(1)
    nothing, _ = os.pipe()

    def readv(fd: int, buffers: Sequence[memoryview]) -> int:
        if os.readlink(f"/proc/self/fd/{fd}") == path and next(calls) == number:
            os.read(nothing, 1)
        return _readv(fd, buffers)

    os.readv = readv  # type: ignore[assignment]  # as the tool calls it


if __name__ == "__main__":
    _hold(sys.argv[1], int(sys.argv[2]))
    del sys.argv[:3]
    sys.path[0] = os.path.dirname(sys.argv[0])
    runpy.run_path(sys.argv[0], run_name="__main__")
