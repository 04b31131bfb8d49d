"""Decide about one artifact: whose it is, and whether it goes. Pure."""

from typing import NamedTuple

from ..files.lock import CLOCK_WENT_BACK_NS, LOCK_STALE_NS, TEMP_STALE_NS
from ..model import Sidecar, Verdict
from ..outbox import undelivered
from ..settings import QCResult
from ..text import plural, show
from .values import Artifact, Content, Flaw, FlawKind, Kind, Mark, Ruling, Standing

_OF_THE_PREDECESSOR = "schema_name"
_MOST_NAMED = 3
_OURS = Ruling(Standing.OURS)
_NOT_KNOWN = {FlawKind.NEWER, FlawKind.UNREADABLE}
_NOT_OURS = {FlawKind.NO_FILE, FlawKind.NO_SIDECAR}


class Allowance(NamedTuple):
    """What may go besides what a re-run reproduces.

    `cache_only`: hash caches, and nothing else. `verdicts`: sidecars that hold a verdict or a note.
    `unsent`: with them those with a verdict that the tracker should have and has not.
    """

    cache_only: bool = False
    verdicts: bool = False
    unsent: bool = False

    def permits(self, artifact: Artifact) -> bool:
        """Tell whether an artifact goes."""
        if self.cache_only and artifact.kind is not Kind.CACHE:
            return False
        match artifact.standing:
            case Standing.OURS:
                return True
            case Standing.SAID:
                return self.verdicts
            case Standing.UNSENT:
                return self.verdicts and self.unsent
            case _:
                return False


def judge_sidecar(content: Content, *, by_name: bool, beside_media: bool) -> Ruling:
    """Decide whose a file is that is named like a sidecar.

    `by_name`: the name alone says that it is ours. `beside_media`: what it would be of is there.
    What cannot be understood may hold somebody's verdict: it is not for us to remove.
    """
    found = content.sidecar
    if isinstance(found, Sidecar):
        return _judge_recorded(found)
    if found.kind is FlawKind.EMPTY:
        if beside_media:
            return Ruling(Standing.OURS, "is empty, beside its media")
        return Ruling(Standing.FOREIGN, "is empty, and there is no media that it would be of")
    known = found.kind in _NOT_OURS or not (by_name or found.kind in _NOT_KNOWN)
    return Ruling(Standing.FOREIGN if known else Standing.UNKNOWN, found.detail)


def _judge_recorded(sidecar: Sidecar) -> Ruling:
    waiting = undelivered(sidecar)
    if waiting:
        them = f"{plural(waiting, 'verdict')} that Trak has not got"
        return Ruling(Standing.UNSENT, f"{_words_of(sidecar)}; {them}")
    if sidecar.verdicts or sidecar.notes or sidecar.qc_result != QCResult.PENDING:
        return Ruling(Standing.SAID, _words_of(sidecar))
    if unknown := _unknown_keys(sidecar):
        return Ruling(Standing.SAID, f"holds what this version does not know: {unknown}")
    return _OURS


def _unknown_keys(sidecar: Sidecar) -> str:
    """Name the keys that a re-run could not reproduce; all but the predecessor's were added."""
    if _OF_THE_PREDECESSOR in sidecar.extra:
        return ""
    names = sorted(sidecar.extra)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(show(name[:40]) for name in names[:_MOST_NAMED]) + more


def _words_of(sidecar: Sidecar) -> str:
    """Say what a person said of an asset last."""
    if sidecar.verdict is not None:
        more = f" and {len(sidecar.verdicts) - 1} before" if len(sidecar.verdicts) > 1 else ""
        return _verdict_in_words(sidecar.verdict) + more
    if sidecar.qc_result != QCResult.PENDING:
        return f"{show(sidecar.qc_result)}, without a verdict"
    return f"a note by {show(sidecar.operator)}"


def _verdict_in_words(verdict: Verdict) -> str:
    by = f"{show(verdict.qc_result)} by {show(verdict.operator)}"
    return f"{by} on {show(verdict.qc_time[:10])}"


def judge_cache(head: bytes | Flaw, *, is_ours: bool) -> Ruling:
    """Decide about a file with the cache's name; `is_ours`: it begins as one does."""
    if isinstance(head, Flaw):
        known = head.kind in _NOT_OURS
        return Ruling(Standing.FOREIGN if known else Standing.UNKNOWN, head.detail)
    return _OURS if is_ours else Ruling(Standing.FOREIGN, "is no hash cache of ours")


def judge_mark(kind: Kind, mark: Mark) -> Ruling:
    """Decide about a lock or temp file: those of a dead crawler are left over."""
    if mark.flaw is not None:
        unknown = mark.flaw.kind is FlawKind.UNREADABLE
        return Ruling(Standing.UNKNOWN if unknown else Standing.FOREIGN, mark.flaw.detail)
    stale_after = LOCK_STALE_NS if kind is Kind.LOCK else TEMP_STALE_NS
    fresh = -CLOCK_WENT_BACK_NS <= mark.age_ns < stale_after
    if mark.owner_is_dead or not fresh:
        return _OURS
    return Ruling(Standing.IN_USE, "a crawler may be at work")
