"""What the end-to-end tests share: the installed command, media to crawl, before and after."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from faults.commands import Done

from nursery import Nursery

TIMEOUT = 60
Json = dict[str, Any]


def command(name: str = "qc-crawl") -> str:
    """Return the path of an installed command beside the running interpreter."""
    beside = os.path.dirname(sys.executable)
    found = shutil.which(name, path=beside) or shutil.which(name)
    assert found, f"{name} is not installed: pip install -e '.[dev]'"
    return found


@dataclass(frozen=True)
class Tool:
    """An installed command, with an environment of its own; with a nursery, runs are forked."""

    env: Mapping[str, str]
    cwd: Path
    name: str = "qc-crawl"
    nursery: Nursery | None = None

    def start(
        self,
        *args: str | Path,
        prefix: Iterable[str] = (),
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        umask: int = -1,
    ) -> subprocess.Popen[bytes]:
        """Start the command and leave it running."""
        return subprocess.Popen(
            [*prefix, command(self.name), *map(str, args)],
            env={**self.env, **(env or {})},
            cwd=cwd or self.cwd,
            umask=umask,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def run(
        self,
        *args: str | Path,
        status: int = 0,
        prefix: Iterable[str] = (),
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        umask: int = -1,
    ) -> Done:
        """Run the command to its end, which must be the expected one."""
        whole = {**self.env, **(env or {})}
        if prefix or self.nursery is None or not self.nursery.suits(whole):
            started = self.start(*args, prefix=prefix, env=env, cwd=cwd, umask=umask)
            return finish(started, status)
        words = [command(self.name), *map(str, args)]
        ended = self.nursery.run(words, whole, cwd or self.cwd, umask, TIMEOUT)
        return _checked(*ended, status)

    def json(self, *args: str | Path, status: int = 0, **how: Any) -> Json:
        """Run the command with --json and return the document."""
        document: Json = json.loads(self.run("--json", *args, status=status, **how).out)
        return document


def finish(process: subprocess.Popen[bytes], status: int, seconds: float = TIMEOUT) -> Done:
    """Wait for a started command, which must end with the expected status."""
    with process:  # what it has started may have its pipes: nobody waits for them to be closed
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return _checked(process.returncode, out, err, status)


def _checked(ended: int, out: bytes, err: bytes, status: int) -> Done:
    done = Done(ended, out.decode(), err.decode())
    assert "Traceback" not in done.err, done.err
    assert done.status == status, done
    return done


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until something is so; the test fails where it is not in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def first(count: int, rows: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Mark all rows of a table but the first few as slow: each starts the command several times."""
    return [
        pytest.param(*row, marks=[pytest.mark.slow] if at >= count else [])
        for at, row in enumerate(rows)
    ]


def make_frames(
    folder: Path,
    base: str = "plate",
    frames: Iterable[int] = range(1001, 1006),
    ext: str = "exr",
    size: int = 64,
) -> list[Path]:
    """Make the frames of a sequence, each with bytes of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    return [make_file(folder / f"{base}.{n:04d}.{ext}", f"{base} {n} ", size) for n in frames]


def make_file(path: Path, text: str = "", size: int = 64) -> Path:
    """Make a media file whose bytes follow from the text."""
    word = (text or path.name).encode("utf-8", "surrogateescape")
    path.write_bytes((word * (size // len(word) + 1))[:size])
    return path


def fill(folder: Path) -> None:
    """Write until the disk is full."""
    with (folder / "filler").open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            os.fsync(file.fileno())


def rewrite(path: Path, filling: bytes = b"#") -> None:
    """Write other bytes into a file in place: the same inode and the same size."""
    with path.open("r+b") as file:
        file.write(filling * path.stat().st_size)


def sidecar_paths(root: Path) -> list[Path]:
    """Find every sidecar below a folder, in any mode."""
    return sorted(
        path for path in files_below(root) if path.name.endswith((".qc.json", "qc.sequence.json"))
    )


def sidecars(root: Path) -> dict[str, Json]:
    """Load every sidecar below a folder; a sequence is named by its pattern."""
    loaded = [load(path) for path in sidecar_paths(root)]
    return {name_of(sidecar): sidecar for sidecar in loaded}


def name_of(sidecar: Json) -> str:
    """Return what an asset is called inside its folder."""
    if sidecar["sequence"] is not None:
        return str(sidecar["sequence"]["pattern"])
    return Path(sidecar["asset_path"]).name


def load(path: Path) -> Json:
    """Load one sidecar."""
    loaded: Json = json.loads(path.read_bytes())
    return loaded


def only_sidecar(root: Path) -> Json:
    """Load the one sidecar below a folder."""
    (path,) = sidecar_paths(root)
    return load(path)


def said(sidecar: Json) -> list[tuple[str, str]]:
    """Return what people said of an asset: (result, operator), oldest first."""
    return [(verdict["qc_result"], verdict["operator"]) for verdict in sidecar["verdicts"]]


def files_below(root: Path) -> list[Path]:
    """Name everything below a folder that is no folder."""
    return [Path(at, name) for at, _, names in os.walk(root) for name in names]


def content_hash(data: bytes) -> str:
    """Hash bytes as the tool does, by the library alone."""
    from blake3 import blake3

    return f"blake3:{blake3(data).hexdigest()}"


def manifest_hash(paths: Iterable[Path]) -> str:
    """Compute a sequence's hash from its frames, as the documentation explains it."""
    lines = b""
    for path in paths:
        data = path.read_bytes()
        lines += os.fsencode(path.name) + f"\0{len(data)}\0{content_hash(data)}\n".encode()
    return content_hash(lines)
