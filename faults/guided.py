"""Sidecars, caches and media by a fuzzer that watches which branches of the code they reach."""

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from .checks import CACHE, sidecar_paths
from .commands import crawl, signed
from .rows import Attempt, MissingError, Row
from .trees import make_tree

_SECONDS_AT_MOST = 3600
_DONE = re.compile(r"^Done ([0-9]+) runs", re.MULTILINE)
_COVERED = re.compile(r"\bcov: ([0-9]+)")
_LAST_LINES = 12


def _guided(made: Attempt) -> None:
    if importlib.util.find_spec("atheris") is None:
        raise MissingError("atheris is not installed")
    corpus = made.where / "corpus"
    _plant(made.where / "show", corpus)
    fuzzer = [sys.executable, "-m", "faults.fuzzed", f"-runs={made.goal}", "-max_len=4096"]
    told = [f"-seed={made.random.getrandbits(31)}", f"-artifact_prefix={made.where}/", str(corpus)]
    done = subprocess.run(
        [*fuzzer, *told],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS_AT_MOST,
        check=False,
    )
    if ended := _DONE.search(done.stdout):
        made.tries = int(ended[1])
    if covered := _COVERED.findall(done.stdout):
        made.count("branches reached", int(covered[-1]))
    if done.returncode or not ended:
        said = [line for line in done.stdout.splitlines() if not line.startswith("#")]
        last = "; ".join(said[-_LAST_LINES:])
        made.blame("the fuzzer", [f"status {done.returncode}: {last}"])


def _plant(root: Path, corpus: Path) -> None:
    """Give it whole sidecars, caches and entries to begin with."""
    make_tree(root)
    crawl(*signed("anna", "fine"), root)
    corpus.mkdir()
    seeds = [b"\x00" + path.read_bytes() for path in sidecar_paths(root)]
    for path in root.rglob(CACHE):
        cache = path.read_bytes()
        seeds += [b"\x01" + cache, b"\x02" + cache.partition(b"\n")[2].partition(b"\n")[0]]
    for number, seed in enumerate(seeds):
        (corpus / f"{number:03d}").write_bytes(seed)


ROWS = (Row("sidecars, caches, media, guided by branches", (2, 4), _guided, 20_000, 10_000_000),)
