"""Media that is written, cut, replaced or removed while it is being hashed."""

import json
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random

from qc_asset_crawler.hashing import available_algorithms, manifest_hash

from .checks import misbehaved, sidecar_paths, torn
from .coarse import coarse
from .commands import Done, Json, Process, crawl, finish, signed, start
from .rows import Attempt, Row
from .strikes import CHANGES, Struck, strike_while_read

_MOVIES, _FRAMES = 8, range(1001, 1005)
_SIZE = 10 << 20
_ALGORITHMS = available_algorithms()
_ALGORITHM = _ALGORITHMS.preferred

State = tuple[int, str]
States = dict[Path, list[State | None]]


def _on_this_disk(made: Attempt) -> None:
    _unstable(made, made.where / "show")


def _on_whole_seconds(made: Attempt) -> None:
    with coarse(made.where) as mounted:
        _unstable(made, mounted / "show")


def _unstable(made: Attempt, root: Path) -> None:
    root.mkdir()
    movies = [root / f"cut{number}.mov" for number in range(_MOVIES)]
    frames = [root / f"plate.{number}.exr" for number in _FRAMES]
    while not made.done:
        made.begin()
        states: States = {path: [_render(path, made.random)] for path in (*movies, *frames)}
        made.count("rounds")
        _round(made, root, (states, [*([movie] for movie in movies), frames]))


def _render(path: Path, random: Random) -> State:
    path.write_bytes(random.randbytes(1024) * (_SIZE >> 10))
    return _state(path)


def _state(path: Path) -> State:
    hasher = _ALGORITHMS.start(_ALGORITHM)
    data = path.read_bytes()
    hasher.update(memoryview(data))
    return len(data), f"{_ALGORITHM}:{hasher.hexdigest()}"


def _round(made: Attempt, root: Path, media: tuple[States, list[list[Path]]]) -> None:
    states, assets = media
    what = f"round {made.figures['rounds']}"
    process = start("qc-crawl", *signed("anna", what), root)
    done = _strike(made, process, states)
    made.blame(f"{what}: signing", misbehaved(done, frozenset({0, 3})))
    said = _said(done.out)
    made.blame(what, _signed_wrongly(said, states, assets))
    made.blame(what, _kept_quiet(done, said, assets))
    late = next(path for path in assets[0] if path.exists() or _render(path, made.random))
    CHANGES["rewritten, its mtime put back"](late, made.random)
    states[late].append(_state(late))
    made.blame(f"{what}: the next run", misbehaved(crawl(root), frozenset({0})))
    made.blame(f"{what}: the next run", torn(root))
    made.blame(f"{what}: the next run", _not_found(root, states, assets))


def _strike(made: Attempt, process: Process, states: States) -> Done:
    """Change each file once or twice while the run has it open, until the run ends."""
    left = {path: made.random.choice((1, 1, 2)) for path in states}

    def struck(one: Struck) -> None:
        left[one.path] -= 1
        states[one.path].append(_state(one.path) if one.path.exists() else None)
        made.count(one.change if one.in_time else "came too late")
        made.tries += one.in_time

    strike_while_read(process, left, made.random, struck)
    return finish(process)


def _said(out: str) -> dict[Path, Json]:
    """Return the assets that a run acknowledged."""
    lines: list[Json] = [json.loads(line) for line in out.splitlines()]
    return {Path(line["path"]): line for line in lines if line.get("action") == "recorded"}


def _possible(asset: list[Path], states: States) -> set[str]:
    """Return the content hashes of everything that an asset ever was, as a whole."""
    if len(asset) == 1:
        return {state[1] for state in states[asset[0]] if state}
    return {_manifest(asset, some) for some in product(*(states[path] for path in asset))}


def _manifest(asset: list[Path], states: tuple[State | None, ...]) -> str:
    members = [(path.name, *state) for path, state in zip(asset, states, strict=True) if state]
    return manifest_hash(members, _ALGORITHMS.start(_ALGORITHM), _ALGORITHM)


def _name(asset: list[Path]) -> Path:
    return asset[0] if len(asset) == 1 else asset[0].with_name("plate.%04d.exr")


def _signed_wrongly(
    said: dict[Path, Json], states: States, assets: list[list[Path]]
) -> Iterator[str]:
    for asset in assets:
        signed_as = said.get(_name(asset))
        if signed_as and signed_as["verdict"]["content_hash"] not in _possible(asset, states):
            yield f"{_name(asset)} was signed with bytes that never were: {states}"


def _kept_quiet(done: Done, said: dict[Path, Json], assets: list[list[Path]]) -> Iterator[str]:
    unsigned = [str(_name(asset)) for asset in assets if _name(asset) not in said]
    if unsigned and not done.status:
        yield f"exit 0, and {unsigned} not signed"
    yield from (f"{name} is not named" for name in unsigned if name not in done.out + done.err)


def _not_found(root: Path, states: States, assets: list[list[Path]]) -> Iterator[str]:
    """Name what the run after did not find: recorded is what is on disk now, and no other pass."""
    recorded = {_recorded_name(root, one): one for one in _sidecars(root)}
    for asset in assets:
        sidecar = recorded.get(_name(asset))
        now = tuple(_state(path) if path.exists() else None for path in asset)
        if now != tuple(states[path][-1] for path in asset):
            yield f"{_name(asset)} was altered"
        if not any(now):
            if sidecar and sidecar["content_state"] != "missing":
                yield f"{_name(asset)} is gone, and {sidecar['content_state']}"
            continue
        right = now[0][1] if len(asset) == 1 and now[0] else _manifest(asset, now)
        if sidecar is None or sidecar["content_hash"] != right:
            yield f"{_name(asset)} is not recorded as it is: {sidecar}"
        elif sidecar["qc_result"] == "pass" and sidecar["verdicts"][-1]["content_hash"] != right:
            yield f"{_name(asset)} passes with other bytes"


def _sidecars(root: Path) -> list[Json]:
    return [json.loads(path.read_bytes()) for path in sidecar_paths(root)]


def _recorded_name(root: Path, sidecar: Json) -> Path:
    sequence = sidecar["sequence"]
    label: str = sequence["pattern"] if sequence else os.path.basename(sidecar["asset_path"])
    return root / label


ROWS = (
    Row("media changed while it is hashed", (1, 2, 4), _on_this_disk, short=12, long=500),
    Row("the same, stamps of whole seconds", (1, 2, 4), _on_whole_seconds, short=8, long=500),
)
