"""Thousands of frames a second: nearly as fast as writing any bytes at all."""

import os
import shutil
import statistics
import time
from pathlib import Path

import pytest

from support import Tool

COUNT = 10_000
PAIRS = 5


def bare_loop(folder: Path, data: bytes) -> float:
    folder.mkdir()
    os.sync()
    started = time.perf_counter()
    for number in range(1001, 1001 + COUNT):
        with open(f"{folder}/plate.{number:04d}.exr", "wb") as file:
            file.write(data)
    return time.perf_counter() - started


def made(fake: Tool, folder: Path, count: int) -> float:
    os.sync()
    started = time.perf_counter()
    fake.run("--out", folder, "--base", "plate", "--frames", count)
    return time.perf_counter() - started


@pytest.mark.slow
def test_ten_thousand_frames_take_little_longer_than_a_bare_loop(
    fake: Tool, tmp_path: Path
) -> None:
    start = min(made(fake, tmp_path / f"one{at}", 1) for at in range(3))
    data = (tmp_path / "one0" / "plate.1001.exr").read_bytes()
    loops, commands = [], []
    for at in range(PAIRS):
        steps = [
            lambda: loops.append(bare_loop(tmp_path / "bare", data)),
            lambda: commands.append(made(fake, tmp_path / "ours", COUNT)),
        ]
        # Whoever comes second may find a disk that is still busy with the first.
        for step in steps if at % 2 else reversed(steps):
            step()
        shutil.rmtree(tmp_path / "bare")
        shutil.rmtree(tmp_path / "ours")
    loop, command = statistics.median(loops), statistics.median(commands)
    print(f"bare loop {loop:.2f} s, make-fake-seq {command:.2f} s, of which {start:.2f} s to start")
    assert command - start < 1.5 * loop
    assert COUNT / command > 1000
