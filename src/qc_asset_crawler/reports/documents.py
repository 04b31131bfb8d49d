"""Read the documents that runs over parts of a tree have printed (`qc-crawl --json`)."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from ..crawler.report import Problem, ProblemKind
from ..errors import UsageError
from ..model import Finding
from ..sharing import MOST_SHARDS, Shard
from ..sidecar.fields import DamagedSidecarError, Fields
from ..text import show
from .judge import in_words
from .shards import COUNTS, Flaw, OddAsset, PartRun

_UNFINISHED = "its run was killed, or is not done"
_FOREIGN = "is no document of qc-crawl --json"
_UNSAID: tuple[int, dict[str, int]] = (1, {})


def read_documents(paths: Iterable[str]) -> list[PartRun | Flaw]:
    """Read documents; what cannot be used is a value.

    Raises:
        UsageError: one does not exist, or is a folder.
    """
    return [_read(path) for path in dict.fromkeys(paths)]


def _read(path: str) -> PartRun | Flaw:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        raise UsageError(f"there is no document {show(path)}") from None
    except IsADirectoryError:
        raise UsageError(f"{show(path)} is a folder: ROOT goes before --merge") from None
    except OSError as error:
        return Flaw(path, f"cannot be read: {error.strerror or 'input/output error'}")
    if not data.strip():
        return Flaw(path, f"is empty: {_UNFINISHED}")
    return parse_document(path, data)


def parse_document(path: str, data: bytes) -> PartRun | Flaw:
    """Read the bytes of one document."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        return Flaw(path, f"is not one whole document of --json: {_UNFINISHED}")
    if not isinstance(raw, dict):
        return Flaw(path, _FOREIGN)
    summary = raw.get("summary")
    if not isinstance(summary, dict):
        return Flaw(path, _FOREIGN)
    if summary.get("dry_run"):
        return Flaw(path, "is of a dry run, which has done nothing")
    try:
        run = _part_run(path, Fields(summary), summary)
        assets = Fields(raw).each("assets", lambda asset: _asset(asset, run.asked)) or ()
        return run._replace(
            paths=tuple(path for path, _ in assets),
            odd=tuple(OddAsset(path, odd) for path, odd in assets if odd),
        )
    except (DamagedSidecarError, ValueError) as error:
        return Flaw(path, f"{_FOREIGN}: {error}")


def _part_run(path: str, summary: Fields, raw: Mapping[str, object]) -> PartRun:
    """Read the summary.

    Raises:
        DamagedSidecarError: something in it is not what it should be.
        ValueError: so is a name in it.
    """
    status, reasons = summary.mapping("exit", _ending, _UNSAID)
    return PartRun(
        document=path,
        asked=_object(raw.get("asked")),
        roots=_roots(raw.get("roots")),
        made=_time(summary.text("made")),
        status=status,
        reasons=reasons,
        interrupted=raw.get("interrupted") is not False,
        shard=summary.mapping("shard", _shard, None),
        listed=summary.optional_integer("listed"),
        counts={key: _count(summary, key) for key in COUNTS},
        states=summary.mapping("states", _counts, {}),
        results=summary.mapping("results", _counts, {}),
        not_looked_at=summary.mapping("not_looked_at", _counts, {}),
        skipped=summary.mapping("skipped", _counts, {}),
        warnings=_texts(raw.get("warnings") or []),
        problems=summary.each("problems", _problem) or (),
        waiting=summary.mapping("trak", lambda trak: trak.integer("waiting"), 0),
        compared=summary.optional_integer("compared"),
    )


def _roots(value: object) -> tuple[str, ...]:
    roots = _texts(value)
    if not roots:
        raise ValueError("it does not say of which roots")
    return roots


def _texts(value: object) -> tuple[str, ...]:
    if not (isinstance(value, list) and all(isinstance(text, str) for text in value)):
        raise ValueError("it has no list of texts where one should be")
    return tuple(value)


def _object(value: object) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise DamagedSidecarError("does not say what was asked for")
    return value


def _time(text: str) -> str:
    datetime.fromisoformat(text)
    return text


def _asset(fields: Fields, asked: Mapping[str, object]) -> tuple[str, str]:
    """Return an asset's path, and what a verification or a gate found fault with in it."""
    path, states = fields.text("path"), fields.rest().get("states")
    if isinstance(states, list):
        odd = [str(state) for state in states if state != "ok"]
        detail = fields.text("detail", "")
        return path, show(", ".join(odd) + (f": {detail}" if detail else "")) if odd else ""
    gate = {*str(asked.get("fail_on", "")).replace(" ", "").split(",")}
    told = [fields.text(key, "") for key in ("qc_result", "content_state")]
    odd = [text for text in told if text in gate]
    found = fields.each("findings", _finding) or ()
    odd += [text for kind, text in found if kind in gate or asked.get("expect")]
    return path, "; ".join(odd)


def _finding(fields: Fields) -> tuple[str, str]:
    finding = Finding(fields.text("kind"), fields.text("frames", ""), fields.text("detail", ""))
    return finding.kind, in_words(finding)


def _shard(fields: Fields) -> Shard:
    shard = Shard(fields.integer("number"), fields.integer("of"))
    if not 1 <= shard.number <= shard.of <= MOST_SHARDS:
        raise ValueError(f"there is no shard {shard}")
    return shard


def _ending(fields: Fields) -> tuple[int, dict[str, int]]:
    return fields.integer("status", 1), fields.mapping("reasons", _counts, {})


def _counts(fields: Fields) -> dict[str, int]:
    return {key: _count(fields, key) for key in fields.rest()}


def _count(fields: Fields, key: str) -> int:
    count = fields.integer(key)
    if count < 0:
        raise ValueError(f"{key} is negative")
    return count


def _problem(fields: Fields) -> Problem:
    """Read a problem; of a kind that another version knows, it is one all the same."""
    kind, path, detail = (fields.text(key) for key in ("kind", "path", "detail"))
    if kind in {*ProblemKind}:
        return Problem(ProblemKind(kind), path, detail)
    return Problem(ProblemKind.UNEXAMINED, path, f"{show(kind)}: {detail}")
