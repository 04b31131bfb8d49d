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
    """Tell what is against an asset: only where the last verdict says pass, too, nothing is.

    A sidecar may have been edited by hand: what its first lines say is nobody's word.
    """
    said = result.verdict.qc_result if result.verdict else QCResult.PENDING
    if QCResult.FAIL in {said, result.qc_result}:
        return {QCResult.FAIL}
    return set() if said == result.qc_result == QCResult.PASS else {QCResult.PENDING}
