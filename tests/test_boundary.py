"""What ends a command beside its work: no memory, and signals that come late."""

import sys
from pathlib import Path

from faults import raising

from support import Tool, make_frames, sidecars


def test_a_run_without_memory_says_so_in_few_words(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    prefix = (sys.executable, raising.__file__, "memory", "200")
    done = qc.run(shot, status=1, prefix=prefix)
    assert raising.STRUCK in done.err
    assert done.last_line == "qc-crawl: exit 1: out of memory; what is done is kept"
    qc.run(shot)
    assert len(sidecars(shot)) == 1
