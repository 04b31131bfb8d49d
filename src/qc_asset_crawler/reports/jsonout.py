"""A report for machines; `docs/json.md` explains every key. Pure."""

from collections.abc import Mapping

from ..version import TOOL_VERSION
from .described import Json, finding_json, problem_json, verdict_json
from .totals import by_folder, count_states
from .values import FolderTotals, Report, Row, State


def report_json(report: Report, ending: Json | None = None) -> Json:
    """Compose the whole document; `ending` is how the command ends, where that is known."""
    return {
        "assets": [row_json(row) for row in report.rows],
        "folders": [_folder_json(folder) for folder in by_folder(report.rows)],
        "summary": _summary_json(report) | ({"exit": ending} if ending else {}),
    }


def _summary_json(report: Report) -> Json:
    return {
        "tool_version": TOOL_VERSION,
        "made": report.made,
        "roots": list(report.roots),
        "interrupted": report.interrupted,
        "assets": len(report.rows),
        "states": _states_json(count_states(report.rows)),
        "attention": sum(bool(row.reasons) for row in report.rows),
        "problems": [problem_json(problem) for problem in report.all_problems()],
        **report.unlike._asdict(),
    }


def _folder_json(folder: FolderTotals) -> Json:
    return {
        "path": folder.path,
        "assets": folder.assets,
        "states": _states_json(folder.states),
        "attention": folder.attention,
        "files": folder.files,
        "bytes": folder.bytes,
    }


def _states_json(states: Mapping[State, int]) -> Json:
    return {state.value: count for state, count in states.items()}


def row_json(row: Row) -> Json:
    """Describe one asset."""
    return {
        "path": row.path,
        "folder": row.folder,
        "name": row.name,
        "kind": row.kind,
        "state": row.state,
        "reasons": [reason._asdict() for reason in row.reasons],
        "sidecar": row.sidecar_path,
        "recorded": _recorded_json(row),
    }


def _recorded_json(row: Row) -> Json | None:
    sidecar = row.sidecar
    if sidecar is None:
        return None
    sequence = sidecar.sequence
    return {
        "asset_path": sidecar.asset_path,
        "asset_id": sidecar.asset_id,
        "qc_id": sidecar.qc_id,
        "qc_time": sidecar.qc_time,
        "qc_result": sidecar.qc_result,
        "content_state": sidecar.content_state,
        "content_hash": sidecar.content_hash,
        "policy_version": sidecar.policy_version,
        "files": row.files,
        "bytes": row.bytes,
        "frames": sequence.frames if sequence else None,
        "frame_count": sequence.frame_count if sequence else None,
        "holes": sequence.holes if sequence else None,
        "verdicts": [verdict_json(verdict) for verdict in sidecar.verdicts],
        "findings": [finding_json(finding) for finding in sidecar.findings],
    }
