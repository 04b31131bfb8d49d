"""What a run is told to fail on: the gate before a delivery. Pure."""

from ..model import ContentState
from ..settings import QCResult
from .report import AssetResult

_STATES = {ContentState.MODIFIED, ContentState.MISSING}


def refused(result: AssetResult, fail_on: frozenset[str]) -> frozenset[str]:
    """Return which of what is not to be there is there, of one asset."""
    if not fail_on:
        return fail_on
    there = {finding.kind for finding in result.findings}
    return fail_on & (there | _results(result) | {result.content_state} & _STATES)


def _results(result: AssetResult) -> set[str]:
    """Tell what is against an asset: only where the last verdict passed these bytes nothing is.

    A sidecar may have been edited by hand: what its first lines say is nobody's word. What was
    failed, and rendered anew since, is both: nobody has looked at it, and nobody has passed it.
    """
    last = result.verdict
    said = last.qc_result if last else QCResult.PENDING
    against = {QCResult.FAIL} & {said, result.qc_result}
    if result.qc_result == QCResult.PENDING or not (against or _passes(result)):
        against.add(QCResult.PENDING)
    return {*against}


def _passes(result: AssetResult) -> bool:
    last = result.verdict
    if last is None or last.content_hash is None:
        return False
    of_these = last.content_hash == result.content_hash
    return of_these and last.qc_result == result.qc_result == QCResult.PASS
