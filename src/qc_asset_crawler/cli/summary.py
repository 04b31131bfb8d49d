"""The end of a run, in words: counts, what needs attention, what to do next."""

from collections.abc import Iterable, Mapping, Sequence

from ..crawler.report import Action, AssetResult, CrawlReport, Problem
from ..crawler.survey import Survey
from ..model import ContentState
from ..settings import Settings
from ..text import human_bytes, plural, show
from .lists import MOST_LISTED, capped, printable
from .share_words import share_words
from .shell import shell_word
from .trak_words import notices, told, waiting


def summary(report: CrawlReport, settings: Settings) -> str:
    """Compose the summary of a crawl; what needs attention comes last."""
    lines = [_headline(report), *share_words(report.share), *_reading(report)]
    lines += _aside(report, settings)
    lines += told(report.trak)
    attention = [
        *_attention(report.attention),
        *_problems(report.problems),
        *notices(report.trak),
    ]
    if attention:
        lines += ["needs attention:", *attention]
    lines += waiting(report.trak, _shown_roots(report))
    if step := _next(report):
        lines.append(f"next: {step}")
    return "\n".join(lines) + "\n"


def delivery_summary(report: CrawlReport, settings: Settings) -> str:
    """Compose the summary of a run that only delivered."""
    folders = f"{plural(report.folders, 'folder')} looked at in {report.seconds:.1f} s"
    so_far = "interrupted; so far " if report.interrupted else ""
    lines = [f"{so_far}{plural(report.trak.delivered, 'verdict')} delivered to Trak ({folders})"]
    lines += share_words(report.share)
    attention = [*_problems(report.problems), *notices(report.trak)]
    if attention:
        lines += ["needs attention:", *attention]
    lines += waiting(report.trak, _shown_roots(report))
    return "\n".join(lines) + "\n"


def _headline(report: CrawlReport) -> str:
    states = ", ".join(f"{report.states.get(state, 0):,} {state}" for state in ContentState)
    folders = f"{plural(report.folders, 'folder')} looked at"
    head = f"{plural(report.assets, 'asset')}: {states} ({folders})"
    return f"interrupted; so far {head}" if report.interrupted else head


def _reading(report: CrawlReport) -> list[str]:
    written = sum(n for action, n in report.actions.items() if action != Action.KEPT)
    results = ", ".join(f"{n:,} {show(result)}" for result, n in sorted(report.results.items()))
    lines = [f"QC state: {results}"] if results else []
    if report.files_read:
        rate = human_bytes(report.bytes_read / max(report.media_seconds, 1e-9))
        lines.append(
            f"read {plural(report.files_read, 'file')}, {human_bytes(report.bytes_read)} "
            f"in {report.media_seconds:.1f} s ({rate}/s); "
            f"{report.files_seen - report.files_read:,} more known unchanged; "
            f"{plural(written, 'sidecar')} written"
        )
    elif written:
        lines.append(
            f"no media was read ({human_bytes(report.bytes_seen)} known unchanged); "
            f"{plural(written, 'sidecar')} written in {report.media_seconds:.1f} s"
        )
    elif report.assets:
        lines.append(
            f"nothing changed: no media was read, nothing was written "
            f"({human_bytes(report.bytes_seen)} in {report.media_seconds:.1f} s)"
        )
    return lines


def _aside(report: CrawlReport, settings: Settings) -> list[str]:
    """Say what was not looked at, and what this run took on trust."""
    lines = []
    if report.not_looked_at:
        lines.append(f"not looked at: {_extensions(report.not_looked_at)}")
    if report.skipped:
        counts = ", ".join(f"{n:,} {why}" for why, n in sorted(report.skipped.items()))
        lines.append(f"skipped: {counts}")
    lines += regrouped(report.regrouped, report.regrouped_signed)
    if report.left_alone:
        lines.append(
            f"{plural(report.left_alone, 'recorded asset')} this run was told not to look at, "
            "left alone"
        )
    if report.decoded is not None:
        lines.append(f"{plural(report.decoded, 'picture')} decoded")
    if settings.ignore_ctime:
        lines.append("ctime was ignored: a change that keeps size and mtime is not seen")
    return lines


def regrouped(count: int, signed: int) -> list[str]:
    """Say how many sidecars are of single files no more, and that people signed some of them."""
    if not count:
        return []
    with_verdict = f" ({signed:,} with a verdict)" if signed else ""
    return [
        f"{plural(count, 'sidecar')} of single files that are frames of a sequence now, "
        f"left as they are{with_verdict}"
    ]


def _extensions(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    shown = [f"{n:,} {show(ext) or 'without extension'}" for ext, n in ordered[:MOST_LISTED]]
    more = len(ordered) - len(shown)
    return ", ".join(shown) + (f" and {plural(more, 'more kind')}" if more else "")


def _attention(results: Sequence[AssetResult]) -> list[str]:
    return capped([_describe(result) for result in results])


def _describe(result: AssetResult) -> str:
    notes = [
        show(f"{finding.kind}{f' {finding.frames}' if finding.frames else ''}: {finding.detail}")
        for finding in result.findings
    ]
    if result.same_bytes:
        notes.append(f"same bytes as {result.same_bytes.in_words}")
    elif result.verdict and result.verdict.qc_result != "pending" and not _just_signed(result):
        notes.append(f"was {result.verdict.in_words}")
    if result.why not in {"", "content changed", "media gone"}:
        notes.append(show(result.why))
    told = result.action is Action.RECORDED or result.content_state == ContentState.MISSING
    state = result.content_state if told else result.qc_result
    return f"  {show(state)}  {show(result.path)}" + "".join(f"; {note}" for note in notes)


def _just_signed(result: AssetResult) -> bool:
    return result.why.startswith("signed")


def _problems(problems: Sequence[Problem]) -> list[str]:
    return capped([f"  {p.kind}  {show(p.path)}: {printable(p.detail)}" for p in problems])


def _shown_roots(report: CrawlReport) -> str:
    return " ".join(map(shell_word, report.roots))


def _next(report: CrawlReport) -> str:
    roots = _shown_roots(report)
    if report.cut_short and report.operator_run:
        return "the same command again, which signs everything: also what is signed already"
    if report.cut_short:
        again = "the same command again goes on from here"
        return f"{again} (qc-crawl {roots})" if report.share.part.is_whole else again
    pending = report.results.get("pending", 0)
    if not report.operator_run and pending:
        return f"look at them, then: qc-crawl --result pass --note '…' {roots}"
    return ""


def survey_summary(survey: Survey, settings: Settings) -> str:
    """Compose what a dry run tells."""
    files = sum(asset.read_files for asset in survey.assets)
    size = sum(asset.read_bytes for asset in survey.assets)
    states = survey.states()
    counts = ", ".join(f"{states[state]:,} {state}" for state in ContentState)
    changed = [a for a in survey.assets if a.state is not ContentState.UNCHANGED]
    lines = capped([f"  {asset.state}  {show(asset.path)}" for asset in changed])
    lines.append(f"dry run: {plural(len(survey.assets), 'asset')}: {counts}")
    lines.append(f"would read {plural(files, 'file')}, {human_bytes(size)}; nothing was written")
    lines += share_words(survey.share)
    if settings.signing is not None:
        folders = len({asset.folder for asset in survey.assets})
        signable = sum(asset.state is not ContentState.MISSING for asset in survey.assets)
        lines.append(
            f"would sign {settings.signing.result} on {plural(signable, 'asset')} "
            f"in {plural(folders, 'folder')}"
        )
    if survey.not_looked_at:
        lines.append(f"not looked at: {_extensions(survey.not_looked_at)}")
    lines += _problems(survey.problems)
    return "\n".join(lines) + "\n"


def listed(names: Iterable[str]) -> list[str]:
    """List names, as many as fit on a screen."""
    return capped([f"  {name}" for name in names])
