"""The names of sidecars: plain or qualified, never two alike, never too long."""

import os
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc_asset_crawler.listing import Rules
from qc_asset_crawler.model import Owner, SequenceKey
from qc_asset_crawler.settings import Naming, Settings, SidecarMode
from qc_asset_crawler.sidecar.names import (
    Siblings,
    choose_name,
    fold,
    get_side_name_sequence,
    stored_name,
)
from samples import extensions, names

NAMING = Naming()
RULES = Rules.of(Settings())
PLATE = SequenceKey("plate.", "exr", 4)


def is_in(taken):
    """Return the test of a name that `choose_name` asks for."""
    return lambda name: fold(name) in taken


def name_of(owner: Owner, *others: SequenceKey, taken: tuple[str, ...] = ()) -> str:
    return choose_name(
        owner, NAMING, is_in({fold(name) for name in taken}), Siblings(others).without({owner})
    )


def test_the_plain_name_of_a_sequences_sidecar_is_the_configured_one():
    assert get_side_name_sequence(Settings()) == "qc.sequence.json"
    assert get_side_name_sequence(Settings(naming=Naming(sequence="shot.json"))) == "shot.json"
    assert choose_name(PLATE, Naming(sequence="shot.json"), is_in(()), Siblings(())) == "shot.json"


BG = SequenceKey("bg.", "exr", 4)
CASES = {
    "alone": (PLATE, (), "qc.sequence.json"),
    "alone, listed itself": (PLATE, (PLATE,), "qc.sequence.json"),
    "alone, without a base": (SequenceKey("", "exr", 4), (), "qc.sequence.json"),
    "beside another": (PLATE, (BG,), "plate.exr.qc.sequence.json"),
    "only one separator goes": (SequenceKey("a._", "exr", 4), (BG,), "a..exr.qc.sequence.json"),
    "a single file": ("slate.mov", (), "slate.mov.qc.json"),
    "a single file beside sequences": ("slate.mov", (PLATE, BG), "slate.mov.qc.json"),
}


@pytest.mark.parametrize(("owner", "others", "name"), CASES.values(), ids=list(CASES))
def test_a_sidecar_is_named_for_its_asset(owner, others, name):
    assert name_of(owner, *others) == name


def test_a_sequence_keeps_away_from_a_plain_name_that_is_in_use():
    assert name_of(PLATE, taken=("qc.sequence.json",)) == "plate.exr.qc.sequence.json"


ALIKE = {
    "two paddings": (PLATE, PLATE._replace(pad=3)),
    "two separators": (PLATE, PLATE._replace(prefix="plate_")),
    "two cases": (PLATE, PLATE._replace(prefix="PLATE.")),
    "two cases of the extension": (PLATE, PLATE._replace(ext="EXR")),
    "two Unicode forms": (
        PLATE._replace(prefix="caf\u00e9."),
        PLATE._replace(prefix=unicodedata.normalize("NFD", "café.")),
    ),
    "a ligature": (PLATE._replace(prefix="ﬁx."), PLATE._replace(prefix="FIX.")),
}


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=list(ALIKE))
def test_eight_digits_tell_apart_what_would_be_called_alike(one, other):
    first, second = name_of(one, other, BG), name_of(other, one, BG)
    assert fold(first) != fold(second)
    for key, name in ((one, first), (other, second)):
        stem = f"{key.base}.{key.ext}."
        assert name.startswith(stem)
        digits = name.removeprefix(stem).removesuffix(".qc.sequence.json")
        assert len(digits) == 8
        assert int(digits, 16) >= 0


def test_a_sequence_without_a_base_is_called_by_eight_digits():
    name = name_of(SequenceKey("", "exr", 4), BG)
    assert name.endswith(".exr.qc.sequence.json")
    assert len(name.removesuffix(".exr.qc.sequence.json")) == 8
    assert name != name_of(SequenceKey("_", "exr", 4), BG)


def test_the_digits_are_the_same_tomorrow_and_elsewhere():
    assert name_of(PLATE, PLATE._replace(pad=3)) == name_of(PLATE, PLATE._replace(pad=5), BG)


LONG = {
    "a single file": "x" * 251 + ".mov",
    "a single file of wide characters": "空" * 83 + ".mov",
    "a single file of broken bytes": "\udce9" * 251 + ".mov",
    "a sequence": SequenceKey("x" * 240 + ".", "exr", 4),
    "a sequence of wide characters": SequenceKey("空" * 80 + ".", "exr", 4),
}


@pytest.mark.parametrize("owner", LONG.values(), ids=list(LONG))
@pytest.mark.parametrize("mode", list(SidecarMode))
def test_a_name_that_would_be_too_long_is_shortened(owner, mode, tmp_path):
    name = stored_name(name_of(owner, BG), mode)
    assert len(os.fsencode(name)) <= 255
    assert RULES.is_sidecar(name)
    (tmp_path / name).write_bytes(b"")


def test_long_names_that_differ_at_their_end_stay_apart():
    one, other = "x" * 250 + "1.mov", "x" * 250 + "2.mov"
    assert name_of(one) != name_of(other)
    assert name_of("x" * 250 + "A.mov") != name_of("x" * 250 + "a.mov")


def test_only_dot_mode_adds_a_dot():
    assert stored_name("a.mov.qc.json", SidecarMode.DOT) == ".a.mov.qc.json"
    assert stored_name("a.mov.qc.json", SidecarMode.SUBDIR) == "a.mov.qc.json"
    assert stored_name("a.mov.qc.json", SidecarMode.INLINE) == "a.mov.qc.json"


BASES = st.sampled_from(
    ("", "a", "A", "é", "e\u0301", "É", "ß", "ss", "a.1", "ﬁ", "x" * 238, "空" * 80)
)
PREFIXES = st.builds(
    lambda base, separator: (base + separator).rstrip("0123456789"),
    BASES | names(),
    st.sampled_from(("", ".", "_", "-", "..")),
)
KEYS = st.builds(
    SequenceKey,
    PREFIXES,
    st.sampled_from(("exr", "EXR", "tif")) | extensions(),
    st.integers(1, 4),
)
FILES = st.builds(
    lambda base, ext: f"{base}.{ext}", BASES | names().filter(bool), st.sampled_from(("mov", "MOV"))
)
FOLDERS = st.tuples(
    st.lists(KEYS, max_size=8, unique=True), st.lists(FILES, max_size=8, unique=True)
)


def chosen(sequences, single_files, taken: set[str]) -> list[str]:
    """Return the names a folder's assets get, one after the other."""
    result = []
    for owner in (*sequences, *single_files):
        name = choose_name(owner, NAMING, is_in(taken), Siblings(sequences).without({owner}))
        taken.add(fold(name))
        result.append(name)
    return result


@settings(max_examples=80)
@given(FOLDERS, st.booleans())
def test_no_two_sidecars_of_a_folder_ever_get_one_name(folder, backwards):
    sequences, single_files = folder
    if backwards:
        sequences, single_files = sequences[::-1], single_files[::-1]
    found = chosen(sequences, single_files, set())
    assert len({fold(name) for name in found}) == len(found)
    assert all(len(name.encode("utf-8", "surrogateescape")) <= 254 for name in found)
    assert all(RULES.is_sidecar(name) for name in found)


@settings(max_examples=100)
@given(KEYS | FILES, st.integers(1, 4))
def test_a_name_is_found_where_strangers_hold_all_the_good_ones(owner, strangers):
    taken: set[str] = set()
    for _ in range(strangers):
        taken.add(fold(choose_name(owner, NAMING, is_in(taken), Siblings((BG,)))))
    name = choose_name(owner, NAMING, is_in(taken), Siblings((BG,)))
    assert fold(name) not in taken
    assert len(name.encode("utf-8", "surrogateescape")) <= 254
    assert RULES.is_sidecar(name)
