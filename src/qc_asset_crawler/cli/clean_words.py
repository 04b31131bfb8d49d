"""What `qc-clean` removes and what it leaves, in words."""

from argparse import Namespace
from collections.abc import Iterable, Mapping

from ..cleanup import CleanReport, Found, Kind, Standing
from ..crawler.report import Problem
from ..text import human_bytes, plural, show
from .lists import capped, printable
from .shell import shell_word

_KINDS = {
    Kind.SIDECAR: "sidecar",
    Kind.CACHE: "hash cache",
    Kind.TEMP: "temp file",
    Kind.LOCK: "lock",
    Kind.STORE: ".qc folder",
}
_ORDER = tuple(Standing)
_HEADINGS = {
    Standing.SAID: ("sidecar", "kept {} with a verdict or a note"),
    Standing.UNSENT: ("sidecar", "kept {} with a verdict that Trak has not got"),
    Standing.IN_USE: ("entry", "left alone {} in use, or changed since it was listed"),
    Standing.EXCLUDED: ("sidecar", "kept {} of what is excluded"),
    Standing.SET_ASIDE: ("file", "kept {} set aside by a crawler, for somebody to look at"),
    Standing.FOREIGN: ("entry", "left alone {} not ours"),
    Standing.UNKNOWN: ("entry", "left alone {}: nobody can tell what would be lost with it"),
}


def line_of(found: Found) -> str:
    """Describe one artifact."""
    artifact = found.artifact
    detail = f": {printable(artifact.ruling.detail)}" if artifact.ruling.detail else ""
    if found.goes:
        return f"  {_KINDS.get(artifact.kind, artifact.kind):<10}  {show(found.path)}{detail}"
    return f"  {artifact.standing:<11}  {show(found.path)}{detail}"


def would_go(found: Iterable[Found], *, all_of_it: bool) -> list[str]:
    """List what would be removed; only part of it where a question is to follow."""
    lines = [line_of(one) for one in found if one.goes]
    shown = lines if all_of_it or not lines else capped(lines)
    if len(shown) < len(lines):
        shown[-1] += " (all of them: --dry-run)"
    return ["to be removed:", *shown] if lines else []


def totals(report: CleanReport, *, removed: bool) -> list[str]:
    """Sum up what goes, by kind."""
    counts = [
        plural(report.going[kind], word) for kind, word in _KINDS.items() if report.going[kind]
    ]
    seen = f"{plural(report.folders_seen, 'folder')} looked at in {report.seconds:.1f} s"
    so_far = "interrupted; so far " if report.interrupted else ""
    if not counts:
        done = "nothing was removed" if removed else "nothing to remove"
        return [f"{so_far}{done} ({seen})"]
    done = "removed" if removed else "would remove"
    where = f"{human_bytes(report.bytes)} in {plural(report.folders, 'folder')}"
    return [f"{so_far}{done} {', '.join(counts)} ({where}; {seen})"]


def stays(
    report: CleanReport,
    staying: Mapping[Standing, int],
    found: Iterable[Found],
    options: Namespace,
) -> list[str]:
    """Say what stays, why, and which command would take it."""
    kept = [one for one in found if not one.goes]
    lines: list[str] = []
    for standing, count in sorted(staying.items(), key=lambda item: _ORDER.index(item[0])):
        lines.append(_heading(standing, count))
        if standing is not Standing.EXCLUDED:
            mine = [line_of(one) for one in kept if one.artifact.standing is standing]
            lines += capped(mine, count)
        lines += _how_to_take(standing, report, options)
    return lines


def _how_to_take(standing: Standing, report: CleanReport, options: Namespace) -> list[str]:
    """Compose the commands that would take what people said."""
    them = "it" if report.staying[standing] == 1 else "them"
    if standing is Standing.SAID:
        return [f"to take {them}: {cleaning(options, report, '--include-verdicts')}"]
    if standing is Standing.UNSENT:
        sending = _command("qc-crawl --deliver --retry-rejected", options, report)
        losing = cleaning(options, report, "--include-verdicts", "--discard-unsent")
        return [f"to send {them}: {sending}", f"to lose {them}: {losing}"]
    return []


def _heading(standing: Standing, count: int) -> str:
    noun, what = _HEADINGS[standing]
    plural_noun = "entries" if noun == "entry" else None
    ending = "" if standing is Standing.EXCLUDED else ":"
    return f"{what.format(plural(count, noun, plural_noun))}{ending}"


def cleaning(options: Namespace, report: CleanReport, *flags: str) -> str:
    """Compose the full command that does the same with other flags."""
    excludes = [f"--exclude={shell_word(glob)}" for glob in options.exclude]
    return _command(" ".join(("qc-clean", *flags, *excludes)), options, report)


def _command(words: str, options: Namespace, report: CleanReport) -> str:
    env = [f"--env-file={shell_word(options.env_file)}"] if options.env_file else []
    return " ".join([words, *env, *map(shell_word, report.roots)])


def problems(found: Iterable[Problem]) -> list[str]:
    """List what could not be examined or removed."""
    lines = [f"  {p.kind}  {show(p.path)}: {printable(p.detail)}" for p in found]
    return ["needs attention:", *capped(lines)] if lines else []


def question(report: CleanReport) -> str:
    """Ask whether to remove what was listed."""
    said = f", {report.said:,} of them with a verdict or a note" if report.said else ""
    return f"remove {plural(report.goes, 'entry', 'entries')}{said}?"
