"""The machine's clock is wrong by hours, or media bears stamps of another time."""

import json
import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from qc_asset_crawler.files.lock import LOCK_NAME
from qc_asset_crawler.hashcache import parse
from qc_asset_crawler.hashing import available_algorithms
from qc_asset_crawler.model import FileStat

from .checks import CACHE, left_over, misbehaved, sidecar_paths, torn
from .commands import Done, crawl, needed, signed
from .rows import Attempt, Row
from .signing import Ledger
from .strikes import CHANGES
from .trees import make_tree, media_of

_OFFSETS = ("-30h", "-5h", "-90s", "+0", "+90s", "+5h", "+30h", "+3650d")
_HOUR = 3600
_LOCKS_EVERY = 5
_MEDIA_HOURS = (-400_000, -48, -5, 0, 0, 5, 48, 400_000)
_UNSEEN = CHANGES["rewritten, its mtime put back"]
_ALGORITHMS = available_algorithms()


def _clocks(made: Attempt) -> None:
    needed("faketime")
    root = made.where / "show"
    make_tree(root)
    ledger = Ledger()
    for number in count():
        if made.done:
            break
        _try(made, root, ledger)
        if number % _LOCKS_EVERY == 0:
            _locks(made, root)


def _try(made: Attempt, root: Path, ledger: Ledger) -> None:
    """Sign, change what stamps hide, look again and sign again, each by another clock."""
    made.begin()
    offsets = [made.random.choice(_OFFSETS) for _ in range(4)]
    what = f"try {made.tries}, clocks {offsets}"
    for path in media_of(root):
        hours = made.random.choice(_MEDIA_HOURS)
        os.utime(path, (time.time(), time.time() + hours * _HOUR))
    _sign(made, root, ledger, (what, offsets[0]))
    for path in media_of(root):
        if made.random.random() < 0.3:
            _UNSEEN(path, made.random)
            made.count("rewritten, size and mtime as before")
    made.blame(what, misbehaved(_crawl(offsets[1], root), frozenset({0})))
    made.blame(what, _wrong(root))
    older = {path: path.read_bytes() for path in sidecar_paths(root)}
    _sign(made, root, ledger, (what, offsets[2]))
    for path, data in older.items():  # as a move that was killed before the old one went
        path.parent.with_name(f".{path.name}").write_bytes(data)
    last = _last_notes(root)
    made.blame(what, misbehaved(_crawl(offsets[3], root), frozenset({0})))
    made.blame(what, ledger.lost(root))
    made.blame(what, torn(root))
    made.blame(what, left_over(root))
    if any(_last_notes(root).get(asset) != note for asset, note in last.items()):
        made.blame(what, ["another verdict is the last one now"])
    made.tries += sum(offset != "+0" for offset in offsets)


def _crawl(offset: str, *args: str | Path) -> Done:
    """Crawl by another clock; the stamps of files stay those of the disk.

    The monotonic clock is moved as well: told to leave it alone, libfaketime makes every sleep
    until a moment an error (EINVAL).
    """
    env = {"NO_FAKE_STAT": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "0"}
    return crawl(*args, prefix=(needed("faketime"), "-f", offset), env=env)


def _sign(made: Attempt, root: Path, ledger: Ledger, how: tuple[str, str]) -> None:
    what, offset = how
    note, result = ledger.next_note(), made.random.choice(("pass", "fail"))
    done = _crawl(offset, *signed("anna", note, result), root)
    made.blame(what, misbehaved(done, frozenset({0})))
    made.count("verdicts acknowledged", ledger.take(done.out, note, result))
    made.blame(what, _wrong(root))
    made.blame(what, ledger.lost(root))


def _last_notes(root: Path) -> dict[str, str]:
    """Return the note of the verdict that counts of each asset, of the copy with most verdicts."""
    found: dict[str, list[str]] = {}
    for path in sidecar_paths(root):
        sidecar = json.loads(path.read_bytes())
        notes = [verdict["notes"] for verdict in sidecar["verdicts"]]
        key = f"{sidecar['asset_path']} {(sidecar['sequence'] or {}).get('pattern')}"
        found[key] = max(found.get(key, []), notes, key=len)
    return {key: notes[-1] for key, notes in found.items() if notes}


def _hash(path: Path) -> str:
    hasher = _ALGORITHMS.start(_ALGORITHMS.preferred)
    hasher.update(memoryview(path.read_bytes()))
    return f"{_ALGORITHMS.preferred}:{hasher.hexdigest()}"


def _wrong(root: Path) -> Iterator[str]:
    """Name cache entries that would be trusted and are wrong, and sidecars with a wrong hash."""
    for cache in root.rglob(CACHE):
        for name, entry in parse(cache.read_bytes()).items():
            path = cache.with_name(name)
            found = path.stat()
            stamps = FileStat(
                found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
            )
            trusted = entry.trusted(stamps, _ALGORITHMS.preferred, ignore_ctime=False)
            if trusted and entry.content_hash != _hash(path):
                yield f"{cache} has a wrong hash of {name}"
    for sidecar_path in sidecar_paths(root):
        sidecar = json.loads(sidecar_path.read_bytes())
        path = Path(sidecar["asset_path"])
        if not sidecar["sequence"] and sidecar["content_hash"] != _hash(path):
            yield f"{sidecar_path} has not the hash of {path}"


def _locks(made: Attempt, root: Path) -> None:
    """Leave another host's lock there: by the disk's clock a fresh one stays, an old one goes."""
    folder = next(path for path in root.iterdir() if path.is_dir())
    lock = folder / LOCK_NAME
    for path in folder.glob("*.mov"):
        _UNSEEN(path, made.random)
    offset = made.random.choice(_OFFSETS)
    lock.write_text('{"host": "elsewhere", "pid": 1}', encoding="ascii")
    made.blame(f"a fresh lock, clock {offset}", misbehaved(_crawl(offset, root)))
    if not lock.exists():
        made.blame(f"a fresh lock, clock {offset}", ["it was taken away"])
        return
    os.utime(lock, (time.time(), time.time() - 60))
    made.blame(f"an old lock, clock {offset}", misbehaved(_crawl(offset, root)))
    made.blame(f"an old lock, clock {offset}", left_over(root))
    made.count("locks of another host", 2)


ROWS = (Row("clocks wrong by hours, stamps of the future", (2, 4), _clocks, short=8, long=400),)
