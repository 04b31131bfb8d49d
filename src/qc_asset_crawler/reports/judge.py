"""Decide how an asset stands, and whether and how urgently it needs attention. Pure."""

from collections.abc import Iterable

from ..crawler.report import Problem
from ..model import ContentState, Finding, Owner, SequenceKey, Sidecar, Verdict, label_of
from ..ranges import Runs, format_runs
from ..settings import QCResult
from ..text import cut, show
from .values import Concern, Kind, Reason, Row, State

# Notes and frames may be of any length; where they are recorded they are whole.
_MOST_CHARS = 300
_MOST_REASONS = 10
_RANKS = {concern: rank for rank, concern in enumerate(Concern)}


def recorded_row(
    folder: str,
    owner: Owner,
    place: str,
    sidecar: Sidecar,
    *,
    gone: bool = False,
    gone_frames: Runs = (),
) -> Row:
    """Judge what is recorded of an asset.

    `gone`: its media is not there any more, by the names in its folder; `gone_frames`: neither are
    these frames of it.
    """
    state = state_of(sidecar)
    if gone and state is not State.MISSING:
        state, reasons = State.MISSING, _missing(sidecar, "its media is not there any more")
    elif gone_frames and state is State.PASS and sidecar.verdict:
        text = f"frames {format_runs(gone_frames)} are not there any more"
        reason = Reason(Concern.MODIFIED, f"{text}; was {sidecar.verdict.in_words}")
        state, reasons = State.MODIFIED, [reason, *_findings(sidecar)]
    else:
        reasons = _reasons(sidecar, state)
    found = sorted(reasons, key=lambda reason: _RANKS[reason.concern])
    short = tuple(Reason(concern, cut(text, _MOST_CHARS)) for concern, text in found)
    return Row(folder, label_of(owner), kind_of(owner), state, place, short, sidecar)


def flawed_row(folder: str, owner: Owner | None, place: str, flaw: Problem) -> Row:
    """Describe an asset whose sidecar cannot be used; where nobody can tell whose, by its name."""
    reason = Reason(Concern.UNKNOWN, f"{flaw.kind}: {show(flaw.detail)}")
    name = place if owner is None else label_of(owner)
    return Row(folder, name, kind_of(owner), State.UNKNOWN, place, (reason,), flaw=flaw)


def aside_row(folder: str, place: str) -> Row:
    """Describe a damaged sidecar that a crawl has set aside; nobody can tell whose it is."""
    reason = Reason(Concern.UNKNOWN, "damaged sidecar, set aside; a verdict may be in it")
    return Row(folder, place, Kind.UNKNOWN, State.UNKNOWN, place, (reason,))


def kind_of(owner: Owner | None) -> Kind:
    """Tell what an asset is."""
    if owner is None:
        return Kind.UNKNOWN
    return Kind.SEQUENCE if isinstance(owner, SequenceKey) else Kind.FILE


def state_of(sidecar: Sidecar) -> State:
    """Tell how an asset stands. `PASS` only where a person passed exactly these bytes."""
    last = sidecar.verdict
    passed = last is not None and last.qc_result == QCResult.PASS
    if sidecar.content_state == ContentState.MISSING:
        return State.MISSING
    if sidecar.qc_result == QCResult.FAIL:
        return State.FAIL
    if last is not None and passed:
        if last.content_hash is None or sidecar.content_hash is None:
            return State.PENDING  # nobody can say that these are the bytes, nor that they are not
        if last.content_hash != sidecar.content_hash:
            return State.MODIFIED
    if sidecar.qc_result == QCResult.PASS and passed:
        return State.PASS
    return State.PENDING


def _reasons(sidecar: Sidecar, state: State) -> list[Reason]:
    last = sidecar.verdict
    if state is State.MISSING:
        return _missing(sidecar, "missing")
    reasons = _findings(sidecar)
    if state is State.FAIL:
        reasons.append(Reason(Concern.FAIL, _failed(last)))
    elif state is State.MODIFIED and last is not None:
        reasons.append(Reason(Concern.MODIFIED, f"modified since it was {last.in_words}"))
    elif state is State.PENDING:
        reasons += _pending(sidecar)
    return reasons


def _missing(sidecar: Sidecar, how: str) -> list[Reason]:
    """Say so of what was passed; what was not needs no attention."""
    last = sidecar.verdict
    if last is None or last.qc_result != QCResult.PASS:
        return []
    return [Reason(Concern.MISSING, f"{how}; was {last.in_words}"), *_findings(sidecar)]


def _failed(last: Verdict | None) -> str:
    if last is None or last.qc_result != QCResult.FAIL:
        return "fail, but nobody's verdict says so"
    return last.in_words + (f": {show(last.notes)}" if last.notes else "")


def _pending(sidecar: Sidecar) -> list[Reason]:
    """Say why an asset is pending that was passed before, or is not pending by its own word."""
    if sidecar.qc_result not in {QCResult.PASS, QCResult.PENDING}:
        text = f"qc_result is not known: {show(sidecar.qc_result)}"
        return [Reason(Concern.UNKNOWN, text)]
    last = sidecar.verdict
    if last is not None and last.qc_result == QCResult.PASS:
        return [_passed_but_pending(last, sidecar.content_hash)]
    if sidecar.qc_result == QCResult.PASS:
        return [Reason(Concern.UNKNOWN, "says pass, but nobody's last verdict does")]
    if last is None:
        return []
    before = _withdrawn(sidecar.verdicts)
    if before is None or before.qc_result != QCResult.PASS:
        return []
    when = f"{show(last.operator)} on {show(last.qc_time[:10])}"
    return [Reason(Concern.PENDING, f"pending; {before.in_words}, withdrawn by {when}")]


def _passed_but_pending(last: Verdict, content_hash: str | None) -> Reason:
    """Say how the bytes of an asset that is not modified stand to those that were passed."""
    if last.content_hash is None:
        return Reason(Concern.UNKNOWN, f"{last.in_words}, of which bytes is not recorded")
    if content_hash is None:
        return Reason(Concern.UNKNOWN, f"{last.in_words}; which bytes it has is not recorded")
    return Reason(Concern.PENDING, f"pending; same bytes as {last.in_words}")


def _withdrawn(verdicts: tuple[Verdict, ...]) -> Verdict | None:
    """Return the verdict that a person's `pending` withdrew, if that is the last word."""
    said = (verdict for verdict in reversed(verdicts) if verdict.qc_result != QCResult.PENDING)
    return next(said, None)


def _findings(sidecar: Sidecar) -> list[Reason]:
    return [Reason(Concern.FINDING, in_words(finding)) for finding in sidecar.findings]


def in_words(finding: Finding) -> str:
    """Describe a finding: "truncated 1002-1003: ends early"."""
    frames = f" {finding.frames}" if finding.frames else ""
    return show(f"{finding.kind}{frames}: {finding.detail}")


def first_reasons(row: Row) -> list[Reason]:
    """Return as many reasons as anybody reads, and how many more there are."""
    more = len(row.reasons) - _MOST_REASONS
    if more <= 0:
        return list(row.reasons)
    last = Reason(row.reasons[-1].concern, f"… and {more:,} more")
    return [*row.reasons[:_MOST_REASONS], last]


def attention(rows: Iterable[Row]) -> list[Row]:
    """Return what needs attention, the worst first."""
    return sorted((row for row in rows if row.reasons), key=_urgency)


def _urgency(row: Row) -> tuple[int, str]:
    return _RANKS[row.reasons[0].concern], row.path
