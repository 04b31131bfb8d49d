"""The values that travel between the modules, in the words of the field."""

import re
from collections import deque
from collections.abc import Iterator, Mapping
from enum import StrEnum
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from .ranges import Runs, format_runs
from .settings import QCResult
from .text import show

JsonObject = Mapping[str, object]
NO_EXTRA: JsonObject = MappingProxyType({})
SEPARATORS = "._-"
_CONTENT_HASH = re.compile(r"[a-z0-9]{1,20}:[0-9a-f]{64}")


def is_content_hash(text: str | None) -> bool:
    """Tell whether a text is a content hash, of whatever algorithm: ``algo:<64 hex>``."""
    return text is not None and _CONTENT_HASH.fullmatch(text) is not None


class FileStat(NamedTuple):
    """What `lstat` says of a regular file; times in nanoseconds."""

    dev: int
    ino: int
    size: int
    mtime_ns: int
    ctime_ns: int


class SequenceKey(NamedTuple):
    """What a sequence is recognised by inside its directory; `ext` as spelt on disk."""

    prefix: str
    ext: str
    pad: int

    @property
    def base(self) -> str:
        """The prefix less one trailing separator."""
        return self.prefix[:-1] if self.prefix[-1:] in set(SEPARATORS) else self.prefix

    @property
    def pattern(self) -> str:
        """The printf pattern, e.g. ``plate.%04d.exr``; a literal ``%`` is doubled."""
        prefix = self.prefix.replace("%", "%%")
        return f"{prefix}%0{self.pad}d.{self.ext.replace('%', '%%')}"

    def name(self, frame: int) -> str:
        """Return the file name of a frame."""
        return f"{self.prefix}{frame:0{self.pad}d}.{self.ext}"


class ImageSequence(NamedTuple):
    """Frames of one directory that one pattern rebuilds to the letter; sorted, distinct.

    `names` are the file names in frame order: what `key.name` rebuilds, kept for speed. `runs` are
    the contiguous runs of frames: a million of them without a hole take two numbers.
    """

    key: SequenceKey
    names: tuple[str, ...]
    runs: Runs

    @property
    def frames(self) -> tuple[int, ...]:
        """The frame numbers, one a name."""
        return tuple(chain.from_iterable(range(first, last + 1) for first, last in self.runs))

    @property
    def label(self) -> str:
        """What the asset is called inside its directory."""
        return self.key.pattern

    @property
    def identity(self) -> "Owner":
        """What it is recognised by inside its directory."""
        return self.key


class SingleFile(NamedTuple):
    """One media file that belongs to no sequence."""

    name: str

    @property
    def names(self) -> tuple[str, ...]:
        """The file name, as the only one."""
        return (self.name,)

    @property
    def identity(self) -> "Owner":
        """What it is recognised by inside its directory."""
        return self.name

    @property
    def label(self) -> str:
        """What the asset is called inside its directory."""
        return self.name


Asset = ImageSequence | SingleFile
Owner = str | SequenceKey
"""Whose a sidecar is: a single file, by its name, or a sequence."""


def label_of(owner: Owner) -> str:
    """Return what an asset is called inside its directory."""
    return owner.pattern if isinstance(owner, SequenceKey) else owner


class Fingerprint(NamedTuple):
    """The cheap fingerprint of an asset: what `lstat` says of all its members.

    `newest_mtime` is in whole seconds; `digest` is ``blake2b:<64 hex>``, or None while a
    member was changed too recently for its stamps to be trusted.
    """

    bytes: int
    files: int
    newest_mtime: int
    digest: str | None
    extra: JsonObject = NO_EXTRA

    @property
    def measured(self) -> tuple[int, int, int, str | None]:
        """All that tells one fingerprint from another: `extra` does not."""
        return self.bytes, self.files, self.newest_mtime, self.digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fingerprint) and self.measured == other.measured

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.measured)


class Told(StrEnum):
    """What the asset tracker knows of a verdict, or of an asset.

    `QUEUED`, `UNAUTHORIZED` and `ERROR` are sent again by every run; `REJECTED` and `NOT_FOUND`
    only on request; `DISABLED` (said while the tracker was off) and `OK` never.
    """

    DISABLED = "disabled"
    QUEUED = "queued"
    OK = "ok"
    UNAUTHORIZED = "unauthorized"
    ERROR = "error"
    REJECTED = "rejected"
    NOT_FOUND = "not_found"


class TrackerStatus(NamedTuple):
    """The state of an exchange with the asset tracker: a `Told`; and its HTTP status, if any."""

    status: str = Told.DISABLED
    http_code: int | None = None
    extra: JsonObject = NO_EXTRA


class Verdict(NamedTuple):
    """What one person said of exactly these bytes."""

    qc_id: str
    qc_time: str
    qc_result: str
    operator: str
    notes: str
    content_hash: str | None
    run_id: str | None
    tracker_status: TrackerStatus = TrackerStatus()
    extra: JsonObject = NO_EXTRA

    @property
    def said(self) -> tuple[str | None, ...]:
        """What was said, by whom and when: all that tells one verdict from another."""
        return (
            self.qc_id,
            self.qc_time,
            self.qc_result,
            self.operator,
            self.notes,
            self.content_hash,
        )

    @property
    def in_words(self) -> str:
        """Whose verdict it is: "passed by anna on 2025-11-13"."""
        word = {QCResult.PASS.value: "passed", QCResult.FAIL.value: "failed"}.get(self.qc_result)
        return (
            f"{word or show(self.qc_result)} by {show(self.operator)} on {show(self.qc_time[:10])}"
        )


class Finding(NamedTuple):
    """Something seen in the frames; advisory. `frames` in range notation, or None."""

    kind: str
    frames: str | None
    detail: str
    extra: JsonObject = NO_EXTRA


class SequenceRecord(NamedTuple):
    """A sequence as a sidecar describes it."""

    key: SequenceKey
    base: str
    first: str
    last: str
    frame_min: int
    frame_max: int
    frame_count: int
    holes: int
    range_count: int
    frames: str
    extra: JsonObject = NO_EXTRA


def describe(sequence: ImageSequence) -> SequenceRecord:
    """Derive what a sidecar says of a sequence; it never expands a gap."""
    key, names, runs = sequence
    first, last = runs[0][0], runs[-1][1]
    return SequenceRecord(
        key=key,
        base=key.base,
        first=names[0],
        last=names[-1],
        frame_min=first,
        frame_max=last,
        frame_count=len(names),
        holes=last - first + 1 - len(names),
        range_count=len(runs),
        frames=format_runs(runs),
    )


class ContentState(StrEnum):
    """How an asset's content stood at the last writing, against the one before."""

    NEW = "new"
    MODIFIED = "modified"
    UNCHANGED = "unchanged"
    MISSING = "missing"


class Sidecar(NamedTuple):
    """The recorded QC state of one asset; `docs/sidecar.md` explains every key."""

    schema_version: str
    tool_version: str
    policy_version: str
    qc_id: str
    qc_time: str
    qc_result: str
    notes: str
    operator: str
    asset_id: str | None
    asset_path: str
    content_hash: str | None
    content_state: str
    prev_content_hash: str | None
    verdicts: tuple[Verdict, ...] = ()
    findings: tuple[Finding, ...] = ()
    sequence: SequenceRecord | None = None
    cheap_fp: Fingerprint | None = None
    tracker_status: TrackerStatus = TrackerStatus()
    extra: JsonObject = NO_EXTRA

    @property
    def verdict(self) -> Verdict | None:
        """*The* verdict: the last thing a person said."""
        return self.verdicts[-1] if self.verdicts else None

    @property
    def holds_a_persons_word(self) -> bool:
        """Whether a re-run could not reproduce what it carries."""
        return bool(self.verdicts or self.notes or self.asset_id)

    def same_bytes_verdict(self) -> Verdict | None:
        """Return the verdict these bytes had, where the state is pending all the same."""
        last = self.verdict
        if (
            last is None
            or self.qc_result != QCResult.PENDING
            or last.qc_result == QCResult.PENDING
            or self.content_hash is None
            or last.content_hash != self.content_hash
        ):
            return None
        return last


def unite(newer: Sidecar, older: Sidecar) -> Sidecar:
    """Unite two records of one asset: the newer state, everybody's verdicts, oldest first."""
    delivered = {v.said: v for v in older.verdicts if v.tracker_status.status == Told.OK}
    verdicts = _in_order(newer.verdicts, older.verdicts)
    return newer._replace(
        verdicts=tuple(delivered.get(v.said, v) for v in verdicts),
        asset_id=newer.asset_id or older.asset_id,
        extra={**older.extra, **newer.extra},
    )


def _in_order(some: tuple[Verdict, ...], others: tuple[Verdict, ...]) -> Iterator[Verdict]:
    """Merge two lists, each in the order in which it was said; times decide between the two.

    Hosts' clocks differ: by the time alone what was said last might not be the last.
    """
    in_some, in_others = ({v.said for v in one} for one in (some, others))
    left, right = deque(some), deque(others)
    while left and right:
        if left[0].said == right[0].said:
            right.popleft()
            yield left.popleft()
        elif left[0].said not in in_others and (
            right[0].said in in_some or _when(left[0]) < _when(right[0])
        ):
            yield left.popleft()
        elif right[0].said not in in_some:
            yield right.popleft()
        else:  # both hold both, in another order: no run writes that
            said = left[0].said
            yield left.popleft()
            right = deque(v for v in right if v.said != said)
    yield from left
    yield from right


def _when(verdict: Verdict) -> tuple[str, str]:
    return verdict.qc_time, verdict.qc_id
