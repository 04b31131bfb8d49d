"""What a run is told to fail on: the gate before a delivery. Pure."""

from ..model import ContentState
from ..settings import QCResult
from .report import AssetResult

_RESULTS = {QCResult.PENDING, QCResult.FAIL}
_STATES = {ContentState.MODIFIED, ContentState.MISSING}


def refused(result: AssetResult, fail_on: frozenset[str]) -> frozenset[str]:
    """Return which of what is not to be there is there, of one asset."""
    if not fail_on:
        return fail_on
    there = {finding.kind for finding in result.findings}
    return fail_on & (there | {result.qc_result} & _RESULTS | {result.content_state} & _STATES)
