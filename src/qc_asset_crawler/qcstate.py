"""What becomes of an asset's QC state: the previous record, the present content, this run.

Pure. The table of SPEC's life cycle is `decide`; `tests/test_qcstate.py` holds it as a table.
"""

from typing import NamedTuple

from .findings.values import Kind
from .identity import Stamp
from .model import (
    ContentState,
    Finding,
    Fingerprint,
    SequenceRecord,
    Sidecar,
    Told,
    TrackerStatus,
    Verdict,
)
from .outbox import owes_look_up, settled
from .settings import Policy, QCResult, Signing
from .version import SCHEMA_VERSION, TOOL_VERSION


class Signature(NamedTuple):
    """The QC signature of a run: under which policy, by whom, and what a person says, if any.

    `tells_trak`: what is new, changed or signed is queued for the asset tracker.
    """

    run_id: str
    policy: Policy
    operator: str
    signing: Signing | None = None
    asset_id: str | None = None
    tells_trak: bool = False


class Content(NamedTuple):
    """An asset's content as it is now.

    Where the fingerprint proved it equal to what is recorded, `content_hash` is the recorded one.
    `findings` are None where nobody looked. `why_changed` says what only the reader of the bytes
    knows, e.g. that the recorded algorithm cannot be computed here.
    """

    asset_path: str
    content_hash: str
    fingerprint: Fingerprint
    sequence: SequenceRecord | None = None
    findings: tuple[Finding, ...] | None = None
    why_changed: str = "content changed"


class Gone:
    """The recorded media is gone from a completely read listing."""

    __slots__ = ()  # a tuple without fields would count as false

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Gone)

    def __hash__(self) -> int:
        return hash(Gone)

    def __repr__(self) -> str:
        return "Gone()"


class Decision(NamedTuple):
    """What to record: None means that nothing is written. `why` is for people."""

    sidecar: Sidecar | None
    why: str = ""


KEEP = Decision(None)
_EVENTS = frozenset({Kind.SILENT_CHANGE})


def decide(
    before: Sidecar | None, now: Content | Gone, signature: Signature, stamp: Stamp
) -> Decision:
    """Decide what becomes of an asset. `stamp` is used where a fresh id or time is due."""
    if isinstance(now, Gone):
        return _gone(before)
    if before is None:
        first = _asked_for(_first(now, signature, stamp), signature)
        return _signed_or(first, now, signature, stamp)
    same = now.content_hash == before.content_hash
    if signature.signing is not None:
        if _said_already(before, now, signature):
            return Decision(None, f"signed {signature.signing.result}")
        base = _unchanged(before, now) if same else _modified(before, now)
        return _signed_or(_asked_for(base, signature), now, signature, stamp)
    if same:
        return _automated_same(before, now, signature, stamp)
    after = _pending(_modified(before, now), signature, stamp)._replace(
        asset_id=signature.asset_id or before.asset_id,
    )
    return Decision(_asked_for(after, signature), now.why_changed)


def _asked_for(after: Sidecar, signature: Signature) -> Sidecar:
    """Queue the question which asset this is; or drop it, where the run brought the answer."""
    if signature.asset_id is not None:
        return _answered(after)
    if not signature.tells_trak:
        return after
    return after._replace(tracker_status=_with(after.tracker_status, Told.QUEUED))


def _answered(after: Sidecar) -> Sidecar:
    """Drop the question which asset this is, for somebody said it."""
    if not owes_look_up(after):
        return after
    return after._replace(tracker_status=_with(after.tracker_status, Told.DISABLED))


def _with(before: TrackerStatus, status: Told) -> TrackerStatus:
    return before._replace(status=status, http_code=None)


def _said_already(before: Sidecar, now: Content, signature: Signature) -> bool:
    """Tell whether this very run has recorded its verdict on these bytes: once is enough.

    It is asked again where the lock was lost after the writing, or two ROOTs name one asset.
    """
    return any(
        verdict.run_id == signature.run_id and verdict.content_hash == now.content_hash
        for verdict in before.verdicts
    )


def _gone(before: Sidecar | None) -> Decision:
    if before is None or before.content_state == ContentState.MISSING:
        return KEEP
    after = current_schema(before)._replace(content_state=ContentState.MISSING)
    return Decision(after, "media gone")


def _first(now: Content, signature: Signature, stamp: Stamp) -> Sidecar:
    return Sidecar(
        schema_version=SCHEMA_VERSION,
        tool_version=TOOL_VERSION,
        policy_version=signature.policy.version,
        qc_id=stamp.qc_id,
        qc_time=stamp.qc_time,
        qc_result=QCResult.PENDING,
        notes="",
        operator=signature.operator,
        asset_id=signature.asset_id,
        asset_path=now.asset_path,
        content_hash=now.content_hash,
        content_state=ContentState.NEW,
        prev_content_hash=None,
        findings=now.findings or (),
        sequence=now.sequence,
        cheap_fp=now.fingerprint,
    )


def current_schema(before: Sidecar) -> Sidecar:
    """Bring the schema keys up to date; a newer minor version is never written down."""
    if not schema_is_older(before.schema_version):
        return before
    return before._replace(schema_version=SCHEMA_VERSION, tool_version=TOOL_VERSION)


def schema_is_older(version: str) -> bool:
    """Tell whether a (readable) schema version is older than what this tool writes."""
    return _version(version) < _version(SCHEMA_VERSION)


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in text.split("."))


def _measured(before: Sidecar, now: Content) -> Sidecar:
    """Take over what was measured and seen: the fingerprint, findings, a sequence's figures."""
    fingerprint = now.fingerprint
    if before.cheap_fp is not None:
        fingerprint = fingerprint._replace(extra=before.cheap_fp.extra)
    sequence = now.sequence
    if sequence is not None and before.sequence is not None:
        sequence = sequence._replace(extra=before.sequence.extra)
    return current_schema(before)._replace(
        cheap_fp=fingerprint, sequence=sequence, findings=_seen(before.findings, now.findings)
    )


def _seen(before: tuple[Finding, ...], now: tuple[Finding, ...] | None) -> tuple[Finding, ...]:
    """Return the findings of bytes that are the same; how they once changed is not to be seen."""
    if now is None:
        return before
    return (*now, *(one for one in before if one.kind in _EVENTS and one not in now))


def _unchanged(before: Sidecar, now: Content) -> Sidecar:
    return _measured(before, now)._replace(content_state=ContentState.UNCHANGED)


def _modified(before: Sidecar, now: Content) -> Sidecar:
    return _measured(before, now)._replace(
        asset_path=now.asset_path,
        content_hash=now.content_hash,
        content_state=ContentState.MODIFIED,
        prev_content_hash=before.content_hash,
        findings=now.findings or (),
    )


def _pending(sidecar: Sidecar, signature: Signature, stamp: Stamp) -> Sidecar:
    return sidecar._replace(
        qc_result=QCResult.PENDING,
        qc_time=stamp.qc_time,
        operator=signature.operator,
        notes="",
        tool_version=TOOL_VERSION,
        policy_version=policy_after(sidecar.policy_version, signature.policy),
    )


def policy_after(recorded: str, policy: Policy) -> str:
    """Return the policy version to record: the built-in default never replaces another."""
    return policy.version if policy.configured or not recorded else recorded


def _automated_same(before: Sidecar, now: Content, signature: Signature, stamp: Stamp) -> Decision:
    after = _measured(before, now)
    why = "stamps or schema refreshed"
    if before.content_state == ContentState.MISSING:
        after = after._replace(content_state=ContentState.UNCHANGED)
        why = "media is back, the same bytes"
    if signature.policy.configured and signature.policy.version != before.policy_version:
        after = _pending(after, signature, stamp)._replace(content_state=ContentState.UNCHANGED)
        why = f"policy changed from {before.policy_version}"
    if signature.asset_id is not None:
        given = _answered(after._replace(asset_id=signature.asset_id))
        why = "asset id set" if given != after else why
        after = given
    return KEEP if after == before else Decision(after, why)


def _signed_or(base: Sidecar, now: Content, signature: Signature, stamp: Stamp) -> Decision:
    """Add the verdict of an operator run; in an automated run `base` is a first record."""
    signing = signature.signing
    if signing is None:
        return Decision(base, "first seen")
    verdict = Verdict(
        qc_id=stamp.qc_id,
        qc_time=stamp.qc_time,
        qc_result=signing.result,
        operator=signature.operator,
        notes=signing.note,
        content_hash=base.content_hash,
        run_id=signature.run_id,
        tracker_status=TrackerStatus(Told.QUEUED if signature.tells_trak else Told.DISABLED),
    )
    after = base._replace(
        asset_path=now.asset_path,
        tool_version=TOOL_VERSION,
        policy_version=policy_after(base.policy_version, signature.policy),
        qc_id=stamp.qc_id,
        qc_time=stamp.qc_time,
        qc_result=signing.result,
        notes=signing.note,
        operator=signature.operator,
        asset_id=signature.asset_id or base.asset_id,
        verdicts=(*base.verdicts, verdict),
    )
    return Decision(settled(after), f"signed {signing.result}")
