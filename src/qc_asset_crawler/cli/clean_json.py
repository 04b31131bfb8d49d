"""The machine's view of `qc-clean`; `docs/cleaning.md` explains every key."""

from collections.abc import Iterable

from ..cleanup import CleanReport, Found
from ..reports.described import Json, problem_json
from ..version import TOOL_VERSION
from .ending import Ending


def document(report: CleanReport, found: Iterable[Found], ending: Ending, *, removed: bool) -> Json:
    """Compose the one document of `--json`."""
    ordered = sorted(found, key=lambda one: one.path)
    return {
        "artifacts": [_artifact(one, removed=removed) for one in ordered],
        "summary": _summary(report, ending, removed=removed),
    }


def _artifact(found: Found, *, removed: bool) -> Json:
    artifact = found.artifact
    goes = "removed" if removed else "would-remove"
    return {
        "path": found.path,
        "kind": artifact.kind,
        "standing": artifact.standing,
        "detail": artifact.ruling.detail,
        "bytes": artifact.size,
        "action": goes if found.goes else "kept",
    }


def _summary(report: CleanReport, ending: Ending, *, removed: bool) -> Json:
    return {
        "tool_version": TOOL_VERSION,
        "roots": list(report.roots),
        "dry_run": not removed,
        "interrupted": report.interrupted,
        "exit": {"status": int(ending.status), "reasons": dict(ending.reasons)},
        "seconds": round(report.seconds, 3),
        "folders": report.folders_seen,
        "goes": {kind.value: count for kind, count in report.going.items()},
        "stays": {standing.value: count for standing, count in report.staying.items()},
        "said": report.said,
        "bytes": report.bytes,
        "problems": [problem_json(problem) for problem in report.problems],
    }
