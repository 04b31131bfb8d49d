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
    first, last = (show(time[:16].replace("T", " ")) for time in merged.ended)
    lines = [_headline(merged), f"ended from {first} to {last} UTC", _folders(merged)]
    states = _in_words(merged.summed(lambda run: run.states))
    lines.append(f"{plural(merged.total('assets'), 'asset')}: {states or 'none'}")
    files, size = merged.total("files_read"), human_bytes(merged.total("bytes_read"))
    lines.append(f"read {plural(files, 'file')}, {size}")
    if passed := _in_words(merged.summed(lambda run: run.not_looked_at)):
        lines.append(f"not looked at: {passed}")
    if skipped := _in_words(merged.summed(lambda run: run.skipped)):
        lines.append(f"skipped: {skipped}")
    if waiting := sum(run.waiting for run in merged.runs):
        lines.append(f"waiting for Trak: {plural(waiting, 'verdict')}")
    if merged.earlier:
        lines.append(f"ran again since, so left out: {', '.join(map(show, merged.earlier))}")
    if odd := _attention(merged):
        lines += ["of these runs needs attention:", *capped(odd)]
    return lines


def _headline(merged: Merged) -> str:
    if merged.of is None:
        runs = plural(len(merged.runs), "run over listed folders", "runs over listed folders")
        return f"{merged.kind}: {runs}; whether that is all of them only the engine can tell"
    head = f"{merged.kind}: {len(merged.runs):,} of {plural(merged.of, 'shard')}"
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
    return f"{folders} worked; the shards saw from {fewest:,} to {most:,}"


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {show(kind)}" for kind, count in counts.items())


def _attention(merged: Merged) -> list[str]:
    lines = [f"  missing  {_what_does_its_work(merged, number)}" for number in merged.missing]
    lines += [f"  unusable  {show(name)} {printable(detail)}" for name, detail in merged.flaws]
    lines += [f"  interrupted  {show(run.document)}: run it again" for run in merged.interrupted]
    if merged.unaccounted:
        folders = plural(merged.unaccounted, "folder")
        why = "moved, made or removed meanwhile, or not to be seen from everywhere"
        lines.append(f"  unaccounted  {folders}, worked by no shard: {why}")
    lines += [f"  worked twice  {show(path)}" for path in merged.twice]
    problems = (*merged.nothing, *merged.problems)
    lines += [f"  {p.kind}  {show(p.path)}: {printable(p.detail)}" for p in problems]
    odd = sorted(one for run in merged.runs for one in run.odd)
    lines += [f"  found  {show(one.path)}: {one.text}" for one in odd]
    warnings = sorted({warning for run in merged.runs for warning in run.warnings})
    return [*lines, *(f"  warning  {printable(warning)}" for warning in warnings)]


def _what_does_its_work(merged: Merged, number: int) -> str:
    """Compose the command that a shard was to be run with: with the options of the others."""
    words = ["qc-crawl", "--shard", f"{number}/{merged.of}"]
    for name, value in merged.runs[0].asked.items():
        flag = f"--{name.replace('_', '-')}"
        for one in value if isinstance(value, list) else [value]:
            words += [flag] if one is True else [flag, shell_word(str(one))]
    roots = map(shell_word, merged.runs[0].roots)
    return f"shard {number} of {merged.of}: {' '.join((*words, *roots))}"


def merged_json(merged: Merged) -> Json:
    """Describe it, for the key `runs` of a report."""
    return {
        "kind": merged.kind,
        "asked": dict(merged.runs[0].asked),
        "shards": merged.of,
        "documents": [run.document for run in merged.runs],
        "earlier": list(merged.earlier),
        "missing": list(merged.missing),
        "interrupted": [run.document for run in merged.interrupted],
        "unusable": [flaw._asdict() for flaw in merged.flaws],
        "worked_twice": list(merged.twice),
        "unaccounted": merged.unaccounted,
        **{key: merged.total(key) for key in COUNTS if key != "elsewhere"},
        "states": merged.summed(lambda run: run.states),
        "results": merged.summed(lambda run: run.results),
        "not_looked_at": merged.summed(lambda run: run.not_looked_at),
        "skipped": merged.summed(lambda run: run.skipped),
        "waiting": sum(run.waiting for run in merged.runs),
        "reasons": merged.summed(lambda run: run.reasons),
        "problems": [problem_json(problem) for problem in (*merged.nothing, *merged.problems)],
        "found": [one._asdict() for run in merged.runs for one in run.odd],
        "warnings": sorted({warning for run in merged.runs for warning in run.warnings}),
    }
