"""Compare what is on disk with what is recorded, bytes by bytes. Pure; writes and reads nothing.

The recorded hash decides; the cache only names the frames.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from typing import NamedTuple

from ..findings.holes import subtract
from ..hashcache import Entry
from ..model import Asset, ImageSequence, Sidecar, SingleFile, Verdict
from ..ranges import Runs, format_runs, runs_of
from ..reading import NotHashed, Unread
from ..settings import QCResult
from ..text import plural, show
from .plan import AssetPlan, recorded_runs
from .rereading import Reread


class State(StrEnum):
    """How an asset stands against its record; `NOT_PASSED` against its last verdict, besides."""

    OK = "ok"
    NEW = "new"
    MODIFIED = "modified"
    MISSING = "missing"
    RENAMED = "renamed"
    SILENT_CHANGE = "silent-change"
    UNSTABLE = "unstable"
    UNREADABLE = "unreadable"
    NOT_PASSED = "not-what-was-passed"


class Verified(NamedTuple):
    """One asset, compared. `frames` are those that differ, as far as can be told.

    `passed_other` says in words that the recorded bytes are not those that were passed;
    `other_hashes` are those of the same content by other algorithms.
    """

    path: str
    kind: str
    states: tuple[State, ...]
    detail: str = ""
    frames: str | None = None
    content_hash: str | None = None
    verdict: Verdict | None = None
    bytes: int = 0
    passed_other: str = ""
    other_hashes: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Whether anything is other than it should be."""
        return self.states != (State.OK,)


class Difference(NamedTuple):
    """What differs from the record, and in which frames."""

    state: State
    detail: str
    names: tuple[str, ...] = ()
    gone: Runs = ()


def unread(names: Sequence[str], readings: Iterable[Reread]) -> Difference | None:
    """Tell what could not be read of an asset, if anything; what is unreadable comes first.

    It may be read more than once, for each hash; it must be the same each time.
    """
    first, *others = readings
    failed = {name: first.failed[name] for name in names if name in first.failed}
    for other in others:
        failed |= {name: other.failed[name] for name in names if name in other.failed}
        moved = {*first.moved.items()} ^ {*other.moved.items()}
        for name in {name for name, _ in moved}.intersection(names) - failed.keys():
            failed[name] = NotHashed(Unread.UNSTABLE, "changed while it was read")
    if not failed:
        return None
    reasons = {one.reason for one in failed.values()}
    worst = Unread.UNREADABLE if Unread.UNREADABLE in reasons else Unread.UNSTABLE
    found = tuple(name for name in names if name in failed and failed[name].reason is worst)
    state = State.UNREADABLE if worst is Unread.UNREADABLE else State.UNSTABLE
    return Difference(state, failed[found[0]].detail, found)


def changed(plan: AssetPlan, read: Reread, cached: Mapping[str, Entry]) -> Difference:
    """Tell how an asset whose hash is not the recorded one differs, and where."""
    assert plan.record is not None
    names, silent = _other_bytes(plan, read, cached)
    gone = _gone(plan.asset, plan.record.sidecar)
    added = _added(plan.asset, plan.record.sidecar)
    untold = not names and not added and not gone
    known = plan.record.sidecar.cheap_fp
    if untold and known is not None and known.digest == plan.fingerprint.digest is not None:
        detail = "the bytes changed, and no stamp did; in which files cannot be told"
        return Difference(State.SILENT_CHANGE, detail)
    if silent and not added and not gone:
        detail = "the bytes changed while size and modification time stayed the same"
        return Difference(State.SILENT_CHANGE, detail, names)
    words = [
        f"{plural(len(names), 'file')} changed" if names else "",
        f"{plural(len(added), 'frame')} added" if added else "",
        f"{plural(sum(last - first + 1 for first, last in gone), 'frame')} gone" if gone else "",
        "the bytes changed; in which files cannot be told" if untold else "",
    ]
    return Difference(State.MODIFIED, ", ".join(filter(None, words)), (*names, *added), gone)


def _other_bytes(
    plan: AssetPlan, read: Reread, cached: Mapping[str, Entry]
) -> tuple[tuple[str, ...], bool]:
    """Name the files whose cached hash is another; and tell whether no stamp shows it."""
    pairs = zip(plan.asset.names, read.stats(plan), strict=True)
    differing = {
        name: cached[name].silent_if_changed(stat)
        for name, stat in pairs
        if name in cached and _differs(cached[name].content_hash, read.hashes[name])
    }
    return tuple(differing), bool(differing) and all(differing.values())


def _differs(cached: str, now: str) -> bool:
    """Tell whether a cached hash, of the same algorithm, is another one."""
    return cached.partition(":")[0] == now.partition(":")[0] and cached != now


def _gone(asset: Asset, recorded: Sidecar) -> Runs:
    """Return the recorded frames that are not there."""
    if not isinstance(asset, ImageSequence) or recorded.sequence is None:
        return ()
    return subtract(recorded_runs(recorded.sequence), asset.runs)


def _added(asset: Asset, recorded: Sidecar) -> tuple[str, ...]:
    """Name the frames that are there and not recorded."""
    if not isinstance(asset, ImageSequence) or recorded.sequence is None:
        return ()
    new = subtract(asset.runs, recorded_runs(recorded.sequence))
    numbers = set(chain.from_iterable(range(first, last + 1) for first, last in new))
    pairs = zip(asset.frames, asset.names, strict=True)
    return tuple(name for number, name in pairs if number in numbers)


def frames_of(asset: Asset, difference: Difference) -> str | None:
    """Write which frames of a sequence differ."""
    if isinstance(asset, SingleFile):
        return None
    odd = set(difference.names)
    pairs = zip(asset.frames, asset.names, strict=True)
    runs = runs_of([number for number, name in pairs if name in odd])
    return format_runs(tuple(sorted((*runs, *difference.gone)))) or None


def names_before(sidecar: Sidecar, count: int) -> tuple[str, ...] | None:
    """Rebuild the names of a recorded sequence, if it is of so many frames."""
    record = sidecar.sequence
    if record is None:
        return None
    runs = recorded_runs(record)
    if sum(last - first + 1 for first, last in runs) != count:
        return None
    numbers = chain.from_iterable(range(first, last + 1) for first, last in runs)
    return tuple(map(record.key.name, numbers))


def not_what_was_passed(sidecar: Sidecar, hashes: Iterable[str | None]) -> str:
    """Say whose pass was of other bytes than these; `hashes` are of all algorithms made.

    Of a pass that names no bytes nothing can be said.
    """
    last = sidecar.verdict
    if last is None or last.qc_result != QCResult.PASS or not last.content_hash:
        return ""
    if last.content_hash in set(hashes):
        return ""
    return f"{last.in_words} with other bytes"


def united(
    new: Sequence[Verified], gone: Sequence[Verified]
) -> tuple[list[Verified], list[Verified]]:
    """Find what moved: new here, gone there, and the same bytes. Return what is left of both."""
    waiting: dict[str, list[Verified]] = {}
    for one in gone:
        if one.content_hash:
            waiting.setdefault(one.content_hash, []).append(one)
    moved: set[str] = set()
    found: list[Verified] = []
    for one in new:
        hashes = (one.content_hash or "", *one.other_hashes) if one.bytes else ()
        before = next(filter(None, map(waiting.get, hashes)), None)
        if not before:
            found.append(one)
            continue
        origin = before.pop(0)
        moved.add(origin.path)
        found.append(renamed(one, origin))
    return found, [one for one in gone if one.path not in moved]


def renamed(now: Verified, before: Verified) -> Verified:
    """Say that an asset is one that was recorded elsewhere."""
    detail = f"was {show(before.path)}"
    one = now._replace(states=(State.RENAMED,), detail=detail, verdict=before.verdict)
    return with_pass(one, before.passed_other)


def with_pass(asset: Verified, passed_other: str) -> Verified:
    """Add that these bytes are not what was passed, if that is said."""
    if not passed_other:
        return asset
    states = tuple(state for state in asset.states if state is not State.OK)
    detail = "; ".join(filter(None, (asset.detail, passed_other)))
    return asset._replace(states=(*states, State.NOT_PASSED), detail=detail)
