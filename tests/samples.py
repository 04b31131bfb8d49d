"""Sample values for the tests, and strategies that make more of them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hypothesis import strategies as st

from qc_asset_crawler.model import (
    Finding,
    Fingerprint,
    ImageSequence,
    SequenceKey,
    SequenceRecord,
    Sidecar,
    Told,
    TrackerStatus,
    Verdict,
    describe,
)
from qc_asset_crawler.outbox import Answer
from qc_asset_crawler.ranges import runs_of
from qc_asset_crawler.settings import SidecarMode
from qc_asset_crawler.sidecar.recorded import Place, Record

HASH_A = "blake3:" + "a1" * 32
HASH_B = "blake3:" + "b2" * 32
DIGEST_A = "blake2b:" + "c3" * 32
DIGEST_B = "blake2b:" + "d4" * 32

VERDICT = Verdict(
    qc_id="019a7e41-e94e-724f-9b36-5ca4918a7921",
    qc_time="2025-11-13T17:27:20.142585+00:00",
    qc_result="pass",
    operator="qc-artist",
    notes="looks good",
    content_hash=HASH_A,
    run_id="019a7e41-e000-7000-8000-00000000000a",
)

SINGLE = Sidecar(
    schema_version="1.1.0",
    tool_version="eikon-qc-marker/1.0.0",
    policy_version="2025.11.0",
    qc_id="019a7e41-e94e-724f-9b36-5ca4918a7921",
    qc_time="2025-11-13T17:27:20.142585+00:00",
    qc_result="pending",
    notes="",
    operator="qc-artist",
    asset_id=None,
    asset_path="/jobs/show/shot/plate/slate.mov",
    content_hash=HASH_A,
    content_state="new",
    prev_content_hash=None,
    cheap_fp=Fingerprint(2048, 1, 1762949063, DIGEST_A),
)


def sequence_of(
    frames: tuple[int, ...], prefix: str = "plate.", ext: str = "exr", pad: int = 4
) -> SequenceRecord:
    """Return what a sidecar says of a sequence."""
    key = SequenceKey(prefix, ext, pad)
    return describe(ImageSequence(key, tuple(map(key.name, frames)), runs_of(frames)))


SEQUENCE = SINGLE._replace(
    asset_path="/jobs/show/shot/plate",
    sequence=sequence_of((1001, 1002, 1003, 1007)),
    cheap_fp=Fingerprint(4096, 4, 1762949063, DIGEST_A),
    verdicts=(VERDICT, VERDICT._replace(qc_id="019a7e41-e94e-724f-9b36-5ca4918a7922")),
    findings=(Finding("silent-change", "1002", "the bytes changed"),),
    tracker_status=TrackerStatus("queued", 503),
)


def record_of(sidecar: Sidecar, name: str = "qc.sequence.json") -> Record:
    """Return a sidecar as it was read from a folder."""
    return Record(sidecar, (Place(SidecarMode.SUBDIR, name),), (b"",))


@dataclass
class FakeTrak:
    """Answers as it is told to, and keeps what it was asked and told; after that it takes all."""

    look_ups: Iterable[Answer] = ()
    posts: Iterable[Answer] = ()
    asked: list[str] = field(default_factory=list)
    posted: list[tuple[str, str, dict]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._look_ups: Iterator[Answer] = iter(self.look_ups)
        self._posts: Iterator[Answer] = iter(self.posts)

    def look_up(self, asset_path: str) -> Answer:
        self.asked.append(asset_path)
        return next(self._look_ups, Answer(Told.OK, 200, asset_id="B-2"))

    def post_verdict(self, asset_id: str, qc_id: str, body: bytes) -> Answer:
        self.posted.append((asset_id, qc_id, json.loads(body)))
        return next(self._posts, Answer(Told.OK, 200))


# A name as the file system gives it: any characters, and bytes that are no UTF-8.
_CHARS = st.one_of(
    st.characters(exclude_categories=("Cs",), exclude_characters="/\0"),
    st.integers(0xDC80, 0xDCFF).map(chr),
    st.sampled_from('%._- #[]\\"\n\x1b\u202e\u2066\u200e\u2028\x7f\u0301éÉ0189'),
)


def _round_trips(name: str) -> bool:
    """Tell whether a file system could hold a name: bytes that are UTF-8 decode as such."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") == name


def names(max_size: int = 12) -> st.SearchStrategy[str]:
    """Make text that a file name may contain, the empty one too."""
    return st.text(_CHARS, max_size=max_size).filter(_round_trips)


def prefixes() -> st.SearchStrategy[str]:
    """Make what may stand before a frame number."""
    return names().map(lambda text: text.rstrip("0123456789"))


def extensions() -> st.SearchStrategy[str]:
    """Make file name extensions, odd ones among them."""
    odd = names(5).filter(lambda text: text != "" and "." not in text)
    return st.sampled_from(("exr", "EXR", "dpx", "jpg", "tif")) | odd


def keys() -> st.SearchStrategy[SequenceKey]:
    """Make what sequences are recognised by."""
    return st.builds(SequenceKey, prefixes(), extensions(), st.integers(1, 40))


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | names(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names(6), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
EXTRAS = st.dictionaries(names(8).map(lambda key: f"x_{key}"), JSON_VALUES, max_size=3)
TEXT = names(20)
HASHES = st.none() | st.sampled_from((HASH_A, HASH_B))
INTEGERS = st.integers(0, 10**30)
TRACKERS = st.builds(TrackerStatus, TEXT, st.none() | st.integers(100, 599), EXTRAS)
VERDICTS = st.builds(
    Verdict, TEXT, TEXT, TEXT, TEXT, TEXT, HASHES, st.none() | TEXT, TRACKERS, EXTRAS
)
FINDINGS = st.builds(Finding, TEXT, st.none() | TEXT, TEXT, EXTRAS)
FINGERPRINTS = st.builds(
    Fingerprint, INTEGERS, INTEGERS, st.integers(), st.none() | st.just(DIGEST_A), EXTRAS
)
SEQUENCES = st.builds(
    lambda key, figures, extra: figures._replace(
        key=key, base=key.base, first=key.name(1), last=key.name(9), extra=extra
    ),
    keys(),
    st.sets(st.integers(0, 99), min_size=1).map(lambda frames: sequence_of(tuple(sorted(frames)))),
    EXTRAS,
)
SIDECARS = st.builds(
    Sidecar,
    schema_version=st.sampled_from(("1.1.0", "1.2.0", "1.0.0")),
    tool_version=TEXT,
    policy_version=TEXT,
    qc_id=TEXT,
    qc_time=TEXT,
    qc_result=st.sampled_from(("pending", "pass", "fail")),
    notes=TEXT,
    operator=TEXT,
    asset_id=st.none() | TEXT,
    asset_path=TEXT,
    content_hash=HASHES,
    content_state=TEXT,
    prev_content_hash=HASHES,
    verdicts=st.lists(VERDICTS, max_size=3).map(tuple),
    findings=st.lists(FINDINGS, max_size=3).map(tuple),
    sequence=st.none() | SEQUENCES,
    cheap_fp=st.none() | FINGERPRINTS,
    tracker_status=TRACKERS,
    extra=EXTRAS,
)
