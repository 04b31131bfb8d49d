"""Read the documents that runs over parts of a tree have printed (`qc-crawl --json`)."""

import json
from collections.abc import Iterable, Mapping

from ..crawler.report import Problem, ProblemKind
from ..errors import UsageError
from ..sharing import Shard
from ..sidecar.fields import DamagedSidecarError, Fields
from ..text import show
from .shards import COUNTS, Asked, Flaw, PartRun

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
        return Flaw(path, "is empty: its run was killed, or is not done")
    return parse_document(path, data)


def parse_document(path: str, data: bytes) -> PartRun | Flaw:
    """Read the bytes of one document."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError):
        return Flaw(path, "is not whole JSON: its run was killed, or is not done")
    if not isinstance(raw, dict):
        return Flaw(path, _FOREIGN)
    summary = raw.get("summary")
    if not isinstance(summary, dict) or "folders" not in summary:  # a dry run counts none
        return Flaw(path, _FOREIGN)
    try:
        paths = Fields(raw).each("assets", lambda asset: asset.text("path")) or ()
        return _part_run(path, Fields(summary), summary)._replace(paths=paths)
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
        asked=Asked.VERIFY if raw.get("verify") else Asked.CRAWL,
        roots=_roots(raw.get("roots")),
        made=summary.text("made"),
        status=status,
        reasons=reasons,
        interrupted=raw.get("interrupted") is not False,
        shard=summary.mapping("shard", _shard, None),
        listed=summary.optional_integer("listed"),
        counts={key: summary.integer(key) for key in COUNTS},
        states=summary.mapping("states", _counts, {}),
        results=summary.mapping("results", _counts, {}),
        problems=summary.each("problems", _problem) or (),
        compared=summary.optional_integer("compared"),
    )


def _roots(value: object) -> tuple[str, ...]:
    if not (isinstance(value, list) and value and all(isinstance(text, str) for text in value)):
        raise ValueError("it does not say of which roots")
    return tuple(value)


def _shard(fields: Fields) -> Shard:
    shard = Shard(fields.integer("number"), fields.integer("of"))
    if not 1 <= shard.number <= shard.of:
        raise ValueError(f"there is no shard {shard}")
    return shard


def _ending(fields: Fields) -> tuple[int, dict[str, int]]:
    return fields.integer("status", 1), fields.mapping("reasons", _counts, {})


def _counts(fields: Fields) -> dict[str, int]:
    return {key: fields.integer(key) for key in fields.rest()}


def _problem(fields: Fields) -> Problem:
    return Problem(ProblemKind(fields.text("kind")), fields.text("path"), fields.text("detail"))
