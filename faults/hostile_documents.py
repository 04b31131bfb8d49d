"""Hostile sidecars and caches, many folders at a time; whatever they were is kept."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings

from qc_asset_crawler.sidecar.codec import decode, encode

from .believable import believable
from .checks import CACHE, misbehaved, sidecar_paths
from .commands import Done, crawl, run, signed
from .documents import caches, sidecars
from .judging import content_hashes
from .rows import Attempt, Row
from .trees import make_file, make_frames

_AT_ONCE = 400
_OWN_STAMPS = 0.3
_PAGE = "page.html"
_CRAWL, _SIGN = ("qc-crawl", "--json-lines"), ("qc-crawl", *signed("anna", "note"))
_OTHERS = (
    ("qc-crawl", "--verify"),
    ("qc-crawl", "--dry-run", "--json"),
    ("qc-crawl", "--sidecar-mode", "inline"),
    ("qc-report", "--json"),
    ("qc-report", "--html", _PAGE),
    ("qc-clean", "--dry-run"),
)
_STATUSES = frozenset({0, 3, 4})
_SHOWN = 1500
_ASIDE = ".unreadable-"


class Case(NamedTuple):
    """A hostile sidecar and cache of a folder's media."""

    sidecar: bytes
    cache: bytes


def _hostile(made: Attempt) -> None:
    whole, whole_caches = _whole(made.where / "whole")
    waiting: list[Case] = []

    @settings(
        max_examples=made.goal + 1,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @seed(made.random.getrandbits(64))
    @given(sidecars(whole), caches(whole_caches))
    def collect(sidecar: bytes, cache: bytes) -> None:
        waiting.append(Case(sidecar, cache))
        if len(waiting) == _AT_ONCE or made.tries + len(waiting) == made.goal:
            _try_all(made, waiting)
            waiting.clear()

    collect()
    if not made.done:
        _try_all(made, waiting)


def _whole(root: Path) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Make whole sidecars of every schema, and whole caches."""
    _make_media(root)
    crawl(root)
    plain = [path.read_bytes() for path in sidecar_paths(root)]
    crawl(*signed("anna", "fine"), root)
    crawl(*signed("ben", "not fine", "fail"), root)
    spoken = [path.read_bytes() for path in sidecar_paths(root)]
    older = []
    for data in spoken:
        document = json.loads(data)
        del document["verdicts"], document["findings"]
        older.append(json.dumps({**document, "schema_version": "1.0.0"}).encode())
        legacy = {**document, "schema_version": 1, "schema_name": "qc"}
        older.append(json.dumps(legacy).encode())
    return (*plain, *spoken, *older), tuple(path.read_bytes() for path in root.rglob(CACHE))


def _make_media(folder: Path) -> None:
    make_file(folder / "cut.mov")
    make_frames(folder, "plate", range(1001, 1004))


def _try_all(made: Attempt, cases: list[Case]) -> None:
    root = made.where / "hostile"
    folders = {root / f"{number:04d}": case for number, case in enumerate(cases)}
    for folder, case in folders.items():
        _make(folder, case)
        if made.random.random() < _OWN_STAMPS:
            (folder / CACHE).write_bytes(believable(folder, made.random))
            made.count("caches with the stamps of their folder")
    other = made.random.choice(_OTHERS)
    for command in (*made.random.sample((_CRAWL, _SIGN), 2), other):
        made.count(" ".join(command[:2]) if command is other else " ".join(command[:1]))
        aside = set(_set_aside(root))
        done = run(*command, root, cwd=made.where)
        if command is not other:
            made.blame(" ".join(command), _not_owned_up(done, set(_set_aside(root)) - aside))
        wrong = list(misbehaved(done, _STATUSES))
        made.blame(" ".join(command), wrong)
        if wrong:
            _name_the_one(made, folders, command)
        for folder, case in folders.items():
            made.blame(f"{' '.join(command)}: {_shown(case)}", _not_kept(folder, case))
    made.tries += len(cases)
    made.count("set aside", sum(1 for _ in _set_aside(root)))
    made.count("left as they were", sum(map(_is_as_it_was, folders, cases)))
    shutil.rmtree(root)


def _set_aside(root: Path) -> Iterator[Path]:
    return root.rglob(f"*{_ASIDE}*")


def _not_owned_up(done: Done, aside: set[Path]) -> Iterator[str]:
    """Say where what was set aside is not what was named as damaged, and whether 3 says so."""
    lines = done.out.splitlines()
    problems = json.loads(lines[-1])["summary"]["problems"] if lines else []
    named = {problem["path"] for problem in problems if problem["kind"] == "bad-sidecar"}
    taken = {str(path).partition(_ASIDE)[0] for path in aside}
    yield from (f"{path} was set aside, and is not named" for path in taken - named)
    yield from (f"{path} is named as damaged, and was not set aside" for path in named - taken)
    if done.status != (3 if problems else 0):
        yield f"status {done.status} with {len(problems)} problems: {done.err[-500:]}"


def _is_as_it_was(folder: Path, case: Case) -> bool:
    return any(path.read_bytes() == case.sidecar for path in sidecar_paths(folder))


def _make(folder: Path, case: Case) -> None:
    _make_media(folder)
    name = "qc.sequence.json" if b'"pattern"' in case.sidecar else "cut.mov.qc.json"
    (folder / ".qc").mkdir(exist_ok=True)
    (folder / ".qc" / name).write_bytes(case.sidecar)
    (folder / CACHE).write_bytes(case.cache)


def _name_the_one(made: Attempt, folders: dict[Path, Case], command: tuple[str, ...]) -> None:
    for folder, case in folders.items():
        shutil.rmtree(folder)
        _make(folder, case)
        done: Done = run(*command, folder, cwd=made.where)
        wrong = list(misbehaved(done, _STATUSES))
        made.blame(f"{' '.join(command)}: {_shown(case)}", wrong)
        if wrong:
            return


def _shown(case: Case) -> str:
    return f"{case.sidecar[:_SHOWN]!r} with {case.cache[:_SHOWN]!r}"


def _not_kept(folder: Path, case: Case) -> Iterator[str]:
    """Say what of a sidecar is not there any more, and what is wrong in those written since."""
    written = []
    kept = False
    for at, _, names in os.walk(folder):
        for file in (Path(at, name) for name in names):
            data = file.read_bytes() if file.is_file() else b""
            if data == case.sidecar:
                kept = True
            elif file.name.endswith((".qc.json", "qc.sequence.json")):
                written.append(json.loads(data))
                if encode(decode(data)) != data:
                    yield f"{file} is not as the tool writes it"
    hashes = content_hashes(folder)
    for one in written:
        sequence = one["sequence"]
        path = f"{one['asset_path']}/{sequence['pattern']}" if sequence else one["asset_path"]
        there = one["content_state"] != "missing" and path in hashes
        if there and one["content_hash"] != hashes[path]:
            yield f"the hash of {path} is {one['content_hash']}"
    if not kept:
        yield from _lost(case.sidecar, written)


def _lost(original: bytes, written: list[dict[str, Any]]) -> Iterator[str]:
    """Say what people said, or others added, that is in none of those written."""
    try:
        before = json.loads(original.decode("utf-8-sig"))
        verdicts = before.get("verdicts") or []
        said = [{k: v for k, v in verdict.items() if v is not None} for verdict in verdicts]
    except (ValueError, RecursionError, AttributeError):
        yield "it could not be read, and is gone"
        return
    now = [verdict for one in written for verdict in one["verdicts"]]
    yield from (f"lost {verdict}" for verdict in said if not any(_in(verdict, n) for n in now))
    result = before.get("qc_result")
    of_old = before.get("verdicts") is None and result in {"pass", "fail"}
    if of_old and not any(verdict["qc_result"] == result for verdict in now):
        yield "lost what an older schema said"
    known = set().union(*written) | {"cheap_fp", "verdicts"}
    yield from (f"lost the key {key!r}" for key in before.keys() - known)


def _in(less: Any, more: Any) -> bool:
    """Tell whether all that an object says is in another; null says nothing."""
    if isinstance(less, dict) and isinstance(more, dict):
        return all(value is None or _in(value, more.get(key)) for key, value in less.items())
    return bool(less == more)


ROWS = (Row("hostile sidecars and caches", (2, 4), _hostile, short=200, long=100_000),)
