"""Run a command whose threads raise an error at the Nth call that they make or are called by.

As `python raising.py KIND N COMMAND …`. It says on stderr when it has struck.
"""

import errno
import os
import runpy
import sys
import threading
from itertools import count
from types import FrameType
from typing import Any

STRUCK = "raised on purpose"
_HERE = f"{os.sep}qc_asset_crawler{os.sep}"
_calls = count(1)


def error_of(kind: str) -> Exception:
    """Make the error of a kind: the name of an error number, or `memory`, or `bug`."""
    if kind == "memory":
        return MemoryError()
    if kind == "bug":
        return RuntimeError(STRUCK)
    number = getattr(errno, kind)
    return OSError(number, os.strerror(number))


def _raise_at(kind: str, number: int) -> None:
    error = error_of(kind)

    def look(frame: FrameType, event: str, arg: Any) -> None:
        del arg
        if event not in {"call", "c_call"} or _HERE not in frame.f_code.co_filename:
            return
        if next(_calls) == number:
            os.write(2, f"{STRUCK}: {kind} in {frame.f_code.co_qualname}\n".encode())
            raise error

    threading.setprofile(look)


if __name__ == "__main__":
    _raise_at(sys.argv[1], int(sys.argv[2]))
    del sys.argv[:3]
    sys.path[0] = os.path.dirname(sys.argv[0])
    runpy.run_path(sys.argv[0], run_name="__main__")
