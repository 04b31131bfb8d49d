"""Who reads the files of a folder: one thread, and as many others as pay; each file once."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from blake3 import blake3

from qc_asset_crawler import Settings
from qc_asset_crawler.crawler.context import Context, open_context
from qc_asset_crawler.crawler.crew import Crew, Done, Job
from qc_asset_crawler.crawler.pace import Pace
from qc_asset_crawler.errors import never
from qc_asset_crawler.reading import Hashed, lstat_files
from qc_asset_crawler.stats import Stats
from support import until

LARGE = 70_000


class Stop:
    """Asks to stop once so many bytes were read."""

    def __init__(self, after: int | None = None) -> None:
        self.after = after
        self.read = 0
        self.threads: set[int] = set()
        self._lock = threading.Lock()

    def __call__(self) -> bool:
        return self.after is not None and self.read >= self.after

    def count(self, count: int) -> None:
        with self._lock:
            self.read += count
            self.threads.add(threading.get_ident())


@contextmanager
def context_for(workers: int, stop: Stop) -> Iterator[Context]:
    settings = Settings(workers=workers)
    with open_context(settings, stop if stop.after else never, stop.count, Pace(workers)) as made:
        yield made


def make_jobs(folder: Path, sizes: list[int]) -> list[Job]:
    """Make files, each with bytes of its own, and name them as jobs."""
    fd = os.open(folder, os.O_RDONLY)
    names = [f"{number}" for number in range(len(sizes))]
    for number, size in enumerate(sizes):
        (folder / names[number]).write_bytes(b"%08d" % number * (size // 8))
    stats = Stats()
    lstat_files(fd, names, stats)
    os.close(fd)
    return [Job(name, found, "blake3") for name, found in zip(names, stats, strict=True)]


def read(folder: Path, jobs: list[Job], workers: int, stop: Stop) -> list[Done]:
    fd = os.open(folder, os.O_RDONLY)
    try:
        with context_for(workers, stop) as context:
            return list(Crew(fd, jobs, context).read())
    finally:
        os.close(fd)


def outcomes(done: list[Done]) -> list[tuple[str, str]]:
    """Return the name and hash of every file, as often as it was hashed."""
    return [
        (job.name, outcome.content_hash)
        for some in done
        for job, outcome in zip(some.jobs, some.outcomes, strict=True)
        if isinstance(outcome, Hashed)
    ]


MIXED = [8, LARGE, 0, 16] * 40
SIZES = {
    "one": [8],
    "small": [4096] * 700,
    "large": [LARGE] * 60,
    "mixed": MIXED,
    "one is most of it": [40_000_000, *[8] * 50],
}


@pytest.mark.parametrize("workers", [1, 2, 16])
@pytest.mark.parametrize("sizes", SIZES.values(), ids=list(SIZES))
def test_every_file_is_hashed_once(tmp_path: Path, sizes: list[int], workers: int) -> None:
    jobs = make_jobs(tmp_path, sizes)
    found = outcomes(read(tmp_path, jobs, workers, Stop()))
    wanted = [
        (j.name, f"blake3:{blake3((tmp_path / j.name).read_bytes()).hexdigest()}") for j in jobs
    ]
    assert sorted(found) == sorted(wanted)


@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="there is one processor only")
def test_large_files_are_read_by_several_threads_and_small_ones_by_one(tmp_path: Path) -> None:
    threads: list[int] = []
    for name, size in (("large", 1_000_000), ("small", 8)):
        (tmp_path / name).mkdir()
        stop = Stop()
        read(tmp_path / name, make_jobs(tmp_path / name, [size] * 100), 8, stop)
        threads.append(len(stop.threads))
    assert threads[0] > 1
    assert threads[1] == 1


def test_an_error_of_a_helper_reaches_who_waits(tmp_path: Path) -> None:
    jobs = make_jobs(tmp_path, [1_000_000] * 100)
    own = threading.get_ident()
    stop = Stop()
    count = stop.count

    def fail_elsewhere(some: int) -> None:
        count(some)
        if threading.get_ident() != own:
            raise LookupError("a helper's")

    stop.count = fail_elsewhere  # type: ignore[method-assign]
    if (os.cpu_count() or 1) < 2:
        pytest.skip("there is one processor only")
    with pytest.raises(LookupError, match="a helper's"):
        read(tmp_path, jobs, 2, stop)


@pytest.mark.parametrize("workers", [1, 8])
def test_asked_to_stop_what_was_hashed_is_kept(tmp_path: Path, workers: int) -> None:
    jobs = make_jobs(tmp_path, [LARGE] * 300)
    stop = Stop(after=20 * LARGE)
    found = outcomes(read(tmp_path, jobs, workers, stop))
    assert 20 <= len(found) < 300
    assert len(found) == stop.read // (LARGE // 8 * 8)


@pytest.mark.parametrize(
    ("sizes", "folders"), [([2 << 20], 2), ([2 << 20] * 2, 1), ([LARGE], 1), ([8], 1)]
)
def test_another_folder_is_worked_on_beside_one_large_file(
    tmp_path: Path, sizes: list[int], folders: int
) -> None:
    jobs = make_jobs(tmp_path, sizes)
    fd = os.open(tmp_path, os.O_RDONLY)
    with context_for(8, Stop()) as context:
        context.pace.processors = 2
        list(Crew(fd, jobs, context).read())
        assert context.pace.folders == folders
    os.close(fd)


@pytest.mark.parametrize(("answers", "most"), [(0, 2), (150, 7)])
def test_a_folder_whose_storage_stops_answering_does_not_take_every_thread(
    tmp_path: Path, answers: int, most: int
) -> None:
    """Two threads where it never answers; else all but one, which is left for other folders."""
    jobs = make_jobs(tmp_path, [8] * 400)
    stop, back = Stop(), threading.Event()
    count, waiting = stop.count, set[int]()

    def wait(some: int) -> None:
        count(some)
        if stop.read > answers * 8:
            waiting.add(threading.get_ident())
            assert back.wait(20)

    stop.count = wait  # type: ignore[method-assign]
    fd = os.open(tmp_path, os.O_RDONLY)
    with context_for(8, stop) as context:
        context.pace._limit = 8
        crew = Crew(fd, jobs, context)
        found: list[Done] = []
        reading = threading.Thread(target=lambda: found.extend(crew.read()), daemon=True)
        reading.start()
        until(lambda: bool(waiting))
        time.sleep(0.3)  # for those who would come too
        at_work = len(waiting)
        back.set()
        reading.join(20)
    os.close(fd)
    assert at_work <= most
    assert len(outcomes(found)) == 400
