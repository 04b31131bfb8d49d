"""What a disturbed run must be judged by: what is done, what is as it was, what is named."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from blake3 import blake3

from qc_asset_crawler.files.atomic import temp_owner
from qc_asset_crawler.files.lock import parse_owner
from qc_asset_crawler.sidecar.codec import decode
from qc_asset_crawler.sidecar.fields import DamagedSidecarError

from .checks import CACHE, LOCK, sidecar_paths
from .commands import Done, Json
from .disturbed import Run
from .honesty import given_up_by
from .trees import media_of

_FRAME = re.compile(r"(?P<prefix>.*)(?P<number>[0-9]{4})(?P<ext>\.exr)")
Sidecars = dict[str, dict[Path, Json]]


def sidecars_by_asset(root: Path) -> Sidecars:
    """Return the sidecars of each asset, by where they are; those that cannot be read are not."""
    found: Sidecars = defaultdict(dict)
    for path in sidecar_paths(root):
        data = path.read_bytes()
        try:
            decode(data)
        except DamagedSidecarError:
            continue
        sidecar = json.loads(data)
        folder = path.parent.parent if path.parent.name == ".qc" else path.parent
        sequence = sidecar["sequence"]
        name = sequence["pattern"] if sequence else Path(sidecar["asset_path"]).name
        found[str(folder / name)][path] = sidecar
    return found


def content_hashes(root: Path) -> dict[str, str]:
    """Compute the content hash of every asset, as the documentation says it is made."""
    found: dict[str, str] = {}
    lines: dict[str, list[bytes]] = defaultdict(list)
    for path in media_of(root):
        data = path.read_bytes()
        made = f"blake3:{blake3(data).hexdigest()}"
        frame = _FRAME.fullmatch(path.name)
        if frame is None:
            found[str(path)] = made
        else:
            pattern = str(path.with_name(f"{frame['prefix']}%04d{frame['ext']}"))
            lines[pattern].append(f"{path.name}\0{len(data)}\0{made}\n".encode())
    for pattern, some in lines.items():
        found[pattern] = f"blake3:{blake3(b''.join(some)).hexdigest()}"
    return found


def undone(root: Path, run: Run, note: str, before: Sidecars) -> set[str]:
    """Name the assets of which what the run is for has not been done (of a clean: the files)."""
    if run.cleans:
        kept = {path for copies in before.values() for path, one in copies.items() if _said(one)}
        found = {path for path in sidecar_paths(root) if path not in kept}
        return set(map(str, (*found, *root.rglob(CACHE))))
    there = sidecars_by_asset(root)
    hashes = content_hashes(root)
    return {
        asset
        for asset in hashes.keys() | before.keys()
        if not any(
            _is_done(path, one, run, note, hashes.get(asset))
            for path, one in there.get(asset, {}).items()
        )
    }


def unreported(done: Done, before: Sidecars) -> set[str]:
    """Name the recorded assets that are in no document of a report."""
    try:
        assets = json.loads(done.out)["assets"]
    except ValueError:
        return set(before)
    return before.keys() - {asset["path"] for asset in assets if asset["recorded"]}


def _said(sidecar: Json) -> bool:
    return bool(sidecar["verdicts"])


def _is_done(path: Path, sidecar: Json, run: Run, note: str, content_hash: str | None) -> bool:
    missing = sidecar["content_state"] == "missing"
    if content_hash is None or missing:
        return bool(content_hash is None and missing)
    if run.mode and path.parent.name == ".qc":
        return False
    if run.signs and (not sidecar["verdicts"] or sidecar["verdicts"][-1]["notes"] != note):
        return False
    return bool(sidecar["content_hash"] == content_hash)


def not_kept(before: Sidecars, after: Sidecars, assets: set[str]) -> Iterator[str]:
    """Name sidecars of which neither a new one was written nor the old one is as it was."""
    for asset in assets & before.keys():
        for path, sidecar in before[asset].items():
            if after.get(asset, {}).get(path) != sidecar:
                yield f"{path} was {sidecar}, is {after.get(asset, {}).get(path)}"


def own_litter(root: Path, pid: int) -> Iterator[Path]:
    """Name the temp files and locks of one process."""
    for path in root.rglob(".qc*"):
        owner = parse_owner(path.read_bytes()) if path.name == LOCK else temp_owner(path.name)
        if owner is not None and owner[1] == pid:
            yield path


def unnamed(done: Done, run: Run, assets: set[str], before: Sidecars) -> Iterator[str]:
    """Name assets that were not done and that the run is silent about, or called done.

    The asset, a folder that it is in, or its sidecar may be what is named.
    """
    problems = _problems(done, run)
    if problems is None:
        if done.status == 0:
            yield f"status 0, but no summary: {done.err[-500:]}"
        return
    for asset in sorted(assets):
        paths = {asset, *map(str, Path(asset).parents)}
        paths |= set(map(str, before.get(asset, ())))
        paths.add(str(Path(asset).parent / ".qc" / f"{Path(asset).name}.qc.json"))
        if done.status == 0 or paths.isdisjoint(problems):
            yield f"status {done.status}, and {asset} is not named: {problems}; {done.err[-500:]}"


def _problems(done: Done, run: Run) -> list[str] | None:
    """Return what a run named as not done; None where its output was cut short."""
    try:
        if run.cleans or run.reports:
            return given_up_by(done)
        summary = json.loads(done.out.splitlines()[-1])["summary"]
        return [problem["path"] for problem in summary["problems"]]
    except (ValueError, KeyError, IndexError):
        return None
