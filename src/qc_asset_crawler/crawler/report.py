"""What a crawl found out, as values: results, problems, totals."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from ..model import ContentState, Finding, Verdict
from ..outbox import NO_DEBTS, Debts
from .finding import Share
from .place import FolderPlace

_NONE: Mapping[str, int] = MappingProxyType({})


class ProblemKind(StrEnum):
    """Why something was not examined or not recorded."""

    UNREADABLE = "unreadable"
    UNSTABLE = "unstable"
    BUSY = "busy"
    BAD_SIDECAR = "bad-sidecar"
    NEWER_SIDECAR = "newer-sidecar"
    UNRECORDED = "unrecorded"
    UNSIGNED = "unsigned"
    UNEXAMINED = "unexamined"
    UNREMOVED = "unremoved"
    NOTHING_FOUND = "nothing-found"


# A live tree is always rendering somewhere: these make an operator run fail, not a nightly one.
TRANSIENT = frozenset({ProblemKind.UNSTABLE, ProblemKind.BUSY})


class Problem(NamedTuple):
    """Something that could not be examined or recorded; `path` is the asset, file or folder."""

    kind: ProblemKind
    path: str
    detail: str


class Notice(NamedTuple):
    """What the tracker refused, or could not digest, of one asset; `status` is a `Told`."""

    path: str
    status: str
    http_code: int | None
    detail: str


class Action(StrEnum):
    """What the run did to an asset's sidecar."""

    RECORDED = "recorded"
    REFRESHED = "refreshed"
    MOVED = "moved"
    KEPT = "kept"


class AssetResult(NamedTuple):
    """One asset as the run leaves it.

    `path` is the folder with the file name or pattern; `bytes` and `files` are what it holds;
    `same_bytes` is the verdict these bytes had, where the asset is pending all the same;
    `found_now`: its findings are not those that were recorded before, or it is recorded anew;
    `incurred` is what the tracker is to be told since this run, besides what was owed before.
    """

    path: str
    asset_path: str
    kind: str
    action: Action
    why: str
    content_state: str
    qc_result: str
    content_hash: str | None
    sidecar: str
    files: int
    bytes: int
    frames: str | None = None
    holes: int = 0
    findings: tuple[Finding, ...] = ()
    verdict: Verdict | None = None
    same_bytes: Verdict | None = None
    found_now: bool = False
    incurred: Debts = NO_DEBTS


class FolderOutcome(NamedTuple):
    """What became of one folder. `stopped`: the run ended before it was finished.

    `numbered` counts the assets that were compared with the frames expected of them;
    `regrouped_failed` are the paths of single files that were failed, and are frames of a sequence
    now of which nobody has said anything.
    """

    place: FolderPlace
    results: tuple[AssetResult, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: Mapping[str, int] = _NONE
    not_looked_at: Mapping[str, int] = _NONE
    files_seen: int = 0
    bytes_seen: int = 0
    files_read: int = 0
    regrouped: int = 0
    regrouped_signed: int = 0
    regrouped_failed: tuple[str, ...] = ()
    left_alone: int = 0
    media_or_records: int = 0
    numbered: int = 0
    debts: Debts = NO_DEBTS
    stopped: bool = False


class FolderTold(NamedTuple):
    """What became of one folder's errands; `was` is what it owed by the first count, `owes` now."""

    was: Debts = NO_DEBTS
    owes: Debts = NO_DEBTS
    delivered: int = 0
    looked_up: int = 0
    notices: tuple[Notice, ...] = ()
    problems: tuple[Problem, ...] = ()


class TrakReport(NamedTuple):
    """What the asset tracker was told, and what it was not.

    `on`: this run had a tracker. `delivered` counts verdicts, `looked_up` answered look-ups,
    `owes` what is left. `given_up` says in words why the run called no more.
    """

    on: bool = False
    delivered: int = 0
    looked_up: int = 0
    owes: Debts = NO_DEBTS
    notices: tuple[Notice, ...] = ()
    given_up: str | None = None


class CrawlReport(NamedTuple):
    """The totals of a run, and everything that needs attention.

    `interrupted`: it was asked to stop; `cut_short`: while there was media to look at.
    `media_seconds` is how long the media took, `seconds` the whole run, with the wait for the
    tracker. `states` counts assets by content state as this run saw them, `actions` by what was
    done, `results` by QC result. `bytes_read` counts what was hashed, `bytes_seen` what the
    examined assets hold. `not_looked_at` counts files by extension, `refused` the assets in which
    something is that is not to be there; `decoded` the pictures that were decoded, where that was
    asked for; `gated`: it was asked for,
    so that nothing may stay unexamined. `share` is what of the roots it
    was about; `compared` counts, where frames are expected, the assets that were compared.
    """

    run_id: str
    roots: tuple[str, ...]
    operator_run: bool
    media_seconds: float
    seconds: float
    folders: int
    assets: int
    sequences: int
    states: Mapping[str, int]
    actions: Mapping[str, int]
    results: Mapping[str, int]
    files_seen: int
    bytes_seen: int
    files_read: int
    bytes_read: int
    problems: tuple[Problem, ...]
    attention: tuple[AssetResult, ...]
    warnings: tuple[str, ...]
    skipped: Mapping[str, int]
    not_looked_at: Mapping[str, int]
    regrouped: int
    regrouped_signed: int
    left_alone: int
    interrupted: bool
    share: Share = Share()
    compared: int | None = None
    cut_short: bool = False
    decoded: int | None = None
    trak: TrakReport = TrakReport()
    refused: Mapping[str, int] = _NONE
    gated: bool = False

    def failures(self) -> dict[str, int]:
        """Count, by kind, the problems that make this run's exit status 3."""
        return failures(self.problems, operator_run=self.operator_run or self.gated)

    def untold(self) -> int:
        """Count the verdicts that wait, and make the exit status 5; none without a tracker."""
        return self.trak.owes.verdicts if self.trak.on else 0


def failures(problems: tuple[Problem, ...], *, operator_run: bool) -> dict[str, int]:
    """Count, by kind, the problems that fail a run; a nightly one tolerates a live tree."""
    counts = Counter(problem.kind for problem in problems)
    return {
        kind.value: counts[kind]
        for kind in ProblemKind
        if counts[kind] and (operator_run or kind not in TRANSIENT)
    }


def needs_attention(result: AssetResult, *, operator_run: bool) -> bool:
    """Tell whether an asset belongs into the list at the end of the summary.

    What is missing is news once; but whoever signs a tree is told each time what was not there.
    """
    told = result.action is Action.RECORDED
    return bool(
        (result.found_now and result.findings)
        or result.same_bytes
        or (told and result.content_state == ContentState.MODIFIED)
        or ((told or operator_run) and result.content_state == ContentState.MISSING)
    )
