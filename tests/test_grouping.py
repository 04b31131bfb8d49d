"""How names become sequences: the table of cases, pure and on disk, and what holds for any names.

`sequence_cases.json` is the contract: every field of a case but its `note`.
"""

import json
import os
from pathlib import Path

import fileseq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.crawler.plan import resolve
from qc_asset_crawler.listing import Rules
from qc_asset_crawler.model import ImageSequence, SequenceKey, SequenceRecord, SingleFile, describe
from qc_asset_crawler.ranges import contains, format_runs, parse_runs, runs_of
from qc_asset_crawler.sequences.grouping import (
    by_extension,
    group_frames,
    parse_pattern,
    split_frame,
)
from qc_asset_crawler.sidecar.codec import decode
from qc_asset_crawler.sidecar.recorded import Records
from samples import extensions, keys, names, prefixes

CASES = json.loads(Path(__file__).with_name("sequence_cases.json").read_bytes())
by_id = pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])


def folders_of(case) -> dict[str, set[str]]:
    """Return the names of a case, by folder."""
    folders: dict[str, set[str]] = {}
    for path in case["names"]:
        folder, _, name = path.rpartition("/")
        folders.setdefault(folder, set()).add(name)
    return folders


def as_case(record: SequenceRecord, folder: str) -> dict[str, object]:
    """Return a recorded sequence in the words of the table."""
    return {
        "dir": folder,
        "prefix": record.key.prefix,
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
        "frames": record.frames,
    }


def in_order(sequences) -> list[dict[str, object]]:
    return sorted(sequences, key=lambda s: (s["dir"], s["prefix"], s["ext"], s["pad"]))


@by_id
def test_a_case_comes_out_as_the_table_says(case):
    settings = Settings(min_seq=case["min_seq"])
    rules = Rules.of(settings)
    sequences, singles, ignored = [], [], []
    for folder, here in folders_of(case).items():
        below = f"{folder}/" if folder else ""
        media = {name for name in here if rules.is_media(name) and not name.startswith(".")}
        ignored += [below + name for name in here - media]
        found = resolve(by_extension(sorted(media)), {}, Records(), settings)
        for match in found.matches:
            if isinstance(match.asset, ImageSequence):
                sequences.append(as_case(describe(match.asset), folder))
            else:
                singles.append(below + match.asset.name)
    assert in_order(sequences) == in_order(case["sequences"])
    assert sorted(singles) == sorted(case["singles"])
    assert sorted(ignored) == sorted(case["ignored"])


@by_id
def test_a_case_on_disk_is_recorded_as_the_table_says(case, tmp_path):
    for folder, here in folders_of(case).items():
        (tmp_path / folder).mkdir(exist_ok=True)
        for name in here:
            try:
                (tmp_path / folder / name).write_bytes(os.fsencode(name))
            except OSError as error:
                pytest.skip(f"the file system cannot hold the name: {error.strerror}")
            if name not in os.listdir(tmp_path / folder):
                pytest.skip("the file system spells the name its own way")
            os.utime(tmp_path / folder / name, (1_700_000_000, 1_700_000_000))
    before = _media_below(tmp_path)
    report = crawl(tmp_path, Settings(min_seq=case["min_seq"], allow_empty=True, ignore_ctime=True))
    assert report.problems == ()
    sequences, singles = [], []
    for path in tmp_path.rglob(".qc/*.json"):
        sidecar = decode(path.read_bytes())
        folder = path.parent.parent.relative_to(tmp_path).as_posix().removeprefix(".")
        if sidecar.sequence is not None:
            assert sidecar.asset_path == str(path.parent.parent)
            assert parse_pattern(sidecar.sequence.key.pattern) == sidecar.sequence.key
            sequences.append(as_case(sidecar.sequence, folder))
        else:
            singles.append(os.path.relpath(sidecar.asset_path, tmp_path))
    assert in_order(sequences) == in_order(case["sequences"])
    assert sorted(singles) == sorted(case["singles"])
    assert _media_below(tmp_path) == before
    hidden = sum(name.rpartition("/")[2].startswith(".") for name in case["ignored"])
    assert report.skipped.get("hidden", 0) == hidden
    assert sum(report.not_looked_at.values()) == len(case["ignored"]) - hidden


def _media_below(root: Path) -> dict[str, bytes]:
    """Return the content of every file that is none of the tool's."""
    return {
        str(path): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".qc" not in path.parts and not path.name.startswith(".qc")
    }


def test_the_table_has_cases():
    assert len(CASES) > 50


FRAME_NAMES = st.builds(
    lambda prefix, digits, ext: f"{prefix}{digits}.{ext}",
    st.sampled_from(("", "a.", "a", "b_", "a.1001.", "é-")) | prefixes(),
    st.text("0123456789", min_size=1, max_size=6),
    st.sampled_from(("exr", "EXR", "tif")) | extensions(),
)
ANY_NAMES = st.lists(FRAME_NAMES | names(20), max_size=40)


@given(ANY_NAMES)
def test_every_name_is_in_exactly_one_group_spelt_to_the_letter(given_names):
    sequences, rest = group_frames(given_names)
    rebuilt = [s.key.name(frame) for s in sequences for frame in s.frames]
    assert sorted(rebuilt + rest) == sorted(set(given_names))
    for sequence in sequences:
        assert sequence.names == tuple(map(sequence.key.name, sequence.frames))
        assert list(sequence.frames) == sorted(set(sequence.frames))
    assert len({sequence.key for sequence in sequences}) == len(sequences)


@given(ANY_NAMES, st.randoms())
def test_the_order_of_names_does_not_matter(given_names, random):
    shuffled = given_names + given_names[:3]
    random.shuffle(shuffled)
    assert group_frames(shuffled) == group_frames(given_names)


@given(st.lists(FRAME_NAMES, max_size=30), st.integers(1, 5))
def test_assets_are_a_partition_of_the_names_and_sequences_are_long_enough(given_names, min_seq):
    exts = frozenset(name.rpartition(".")[2].lower() for name in given_names)
    settings = Settings(min_seq=min_seq)
    settings = Settings(min_seq=min_seq, media=type(settings.media)(exts, frozenset()))
    found = resolve(by_extension(dict.fromkeys(given_names)), {}, Records(), settings)
    members = [name for match in found.matches for name in match.asset.names]
    assert sorted(members) == sorted(set(given_names))
    for match in found.matches:
        if isinstance(match.asset, ImageSequence):
            assert len(match.asset.frames) >= min_seq
        else:
            assert isinstance(match.asset, SingleFile)


@given(keys(), st.integers(0, 10**6))
def test_a_pattern_reads_back_as_what_it_was_made_from(key, frame):
    assert parse_pattern(key.pattern) == key
    cut = split_frame(key.name(frame))
    assert cut is not None
    assert (cut.prefix, int(cut.digits), cut.ext) == (key.prefix, frame, key.ext)


@given(keys().filter(lambda key: "%" not in key.ext), st.integers(0, 10**6))
def test_a_pattern_means_the_same_to_printf(key, frame):
    assert key.pattern % frame == key.name(frame)


PATTERNS = {
    "plate.%04d.exr": SequenceKey("plate.", "exr", 4),
    "plate.%d.exr": SequenceKey("plate.", "exr", 1),
    "%06d.tif": SequenceKey("", "tif", 6),
    "100%%_%04d.exr": SequenceKey("100%_", "exr", 4),
    "a%%%04d.exr": SequenceKey("a%", "exr", 4),
    "a.%012d.exr": SequenceKey("a.", "exr", 12),
    "plate.####.exr": None,
    "plate.1001.exr": None,
    "plate.%4d.exr": None,
    "plate.%00d.exr": None,
    "plate.%04d": None,
    "plate.%04d.": None,
    "plate.%04i.exr": None,
    "plate.%04d_L.exr": None,
    "a.%04d.%04d.exr": None,
    "a%b.%04d.exr": None,
    "a.%%04d.exr": None,
    "a.%0999d.exr": None,
    "": None,
}


@pytest.mark.parametrize(("pattern", "key"), PATTERNS.items(), ids=list(PATTERNS))
def test_a_root_pattern_is_read_as_printf_or_not_at_all(pattern, key):
    assert parse_pattern(pattern) == key


SORTED_FRAMES = st.sets(st.integers(0, 60) | st.integers(0, 10**12), max_size=60).map(sorted)


@given(SORTED_FRAMES)
def test_ranges_read_back_as_the_frames_they_were_made_from(frames):
    runs = runs_of(frames)
    assert parse_runs(format_runs(runs)) == runs
    assert sum(last - first + 1 for first, last in runs) == len(frames)
    assert all(contains(runs, frame) for frame in frames)
    around = {frame + step for frame in frames for step in (-1, 1)} - set(frames)
    assert not any(contains(runs, frame) for frame in around)


@pytest.mark.parametrize(
    "text", ["1-", "-1", "5-3", "1,1", "3,2", "1-5,5-6", "1,,2", "a", " 1", "1 ", "1-2x2", "²"]
)
def test_what_is_no_frame_range_is_refused(text):
    with pytest.raises(ValueError, match="frame range"):
        parse_runs(text)


def test_a_huge_gap_costs_nothing():
    given_names = [f"a.{n}.exr" for n in (1, 2, 3, 10**9, 10**200)]
    (sequence,), _ = group_frames(given_names)
    record = describe(sequence)
    assert record.holes == 10**200 - 5
    assert record.frames == f"1-3,{10**9},{10**200}"


class Counted(str):
    """A name that counts how often any of them is compared, cut or looked into."""

    looks = 0

    def __lt__(self, other: str) -> bool:
        Counted.looks += 1
        return super().__lt__(other)

    def __getitem__(self, key):
        Counted.looks += 1
        return super().__getitem__(key)

    def startswith(self, *args) -> bool:
        Counted.looks += 1
        return super().startswith(*args)


NOT_FRAMES = {
    "a name whose extension alone has the digits": (
        ["a.1.3fr", "a.2.3fr", "a.3.3fr", "a.3fr"],
        {"a.%01d.3fr": 3},
        ["a.3fr"],
    ),
    "an extension that looks like a frame": (
        ["a.mp4", "a.mp1.mp4"],
        {"a.mp%01d.mp4": 1},
        ["a.mp4"],
    ),
    "digits everywhere": (["1.e0010.e1", "1.e1"], {"%01d.e1": 1, "1.e%04d.e1": 1}, []),
}


@pytest.mark.parametrize(
    ("given_names", "wanted", "others"), NOT_FRAMES.values(), ids=list(NOT_FRAMES)
)
def test_digits_of_an_extension_are_no_frame_number(given_names, wanted, others):
    sequences, rest = group_frames(given_names)
    assert {s.key.pattern: len(s.names) for s in sequences} == wanted
    assert rest == others


PIECES = st.sampled_from(("a", "1", "01", "10", ".", "_", "e", "3"))


@given(st.lists(st.lists(PIECES, min_size=1, max_size=8).map("".join), max_size=30))
def test_names_group_as_they_are_cut_one_by_one(given_names):
    cuts = {name: split_frame(name) for name in given_names}
    wanted = {name: (cut.prefix, cut.ext, int(cut.digits)) for name, cut in cuts.items() if cut}
    sequences, rest = group_frames(given_names)
    found = {
        name: (s.key.prefix, s.key.ext, frame)
        for s in sequences
        for name, frame in zip(s.names, s.frames, strict=True)
    }
    assert found == wanted
    assert rest == sorted(name for name, cut in cuts.items() if not cut)


LINEAR = {
    "one sequence": [f"a.{n:07d}.exr" for n in range(0, 9000, 3)],
    "a hundred sequences": [f"{n % 100}a.{n:07d}.exr" for n in range(3000)],
    "stills": [f"a{n * 7919 % 3001}x.exr" for n in range(3000)],
    "a prefix each": [f"a{n}_1.exr" for n in range(3000)],
    "two kinds of padding": [f"a.{n}.exr" for n in range(1500)]
    + [f"a.{n:06d}.exr" for n in range(1500)],
    "digits within digits": [f"a{'1_' * (n % 110)}{n:04d}.exr" for n in range(3000)],
}


@pytest.mark.parametrize("given_names", LINEAR.values(), ids=list(LINEAR))
def test_each_name_is_looked_at_a_few_times_however_many_there_are(given_names):
    """A sort of names in order compares each once; a search for the end of a block some more.

    Where digits stand within digits some are looked at a few times more.
    """
    Counted.looks = 0
    sequences, rest = group_frames(map(Counted, sorted(given_names)))
    assert sum(len(s.names) for s in sequences) + len(rest) == len(given_names)
    assert Counted.looks <= 12 * len(given_names)


@given(
    st.lists(
        st.tuples(st.sampled_from(("plate", "bg_v002", "shot.left")), st.integers(0, 9999)),
        min_size=1,
        max_size=40,
        unique=True,
    )
)
def test_fileseq_groups_and_counts_the_same(members):
    """An independent tool agrees where both follow one rule.

    That is: one padding width (4, which no frame number outgrows), a ``.`` before the frame (so
    that nothing can be read as a minus sign), one extension, non-empty bases without digits at
    their end... and groups of two frames and more, for of one alone fileseq makes a plain file.
    """
    given_names = [f"{base}.{frame:04d}.exr" for base, frame in members]
    ours = [s for s in group_frames(given_names)[0] if len(s.frames) > 1]
    theirs = [
        s for s in fileseq.findSequencesInList(given_names) if len(list(s.frameSet() or ())) > 1
    ]
    assert {s.key.prefix: s.frames for s in ours} == {
        s.basename(): tuple(s.frameSet()) for s in theirs
    }
    assert {s.key.prefix: s.key.pad for s in ours} == {s.basename(): s.zfill() for s in theirs}
    assert {s.key.prefix: len(s.runs) for s in ours} == {
        s.basename(): len(runs_of(sorted(s.frameSet()))) for s in theirs
    }
    assert {name for s in ours for name in s.names} == {str(name) for s in theirs for name in s}
