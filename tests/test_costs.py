"""What a frame costs, counted in system calls: that does not depend on the machine."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from support import Tool, make_frames

FEW, MANY = 100, 400
# Of a new frame: lstat to find out; open, fstat, read, fstat, lstat, close to hash it.
COLD, WARM = 7, 1
CALL = re.compile(r"(?:\d+ +)?(\w+)\(")


@pytest.fixture
def traced(qc: Tool, tmp_path: Path) -> "Traced":
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("there is no strace here")
    return Traced(qc, strace, tmp_path / "calls")


class Traced:
    """Runs the command under strace, and counts its system calls."""

    def __init__(self, qc: Tool, strace: str, log: Path) -> None:
        self._qc = qc
        self._log = log
        self._prefix = (strace, "-f", "--seccomp-bpf", "-qq", "-o", str(log), "-e")

    def calls(self, root: Path) -> Counter[str]:
        """Crawl a folder, and count the calls that a file could cost."""
        kinds = "trace=openat,read,readv,pread64,close,fstat,newfstatat,statx,getdents64"
        self._qc.run(root, prefix=(*self._prefix, kinds))
        lines = self._log.read_text(errors="replace").splitlines()
        matches = map(CALL.match, lines)
        return Counter(match[1] for match in matches if match)


def test_a_new_frame_costs_few_calls_and_an_unchanged_one_a_single_stat(
    traced: Traced, tmp_path: Path
) -> None:
    for name, count in (("few", FEW), ("many", MANY)):
        make_frames(tmp_path / name, frames=range(1, count + 1))
    cold = {name: traced.calls(tmp_path / name).total() for name in ("few", "many")}
    assert (cold["many"] - cold["few"]) / (MANY - FEW) <= COLD + 0.2
    warm = {name: traced.calls(tmp_path / name) for name in ("few", "many")}
    more = warm["many"] - warm["few"]
    assert more.total() / (MANY - FEW) <= WARM + 0.1
    assert more["openat"] <= 2
