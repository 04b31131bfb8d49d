"""There is no false success: what a run with `--json-lines` says, against what is there."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from .checks import sidecar_paths
from .commands import Done, Json
from .trees import media_of


class Said(NamedTuple):
    """What a run said: its assets by path, and the paths of its problems."""

    assets: dict[str, Json]
    problems: tuple[str, ...]


def said_by(done: Done) -> Said | None:
    """Read what a run said on stdout; None where it did not come to its summary."""
    lines = [json.loads(line) for line in done.out.splitlines(keepends=True) if line[-1] == "\n"]
    if not lines or "summary" not in lines[-1]:
        return None
    problems = tuple(problem["path"] for problem in lines[-1]["summary"]["problems"])
    return Said({line["path"]: line for line in lines[:-1]}, problems)


def assets_of(root: Path) -> set[str]:
    """Name the assets of a tree made by `make_tree`, as the tool calls them."""
    return {
        str(path.with_name(f"{path.name.partition('.')[0]}.%04d.exr"))
        if path.suffix == ".exr"
        else str(path)
        for path in media_of(root)
    }


def unsaid(done: Done, assets: Iterable[str]) -> Iterator[str]:
    """Name what a run that came to its end kept to itself: assets, problems, and its status."""
    said = said_by(done)
    if said is None:
        yield f"there is no summary; status {done.status}: {done.err[-500:]}"
        return
    for asset in sorted(assets):
        if asset not in said.assets and not any(_names(path, asset) for path in said.problems):
            yield f"{asset} is neither reported nor named; status {done.status}: {done.err[-500:]}"
    for path in said.problems:
        if path not in done.err:
            yield f"{path} is a problem, and is not named on stderr"
    if said.problems and done.status == 0:
        yield f"status 0 in spite of {said.problems}"


def _names(problem: str, asset: str) -> bool:
    """Tell whether a problem is of an asset: itself, a folder above it, or its sidecar."""
    if asset == problem or asset.startswith(f"{problem}/"):
        return True
    folder, _, name = asset.rpartition("/")
    plain = problem.replace("/.qc/", "/").replace("/.", "/")
    own = (f"{folder}/{name}.qc.json", f"{folder}/qc.sequence.json" if "%" in name else asset)
    return plain in own


def not_as_said(done: Done) -> Iterator[str]:
    """Name assets whose sidecar is not what the run said that it is."""
    said = said_by(done)
    for path, asset in said.assets.items() if said else ():
        try:
            there = json.loads(Path(asset["sidecar"]).read_bytes())
        except (OSError, ValueError) as error:
            yield f"{path} was said to be {asset['action']}, and its sidecar: {error}"
            continue
        for key in ("content_hash", "qc_result"):
            if there[key] != asset[key]:
                yield f"{path} was said to be {asset[key]}, and its sidecar says {there[key]}"


def not_signed(done: Done, assets: Iterable[str], note: str) -> Iterator[str]:
    """Name what a run that says it signed everything did not sign."""
    said = said_by(done)
    if said is None or done.status != 0:
        return
    for asset in sorted(assets):
        verdict = said.assets.get(asset, {}).get("verdict")
        if verdict is None or verdict["notes"] != note:
            yield f"status 0, and {asset} was not signed"


def taken_for_missing(root: Path) -> Iterator[str]:
    """Name sidecars that say that the media are missing, where none ever went."""
    for path in sidecar_paths(root):
        if json.loads(path.read_bytes())["content_state"] == "missing":
            yield f"{path} says that its media are missing"


def given_up_by(done: Done) -> list[str]:
    """Return the paths that a clean or a report with `--json` says it did not deal with.

    Raises:
        ValueError: it did not come to printing its document.
        KeyError: the same.
    """
    told = json.loads(done.out)
    kept = [one["path"] for one in told.get("artifacts", ()) if one["action"] == "kept"]
    return [*kept, *(problem["path"] for problem in told["summary"]["problems"])]


def not_owned_up(done: Done, root: Path, closed: Iterable[Path]) -> Iterator[str]:
    """Name what a clean or a report could not read, and is silent about.

    It itself, something in it or a folder that it is in may be what is named; of ROOT that
    could be said for other reasons.
    """
    try:
        named = [Path(path) for path in given_up_by(done)]
    except (ValueError, KeyError):
        yield f"there is no document; status {done.status}: {done.err[-500:]}"
        return
    for path in closed:
        folders = set(path.parents) - {root, *root.parents}
        if done.status == 0 or not any(one in folders or one.is_relative_to(path) for one in named):
            yield f"status {done.status}, and {path} is not named: {done.err[-500:]}"
