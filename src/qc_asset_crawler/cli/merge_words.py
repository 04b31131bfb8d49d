"""What runs over parts of a tree come to, in words and as JSON; `docs/farm.md` explains it."""

from collections.abc import Mapping

from ..ranges import format_runs, runs_of
from ..reports.described import Json, problem_json
from ..reports.shards import COUNTS, Merged
from ..text import human_bytes, plural, show
from .lists import capped, printable
from .shell import shell_word


def merge_words(merged: Merged) -> list[str]:
    """Compose the summary of all runs; what needs attention comes last."""
    lines = [_headline(merged), _folders(merged)]
    states = _in_words(merged.summed(lambda run: run.states))
    lines.append(f"{plural(merged.total('assets'), 'asset')}: {states or 'none'}")
    files, size = merged.total("files_read"), human_bytes(merged.total("bytes_read"))
    lines.append(f"read {plural(files, 'file')}, {size}")
    if merged.earlier:
        documents = ", ".join(map(show, merged.earlier))
        lines.append(f"ran again since, so left out: {documents}")
    if odd := _attention(merged):
        lines += ["of these runs needs attention:", *capped(odd)]
    return lines


def _headline(merged: Merged) -> str:
    if merged.of is None:
        runs = plural(len(merged.runs), f"{merged.asked} of listed folders", f"{merged.asked}s")
        return f"{runs}; whether that is all of them only the engine can tell"
    head = f"{merged.asked}: {len(merged.runs):,} of {plural(merged.of, 'shard')}"
    return f"{head}; missing: {_missing(merged)}" if merged.missing else head


def _missing(merged: Merged) -> str:
    return format_runs(runs_of(list(merged.missing)))


def _folders(merged: Merged) -> str:
    folders = plural(merged.total("folders"), "folder")
    fewest, most = merged.folders_seen()
    if merged.of is None or merged.missing or merged.twice:
        return f"{folders} worked"
    if fewest == most == merged.total("folders"):
        return f"{folders}, each worked by exactly one shard"
    return f"{folders} worked; the shards saw from {fewest:,} to {most:,}: the tree was changing"


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {show(kind)}" for kind, count in counts.items())


def _attention(merged: Merged) -> list[str]:
    roots = " ".join(map(shell_word, merged.runs[0].roots))
    lines = [
        f"  missing  shard {number} of {merged.of}: qc-crawl --shard {number}/{merged.of} {roots}"
        for number in merged.missing
    ]
    lines += [f"  unusable  {show(name)} {printable(detail)}" for name, detail in merged.flaws]
    lines += [f"  interrupted  {show(run.document)}: run it again" for run in merged.interrupted]
    lines += [f"  worked twice  {show(path)}" for path in merged.twice]
    problems = (*merged.nothing, *merged.problems)
    return [*lines, *(f"  {p.kind}  {show(p.path)}: {printable(p.detail)}" for p in problems)]


def merged_json(merged: Merged) -> Json:
    """Describe it, for the key `runs` of a report."""
    return {
        "asked": merged.asked,
        "shards": merged.of,
        "documents": [run.document for run in merged.runs],
        "earlier": list(merged.earlier),
        "missing": list(merged.missing),
        "interrupted": [run.document for run in merged.interrupted],
        "unusable": [flaw._asdict() for flaw in merged.flaws],
        "worked_twice": list(merged.twice),
        **{key: merged.total(key) for key in COUNTS if key != "elsewhere"},
        "states": merged.summed(lambda run: run.states),
        "results": merged.summed(lambda run: run.results),
        "reasons": merged.summed(lambda run: run.reasons),
        "problems": [problem_json(problem) for problem in (*merged.nothing, *merged.problems)],
    }
