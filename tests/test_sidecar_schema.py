"""The JSON Schema in the package: what the tool writes obeys it, what is wrong does not."""

import json
from importlib.resources import files

import pytest
from hypothesis import given, settings
from jsonschema import Draft202012Validator

from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.identity import new_stamp
from qc_asset_crawler.qcstate import Gone, Signature, decide
from qc_asset_crawler.settings import Policy, QCResult, Signing
from qc_asset_crawler.sidecar.codec import decode, encode
from samples import SEQUENCE, SIDECARS, SINGLE, names, sequence_of

SCHEMA = json.loads(
    files("qc_asset_crawler").joinpath("sidecar/sidecar-1.1.0.schema.json").read_text("utf-8")
)
VALIDATOR = Draft202012Validator(SCHEMA)


def faults(document: object) -> list[str]:
    """Return what the schema has against a document."""
    return [error.message for error in VALIDATOR.iter_errors(document)]


def written(sidecar=SEQUENCE) -> dict:
    return json.loads(encode(sidecar))


def test_the_schema_is_one_and_names_no_host():
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == "urn:eikon:qc-asset-crawler:sidecar:1.1.0"
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("sidecar", [SINGLE, SEQUENCE], ids=["single", "sequence"])
def test_the_samples_are_valid(sidecar):
    assert faults(written(sidecar)) == []


def test_every_key_that_is_written_is_in_the_schema_and_required():
    single, sequence = written(SINGLE), written(SEQUENCE)
    assert set(sequence) == set(SCHEMA["required"])
    assert set(single) == {*SCHEMA["required"], "cheap_fp"}
    assert set(single) == set(SCHEMA["properties"])
    parts = {
        "sequence": sequence["sequence"],
        "verdict": sequence["verdicts"][0],
        "finding": sequence["findings"][0],
        "cheap_fp": single["cheap_fp"],
        "tracker_status": single["tracker_status"],
    }
    for name, part in parts.items():
        assert set(part) == set(SCHEMA["$defs"][name]["required"])
        assert set(part) == set(SCHEMA["$defs"][name]["properties"])


@settings(max_examples=15)
@given(SIDECARS, names())
def test_unknown_keys_and_odd_texts_are_valid(sidecar, text):
    """Whatever a person writes and a file system holds, where the values of tools are in order."""
    written_by_us = SEQUENCE._replace(
        notes=sidecar.notes,
        operator=text,
        asset_id=sidecar.asset_id,
        asset_path=f"/{sidecar.asset_path}",
        extra=sidecar.extra,
        sequence=sidecar.sequence or sequence_of((1, 2, 3), "100%."),
        verdicts=(SEQUENCE.verdicts[0]._replace(notes=text, operator=sidecar.operator),),
        findings=(SEQUENCE.findings[0]._replace(detail=text),),
    )
    assert faults(written(written_by_us)) == []


def crawled(folder) -> list[dict]:
    return [json.loads(path.read_bytes()) for path in sorted(folder.rglob("*.json"))
            if path.name.endswith((".qc.json", "qc.sequence.json"))]  # fmt: skip


def test_everything_a_crawl_writes_is_valid_through_a_whole_life(tmp_path):
    plate = [tmp_path / f"100%_plate.{frame:04d}.exr" for frame in (1, 2, 3, 7)]
    media = [*plate, tmp_path / "slate.mov", tmp_path / "still.png", tmp_path / "0_.1.tif"]
    for path in media:
        path.write_bytes(path.name.encode())
    steps = [
        Settings(),
        Settings(operator="anna", signing=Signing(QCResult.PASS, "fine\u202e")),
        Settings(policy=Policy("2026.1", configured=True)),
        Settings(operator="ben", signing=Signing(QCResult.FAIL)),
        Settings(operator="ben", signing=Signing(QCResult.FAIL), asset_id="A-17"),
    ]
    for step in steps:
        crawl(media[4] if step.asset_id else tmp_path, step)
        found = crawled(tmp_path)
        assert len(found) == 4
        assert [faults(document) for document in found] == [[]] * 4
    for path in (*plate[:2], media[4]):
        path.unlink()
    media[5].write_bytes(b"another still")
    crawl(tmp_path)
    found = crawled(tmp_path)
    states = sorted(document["content_state"] for document in found)
    assert states == ["missing", "modified", "modified", "unchanged"]
    assert [faults(document) for document in found] == [[]] * 4


@pytest.mark.parametrize("sidecar", [SINGLE, SEQUENCE], ids=["single", "sequence"])
def test_an_old_sidecar_whose_media_is_gone_is_valid_once_it_is_written_again(sidecar):
    raw = {**written(sidecar), "schema_version": 1, "schema_name": "eikon-qc", "qc_result": "pass"}
    for key in ("verdicts", "findings", "cheap_fp"):
        raw.pop(key, None)
    if raw["sequence"]:
        for key in ("pattern", "frames", "cheap_fp"):
            raw["sequence"].pop(key)
    after = decide(
        decode(json.dumps(raw).encode()), Gone(), Signature("", Policy(), ""), new_stamp()
    )
    assert after.sidecar is not None
    assert faults(written(after.sidecar)) == []


def changed(path: str, value: object, sidecar=SEQUENCE) -> dict:
    """Return a valid document with one value replaced; ``...`` takes the key away."""
    document = written(sidecar)
    *way, key = [int(step) if step.isdecimal() else step for step in path.split("/")]
    at = document
    for step in way:
        at = at[step]
    if value is ...:
        del at[key]
    else:
        at[key] = value
    return document


LOST_KEYS = [
    *SCHEMA["required"],
    *(f"sequence/{key}" for key in SCHEMA["$defs"]["sequence"]["required"]),
    *(f"sequence/cheap_fp/{key}" for key in SCHEMA["$defs"]["cheap_fp"]["required"]),
    *(f"verdicts/0/{key}" for key in SCHEMA["$defs"]["verdict"]["required"]),
    *(f"findings/0/{key}" for key in SCHEMA["$defs"]["finding"]["required"]),
    "tracker_status/status",
    "tracker_status/http_code",
]


@pytest.mark.parametrize("path", LOST_KEYS)
def test_a_document_that_lost_a_key_is_refused(path):
    assert faults(changed(path, ...))


def test_a_single_file_without_its_fingerprint_is_refused_but_not_a_sequence():
    assert faults(changed("cheap_fp", ..., SINGLE))
    assert "cheap_fp" not in written(SEQUENCE)
    assert faults(changed("sequence", None, SEQUENCE))


WRONG = {
    "another schema": ("schema_version", "1.0.0"),
    "the predecessor's schema": ("schema_version", 1),
    "a foreign tool": ("tool_version", "qc/1.0.0"),
    "an id that is none": ("qc_id", "42"),
    "an id with more behind it": ("qc_id", f"{SEQUENCE.qc_id}0"),
    "a local time": ("qc_time", "2025-11-13T17:27:20.142585+01:00"),
    "a time without a zone": ("qc_time", "2025-11-13T17:27:20.142585"),
    "a time in milliseconds": ("qc_time", "2025-11-13T17:27:20.142+00:00"),
    "an unknown result": ("qc_result", "passed"),
    "no notes": ("notes", None),
    "an id of the tracker that is a number": ("asset_id", 17),
    "a relative path": ("asset_path", "show/shot"),
    "a bare hash": ("content_hash", "a1" * 32),
    "a short hash": ("content_hash", "blake3:a1"),
    "a hash in capitals": ("content_hash", "blake3:" + "A1" * 32),
    "an unknown state": ("content_state", "changed"),
    "an empty previous hash": ("prev_content_hash", ""),
    "verdicts that are none": ("verdicts", None),
    "a verdict that is text": ("verdicts/0", "pass"),
    "an unknown verdict": ("verdicts/0/qc_result", "approved"),
    "a verdict at no time": ("verdicts/0/qc_time", ""),
    "a verdict of a run that is none": ("verdicts/0/run_id", "tonight"),
    "a verdict of bytes that have no hash": ("verdicts/0/content_hash", "md5"),
    "a finding of no kind": ("findings/0/kind", ""),
    "frames in another notation": ("findings/0/frames", "1-10x2"),
    "a pattern with hashes": ("sequence/pattern", "plate.####.exr"),
    "a pattern without a width": ("sequence/pattern", "plate.%d.exr"),
    "no padding": ("sequence/pad", 0),
    "half a frame": ("sequence/frame_min", 1000.5),
    "a frame number as text": ("sequence/frame_max", "1007"),
    "fewer frames than none": ("sequence/frame_count", -1),
    "frames with blanks": ("sequence/frames", "1, 2"),
    "a digest of another kind": ("sequence/cheap_fp/digest", "blake3:" + "a1" * 32),
    "bytes as text": ("sequence/cheap_fp/bytes", "4096"),
    "a status that is none": ("tracker_status/status", ""),
    "a code that is text": ("tracker_status/http_code", "200"),
}  # fmt: skip


@pytest.mark.parametrize(("path", "value"), WRONG.values(), ids=list(WRONG))
def test_a_wrong_value_is_refused(path, value):
    assert faults(changed(path, value))
