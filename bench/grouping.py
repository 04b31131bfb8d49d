"""The grouping of names, beside fileseq.

Each rival is a process that times its grouping itself: whole processes would mostly show how long
Python takes to start and to make a million names, which is no part of either.
"""

import importlib.util
import sys
from pathlib import Path

from .rounds import Runner
from .targets import MissingError

_SCRIPT = str(Path(__file__).with_name("group.py"))


def rivals(kind: str, count: int, where: Path) -> list[Runner]:
    """Return the rivals on names of one kind (see `group.names`)."""
    del where
    if importlib.util.find_spec("fileseq") is None:
        raise MissingError("fileseq is not installed (pip install Fileseq)")
    named = {"group_frames": "ours", "group_frames, in no order": "shuffled", "fileseq": "fileseq"}
    return [
        Runner(name, (sys.executable, "-P", _SCRIPT, rival, kind, str(count)), times_itself=True)
        for name, rival in named.items()
    ]
