"""What a folder's assets are, given its names and what is recorded there: no disk involved."""

import pytest

from qc_asset_crawler.crawler import plan
from qc_asset_crawler.crawler.plan import Match, Resolution, linked_names, linked_sequences
from qc_asset_crawler.listing import Passed
from qc_asset_crawler.model import ImageSequence, SequenceKey, SingleFile
from qc_asset_crawler.sequences.grouping import by_extension
from qc_asset_crawler.settings import MediaTypes, Settings, SidecarMode
from qc_asset_crawler.sidecar.recorded import BadKind, BadSidecar, Place, Records
from samples import SINGLE, VERDICT, record_of, sequence_of

PLATE = SequenceKey("plate.", "exr", 4)
PLACE = Place(SidecarMode.SUBDIR, "qc.sequence.json")


def files(*frames: int, pad: int = 4, prefix: str = "plate.", ext: str = "exr") -> tuple[str, ...]:
    return tuple(f"{prefix}{frame:0{pad}d}.{ext}" for frame in frames)


def recorded(*keys: SequenceKey, frames: tuple[int, ...] = (1, 2, 3, 4), **more) -> Records:
    """Return records of some sequences, each with the same frames."""
    sequences = {
        key: record_of(
            SINGLE._replace(sequence=sequence_of(frames, *key), asset_path="/jobs/plate")
        )
        for key in keys
    }
    return Records(sequences=sequences, **more)


def recorded_files(*names: str, signed: tuple[str, ...] = ()) -> Records:
    """Return records of single files, of which some were signed by a person."""
    return Records(
        files={
            name: record_of(
                SINGLE._replace(
                    asset_path=f"/jobs/{name}",
                    verdicts=(VERDICT,) if name in signed else (),
                ),
                f"{name}.qc.json",
            )
            for name in names
        }
    )


def resolve(names, passed_over, records, settings) -> Resolution:
    return plan.resolve(by_extension(names), passed_over, records, settings)


def found_in(resolution: Resolution) -> dict[str, object]:
    """Return the owner of every asset, by the asset's label."""
    return {match.asset.label: match.owner for match in resolution.matches}


def frames_of(resolution: Resolution) -> dict[str, tuple[int, ...]]:
    return {
        match.asset.label: match.asset.frames
        for match in resolution.matches
        if isinstance(match.asset, ImageSequence)
    }


WIDE = files(998, 999, 1000, 1001, pad=1)
STAYS = {
    "nothing changed": (files(1, 2, 3, 4), Settings(), "plate.%04d.exr"),
    "a frame is missing": (files(1, 2, 4), Settings(), "plate.%04d.exr"),
    "only one frame is left": (files(3), Settings(), "plate.%04d.exr"),
    "another --min-seq": (files(1, 2, 3, 4), Settings(min_seq=100), "plate.%04d.exr"),
    "frames were added": (files(*range(1, 40)), Settings(), "plate.%04d.exr"),
    "a narrower padding": (WIDE, Settings(), "plate.%03d.exr"),
    "a wider padding": (files(1, 2, 3, pad=6), Settings(), "plate.%06d.exr"),
    "its frames are others altogether": (files(50, 51, 52), Settings(), "plate.%04d.exr"),
    "its extension makes no sequences any more": (
        files(1, 2, 3, 4),
        Settings(media=MediaTypes(frozenset({"dpx"}), frozenset({"exr"}))),
        "plate.%04d.exr",
    ),
    "one frame left, of an extension that makes no sequences any more": (
        files(2),
        Settings(media=MediaTypes(frozenset({"dpx"}), frozenset({"exr"}))),
        "plate.%04d.exr",
    ),
}


@pytest.mark.parametrize(("names", "settings", "label"), STAYS.values(), ids=list(STAYS))
def test_a_recorded_sequence_stays_the_asset_it_was(names, settings, label):
    resolution = resolve(names, {}, recorded(PLATE), settings)
    assert found_in(resolution) == {label: PLATE}
    assert resolution.gone == ()
    assert resolution.left_alone == ()


@pytest.mark.parametrize("min_seq", [1, 3, 4, 5])
def test_frames_without_a_record_need_min_seq_of_them(min_seq):
    resolution = resolve(files(1, 2, 3, 4), {}, Records(), Settings(min_seq=min_seq))
    if min_seq <= 4:
        assert found_in(resolution) == {"plate.%04d.exr": None}
    else:
        assert found_in(resolution) == dict.fromkeys(files(1, 2, 3, 4))


def test_an_extension_that_is_no_media_any_more_leaves_its_records_alone():
    passed = dict.fromkeys(files(1, 2, 3, 4), Passed.OTHER)
    resolution = resolve((), passed, recorded(PLATE), Settings())
    assert resolution == Resolution(left_alone=(PLATE,))


def test_two_paddings_are_two_assets_each_with_its_own_record():
    three = SequenceKey("plate.", "exr", 3)
    names = files(8, 9, 10) + files(8, 9, 10, pad=3)
    resolution = resolve(names, {}, recorded(PLATE, three), Settings())
    assert found_in(resolution) == {"plate.%04d.exr": PLATE, "plate.%03d.exr": three}


def test_a_second_padding_beside_a_recorded_one_is_a_new_asset():
    names = files(8, 9, 10) + files(8, 9, 10, pad=3)
    resolution = resolve(names, {}, recorded(PLATE), Settings())
    assert found_in(resolution) == {"plate.%04d.exr": PLATE, "plate.%03d.exr": None}


def test_the_last_frame_of_one_of_two_paddings_takes_only_that_asset_away():
    three = SequenceKey("plate.", "exr", 3)
    resolution = resolve(files(8, 9, 10, pad=3), {}, recorded(PLATE, three), Settings())
    assert found_in(resolution) == {"plate.%03d.exr": three}
    assert resolution.gone == (PLATE,)


def test_a_new_padding_goes_to_the_recorded_one_nearest_to_it():
    six, two = SequenceKey("plate.", "exr", 6), SequenceKey("plate.", "exr", 2)
    names = files(1, 2, 3, pad=5) + files(1, 2, 3, pad=2)
    resolution = resolve(names, {}, recorded(six, two), Settings())
    assert found_in(resolution) == {"plate.%05d.exr": six, "plate.%02d.exr": two}


def test_the_same_name_in_another_case_is_another_asset():
    resolution = resolve(files(1, 2, 3, prefix="Plate."), {}, recorded(PLATE), Settings())
    assert found_in(resolution) == {"Plate.%04d.exr": None}
    assert resolution.gone == (PLATE,)


@pytest.mark.parametrize("why", [Passed.EXCLUDED, Passed.LINK, Passed.SPECIAL, Passed.OTHER])
def test_names_that_were_passed_over_are_not_missing(why):
    passed = {**dict.fromkeys(files(1, 2, 3, 4), why), "slate.mov": why}
    records = recorded_files("slate.mov")._replace(sequences=recorded(PLATE).sequences)
    resolution = resolve((), passed, records, Settings())
    assert resolution.matches == ()
    assert resolution.gone == ()
    assert set(resolution.left_alone) == {PLATE, "slate.mov"}


def test_media_that_is_nowhere_in_the_listing_is_gone():
    records = recorded_files("slate.mov")._replace(sequences=recorded(PLATE).sequences)
    resolution = resolve(("other.mov",), {"notes.txt": Passed.OTHER}, records, Settings())
    assert found_in(resolution) == {"other.mov": None}
    assert set(resolution.gone) == {PLATE, "slate.mov"}
    assert resolution.left_alone == ()


def test_a_sequence_of_which_a_part_is_excluded_is_left_alone():
    passed = dict.fromkeys(files(3), Passed.EXCLUDED)
    resolution = resolve(files(1, 2, 4), passed, recorded(PLATE), Settings())
    assert resolution == Resolution(held=(PLATE,))


def test_excluding_frames_that_were_never_recorded_hinders_nothing():
    passed = dict.fromkeys(files(9), Passed.EXCLUDED)
    resolution = resolve(files(1, 2, 3, 4), passed, recorded(PLATE), Settings())
    assert found_in(resolution) == {"plate.%04d.exr": PLATE}


def test_a_frame_replaced_by_a_link_changes_the_sequence_and_is_named():
    passed = dict.fromkeys(files(3), Passed.LINK)
    resolution = resolve(files(1, 2, 4), passed, recorded(PLATE), Settings())
    assert frames_of(resolution) == {"plate.%04d.exr": (1, 2, 4)}
    named = linked_sequences(linked_names(passed, Settings()), resolution.matches, 3)
    assert named == [(PLATE, 1)]


LINKS = {
    "a whole sequence of links": (files(1, 2, 3), Passed.LINK, [(PLATE, 3)]),
    "two links are no sequence": (files(1, 2), Passed.LINK, []),
    "excluded names are no links": (files(1, 2, 3), Passed.EXCLUDED, []),
    "links to movies": (files(1, 2, 3, ext="mov"), Passed.LINK, []),
}


@pytest.mark.parametrize(("names", "why", "named"), LINKS.values(), ids=list(LINKS))
def test_sequences_made_of_links_are_named(names, why, named):
    links = linked_names(dict.fromkeys(names, why), Settings())
    assert linked_sequences(links, (), 3) == named


def test_single_files_nobody_signed_become_a_sequence():
    names = files(1, 2, 3)
    resolution = resolve(names, {}, recorded_files(*names), Settings())
    assert found_in(resolution) == {"plate.%04d.exr": None}
    assert len(resolution.regrouped) == 3
    assert resolution.gone == ()


def test_signed_single_files_stay_what_was_signed():
    names = files(1, 2, 3)
    resolution = resolve(names, {}, recorded_files(*names, signed=names[:1]), Settings())
    assert found_in(resolution) == {name: name for name in names}
    assert resolution.regrouped == ()


def test_signed_single_files_become_a_sequence_when_a_new_frame_arrives():
    names = files(1, 2, 3)
    records = recorded_files(*names, signed=names)
    resolution = resolve(files(1, 2, 3, 4), {}, records, Settings())
    assert found_in(resolution) == {"plate.%04d.exr": None}
    assert (len(resolution.regrouped), resolution.gone) == (3, ())


def test_a_single_file_continues_its_own_record_only():
    resolution = resolve(("a.mov", "b.mov"), {}, recorded_files("a.mov"), Settings())
    assert found_in(resolution) == {"a.mov": "a.mov", "b.mov": None}


def bad(kind: BadKind, owner: object) -> Records:
    return Records(bad=(BadSidecar(PLACE, kind, "is of another age", owner),))


@pytest.mark.parametrize("kind", [BadKind.NEWER, BadKind.UNREADABLE, BadKind.REFUSED])
@pytest.mark.parametrize(
    ("owner", "names", "blocked"),
    [
        pytest.param(PLATE, files(1, 2, 3), True, id="this sequence"),
        pytest.param(PLATE, files(2), True, id="the last frame of this sequence"),
        pytest.param(PLATE, files(1, 2, 3, prefix="bg."), False, id="another sequence"),
        pytest.param("slate.mov", ("slate.mov",), True, id="this file"),
        pytest.param("slate.mov", ("other.mov",), False, id="another file"),
        pytest.param(None, files(1, 2, 3), True, id="any sequence it may be of"),
        pytest.param(None, ("slate.mov",), False, id="a file it cannot be of"),
    ],
)
def test_what_a_sidecar_that_cannot_be_used_may_be_of_is_not_touched(kind, owner, names, blocked):
    (match,) = resolve(names, {}, bad(kind, owner), Settings()).matches
    assert (match.blocked is not None) is blocked


def test_a_recorded_sequence_is_not_blocked_by_a_record_of_nobody_knows_what():
    records = recorded(PLATE, bad=bad(BadKind.NEWER, None).bad)
    (match,) = resolve(files(1, 2, 3), {}, records, Settings()).matches
    assert match.blocked is None


@pytest.mark.parametrize("owner", [PLATE, "slate.mov", None])
def test_a_damaged_sidecar_blocks_nothing_for_it_is_set_aside(owner):
    resolution = resolve(
        ("slate.mov", *files(1, 2, 3)), {}, bad(BadKind.DAMAGED, owner), Settings()
    )
    assert all(match.blocked is None for match in resolution.matches)


def test_media_of_a_sidecar_that_cannot_be_used_is_never_called_gone():
    resolution = resolve((), {}, bad(BadKind.NEWER, PLATE), Settings())
    assert resolution == Resolution()


def test_every_file_is_in_one_asset_whatever_is_recorded():
    names = files(1, 2, 3) + files(1, 2, pad=3) + ("slate.mov", "still.png")
    records = recorded_files(*names)._replace(sequences=recorded(PLATE).sequences)
    resolution = resolve(names, {}, records, Settings())
    members = [name for match in resolution.matches for name in match.asset.names]
    assert sorted(members) == sorted(names)
    assert Match(SingleFile("slate.mov"), "slate.mov") in resolution.matches
