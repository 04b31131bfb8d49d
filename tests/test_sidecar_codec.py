"""Sidecars as JSON: what is written to the byte, and everything that can be read."""

import json
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc_asset_crawler import crawl
from qc_asset_crawler.model import SequenceKey, Sidecar
from qc_asset_crawler.sidecar.codec import NewerSchemaError, decode, encode
from qc_asset_crawler.sidecar.fields import DamagedSidecarError
from samples import SEQUENCE, SIDECARS, SINGLE, names, sequence_of

GOLDEN_FOLDER = Path(__file__).with_name("golden")
GOLDEN = {
    "sequence.qc.json": SEQUENCE._replace(
        notes="grain matches\u202e, see \u201cA-17\u201d",
        asset_id="A-17",
        asset_path="/jobs/show/caf\udce9/plate 100%",
        sequence=sequence_of((998, 999, 1000, 1007), "100%_", "tif", 3),
        extra={"colour": "acescg"},
    ),
    "single.qc.json": SINGLE,
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_sidecar_is_written_as_the_golden_file_to_the_byte(name):
    assert encode(GOLDEN[name]).decode() == (GOLDEN_FOLDER / name).read_bytes().decode()


@pytest.mark.parametrize("name", GOLDEN)
def test_the_golden_file_reads_as_what_it_was_written_from(name):
    assert decode((GOLDEN_FOLDER / name).read_bytes()) == GOLDEN[name]


@settings(max_examples=50)
@given(SIDECARS)
def test_what_was_written_reads_as_the_same_with_every_unknown_key(sidecar):
    data = encode(sidecar)
    back = decode(data)
    assert back == sidecar
    assert encode(back) == data
    if sidecar.cheap_fp is not None:  # `extra` does not count when fingerprints are compared
        assert back.cheap_fp.extra == sidecar.cheap_fp.extra
    _check_safe_to_show(data)


@given(names(30), names(30))
def test_no_name_or_note_can_drive_a_terminal_or_break_the_file(name, note):
    data = encode(SEQUENCE._replace(asset_path=f"/{name}", notes=note, extra={name: note}))
    _check_safe_to_show(data)
    assert decode(data).notes == note


def _check_safe_to_show(data: bytes) -> None:
    text = data.decode("utf-8")
    assert text.endswith("}\n")
    unsafe = {c for c in text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}}
    assert unsafe <= {"\n"}


def test_keys_are_sorted_and_indented_by_two():
    text = encode(SEQUENCE).decode()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"


def test_a_byte_order_mark_is_no_damage():
    assert decode(b"\xef\xbb\xbf" + encode(SEQUENCE)) == SEQUENCE


def written(sidecar: Sidecar = SEQUENCE) -> dict:
    return json.loads(encode(sidecar))


def as_bytes(raw: object) -> bytes:
    return json.dumps(raw).encode()


def of_schema_1_0_0(sidecar: Sidecar, **changes: object) -> dict:
    """Return a sidecar as the previous schema wrote it, with fewer keys."""
    raw = {**written(sidecar), "schema_version": "1.0.0", **changes}
    for key in ("verdicts", "findings"):
        raw.pop(key)
    if raw["sequence"]:
        for key in ("pattern", "frames"):
            raw["sequence"].pop(key)
        raw["sequence"]["cheap_fp"].pop("digest")
    else:
        raw["cheap_fp"].pop("digest")
    return raw


def test_a_sidecar_of_schema_1_0_0_is_the_same_sequence():
    read = decode(as_bytes(of_schema_1_0_0(SEQUENCE)))
    assert read.schema_version == "1.0.0"
    assert read.sequence == SEQUENCE.sequence._replace(frames="")
    assert read.cheap_fp == SEQUENCE.cheap_fp._replace(digest=None)
    assert (read.verdicts, read.findings) == ((), ())
    assert (read.content_hash, read.qc_id) == (SEQUENCE.content_hash, SEQUENCE.qc_id)


OLD = {
    "schema 1.0.0": lambda raw: raw,
    "the predecessor's": lambda raw: {**raw, "schema_version": 1, "schema_name": "eikon-qc"},
}


@pytest.mark.parametrize("as_old", OLD.values(), ids=list(OLD))
@pytest.mark.parametrize("sidecar", [SINGLE, SEQUENCE], ids=["single", "sequence"])
@pytest.mark.parametrize("result", ["pass", "fail", "pending"])
def test_a_pass_or_fail_of_an_older_tool_is_somebodys_verdict(as_old, sidecar, result):
    old = of_schema_1_0_0(sidecar, qc_result=result, notes="ok", operator="ben")
    read = decode(as_bytes(as_old(old)))
    if result == "pending":
        assert read.verdicts == ()
        return
    (verdict,) = read.verdicts
    assert (verdict.qc_result, verdict.notes, verdict.operator) == (result, "ok", "ben")
    assert (verdict.qc_id, verdict.qc_time) == (sidecar.qc_id, sidecar.qc_time)
    assert (verdict.content_hash, verdict.run_id) == (sidecar.content_hash, None)
    assert verdict.tracker_status == sidecar.tracker_status


def test_a_pass_without_verdicts_in_the_present_schema_is_nobodys_word_to_invent():
    assert decode(as_bytes({**written(SINGLE), "qc_result": "pass"})).verdicts == ()


def test_the_name_of_the_predecessors_schema_is_kept():
    read = decode(as_bytes({**written(SINGLE), "schema_version": 1, "schema_name": "eikon-qc"}))
    assert read.schema_version == "1.0.0"
    assert json.loads(encode(read))["schema_name"] == "eikon-qc"


def test_a_newer_minor_version_is_read_and_keeps_its_number():
    read = decode(as_bytes({**written(), "schema_version": "1.7.3", "reel": "B004"}))
    assert (read.schema_version, read.extra) == ("1.7.3", {"reel": "B004"})


OLD_PATTERNS = {
    "printf": ({"pattern": "plate.%04d.exr"}, SequenceKey("plate.", "exr", 4)),
    "hashes, so the first frame tells": (
        {"pattern": "plate.####.exr", "first": "plate.1001.exr", "pad": 4},
        SequenceKey("plate.", "exr", 4),
    ),
    "no pattern": ({"first": "sh_0001.dpx", "pad": 4}, SequenceKey("sh_", "dpx", 4)),
    "no first frame": ({"base": "plate", "ext": "exr", "pad": 4}, SequenceKey("plate.", "exr", 4)),
}


@pytest.mark.parametrize(("sequence", "key"), OLD_PATTERNS.values(), ids=list(OLD_PATTERNS))
def test_an_older_sidecar_says_in_its_own_way_which_sequence_it_is_of(sequence, key):
    read = decode(as_bytes({**written(SINGLE), "sequence": sequence}))
    assert read.sequence is not None
    assert read.sequence.key == key


NEWER = {
    "a sequence": ({**written(), "schema_version": "2.0.0"}, SEQUENCE.sequence.key, True),
    "a file": ({**written(SINGLE), "schema_version": "2.0.0"}, None, False),
    "an integer": ({**written(), "schema_version": 2}, SEQUENCE.sequence.key, True),
    "much newer": ({"schema_version": "10.0", "sequence": ["?"]}, None, True),
    "a sequence said otherwise": ({"schema_version": "2", "sequence": {"pad": "4"}}, None, True),
}


@pytest.mark.parametrize(("raw", "key", "is_sequence"), NEWER.values(), ids=list(NEWER))
def test_a_newer_major_schema_is_named_with_the_sequence_it_is_of(raw, key, is_sequence):
    with pytest.raises(NewerSchemaError, match="newer") as caught:
        decode(as_bytes(raw))
    assert (caught.value.key, caught.value.is_sequence) == (key, is_sequence)


def less(*lost: str) -> dict:
    return {key: value for key, value in written().items() if key not in lost}


DAMAGE = {
    "empty": b"",
    "blanks": b" \n",
    "cut off": encode(SEQUENCE)[:-20],
    "zeros": b"\0" * 512,
    "not UTF-8": encode(SEQUENCE).replace(b"qc-artist", b"caf\xe9"),
    "a list": as_bytes([written()]),
    "a number": b"17",
    "two documents": encode(SINGLE) + encode(SINGLE),
    "NaN": encode(SINGLE).replace(b"2048", b"NaN"),
    "a number too large to be one": encode(SINGLE).replace(b"2048", b"1e999"),
    "absurdly nested": b'{"a":' * 100_000,
    "absurdly nested, but whole": b'{"qc_id":' + b"[" * 900 + b"]" * 900 + b"}",
    "no schema version": as_bytes(less("schema_version")),
    "a schema version that is none": as_bytes({**written(), "schema_version": "new"}),
    "a schema version that is a truth": as_bytes({**written(), "schema_version": True}),
    "a schema version of Arabic digits": as_bytes({**written(), "schema_version": "١.٠"}),
    "no qc_id": as_bytes(less("qc_id")),
    "no asset_path": as_bytes(less("asset_path")),
    "notes that are a list": as_bytes({**written(), "notes": ["a"]}),
    "verdicts that are an object": as_bytes({**written(), "verdicts": {}}),
    "a verdict that is text": as_bytes({**written(), "verdicts": ["pass"]}),
    "a verdict without a result": as_bytes({**written(), "verdicts": [{"qc_id": "a"}]}),
    "a finding without a kind": as_bytes({**written(), "findings": [{}]}),
    "a sequence that is text": as_bytes({**written(), "sequence": "plate.%04d.exr"}),
    "a sequence of nothing": as_bytes({**written(), "sequence": {}}),
    "frame numbers that are text": as_bytes(
        {**written(), "sequence": {**written()["sequence"], "frame_min": "1001"}}
    ),
    "bytes that are a fraction": as_bytes({**written(SINGLE), "cheap_fp": {"bytes": 1.5}}),
}


@pytest.mark.parametrize("data", DAMAGE.values(), ids=list(DAMAGE))
def test_damage_is_called_damage(data):
    with pytest.raises(DamagedSidecarError):
        decode(data)


@given(st.integers(0, len(encode(SEQUENCE))), st.integers(0, 40), st.binary(max_size=6))
def test_a_sidecar_with_a_hole_burnt_into_it_is_read_or_called_damaged(at, length, junk):
    data = encode(SEQUENCE)
    try:
        read = decode(data[:at] + junk + data[at + length :])
    except (DamagedSidecarError, NewerSchemaError):
        return
    assert decode(encode(read)) == read


HOSTILE = {
    "a path that no file system can hold": {"asset_path": "/\ud800.mov"},
    "notes with half a character": {"notes": "\ud800"},
    "a pattern that no file system can hold": {"sequence": {"pattern": "\ud800.%04d.exr"}},
    "a sequence with a padding of a billion": {
        "sequence": {"first": "plate.1001.exr", "pad": 10**9},
    },
    "a sequence of more frames than there are atoms": {
        "sequence": {"pattern": "plate.%04d.exr", "frames": f"0-{10**90}", "frame_max": 10**90},
    },
    "frames in no notation": {"sequence": {"pattern": "plate.%04d.exr", "frames": "all"}},
    "a number too large to be one": {"x_gamma": "1e999"},
    "a schema version below none": {"schema_version": -1},
    "a hash with a line break": {"content_hash": "blake3:\n"},
    "a state nobody knows": {"content_state": "\x1b[2J", "qc_result": "perhaps"},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=list(HOSTILE))
def test_whatever_a_sidecar_says_the_run_goes_on(changes, tmp_path):
    media = [
        tmp_path / name for name in ("slate.mov", *(f"plate.{n}.exr" for n in range(1001, 1004)))
    ]
    for path in media:
        path.write_bytes(b"first")
    crawl(tmp_path)
    for path in tmp_path.glob(".qc/*.json"):
        raw = {**json.loads(path.read_bytes()), **changes}
        path.write_text(json.dumps(raw).replace('"1e999"', "1e999"))
    for path in media:
        path.write_bytes(b"second")
    (tmp_path / "other.mov").write_bytes(b"other")
    crawl(tmp_path)
    assert (tmp_path / ".qc/other.mov.qc.json").exists()
    for path in tmp_path.glob(".qc/*.json"):
        decode(path.read_bytes())
