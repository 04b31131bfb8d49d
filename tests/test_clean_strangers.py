"""Whatever a stranger's file holds, and whatever is allowed to go, it stays as it is."""

import json
import tempfile
from pathlib import Path

from faults.stock import listing
from hypothesis import given
from hypothesis import strategies as st

from qc_asset_crawler import Settings
from qc_asset_crawler.cleanup import Allowance, clean
from qc_asset_crawler.model import Sidecar
from qc_asset_crawler.sidecar.codec import encode
from samples import EXTRAS, JSON_VALUES, SIDECARS

KEYS = ("qc_id", "schema_version", "asset_path")
EVERYTHING = Allowance(verdicts=True, unsent=True)
PLACES = st.sampled_from(
    (
        *("cut.mov.qc.json", ".cut.mov.qc.json", ".qc/cut.mov.qc.json", "notes.qc.json"),
        *("qc.sequence.json", ".qc.sequence.json", ".qc/a.exr.qc.sequence.json"),
    )
)


def _lacks_a_key(value: object) -> bool:
    return not isinstance(value, dict) or not all(key in value for key in KEYS)


NO_SIDECARS = st.one_of(
    st.binary(min_size=1).filter(lambda data: _lacks_a_key(_parsed(data))),
    JSON_VALUES.filter(_lacks_a_key).map(lambda value: json.dumps(value).encode()),
    st.builds(
        lambda present, extra: json.dumps({**dict.fromkeys(present, "1.0.0"), **extra}).encode(),
        st.sets(st.sampled_from(KEYS), max_size=2),
        EXTRAS,
    ),
)


def _parsed(data: bytes) -> object:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def cleaned(name: str, content: bytes, allowance: Allowance) -> bool:
    """Clean a folder with one file in it, beside its media; tell whether it stayed as it was."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        Path(folder, "cut.mov").write_bytes(b"media")
        before = {at: one for at, one in listing(Path(folder)).items() if not Path(at).is_dir()}
        clean((folder,), Settings(), allowance)
        after = listing(Path(folder))
        return all(after.get(at) == one for at, one in before.items())


@given(PLACES, NO_SIDECARS)
def test_what_is_no_sidecar_stays(name: str, content: bytes) -> None:
    assert cleaned(name, content, EVERYTHING)


@given(PLACES, SIDECARS)
def test_what_a_person_said_stays_and_nothing_else(name: str, sidecar: Sidecar) -> None:
    said = sidecar.verdicts or sidecar.notes or sidecar.qc_result != "pending" or sidecar.extra
    assert cleaned(name, encode(sidecar), Allowance()) is bool(said)
