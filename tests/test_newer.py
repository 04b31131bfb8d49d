"""Sidecars of a newer major schema: read by nobody here, and nobody writes beside them."""

import json
from pathlib import Path

import pytest
from faults.stock import listing

from support import Tool, load, make_file, make_frames, sidecar_paths

PASS = ("--result", "pass", "--operator", "anna", "--yes")
RUNS = [(), PASS]


def make_newer(folder: Path) -> None:
    """Turn the one sidecar of a folder into one of the next major schema."""
    (path,) = sidecar_paths(folder)
    path.write_text(json.dumps({**load(path), "schema_version": "2.0.0"}))


@pytest.mark.parametrize("run", RUNS, ids=["nightly", "signing"])
@pytest.mark.parametrize(("pad", "whole"), [(3, False), (6, False), (6, True)])
def test_a_newer_sidecar_of_another_padding_is_named(
    qc: Tool, shot: Path, pad: int, run: tuple[str, ...], whole: bool
) -> None:
    frames = make_frames(shot, frames=range(1, 6))
    qc.run(shot)
    for number, frame in enumerate(frames, 1):
        frame.rename(shot / f"plate.{number:0{pad}d}.exr")
    make_newer(shot)
    before = listing(shot)
    root = shot if whole else shot / f"plate.%0{pad}d.exr"
    done = qc.run(*run, root, status=3)
    assert done.last_line == "qc-crawl: exit 3: newer-sidecar=1"
    assert "qc.sequence.json" in done.err
    assert listing(shot) == before


@pytest.mark.parametrize("run", RUNS, ids=["nightly", "signing"])
@pytest.mark.parametrize("mode", ["subdir", "dot"])
@pytest.mark.parametrize("whole", [True, False], ids=["the folder", "the file"])
def test_a_newer_sidecar_with_a_shortened_name_blocks_its_file(
    qc: Tool, shot: Path, run: tuple[str, ...], mode: str, whole: bool
) -> None:
    movie = make_file(shot / ("x" * 250 + ".mov"))
    qc.run("--sidecar-mode", mode, shot)
    make_newer(shot)
    before = listing(shot)
    done = qc.run(*run, shot if whole else movie, status=3)
    assert done.last_line == "qc-crawl: exit 3: newer-sidecar=1"
    assert listing(shot) == before
