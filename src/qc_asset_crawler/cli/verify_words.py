"""What a verification found, in words and as JSON; `docs/json.md` explains the keys."""

from argparse import Namespace
from collections.abc import Mapping

from ..crawler.compare import State, Verified
from ..crawler.report import failures as problem_counts
from ..crawler.verify import Verification
from ..identity import new_stamp
from ..reports.described import Json, problem_json, verdict_json
from ..text import human_bytes, plural, show
from ..version import TOOL_VERSION
from .asked import asked
from .ending import Ending
from .lists import capped, printable
from .share_words import share_json, share_words
from .summary import regrouped


def differences(found: Verification) -> dict[str, int]:
    """Count what is other than it should be, but for what could not even be read."""
    counts = found.states()
    skipped = {State.OK, State.UNREADABLE}
    return {state.value: counts[state] for state in State if counts[state] and state not in skipped}


def failures(found: Verification) -> dict[str, int]:
    """Count what could not be examined."""
    counts = problem_counts(found.problems, operator_run=True)
    unreadable = found.states()[State.UNREADABLE]
    if unreadable:
        counts[State.UNREADABLE] = counts.get(State.UNREADABLE, 0) + unreadable
    return counts


def verify_summary(found: Verification) -> str:
    """Compose the summary: what differs comes last."""
    counts = found.states()
    states = ", ".join(f"{counts[state]:,} {state}" for state in State if counts[state])
    so_far = "interrupted; so far " if found.interrupted else ""
    lines = [
        f"{so_far}{plural(len(found.assets), 'asset')} verified: {states or 'nothing'} "
        f"({plural(found.folders, 'folder')} looked at)",
        f"re-read {plural(found.files_read, 'file')}, {human_bytes(found.bytes_read)}; "
        "nothing was written",
        *share_words(found.share),
    ]
    lines += regrouped(found.regrouped, found.regrouped_signed)
    if found.left_out:
        count = plural(len(found.left_out), "recorded asset")
        lines.append(f"{count} left out: excluded, linked, or no media in this run:")
        lines += capped([f"  {show(path)}" for path in found.left_out])
    odd = [_described(asset) for asset in found.assets if asset.differs]
    odd += [f"  {p.kind}  {show(p.path)}: {printable(p.detail)}" for p in found.problems]
    if odd:
        lines += ["needs attention:", *capped(odd)]
    return "\n".join(lines) + "\n"


def _described(asset: Verified) -> str:
    states = ", ".join(asset.states)
    notes = [f"frames {asset.frames}"] if asset.frames else []
    notes += [printable(asset.detail)] if asset.detail else []
    if asset.verdict and State.NOT_PASSED not in asset.states and State.NEW not in asset.states:
        notes.append(f"was {asset.verdict.in_words}")
    return f"  {states}  {show(asset.path)}" + "".join(f"; {note}" for note in notes)


def verify_document(found: Verification, ending: Ending, options: Namespace) -> Json:
    """Compose the one document of `--json`."""
    return {
        "assets": [verified_json(asset) for asset in found.assets],
        "summary": verify_summary_json(found, ending, options),
    }


def verified_json(asset: Verified) -> Json:
    """Describe one asset."""
    return {
        "path": asset.path,
        "kind": asset.kind,
        "states": list(asset.states),
        "detail": asset.detail,
        "frames": asset.frames,
        "content_hash": asset.content_hash,
        "verdict": verdict_json(asset.verdict),
    }


def verify_summary_json(found: Verification, ending: Ending, options: Namespace) -> Json:
    """Describe the totals of a verification."""
    counts: Mapping[str, int] = found.states()
    return {
        "tool_version": TOOL_VERSION,
        "made": new_stamp().qc_time,
        "roots": list(found.roots),
        "asked": asked(options),
        "verify": True,
        "interrupted": found.interrupted,
        "exit": {"status": int(ending.status), "reasons": dict(ending.reasons)},
        "folders": found.folders,
        **share_json(found.share),
        "assets": len(found.assets),
        "states": {state: counts[state] for state in sorted(counts)},
        "files_read": found.files_read,
        "bytes_read": found.bytes_read,
        "regrouped": found.regrouped,
        "regrouped_signed": found.regrouped_signed,
        "left_out": list(found.left_out),
        "problems": [problem_json(problem) for problem in found.problems],
        "warnings": list(found.warnings),
    }
