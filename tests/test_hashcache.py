"""The hash cache: it may be lost, it is never wrong."""

import hashlib
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc_asset_crawler.findings.values import CHECKERS, NOTHING, Facts, Kind, Look
from qc_asset_crawler.hashcache import (
    BadCacheError,
    Entry,
    compose,
    load,
    parse,
    save,
)
from qc_asset_crawler.model import FileStat
from samples import HASH_A, HASH_B, names
from support import Tool, make_frames, rewrite

NAME = ".qc.hashcache.json"
FOUND = FileStat(dev=1, ino=2, size=300, mtime_ns=4_000_000_001, ctime_ns=5_000_000_002)
ENTRY = Entry(300, 4_000_000_001, 5_000_000_002, HASH_A, racy=False)
ENTRIES = {"plate.1001.exr": ENTRY, "caf\udce9.mov": ENTRY._replace(size=7, racy=True)}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    """An open folder."""
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


TRUST = {
    "all equal": (ENTRY, FOUND, True, True),
    "racy when recorded": (ENTRY._replace(racy=True), FOUND, False, False),
    "another algorithm": (ENTRY._replace(content_hash="sha256:" + "0" * 64), FOUND, False, False),
    "an algorithm that begins alike": (
        ENTRY._replace(content_hash="blake3x:" + "0" * 64), FOUND, False, False,
    ),
    "another size": (ENTRY, FOUND._replace(size=301), False, False),
    "a later mtime": (ENTRY, FOUND._replace(mtime_ns=4_000_000_002), False, False),
    "an earlier mtime": (ENTRY, FOUND._replace(mtime_ns=4_000_000_000), False, False),
    "a later ctime": (ENTRY, FOUND._replace(ctime_ns=5_000_000_003), False, True),
    "an earlier ctime": (ENTRY, FOUND._replace(ctime_ns=5_000_000_001), False, True),
    "another inode with equal stamps": (ENTRY, FOUND._replace(ino=9, dev=9), True, True),
}  # fmt: skip


@pytest.mark.parametrize(("entry", "found", "strict", "lenient"), TRUST.values(), ids=list(TRUST))
def test_a_remembered_hash_is_trusted_only_where_all_is_equal(entry, found, strict, lenient):
    assert entry.trusted(found, "blake3", ignore_ctime=False) is strict
    assert entry.trusted(found, "blake3", ignore_ctime=True) is lenient


SILENT = {
    "only the ctime moved": (ENTRY, FOUND._replace(ctime_ns=9), True),
    "nothing moved": (ENTRY, FOUND, True),
    "the mtime moved": (ENTRY, FOUND._replace(mtime_ns=9), False),
    "the size moved": (ENTRY, FOUND._replace(size=9), False),
    "racy when recorded": (ENTRY._replace(racy=True), FOUND._replace(ctime_ns=9), False),
}


@pytest.mark.parametrize(("entry", "found", "silent"), SILENT.values(), ids=list(SILENT))
def test_a_change_is_silent_where_size_and_mtime_do_not_show_it(entry, found, silent):
    assert entry.silent_if_changed(found) is silent


def test_what_is_saved_is_loaded(folder):
    save(folder, NAME, ENTRIES, "blake3")
    assert load(folder, NAME, 2) == ENTRIES


def test_saving_leaves_nothing_else_behind(folder, tmp_path):
    (tmp_path / NAME).write_bytes(b"damaged")
    save(folder, NAME, ENTRIES, "blake3")
    assert os.listdir(tmp_path) == [NAME]


def test_no_cache_is_an_empty_one(folder):
    assert load(folder, NAME, 0) == {}


STAMPS = st.integers(-(2**63), 2**63)
TEXTS = st.text(max_size=8)
FACTS = st.builds(Facts, TEXTS, *[st.none() | STAMPS] * 2, *[st.none() | TEXTS] * 3)
LOOKS = st.builds(Look, st.none() | FACTS, st.none() | st.sampled_from(Kind), TEXTS)
CACHES = st.dictionaries(
    names(),
    st.builds(
        Entry,
        STAMPS,
        STAMPS,
        STAMPS,
        st.sampled_from((HASH_A, HASH_B)),
        st.booleans(),
        st.none() | LOOKS,
    ),
    max_size=8,
)


def unseen(entries):
    """Return entries as if no checker had looked; what a decoder said stays."""
    return {
        name: e if e.look and e.look.kind is Kind.UNREADABLE else e._replace(look=None)
        for name, e in entries.items()
    }


NUMBER = b'"checkers": %d' % CHECKERS
OTHERS = {
    "older": NUMBER.replace(b"%d" % CHECKERS, b"0"),
    "newer": b'"checkers": 99',
    "unknown": b'"other": 1',
    "no number": b'"checkers": "1"',
    "null": b'"checkers": null',
}


@pytest.mark.parametrize("number", OTHERS.values(), ids=list(OTHERS))
@given(CACHES)
def test_of_what_other_checkers_told_the_hashes_are_kept(number, entries):
    data = compose(entries, "blake3")
    assert NUMBER in data
    assert parse(data.replace(NUMBER, number, 1)) == unseen(entries)


def test_an_alarm_of_other_checkers_does_not_outlive_a_gate(
    qc: Tool, fake: Tool, tmp_path: Path
) -> None:
    fake.run("--out", tmp_path, "--base", "plate", "--frames", "9", "--damage", "truncated:1")
    qc.run(tmp_path)
    cache = tmp_path / NAME
    data = cache.read_bytes()
    cache.write_bytes(data.replace(NUMBER, b'"checkers": 0', 1))
    assert qc.json("--no-findings", tmp_path)["summary"]["files_read"] == 0
    gate = "--fail-on=truncated"
    assert qc.json(gate, tmp_path, status=4)["summary"]["files_read"] == 9
    assert cache.read_bytes() == data
    assert qc.json(gate, tmp_path, status=4)["summary"]["files_read"] == 0


@given(CACHES)
def test_what_was_composed_reads_as_the_same(entries):
    assert parse(compose(entries, "blake3")) == entries


@given(CACHES, st.randoms())
def test_the_same_entries_give_the_same_bytes_in_any_order(entries, random):
    shuffled = list(entries.items())
    random.shuffle(shuffled)
    assert compose(dict(shuffled), "blake3") == compose(entries, "blake3")


def test_a_large_folder_is_written_like_a_small_one():
    entries = {f"plate.{n:05d}.exr": ENTRY for n in range(10_000)}
    data = compose(entries, "blake3")
    assert parse(data) == entries
    assert data.splitlines()[1] == json.dumps(entries, separators=(",", ":")).encode()


@given(CACHES, st.integers(0, 2000), st.binary(max_size=3))
def test_no_cache_with_a_hole_burnt_into_it_is_believed(entries, at, junk):
    data = compose(entries, "blake3")
    at %= len(data)
    try:
        believed = parse(data[:at] + junk + data[at + 1 :])
    except BadCacheError:
        return
    assert believed in (entries, unseen(entries))  # without what other checkers told


def test_a_cache_is_json_with_a_header_that_says_what_it_is():
    document = json.loads(compose(ENTRIES, "blake3"))
    assert document["qc_hashcache"] == 2
    assert document["algorithm"] == "blake3"
    assert document["checksum"].startswith("blake2b:")
    assert list(document["entries"]) == sorted(ENTRIES)


def sealed(body: bytes, **header: object) -> bytes:
    """Return a cache of any body, with a checksum that fits."""
    checksum = f"blake2b:{hashlib.blake2b(body, digest_size=32).hexdigest()}"
    head = {"qc_hashcache": 2, "algorithm": "blake3", "checksum": checksum, **header}
    return json.dumps(head)[:-1].encode() + b', "entries":\n' + body + b"\n}\n"


def entry(*values: object) -> bytes:
    return sealed(json.dumps({"a.exr": list(values)}).encode())


def test_a_cache_that_is_in_order_is_believed():
    assert parse(entry(*ENTRY)) == {"a.exr": ENTRY}


NO = [None]
GOOD = compose(ENTRIES, "blake3")
BAD = {
    "empty": b"",
    "blanks": b"  \n\n",
    "zeros": b"\0" * 4096,
    "cut off": GOOD[:-3],
    "cut off in the entries": GOOD[: len(GOOD) // 2],
    "with more behind it": GOOD + b"{}",
    "somebody's JSON": b'{"name": "my.project"}\n',
    "a list": b"[1,2,3]",
    "not UTF-8": b"\xff\xfe" + GOOD,
    "of an older format": GOOD.replace(b'"qc_hashcache": 2', b'"qc_hashcache": 1'),
    "of a newer format": GOOD.replace(b'"qc_hashcache": 2', b'"qc_hashcache": 3'),
    "of a format that is no number": GOOD.replace(b'"qc_hashcache": 2', b'"qc_hashcache": "2"'),
    "with another checksum": sealed(b"{}", checksum="blake2b:" + "0" * 64),
    "without a checksum": sealed(b"{}", checksum=None),
    "with an entry edited by hand": GOOD.replace(HASH_A.encode(), HASH_B.encode(), 1),
    "with a stamp edited by hand": GOOD.replace(b"4000000001", b"4000000002"),
    "with a racy entry made trustworthy": GOOD.replace(b"true", b"false"),
    "a hundred thousand brackets": b"[" * 100_000,
    "a hundred thousand brackets in the entries": sealed(b"[" * 100_000 + b"]" * 100_000),
    "a hundred thousand brackets in one entry": sealed(
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    ),
    "a number of a million digits": sealed(b'{"a":' + b"9" * 1_000_000 + b"}"),
    "entries that are a list": sealed(b"[]"),
    "entries that are null": sealed(b"null"),
    "an entry that is an object": sealed(b'{"a.exr":{}}'),
    "an entry that is null": sealed(b'{"a.exr":null}'),
    "an entry that is too short": entry(300, 4, 5, HASH_A),
    "an entry that is too long": entry(*ENTRY, 1),
    "a size that is text": entry("300", 4, 5, HASH_A, False, NOTHING),
    "a size that is a fraction": entry(300.0, 4, 5, HASH_A, False, NOTHING),
    "a size that is a truth": entry(True, 4, 5, HASH_A, False, NOTHING),
    "a stamp that is null": entry(300, None, 5, HASH_A, False, NOTHING),
    "a hash that is a number": entry(300, 4, 5, 7, False, NOTHING),
    "a hash that is none": entry(300, 4, 5, "blake3:", False, NOTHING),
    "a hash that would forge a manifest line": entry(
        300, 4, 5, f"{HASH_A}\nb.exr\0", False, NOTHING
    ),
    "racy as a number": entry(300, 4, 5, HASH_A, 0, NOTHING),
    "no look": entry(300, 4, 5, HASH_A, False),
    "a look that is too short": entry(300, 4, 5, HASH_A, False, [None, None]),
    "facts that are text": entry(300, 4, 5, HASH_A, False, ["exr", None, ""]),
    "facts that are too few": entry(300, 4, 5, HASH_A, False, [["exr", 1, 2], None, ""]),
    "a width that is text": entry(300, 4, 5, HASH_A, False, [["exr", "1", 2, *NO * 3], None, ""]),
    "a width that is a truth": entry(
        300, 4, 5, HASH_A, False, [["exr", True, 2, *NO * 3], None, ""]
    ),
    "a kind nobody knows": entry(300, 4, 5, HASH_A, False, [None, "burnt", ""]),
    "a detail that is a number": entry(300, 4, 5, HASH_A, False, [None, None, 7]),
}


@pytest.mark.parametrize("data", BAD.values(), ids=list(BAD))
def test_a_cache_that_is_not_ours_and_whole_is_not_believed(data, folder, tmp_path):
    with pytest.raises(BadCacheError):
        parse(data)
    (tmp_path / NAME).write_bytes(data)
    with pytest.raises(BadCacheError):
        load(folder, NAME, 2)


def make_link(path: Path) -> None:
    (path.parent / "elsewhere.json").write_bytes(GOOD)
    path.symlink_to("elsewhere.json")


def make_large(path: Path) -> None:
    path.write_bytes(b"")
    os.truncate(path, 65 << 20)


NO_CACHES = {
    "a link": make_link,
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a FIFO": os.mkfifo,
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("make", NO_CACHES.values(), ids=list(NO_CACHES))
def test_what_is_no_file_is_neither_read_nor_written_and_nothing_hangs(make, folder, tmp_path):
    make(tmp_path / NAME)
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(BadCacheError):
        load(folder, NAME, 2)
    with pytest.raises(BadCacheError):
        save(folder, NAME, {}, "blake3")
    assert sorted(os.listdir(tmp_path)) == before
    if (tmp_path / "elsewhere.json").exists():
        assert (tmp_path / "elsewhere.json").read_bytes() == GOOD


def test_a_cache_far_too_large_for_its_folder_is_not_even_read(folder, tmp_path):
    make_large(tmp_path / NAME)
    with pytest.raises(BadCacheError, match="too large"):
        load(folder, NAME, 10)
    with pytest.raises(BadCacheError, match="damaged"):
        load(folder, NAME, 10_000)


def test_a_cache_forgets_files_that_are_gone_and_is_written_only_where_it_changes(
    qc: Tool, tmp_path: Path
) -> None:
    first, second, *others = make_frames(tmp_path)
    qc.run(tmp_path)
    first.unlink()
    rewrite(second)
    qc.run(tmp_path)
    cache = tmp_path / ".qc.hashcache.json"
    assert set(parse(cache.read_bytes())) == {path.name for path in (second, *others)}
    written = cache.stat().st_ino  # a new one would be a new file
    assert "read 0 files" not in qc.run("--rehash", tmp_path).out
    assert cache.stat().st_ino == written
