"""Hashes of files and sequences, and the cheap fingerprint: anyone can compute them again."""

import errno
import hashlib
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from blake3 import blake3

from qc_asset_crawler import crawl
from qc_asset_crawler.errors import StopRequestedError, never
from qc_asset_crawler.hashing import (
    Algorithms,
    available_algorithms,
    fingerprint,
    manifest,
    manifest_hash,
)
from qc_asset_crawler.model import FileStat, is_content_hash
from qc_asset_crawler.reading import (
    AHEAD_BYTES,
    BUFFER_BYTES,
    Hashed,
    NotHashed,
    Reader,
    Unread,
    lstat_files,
)
from qc_asset_crawler.sidecar.codec import decode
from qc_asset_crawler.stats import Stats

Act = Callable[[int], None]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    """An open folder."""
    fd = os.open(tmp_path, os.O_RDONLY)
    yield fd
    os.close(fd)


def reader(act: Act = lambda count: None) -> Reader:
    return Reader(never, act)


def hash_here(folder: int, name: str, act: Act = lambda count: None) -> Hashed | NotHashed:
    return reader(act).hash_file(folder, name, blake3, "blake3")


def content(size: int) -> bytes:
    return (bytes(range(251)) * (size // 251 + 1))[:size]


SIZES = [0, 1, 4095, BUFFER_BYTES - 1, BUFFER_BYTES, BUFFER_BYTES + 1, 3 * BUFFER_BYTES + 17]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("algorithm", "maker"), [("blake3", blake3), ("sha256", hashlib.sha256)], ids=["b3", "sha"]
)
def test_a_files_hash_is_that_of_its_bytes(folder, tmp_path, size, algorithm, maker):
    data = content(size)
    (tmp_path / "a.mov").write_bytes(data)
    seen: list[int] = []
    outcome = reader(seen.append).hash_file(folder, "a.mov", maker, algorithm)
    assert isinstance(outcome, Hashed)
    assert outcome.content_hash == f"{algorithm}:{maker(data).hexdigest()}"
    assert is_content_hash(outcome.content_hash)
    stats = Stats()
    assert lstat_files(folder, ["a.mov"], stats) is None
    assert [outcome.stat] == list(stats)
    assert sum(seen) == size == outcome.stat.size


@pytest.mark.parametrize("more", [0, 1, AHEAD_BYTES, AHEAD_BYTES + 1, 9 * AHEAD_BYTES + 5])
def test_a_file_that_is_read_ahead_has_the_same_hash(folder, tmp_path, more):
    data = content(BUFFER_BYTES + more)
    (tmp_path / "a.mov").write_bytes(data)
    seen: list[int] = []
    outcome = reader(seen.append).hash_file(folder, "a.mov", blake3, "blake3", ahead=True)
    assert isinstance(outcome, Hashed)
    assert outcome.content_hash == f"blake3:{blake3(data).hexdigest()}"
    assert sum(seen) == len(data)


@pytest.mark.parametrize("size", [10, BUFFER_BYTES + 10, BUFFER_BYTES + AHEAD_BYTES + 10])
def test_a_file_that_is_cut_off_while_it_is_read_ahead_has_no_hash(folder, tmp_path, size):
    path = tmp_path / "a.mov"

    def cut_off(_: int) -> None:
        os.truncate(path, size)

    path.write_bytes(b"x" * (BUFFER_BYTES + 30 * AHEAD_BYTES))
    first = reader(cut_off)._hash_once(folder, "a.mov", blake3, "blake3", ahead=True)
    assert first == NotHashed(Unread.UNSTABLE, "changed while it was read")


@pytest.fixture
def fail_ahead(folder, tmp_path, monkeypatch) -> Callable[[BaseException], Hashed | NotHashed]:
    """Hash a file, of which whoever reads ahead meets an error."""
    readv = os.readv

    def hash_it(error: BaseException) -> Hashed | NotHashed:
        def fail_later(fd: int, buffers: list[memoryview]) -> int:
            if threading.current_thread().name.startswith("qc-ahead"):
                raise error
            return readv(fd, buffers)

        (tmp_path / "a.mov").write_bytes(b"x" * (BUFFER_BYTES + AHEAD_BYTES))
        monkeypatch.setattr(os, "readv", fail_later)
        return reader().hash_file(folder, "a.mov", blake3, "blake3", ahead=True)

    return hash_it


def test_what_goes_wrong_while_a_file_is_read_ahead_is_said(fail_ahead):
    outcome = fail_ahead(OSError(errno.EIO, "Input/output error"))
    assert outcome == NotHashed(Unread.UNREADABLE, "Input/output error")


def test_nobody_waits_for_ever_for_what_is_read_ahead(fail_ahead):
    with pytest.raises(MemoryError):
        fail_ahead(MemoryError())


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="there is one processor only")
def test_a_huge_file_that_nothing_else_waits_beside_is_read_ahead(tmp_path):
    with (tmp_path / "a.mov").open("wb") as file:
        file.truncate(1 << 30)
    seen: set[str] = set()
    crawl(tmp_path, on_event=lambda _: seen.update(t.name for t in threading.enumerate()))
    assert any(name.startswith("qc-ahead") for name in seen)
    assert not any(t.name.startswith("qc-ahead") for t in threading.enumerate())


def test_a_second_smaller_file_is_not_mixed_with_the_first(folder, tmp_path):
    (tmp_path / "a").write_bytes(b"a" * 5000)
    (tmp_path / "b").write_bytes(b"b")
    hash_here(folder, "a")
    outcome = hash_here(folder, "b")
    assert isinstance(outcome, Hashed)
    assert outcome.content_hash == f"blake3:{blake3(b'b').hexdigest()}"


def test_reading_leaves_no_trace_on_the_file(folder, tmp_path):
    path = tmp_path / "a.mov"
    path.write_bytes(b"x" * 100)
    os.utime(path, ns=(1_000_000_000, 2_000_000_001))
    before = path.stat()
    hash_here(folder, "a.mov")
    after = path.stat()
    assert after.st_atime_ns == before.st_atime_ns
    assert (after.st_mtime_ns, after.st_ctime_ns) == (before.st_mtime_ns, before.st_ctime_ns)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_somebody_elses_file_is_read_although_its_access_time_cannot_be_spared(folder, tmp_path):
    (tmp_path / "a.mov").write_bytes(b"x")
    (tmp_path / "sealed.mov").write_bytes(b"x")
    (tmp_path / "sealed.mov").chmod(0o600)
    tmp_path.chmod(0o755)
    os.seteuid(65534)
    try:
        readable, sealed = hash_here(folder, "a.mov"), hash_here(folder, "sealed.mov")
    finally:
        os.seteuid(0)
    assert isinstance(readable, Hashed)
    assert sealed == NotHashed(Unread.UNREADABLE, "Permission denied")


def make_link(path: Path) -> None:
    path.with_name("target.mov").write_bytes(b"x")
    path.symlink_to("target.mov")


NO_FILES = {
    "missing": lambda path: None,
    "a link": make_link,
    "a dangling link": lambda path: path.symlink_to("nowhere"),
    "a FIFO": os.mkfifo,
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("make", NO_FILES.values(), ids=list(NO_FILES))
def test_what_is_no_file_is_not_read_and_nothing_hangs(folder, tmp_path, make):
    make(tmp_path / "a.mov")
    outcome = hash_here(folder, "a.mov", lambda count: pytest.fail("was read"))
    assert isinstance(outcome, NotHashed)
    assert outcome.reason is Unread.UNSTABLE
    assert outcome.detail


CHANGES = {
    "is cut off": lambda path: os.truncate(path, 10),
    "is written over": lambda path: path.open("r+b").write(b"other"),
    "is replaced": lambda path: (
        path.with_name("new").write_bytes(b"x" * 100),
        path.with_name("new").replace(path),
    ),
    "is deleted": lambda path: path.unlink(missing_ok=True),
    "becomes a link": lambda path: (path.unlink(), path.symlink_to("elsewhere")),
    "is given back its stamp": lambda path: os.utime(path, ns=(0, path.stat().st_mtime_ns)),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_file_that_changes_whenever_it_is_read_has_no_hash(folder, tmp_path, change):
    path = tmp_path / "a.mov"
    path.write_bytes(b"x" * 100)
    os.utime(path, (1, 1))
    outcome = hash_here(folder, "a.mov", lambda count: change(path))
    assert isinstance(outcome, NotHashed)
    assert outcome.reason is Unread.UNSTABLE


def test_a_file_that_grows_as_fast_as_it_is_read_is_not_followed_for_ever(folder, tmp_path):
    path = tmp_path / "a.mov"
    path.write_bytes(b"x" * 100)
    reads: list[int] = []

    def grow(count: int) -> None:
        reads.append(count)
        assert len(reads) < 50, "follows the writer"
        with path.open("ab") as file:
            file.write(b"more")

    outcome = hash_here(folder, "a.mov", grow)
    assert isinstance(outcome, NotHashed)
    assert outcome.reason is Unread.UNSTABLE


@pytest.mark.parametrize("times", [1, 2])
def test_a_file_that_changed_once_is_read_once_more(folder, tmp_path, times):
    path = tmp_path / "a.mov"
    path.write_bytes(b"x" * 100)
    os.utime(path, (1, 1))
    reads: list[int] = []

    def write_over(count: int) -> None:
        reads.append(count)
        if len(reads) <= times:
            path.write_bytes(b"%d" % len(reads) * 100)

    outcome = hash_here(folder, "a.mov", write_over)
    assert len(reads) == 2
    if times == 1:
        assert isinstance(outcome, Hashed)
        assert outcome.content_hash == f"blake3:{blake3(b'1' * 100).hexdigest()}"
    else:
        assert isinstance(outcome, NotHashed)


@pytest.mark.parametrize("ahead", [False, True])
def test_hashing_stops_in_the_middle_of_a_file_when_asked(folder, tmp_path, ahead):
    (tmp_path / "a.mov").write_bytes(b"x" * (BUFFER_BYTES + 2 * AHEAD_BYTES))
    seen: list[int] = []
    stopped = Reader(lambda: len(seen) == 1, seen.append)
    with pytest.raises(StopRequestedError):
        stopped.hash_file(folder, "a.mov", blake3, "blake3", ahead=ahead)
    assert seen == [BUFFER_BYTES]


def test_no_descriptor_is_left_open(folder, tmp_path):
    (tmp_path / "a.mov").write_bytes(b"x")
    os.mkfifo(tmp_path / "pipe")
    before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
    for name in ("a.mov", "pipe", "missing"):
        hash_here(folder, name)
    if before is None:
        pytest.skip("no /proc here to count descriptors with")
    assert set(os.listdir("/proc/self/fd")) == before


def test_a_manifest_is_name_nul_size_nul_hash_lf_in_the_order_given():
    members = [("b.2.exr", 7, "blake3:00"), ("a\udce9 \n.1.exr", 0, "blake3:ff")]
    wanted = b"b.2.exr\x007\x00blake3:00\na\xe9 \n.1.exr\x000\x00blake3:ff\n"
    assert manifest(members) == wanted
    assert manifest_hash(members, blake3(), "blake3") == f"blake3:{blake3(wanted).hexdigest()}"


ONE_LINER = r"""
for f in plate.*.exr; do
  printf '%s\0%s\0blake3:%s\n' "$f" "$(wc -c <"$f" | tr -d ' ')" "$(b3sum --no-names "$f")"
done | b3sum --no-names
"""


@pytest.mark.skipif(shutil.which("b3sum") is None, reason="b3sum is not installed")
def test_anyone_can_recompute_a_sequences_hash_in_a_shell(tmp_path):
    for frame in (998, 999, 1001, 1002):
        (tmp_path / f"plate.{frame:04d}.exr").write_bytes(b"frame %d" % frame * 1000)
    crawl(tmp_path)
    recorded = decode((tmp_path / ".qc" / "qc.sequence.json").read_bytes()).content_hash
    shell = ["sh", "-c", ONE_LINER]
    printed = subprocess.run(shell, cwd=tmp_path, capture_output=True, check=True, text=True).stdout
    assert recorded == f"blake3:{printed.strip()}"


NAMES = ("a.1.exr", "a.2.exr")
STATS = (FileStat(1, 2, 300, 4_000_000_001, 5_000_000_002), FileStat(1, 3, 400, 6, 7))


def digest(stats: tuple[FileStat, ...], *, ignore_ctime: bool = False) -> str | None:
    return fingerprint(NAMES, Stats(stats), ignore_ctime=ignore_ctime).digest


def test_the_fingerprint_adds_up_what_stat_says():
    found = fingerprint(NAMES, Stats(STATS), ignore_ctime=False)
    assert (found.bytes, found.files, found.newest_mtime) == (700, 2, 4)
    text = b"a.1.exr\0300\0004000000001\0005000000002\na.2.exr\000400\0006\0007\n"
    text = text.replace(b"\0300", b"\x00300")
    assert found.digest == f"blake2b:{hashlib.blake2b(text, digest_size=32).hexdigest()}"


@pytest.mark.parametrize("field", ["size", "mtime_ns", "ctime_ns"])
@pytest.mark.parametrize("member", [0, 1])
@pytest.mark.parametrize("ignore_ctime", [False, True])
def test_the_digest_tells_every_stamp_apart(field, member, ignore_ctime):
    changed = list(STATS)
    changed[member] = STATS[member]._replace(**{field: getattr(STATS[member], field) + 1})
    same = digest(tuple(changed), ignore_ctime=ignore_ctime) == digest(
        STATS, ignore_ctime=ignore_ctime
    )
    assert same is (field == "ctime_ns" and ignore_ctime)


def test_the_digest_tells_names_members_and_their_order_apart():
    digests = [
        digest(STATS),
        digest(STATS, ignore_ctime=True),
        digest(STATS[::-1]),
        fingerprint(("a.1.exr", "a.3.exr"), Stats(STATS), ignore_ctime=False).digest,
        fingerprint(NAMES[:1], Stats(STATS[:1]), ignore_ctime=False).digest,
    ]
    assert len(set(digests)) == len(digests)


ODD_TIMES = [-11_644_473_600 * 10**9, -(1 << 63) - 1, 1 << 63, 10_413_792_000 * 10**9]


@pytest.mark.parametrize("when", ODD_TIMES)
def test_stamps_far_from_today_are_kept_as_they_are(when):
    odd = FileStat((1 << 64) - 1, (1 << 64) - 2, 5, when, when + 1)
    stats = Stats(STATS)
    stats.extend([odd])
    assert list(stats) == [*STATS, odd]
    assert stats == Stats([*STATS, odd]) != Stats(STATS)
    found = fingerprint((*NAMES, "b"), stats, ignore_ctime=False)
    assert found.newest_mtime == max(4, when // 10**9)


def test_equal_stamps_are_equal_however_they_came():
    odd = FileStat(1, 1, 1, 1 << 63, 1)
    grown = Stats([odd])
    grown.extend(STATS)
    assert grown == Stats([odd, *STATS])


def test_a_file_from_the_far_future_ends_no_run(tmp_path):
    (tmp_path / "a.mov").write_bytes(b"x")
    os.utime(tmp_path / "a.mov", (10_413_792_000, 10_413_792_000))
    assert crawl(tmp_path).problems == ()
    assert crawl(tmp_path).files_read == 0


def test_the_digest_does_not_depend_on_where_the_file_lies():
    moved = tuple(found._replace(dev=9, ino=9) for found in STATS)
    assert digest(moved) == digest(STATS)


def test_blake3_is_preferred_and_sha256_always_there():
    assert list(available_algorithms().makers) == ["blake3", "sha256"]
    assert available_algorithms().preferred == "blake3"


HASHES = {
    "blake3:" + "0" * 64: ("blake3", True),
    "sha256:" + "f" * 64: ("sha256", True),
    "xxh128:" + "0" * 64: (None, True),
    "blake3:" + "0" * 63: (None, False),
    "blake3:" + "F" * 64: (None, False),
    "blake3:" + "0" * 64 + "\n": (None, False),
    "0" * 64: (None, False),
    "": (None, False),
    None: (None, False),
}


@pytest.mark.parametrize(("text", "known"), HASHES.items(), ids=map(repr, HASHES))
def test_a_recorded_hash_is_of_an_algorithm_we_have_or_not(text, known):
    algorithm, well_formed = known
    assert available_algorithms().of(text) == algorithm
    assert is_content_hash(text) is well_formed
    assert Algorithms({"sha256": hashlib.sha256}).of(text) == (
        algorithm if algorithm == "sha256" else None
    )
