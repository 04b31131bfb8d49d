"""The list of folders that `--dirs-from` names."""

import sys

from ..errors import UsageError
from ..text import show


def read_list(path: str) -> bytes:
    """Read a list; `-` is stdin.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        if path == "-":
            return sys.stdin.buffer.read() if sys.stdin else b""
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        why = error.strerror or "input/output error"
        raise UsageError(f"--dirs-from: cannot read {show(path)}: {why}") from None
