"""Sidecars as JSON: the only place that knows the keys. `docs/sidecar.md` explains them.

Written: schema 1.1.0. Read: every 1.x, and the files of the tool's predecessor (`schema_version`
the integer 1, `schema_name`). Keys that are not known here are kept.
"""

import json
from collections.abc import Mapping
from contextlib import suppress

from ..model import (
    ContentState,
    Finding,
    Fingerprint,
    JsonObject,
    SequenceKey,
    SequenceRecord,
    Sidecar,
    TrackerStatus,
    Verdict,
)
from ..sequences.grouping import parse_pattern, split_frame
from ..settings import QCResult
from ..text import is_file_name, json_text
from .fields import DamagedSidecarError, Fields

MAX_SIDECAR_BYTES = 64 << 20
_MAX_DEPTH = 64
_MAX_PAD = 255
_OUR_MAJOR = 1
_LEGACY_SCHEMA = "1.0.0"
_INFINITY = float("inf")
_KEYS_OF_ALL = {"qc_id", "schema_version", "asset_path"}


class NewerSchemaError(Exception):
    """A sidecar of a newer major schema: never written by this version.

    `key` is its sequence where that could be made out.
    """

    def __init__(self, version: str, key: SequenceKey | None, *, is_sequence: bool) -> None:
        super().__init__(f"schema {version[:40]} is newer than this tool")
        self.key = key
        self.is_sequence = is_sequence


def decode(data: bytes) -> Sidecar:
    """Read a sidecar's bytes.

    Raises:
        NewerSchemaError: its major schema version is newer.
        DamagedSidecarError: it is not a sidecar that can be understood.
    """
    raw = _load(data)
    version = _schema_version(raw)
    if int(version.partition(".")[0]) > _OUR_MAJOR:
        raise _newer(raw, version)
    return _sidecar(raw, version)


def is_a_sidecar(data: bytes) -> bool:
    """Tell whether bytes are a JSON object with the keys that every sidecar has, of any version.

    Raises:
        DamagedSidecarError: they are no JSON object.
    """
    return _load(data).keys() >= _KEYS_OF_ALL


def _newer(raw: JsonObject, version: str) -> NewerSchemaError:
    """Make out of a newer sidecar whose it is, as far as that can be done."""
    sequence = raw.get("sequence")
    key = None
    if isinstance(sequence, Mapping):
        with suppress(DamagedSidecarError):
            key = _key_of(Fields(sequence))
    return NewerSchemaError(version, key, is_sequence=sequence is not None)


def _load(data: bytes) -> JsonObject:
    try:
        raw = _DECODER.decode(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DamagedSidecarError("is not UTF-8") from None
    except RecursionError:
        raise DamagedSidecarError("is absurdly nested") from None
    except ValueError:
        raise DamagedSidecarError("is not JSON" if data.strip() else "is empty") from None
    if not isinstance(raw, dict):
        raise DamagedSidecarError("is not a JSON object")
    if data.count(b"{") + data.count(b"[") > _MAX_DEPTH and _deeper_than(raw, _MAX_DEPTH):
        raise DamagedSidecarError("is absurdly nested")
    return raw


def _refuse_constant(text: str) -> object:
    raise ValueError(f"{text} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if abs(value) == _INFINITY:  # 1e999: could not be written back
        raise ValueError(f"{text} is out of range")
    return value


# Made once: `json.loads` makes one for each call that has options.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)


def _deeper_than(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for item in level
            for child in (
                item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
            )
            if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def _schema_version(raw: JsonObject) -> str:
    version = raw.get("schema_version")
    if isinstance(version, int) and not isinstance(version, bool):
        return _LEGACY_SCHEMA if version == _OUR_MAJOR else f"{version}.0.0"
    if isinstance(version, str):
        parts = version.split(".")
        if all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
            return version
    raise DamagedSidecarError("has no schema_version")


def _sidecar(raw: JsonObject, version: str) -> Sidecar:
    fields = Fields(raw)
    fields.skip("schema_version")
    no_sequence: tuple[SequenceRecord | None, Fingerprint | None] = (None, None)
    sequence, cheap_fp = fields.mapping("sequence", _sequence, no_sequence)
    own_fp = fields.mapping("cheap_fp", _fingerprint, None)
    sidecar = Sidecar(
        schema_version=version,
        tool_version=fields.text("tool_version", ""),
        policy_version=fields.text("policy_version", ""),
        qc_id=fields.text("qc_id"),
        qc_time=fields.text("qc_time", ""),
        qc_result=fields.text("qc_result", QCResult.PENDING),
        notes=fields.text("notes", ""),
        operator=fields.text("operator", ""),
        asset_id=fields.optional_text("asset_id"),
        asset_path=fields.text("asset_path"),
        content_hash=fields.optional_text("content_hash"),
        content_state=fields.text("content_state", ContentState.UNCHANGED),
        prev_content_hash=fields.optional_text("prev_content_hash"),
        findings=fields.each("findings", _finding) or (),
        sequence=sequence,
        cheap_fp=own_fp if sequence is None else cheap_fp,
        tracker_status=fields.mapping("tracker_status", _tracker, TrackerStatus()),
    )
    verdicts = fields.each("verdicts", _verdict)
    if verdicts is None:
        verdicts = _verdict_of_old(sidecar)
    return sidecar._replace(verdicts=verdicts, extra=fields.rest())


def _verdict_of_old(sidecar: Sidecar) -> tuple[Verdict, ...]:
    """Take a `pass` or `fail` of a schema without `verdicts` for what it was: somebody's word."""
    if sidecar.qc_result not in {QCResult.PASS, QCResult.FAIL}:
        return ()
    return (
        Verdict(
            qc_id=sidecar.qc_id,
            qc_time=sidecar.qc_time,
            qc_result=sidecar.qc_result,
            operator=sidecar.operator,
            notes=sidecar.notes,
            content_hash=sidecar.content_hash,
            run_id=None,
            tracker_status=sidecar.tracker_status,
        ),
    )


def _verdict(fields: Fields) -> Verdict:
    return Verdict(
        qc_id=fields.text("qc_id"),
        qc_time=fields.text("qc_time"),
        qc_result=fields.text("qc_result"),
        operator=fields.text("operator", ""),
        notes=fields.text("notes", ""),
        content_hash=fields.optional_text("content_hash"),
        run_id=fields.optional_text("run_id"),
        tracker_status=fields.mapping("tracker_status", _tracker, TrackerStatus()),
        extra=fields.rest(),
    )


def _finding(fields: Fields) -> Finding:
    return Finding(
        kind=fields.text("kind"),
        frames=fields.optional_text("frames"),
        detail=fields.text("detail", ""),
        extra=fields.rest(),
    )


def _tracker(fields: Fields) -> TrackerStatus:
    return TrackerStatus(
        status=fields.text("status", "disabled"),
        http_code=fields.optional_integer("http_code"),
        extra=fields.rest(),
    )


def _fingerprint(fields: Fields) -> Fingerprint | None:
    return Fingerprint(
        bytes=fields.integer("bytes"),
        files=fields.integer("files"),
        newest_mtime=fields.integer("newest_mtime"),
        digest=fields.optional_text("digest"),
        extra=fields.rest(),
    )


def _sequence(fields: Fields) -> tuple[SequenceRecord | None, Fingerprint | None]:
    key = _key_of(fields)
    if key is None:
        raise DamagedSidecarError("does not say which sequence it is of")
    cheap_fp = fields.mapping("cheap_fp", _fingerprint, None)
    record = SequenceRecord(
        key=key,
        base=fields.text("base", key.base),
        first=fields.text("first", ""),
        last=fields.text("last", ""),
        frame_min=fields.integer("frame_min"),
        frame_max=fields.integer("frame_max"),
        frame_count=fields.integer("frame_count"),
        holes=fields.integer("holes"),
        range_count=fields.integer("range_count"),
        frames=fields.text("frames", ""),
        extra=fields.rest(),
    )
    return record, cheap_fp


def _key_of(fields: Fields) -> SequenceKey | None:
    """Make out which sequence is meant: by its pattern, or as the older schemas said it."""
    pattern = fields.optional_text("pattern")
    pad = min(max(fields.integer("pad", 1), 1), _MAX_PAD)
    ext, base = fields.text("ext", ""), fields.text("base", "")
    key = parse_pattern(pattern) if pattern is not None else None
    if key is None and (cut := split_frame(fields.text("first", ""))) is not None:
        key = SequenceKey(cut.prefix, cut.ext, pad)
    if key is None and base and ext:
        key = SequenceKey(f"{base}.", ext, pad)
    if key is not None and is_file_name(key.prefix + key.ext):
        return key
    return None


def encode(sidecar: Sidecar) -> bytes:
    """Write a sidecar as JSON: UTF-8, two-space indent, sorted keys, final newline."""
    return json_text(_sidecar_json(sidecar)).encode()


def encode_post(sidecar: Sidecar, verdict: Verdict) -> bytes:
    """Write what the tracker is told: the sidecar, overlaid with the fields of one verdict."""
    overlay = _verdict_json(verdict._replace(extra={}))
    return json_text({**verdict.extra, **_sidecar_json(sidecar), **overlay}).encode()


def _sidecar_json(sidecar: Sidecar) -> JsonObject:
    raw: dict[str, object] = {
        **sidecar.extra,
        "schema_version": sidecar.schema_version,
        "tool_version": sidecar.tool_version,
        "policy_version": sidecar.policy_version,
        "qc_id": sidecar.qc_id,
        "qc_time": sidecar.qc_time,
        "qc_result": sidecar.qc_result,
        "notes": sidecar.notes,
        "operator": sidecar.operator,
        "asset_id": sidecar.asset_id,
        "asset_path": sidecar.asset_path,
        "content_hash": sidecar.content_hash,
        "content_state": sidecar.content_state,
        "prev_content_hash": sidecar.prev_content_hash,
        "verdicts": [_verdict_json(verdict) for verdict in sidecar.verdicts],
        "findings": [_finding_json(finding) for finding in sidecar.findings],
        "sequence": None,
        "tracker_status": _tracker_json(sidecar.tracker_status),
    }
    cheap_fp = None if sidecar.cheap_fp is None else _fingerprint_json(sidecar.cheap_fp)
    if sidecar.sequence is None:
        raw["cheap_fp"] = cheap_fp
    else:
        raw["sequence"] = {**_sequence_json(sidecar.sequence), "cheap_fp": cheap_fp}
    return raw


def _verdict_json(verdict: Verdict) -> JsonObject:
    return {
        **verdict.extra,
        "qc_id": verdict.qc_id,
        "qc_time": verdict.qc_time,
        "qc_result": verdict.qc_result,
        "operator": verdict.operator,
        "notes": verdict.notes,
        "content_hash": verdict.content_hash,
        "run_id": verdict.run_id,
        "tracker_status": _tracker_json(verdict.tracker_status),
    }


def _finding_json(finding: Finding) -> JsonObject:
    return {
        **finding.extra,
        "kind": finding.kind,
        "frames": finding.frames,
        "detail": finding.detail,
    }


def _tracker_json(status: TrackerStatus) -> JsonObject:
    return {**status.extra, "status": status.status, "http_code": status.http_code}


def _fingerprint_json(fp: Fingerprint) -> JsonObject:
    return {
        **fp.extra,
        "bytes": fp.bytes,
        "files": fp.files,
        "newest_mtime": fp.newest_mtime,
        "digest": fp.digest,
    }


def _sequence_json(record: SequenceRecord) -> JsonObject:
    return {
        **record.extra,
        "base": record.base,
        "ext": record.key.ext,
        "pad": record.key.pad,
        "first": record.first,
        "last": record.last,
        "frame_min": record.frame_min,
        "frame_max": record.frame_max,
        "frame_count": record.frame_count,
        "holes": record.holes,
        "range_count": record.range_count,
        "pattern": record.key.pattern,
        "frames": record.frames,
    }
