"""The machine's view of a run; `docs/json.md` explains every key."""

from argparse import Namespace
from collections.abc import Iterable, Mapping

from ..crawler.report import AssetResult, CrawlReport, TrakReport
from ..crawler.survey import Survey, SurveyedAsset
from ..identity import new_stamp
from ..reports.described import Json, finding_json, problem_json, verdict_json
from ..version import TOOL_VERSION
from .asked import asked
from .ending import Ending
from .share_words import share_json


def asset_json(result: AssetResult) -> Json:
    """Describe one asset."""
    return {
        "path": result.path,
        "asset_path": result.asset_path,
        "kind": result.kind,
        "action": result.action,
        "why": result.why,
        "content_state": result.content_state,
        "qc_result": result.qc_result,
        "content_hash": result.content_hash,
        "sidecar": result.sidecar,
        "files": result.files,
        "bytes": result.bytes,
        "frames": result.frames,
        "holes": result.holes,
        "findings": [finding_json(finding) for finding in result.findings],
        "verdict": verdict_json(result.verdict),
        "same_bytes_as": verdict_json(result.same_bytes),
    }


def summary_json(report: CrawlReport, ending: Ending, options: Namespace) -> Json:
    """Describe the totals of a run."""
    return {
        "tool_version": TOOL_VERSION,
        "made": new_stamp().qc_time,
        "run_id": report.run_id,
        "roots": list(report.roots),
        "asked": asked(options),
        "interrupted": report.interrupted,
        "exit": {"status": int(ending.status), "reasons": dict(ending.reasons)},
        "seconds": round(report.seconds, 3),
        "media_seconds": round(report.media_seconds, 3),
        "folders": report.folders,
        **share_json(report.share),
        "assets": report.assets,
        "sequences": report.sequences,
        "states": _sorted(report.states),
        "actions": _sorted(report.actions),
        "results": _sorted(report.results),
        "files_seen": report.files_seen,
        "bytes_seen": report.bytes_seen,
        "files_read": report.files_read,
        "bytes_read": report.bytes_read,
        "decoded": report.decoded,
        "compared": report.compared,
        "problems": [problem_json(problem) for problem in report.problems],
        "warnings": list(report.warnings),
        "skipped": _sorted(report.skipped),
        "not_looked_at": _sorted(report.not_looked_at),
        "regrouped": report.regrouped,
        "regrouped_signed": report.regrouped_signed,
        "left_alone": report.left_alone,
        "refused": _sorted(report.refused),
        "trak": trak_json(report.trak),
    }


def trak_json(trak: TrakReport) -> Json:
    """Describe what the tracker was told, and what it was not."""
    return {
        "on": trak.on,
        "delivered": trak.delivered,
        "looked_up": trak.looked_up,
        "waiting": trak.owes.verdicts,
        "rejected": trak.owes.rejected,
        "not_found": trak.owes.not_found,
        "look_ups_left": trak.owes.lookups,
        "given_up": trak.given_up,
        "notices": [notice._asdict() for notice in trak.notices],
    }


def document(
    report: CrawlReport, results: Iterable[AssetResult], ending: Ending, options: Namespace
) -> Json:
    """Compose the one document of `--json`."""
    ordered = sorted(results, key=lambda result: (result.path, result.kind))
    return {
        "assets": [asset_json(r) for r in ordered],
        "summary": summary_json(report, ending, options),
    }


def survey_document(survey: Survey, ending: Ending) -> Json:
    """Compose the document of a dry run."""
    return {
        "assets": [surveyed_json(asset) for asset in survey.assets],
        "summary": survey_summary_json(survey, ending),
    }


def surveyed_json(asset: SurveyedAsset) -> Json:
    """Describe an asset as a dry run saw it."""
    described = asset._asdict()
    described["findings"] = [finding_json(finding) for finding in asset.findings]
    return described


def survey_summary_json(survey: Survey, ending: Ending) -> Json:
    """Describe the totals of a dry run."""
    return {
        "tool_version": TOOL_VERSION,
        "dry_run": True,
        **share_json(survey.share),
        "interrupted": survey.interrupted,
        "exit": {"status": int(ending.status), "reasons": dict(ending.reasons)},
        "assets": len(survey.assets),
        "states": _sorted(survey.states()),
        "read_files": sum(asset.read_files for asset in survey.assets),
        "read_bytes": sum(asset.read_bytes for asset in survey.assets),
        "problems": [problem_json(problem) for problem in survey.problems],
        "warnings": list(survey.warnings),
        "not_looked_at": _sorted(survey.not_looked_at),
    }


def _sorted(counts: Mapping[str, int]) -> Json:
    return {str(key): counts[key] for key in sorted(counts)}
