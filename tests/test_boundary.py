"""What ends a command beside its work: no memory, and signals that come late."""

import subprocess
import sys
from pathlib import Path

from faults import raising

from support import Tool, finish, make_frames, sidecars


def test_a_run_without_memory_says_so_in_few_words(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    prefix = (sys.executable, raising.__file__, "memory", "200")
    done = qc.run(shot, status=1, prefix=prefix)
    assert raising.STRUCK in done.err
    assert done.last_line == "qc-crawl: exit 1: out of memory; what is done is kept"
    qc.run(shot)
    assert len(sidecars(shot)) == 1


# So little memory that writing the last line ends with an error, when it is written.
SHORT = """
import sys
from qc_asset_crawler.cli import crawl
from qc_asset_crawler.shims import qc_crawl
class Stderr:
    def write(self, text):
        sys.__stderr__.write(text)
        raise MemoryError
    def flush(self):
        sys.__stderr__.flush()
def main(*_):
    sys.stderr = Stderr()
    raise MemoryError
crawl.main = main
sys.exit(qc_crawl())
"""


def test_without_memory_for_the_last_line_there_is_no_traceback_either(qc: Tool) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SHORT], env=qc.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert finish(process, 1).err == "qc-crawl: exit 1: out of memory; what is done is kept"


# A Ctrl-C while the interpreter ends its threads, which is after the work.
LATE = """
import os, signal, sys, threading
from qc_asset_crawler.shims import qc_crawl
threading._register_atexit(lambda: os.kill(os.getpid(), signal.SIGINT))
sys.exit(qc_crawl())
"""


def test_a_signal_after_the_work_changes_nothing(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    process = subprocess.Popen(
        [sys.executable, "-c", LATE, shot],
        env=qc.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert finish(process, 0).err == ""
    assert len(sidecars(shot)) == 1
