"""Without the blake3 module: another hash, one warning, and no verdict lost on the way."""

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faults.stock import listing

import qc_asset_crawler
from support import (
    Done,
    Tool,
    finish,
    make_file,
    make_frames,
    only_sidecar,
    rewrite,
    said,
    sidecars,
)

PASS = ("--result", "pass", "--operator", "anna", "--yes")


@dataclass(frozen=True)
class Bare:
    """The same tool in an environment that has no package but the standard library."""

    tool: Tool
    python: Path

    def run(self, *args: str | Path, status: int = 0) -> Done:
        code = "import sys; from qc_asset_crawler.shims import qc_crawl; sys.exit(qc_crawl())"
        process = subprocess.Popen(
            [self.python, "-c", code, *map(str, args)],
            env={**self.tool.env, "PYTHONPATH": source()},
            cwd=self.tool.cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        return finish(process, status)


def source() -> str:
    """Return the folder that holds the package."""
    return str(Path(qc_asset_crawler.__file__).parent.parent)


@pytest.fixture(scope="module")
def bare(qc: Tool, tmp_path_factory: pytest.TempPathFactory) -> Bare:
    place = tmp_path_factory.mktemp("bare") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", place], check=True)
    python = place / "bin" / "python"
    packages = Path(source())
    if any((packages / name).exists() for name in ("blake3", "dotenv", "requests")):
        pytest.skip("the package is not in a folder of its own")
    for module in ("blake3", "dotenv", "requests"):
        probe = [python, "-c", f"import {module}"]
        failed = subprocess.run(
            probe, env={"PYTHONPATH": source()}, capture_output=True, check=False
        )
        assert failed.returncode, f"{module} is importable: this would prove nothing"
    return Bare(qc, python)


def sha256(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_without_blake3_hashes_are_sha256_with_one_warning(bare: Bare, shot: Path) -> None:
    movie = make_file(shot / "cut.mov")
    frames = make_frames(shot)
    done = bare.run(shot)
    assert len(done.err.splitlines()) == 1
    assert "blake3" in done.err
    both = sidecars(shot)
    assert both["cut.mov"]["content_hash"] == sha256(movie)
    lines = "".join(f"{f.name}\0{f.stat().st_size}\0{sha256(f)}\n" for f in frames)
    expected = hashlib.sha256(lines.encode()).hexdigest()
    assert both["plate.%04d.exr"]["content_hash"] == f"sha256:{expected}"


def test_without_blake3_a_second_run_writes_nothing(bare: Bare, shot: Path) -> None:
    make_frames(shot)
    bare.run(shot)
    before = listing(shot)
    assert "no media was read" in bare.run(shot).out
    assert listing(shot) == before


def test_with_blake3_again_what_is_unchanged_keeps_its_hash(
    qc: Tool, bare: Bare, shot: Path
) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    bare.run(*PASS, shot)
    before = listing(shot)
    qc.run(shot)
    assert listing(shot) == before


def test_with_blake3_again_touched_media_is_judged_by_the_recorded_algorithm(
    qc: Tool, bare: Bare, shot: Path
) -> None:
    movie = make_file(shot / "cut.mov")
    bare.run(*PASS, shot)
    movie.touch()
    qc.run(shot)
    sidecar = only_sidecar(shot)
    assert sidecar["qc_result"] == "pass"
    assert sidecar["content_hash"] == sha256(movie)


def test_with_blake3_again_changed_media_becomes_blake3(qc: Tool, bare: Bare, shot: Path) -> None:
    movie = make_file(shot / "cut.mov")
    frames = make_frames(shot)
    bare.run(*PASS, shot)
    rewrite(movie)
    rewrite(frames[0])
    qc.run(shot)
    for sidecar in sidecars(shot).values():
        assert sidecar["content_hash"].startswith("blake3:")
        assert sidecar["prev_content_hash"].startswith("sha256:")
        assert sidecar["content_state"] == "modified"
        assert said(sidecar) == [("pass", "anna")]


@pytest.mark.parametrize("kind", ["cut.mov", "plate.%04d.exr"])
def test_blake3_that_cannot_be_computed_counts_as_modified_and_says_so(
    qc: Tool, bare: Bare, shot: Path, kind: str
) -> None:
    touched = make_file(shot / kind) if kind == "cut.mov" else make_frames(shot)[0]
    qc.run(*PASS, shot)
    before = only_sidecar(shot)
    touched.touch()
    done = bare.run(shot)
    after: dict[str, Any] = only_sidecar(shot)
    assert (after["qc_result"], after["content_state"]) == ("pending", "modified")
    assert after["content_hash"].startswith("sha256:")
    assert after["prev_content_hash"] == before["content_hash"]
    assert after["verdicts"] == before["verdicts"]
    assert "blake3" in done.out
    assert "cannot be computed" in done.out


def test_blake3_that_cannot_be_computed_is_kept_where_nothing_changed(
    qc: Tool, bare: Bare, shot: Path
) -> None:
    make_frames(shot)
    qc.run(*PASS, shot)
    before = listing(shot)
    bare.run(shot)
    assert listing(shot) == before


def test_without_dotenv_there_is_still_help(bare: Bare) -> None:
    assert "exit status" in bare.run("--help").out


def test_without_dotenv_a_configuration_file_is_one_clear_line(bare: Bare, shot: Path) -> None:
    make_frames(shot)
    path = shot.parent / "studio.env"
    path.write_text("QC_POLICY_VERSION=1\n")
    done = bare.run("--env-file", path, shot, status=2)
    assert len(done.err.splitlines()) == 1
    assert "dotenv" in done.err
