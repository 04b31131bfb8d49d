"""Thousands of frames a second: nearly as fast as writing any bytes at all.

`python -m bench --only fake` takes the time; here calls are counted, which no machine changes.
"""

import re
import shutil
from pathlib import Path

import pytest

from support import Tool

FEW, MANY = 50, 250
# `open`, `write`, `close`; and what holds signals back meanwhile, and lets them come again.
CALLS_A_FRAME = 5


def test_a_frame_costs_hardly_more_calls_than_a_file(fake: Tool, tmp_path: Path) -> None:
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("there is no strace here")
    log = tmp_path / "calls"
    counts = []
    for number in (FEW, MANY):
        prefix = (strace, "-f", "-qq", "-o", str(log))
        out = tmp_path / f"{number}"
        fake.run("--out", out, "--base", "plate", "--frames", number, prefix=prefix)
        counts.append(len(re.findall(r"^\d+ +(?!mmap|munmap|brk)\w+\(", log.read_text(), re.M)))
    few, many = counts
    assert (many - few) / (MANY - FEW) <= CALLS_A_FRAME + 0.2
