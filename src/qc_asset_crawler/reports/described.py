"""Findings, verdicts and problems as JSON, alike in all output; `docs/json.md`. Pure."""

from ..crawler.report import Problem
from ..model import Finding, Verdict

Json = dict[str, object]


def verdict_json(verdict: Verdict | None) -> Json | None:
    """Describe a verdict."""
    if verdict is None:
        return None
    return {
        "qc_id": verdict.qc_id,
        "qc_time": verdict.qc_time,
        "qc_result": verdict.qc_result,
        "operator": verdict.operator,
        "notes": verdict.notes,
        "content_hash": verdict.content_hash,
    }


def finding_json(finding: Finding) -> Json:
    """Describe a finding."""
    return {"kind": finding.kind, "frames": finding.frames, "detail": finding.detail}


def problem_json(problem: Problem) -> Json:
    """Describe a problem."""
    return {"kind": problem.kind, "path": problem.path, "detail": problem.detail}
