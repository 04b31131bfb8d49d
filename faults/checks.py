"""What must hold after every fault. Each check names what does not."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from qc_asset_crawler.files.atomic import temp_owner
from qc_asset_crawler.hashcache import BadCacheError, parse
from qc_asset_crawler.sidecar.codec import NewerSchemaError, decode, encode
from qc_asset_crawler.sidecar.fields import DamagedSidecarError

from .commands import Done, Json, crawl, run
from .standing import unfounded

SIDECARS = (".qc.json", "qc.sequence.json")
CACHE, LOCK = ".qc.hashcache.json", ".qc.lock"
# What differs between two runs that both went well.
_OF_THE_RUN = frozenset({"qc_id", "qc_time", "content_state", "prev_content_hash", "verdicts"})
_OF_A_VERDICT = frozenset({*_OF_THE_RUN, "qc_result", "notes", "operator", "tracker_status"})
_STATUSES = frozenset({0, 3, 130, 143})


def sidecar_paths(root: Path) -> list[Path]:
    """Find every sidecar below a folder, in any mode."""
    return [path for path in _files(root) if path.name.endswith(SIDECARS)]


def _files(root: Path) -> list[Path]:
    return sorted(Path(at, name) for at, _, names in os.walk(root) for name in names)


def torn(root: Path) -> Iterator[str]:
    """Name sidecars and caches that are not whole: as the tool wrote them, to the last byte.

    Also sidecars with a result that does not follow from what people said.
    """
    yield from filter(None, map(flaw, _files(root)))


def flaw(path: Path) -> str | None:
    """Say why a sidecar or cache is not whole, or unfounded; None if it is, or is neither."""
    try:
        data = path.read_bytes() if path.name.endswith((*SIDECARS, CACHE)) else b""
        if path.name.endswith(SIDECARS):
            if encode(decode(data)) != data:
                return f"{path} is not as the tool writes it"
            if (why := unfounded(json.loads(data))) is not None:
                return f"{path} {why}"
        elif path.name == CACHE:
            parse(data)
    except FileNotFoundError:
        return None  # another run moved it meanwhile
    except (DamagedSidecarError, NewerSchemaError, BadCacheError) as error:
        return f"{path} is torn: {error}; {len(data)} bytes"
    return None


def notes_of(root: Path) -> dict[str, list[str]]:
    """Return the notes of all verdicts of each asset, by where it is and what it is called.

    Sidecars that cannot be read have none: `torn` names them.
    """
    return {
        asset: [verdict["notes"] for verdict in verdicts]
        for asset, verdicts in verdicts_of(root).items()
    }


def verdicts_of(root: Path) -> dict[str, list[Json]]:
    """Return all verdicts of each asset, as `notes_of` does their notes."""
    found: dict[str, list[Json]] = {}
    for path in sidecar_paths(root):
        try:
            data = path.read_bytes()
            decode(data)
        except (FileNotFoundError, DamagedSidecarError, NewerSchemaError):
            continue
        sidecar = json.loads(data)
        found.setdefault(_asset(path, sidecar), []).extend(sidecar["verdicts"])
    return found


def _asset(path: Path, sidecar: Json) -> str:
    folder = path.parent.parent if path.parent.name == ".qc" else path.parent
    sequence = sidecar["sequence"]
    return str(folder / (sequence["pattern"] if sequence else Path(sidecar["asset_path"]).name))


def lost(root: Path, acknowledged: Mapping[str, Sequence[Json]]) -> Iterator[str]:
    """Name verdicts that were acknowledged and are not there, word for word and in their order."""
    there = verdicts_of(root)
    for asset, verdicts in acknowledged.items():
        left = iter(there.get(asset, []))
        gone = [one for one in verdicts if not any(one.items() <= kept.items() for kept in left)]
        if gone:
            yield f"{asset} has lost {gone}: it has {there.get(asset)}"


def acknowledged_by(out: str) -> Iterator[str]:
    """Name the assets that a run with `--json-lines` said were signed, however the run ended."""
    return (asset["path"] for asset in acknowledged(out))


def acknowledged(out: str) -> Iterator[Json]:
    """Return the lines of the assets that a run said were signed.

    What has gone is recorded as missing, and nobody signs it.
    """
    for line in out.splitlines(keepends=True):
        asset = json.loads(line) if line.endswith("\n") else {}
        gone = asset.get("content_state") == "missing"
        if asset.get("action") in {"recorded", "refreshed"} and not gone:
            yield asset


def left_over(root: Path) -> Iterator[str]:
    """Name temp files and locks; after a run that ended well there are none."""
    for path in _files(root):
        if path.name == LOCK or temp_owner(path.name):
            yield f"{path} is left over"


def misbehaved(done: Done, statuses: frozenset[int] = _STATUSES) -> Iterator[str]:
    """Say whether a run ended in a way that none may: a traceback, or another status."""
    if "Traceback" in done.err:
        yield f"a traceback: {done.err[-2000:]}"
    if done.status not in statuses:
        yield f"status {done.status}: {done.err[-500:]}"
    elif done.status == 3 and "exit 3: " not in done.last_line:
        yield f"status 3 without a reason: {done.err[-500:]}"


def recovered(root: Path, *args: str, but: frozenset[str] = frozenset()) -> Iterator[str]:
    """Run once more, undisturbed: it must go well, sweep up, and agree with a run from scratch.

    `but` are keys of sidecars that need not agree. The tree is left as that run from scratch
    leaves it.
    """
    done = crawl(*args, root)
    yield from misbehaved(done, frozenset({0}))
    yield from torn(root)
    yield from left_over(root)
    there = _loaded(root)
    signed = any(notes_of(root).values())
    cleaned = run("qc-clean", "--yes", "--include-verdicts", "--discard-unsent", root)
    yield from misbehaved(cleaned, frozenset({0}))
    yield from misbehaved(crawl(*args, root), frozenset({0}))
    expected = _loaded(root)
    dropped = (_OF_A_VERDICT if signed else _OF_THE_RUN) | but
    for asset in sorted(there.keys() | expected.keys()):
        one, other = (_without(some.get(asset), dropped) for some in (there, expected))
        if one != other:
            yield f"{asset} is {one}, and from scratch {other}"


def as_recorded(root: Path) -> dict[str, Json]:
    """Return the sidecars of a tree by asset, without what another run would say otherwise."""
    return {
        asset: {key: value for key, value in sidecar.items() if key not in _OF_THE_RUN}
        for asset, sidecar in _loaded(root).items()
    }


def _loaded(root: Path) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for path in sidecar_paths(root):
        sidecar = json.loads(path.read_bytes())
        if sidecar["content_state"] != "missing":
            found[_asset(path, sidecar)] = sidecar
    return found


def _without(sidecar: Json | None, keys: frozenset[str]) -> Json | None:
    if sidecar is None:
        return None
    return {key: value for key, value in sidecar.items() if key not in keys}
