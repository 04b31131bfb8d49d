"""Whose a directory is, and what a list of directories means."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_asset_crawler.errors import UsageError
from qc_asset_crawler.sharing import Part, Shard, parse_list, parse_shard, shard_of

# These never change: two versions of the tool may work on one tree, each on its shards.
GOLDEN = {
    "": (1, 1, 5, 53, 693),
    "shots": (1, 2, 4, 36, 1764),
    "shots/010/plates": (1, 2, 2, 42, 3626),
    "a b/ü": (1, 2, 4, 52, 3380),
    "日本/\udcff": (1, 1, 5, 29, 2909),
    "x" * 300: (1, 2, 6, 22, 1558),
}
NAMES = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="/\0\n"), min_size=1
).filter(lambda name: name not in {".", ".."})
PATHS = st.lists(NAMES, max_size=4).map("/".join)


@pytest.mark.parametrize("path", GOLDEN)
def test_a_directory_belongs_to_the_same_shard_for_ever(path: str) -> None:
    assert tuple(shard_of(path, of) for of in (1, 2, 8, 64, 4096)) == GOLDEN[path]


@given(PATHS, st.integers(1, 5000))
def test_a_directory_belongs_to_exactly_one_shard(path: str, of: int) -> None:
    number = shard_of(path, of)
    assert 1 <= number <= of
    near = {1, of, max(1, number - 1), number, min(of, number + 1)}
    assert [k for k in sorted(near) if Shard(k, of).owns(path)] == [number]


def test_the_shards_are_about_as_large() -> None:
    counts = Counter(shard_of(f"show/seq{n // 100:03}/shot{n:05}", 8) for n in range(20_000))
    assert sorted(counts) == list(range(1, 9))
    assert max(counts.values()) < 1.1 * 20_000 / 8


@pytest.mark.parametrize(
    "text",
    ["0/4", "5/4", "a/b", "1", "/", "1/", "/4", "1/0", "0/0", "-1/4", "1/4/2", "1/100001"],
)
def test_what_is_no_shard_is_refused(text: str) -> None:
    for wrong in (text, f" {text}", f"{text}\n", "", "1/4\n", "1 /4", "\u0661/\u0664"):
        with pytest.raises(UsageError, match="--shard"):
            parse_shard(wrong)


@pytest.mark.parametrize(("text", "shard"), [("1/1", (1, 1)), ("3/8", (3, 8)), ("007/08", (7, 8))])
def test_a_shard_is_read(text: str, shard: tuple[int, int]) -> None:
    assert parse_shard(text) == shard


ROOTS = ("/jobs/show", "/mnt/raid/show")
LISTS = {
    "lines": (b"a\nb/c\n", ("a", "b/c")),
    "without an end": (b"a\nb", ("a", "b")),
    "separated by NUL, with a newline in a name": (b"a\nb\0c\0", ("a\nb", "c")),
    "in any order, twice, untidy": (b"b/\n./a//c\nb\n\na/c\n", ("a/c", "b")),
    "absolute, with the links of ROOT or without": (
        b"/jobs/show/a\n/mnt/raid/show/b\n",
        ("a", "b"),
    ),
    "absolute, untidy": (b"/jobs//show/./a\n//mnt/raid/show/b\n", ("a", "b")),
    "ROOT itself": (b".\n/jobs/show\n/jobs/show/\n", ("",)),
    "bytes that are no UTF-8": (b"a\xff\n", ("a\udcff",)),
    "dots in names": (b"..a\nb..\n...\n", ("...", "..a", "b..")),
    "parents before what is below them": (b"a-b\na/c\na\n", ("a", "a/c", "a-b")),
    "blanks are part of names": (b" a \n", (" a ",)),
}


@pytest.mark.parametrize(("data", "paths"), LISTS.values(), ids=LISTS)
def test_a_list_of_directories_is_read(data: bytes, paths: tuple[str, ...]) -> None:
    assert parse_list(data, ROOTS) == paths


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\0", "is empty"),
        (b"a\n/etc\n", "outside ROOT: /etc"),
        (b"/jobs/shows\n", "outside ROOT: /jobs/shows"),
        (b"/jobs\n", "outside ROOT: /jobs"),
        (b"../other\n", r"'\.\.': \.\./other"),
        (b"/jobs/show/../other\n", r"'\.\.'"),
        (b"a/../b\n", r"'\.\.'"),
    ],
)
def test_what_is_not_below_root_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        parse_list(data, ROOTS)


@given(st.lists(PATHS, min_size=1))
def test_a_list_says_the_same_however_it_is_written(paths: list[str]) -> None:
    relative = "\0".join(path or "." for path in paths).encode("utf-8", "surrogateescape")
    absolute = "\0".join(f"/r/{path}" for path in paths).encode("utf-8", "surrogateescape")
    assert parse_list(relative + b"\0", ["/r"]) == parse_list(absolute + b"\0", ["/r"])


def test_a_part_is_a_shard_of_a_list() -> None:
    assert Part().is_whole
    assert not Part(Shard(1, 1)).is_whole
    assert not Part(listed=("a",)).is_whole
    owned = [k for k in (1, 2) if Part(Shard(k, 2), ("shots",)).owns("shots")]
    assert owned == [2]
