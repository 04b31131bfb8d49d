"""The hashes of one folder: read a few at a time, each with the stamps it was read under."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from blake3 import blake3

from qc_asset_crawler import Settings
from qc_asset_crawler.crawler.context import Context, open_context
from qc_asset_crawler.crawler.crew import Done, Job
from qc_asset_crawler.crawler.hashes import FolderHashes, Request
from qc_asset_crawler.crawler.pace import Pace
from qc_asset_crawler.errors import never
from qc_asset_crawler.files.clock import DiskTime
from qc_asset_crawler.files.folder import Folder
from qc_asset_crawler.listing import Rules
from qc_asset_crawler.model import FileStat
from qc_asset_crawler.reading import Hashed, lstat_files
from qc_asset_crawler.sequences.walk import list_folder
from qc_asset_crawler.stats import Stats
from support import make_frames, rewrite

SECOND = 1_000_000_000
OLD = DiskTime(SECOND)


@contextmanager
def opened(folder: Path, workers: int = 4) -> Iterator[tuple[Folder, Context]]:
    settings = Settings(workers=workers)
    with (
        Folder(os.open(folder, os.O_RDONLY), str(folder)) as held,
        open_context(settings, never, lambda _: None, Pace(workers)) as context,
    ):
        yield held, context


def gathered(folder: Folder, context: Context) -> tuple[FolderHashes, Request]:
    """Stat a folder's files; its hashes are to be read three files at a time."""
    listing = list_folder(folder, Rules.of(Settings()))
    stats = Stats()
    lstat_files(folder.fd, listing.files, stats)
    return FolderHashes(listing, context, at_once=3), Request(listing.files, stats, "blake3")


def content_hash(path: Path) -> str:
    return f"blake3:{blake3(path.read_bytes()).hexdigest()}"


def test_files_are_read_a_few_at_a_time_and_each_is_known_as_it_was_read(tmp_path: Path) -> None:
    frames = make_frames(tmp_path, frames=range(1001, 1011))
    with opened(tmp_path) as (folder, context):
        hashes, request = gathered(folder, context)
        rewrite(frames[7])
        hashes.ensure([request])
        found, stats = hashes.known(request)
    assert found == [content_hash(frame) for frame in frames]
    assert [one.mtime_ns for one in stats] == [frame.stat().st_mtime_ns for frame in frames]
    assert stats != request.stats
    assert hashes.files_read == 10
    assert not hashes.failures(request)


def test_a_file_that_fails_among_many_is_named_alone(tmp_path: Path) -> None:
    frames = make_frames(tmp_path, frames=range(1001, 1011))
    with opened(tmp_path) as (folder, context):
        hashes, request = gathered(folder, context)
        frames[4].unlink()
        hashes.ensure([request])
        assert list(hashes.failures(request)) == [frames[4].name]


def test_stamps_and_hash_are_of_one_reading(tmp_path: Path) -> None:
    """Also where a file is, when it is read the second time, what it was when it was gathered."""
    make_frames(tmp_path, frames=[1001])
    with opened(tmp_path) as (folder, context):
        hashes, request = gathered(folder, context)
        (name,), (first,) = request.names, request.stats
        other = FileStat(first.dev, first.ino + 1, first.size + 1, 1, 1)
        for stat, digest in ((other, "sha256:bb"), (first, "blake3:aa")):
            job = Job(name, first, digest.partition(":")[0])
            hashes._take(Done([job], [Hashed(stat, digest)]), OLD)
        known, stats = hashes.known(request)
    assert (known, list(stats)) == (["blake3:aa"], [first])


def test_what_is_read_twice_is_read_to_its_end(tmp_path: Path) -> None:
    """Whole-second stamps a little in the future: not waited for, so racy, so read again."""
    frames = make_frames(tmp_path, frames=range(1001, 1061), size=100_000)
    now = time.time_ns() // SECOND * SECOND
    for frame in frames:
        os.utime(frame, ns=(now, now + SECOND))
    with opened(tmp_path, workers=8) as (folder, context):
        listing = list_folder(folder, Rules.of(Settings()))
        stats = Stats()
        lstat_files(folder.fd, listing.files, stats)
        hashes = FolderHashes(listing, context, clock=lambda _: DiskTime(now - 60 * SECOND))
        request = Request(listing.files, stats, "blake3")
        thread = threading.Thread(target=hashes.ensure, args=([request],), daemon=True)
        thread.start()
        thread.join(30)
        assert not thread.is_alive()
        assert hashes.known(request)[0] == [content_hash(frame) for frame in frames]
        assert hashes.racy == set(listing.files)


def test_what_was_changed_since_it_was_gathered_is_read_until_its_stamps_are_old_enough(
    tmp_path: Path,
) -> None:
    frames = make_frames(tmp_path, frames=[1001, 1002])
    with opened(tmp_path) as (folder, context):
        hashes, request = gathered(folder, context)
        rewrite(frames[0])
        hashes.ensure([request])
        assert hashes.racy == set()
        assert hashes.known(request)[0] == [content_hash(frame) for frame in frames]


def test_what_is_changed_before_each_reading_is_unstable(tmp_path: Path) -> None:
    (frame,) = make_frames(tmp_path, frames=[1001])
    with opened(tmp_path) as (folder, context):
        listing = list_folder(folder, Rules.of(Settings()))
        stats = Stats()
        lstat_files(folder.fd, listing.files, stats)
        clocks = 0

        def clock(_: int) -> DiskTime:
            nonlocal clocks
            clocks += 1
            now = time.time_ns()
            rewrite(frame, b"%d" % (clocks % 10))
            return DiskTime(now)

        hashes = FolderHashes(listing, context, clock=clock)
        request = Request(listing.files, stats, "blake3")
        hashes.ensure([request])
        assert list(hashes.failures(request)) == [frame.name]
