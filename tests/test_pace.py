"""How many threads work at once: on a fast disk one, on slow storage as many as it takes."""

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from qc_asset_crawler import Settings
from qc_asset_crawler.crawler import engine as engine_module
from qc_asset_crawler.crawler.engine import Engine, StopFlag
from qc_asset_crawler.crawler.events import silent
from qc_asset_crawler.crawler.finding import Task
from qc_asset_crawler.crawler.pace import Pace, room_for
from qc_asset_crawler.crawler.place import Root
from qc_asset_crawler.crawler.search import Search
from qc_asset_crawler.errors import never
from qc_asset_crawler.listing import Rules
from qc_asset_crawler.sharing import WHOLE

MOST = 32


@dataclass
class Machine:
    """A machine whose storage answers a call in `wait` seconds, and Python in `work` more.

    Calls wait beside each other, but Python works on one at a time; `most_useful` threads are as
    many as the storage serves at once.
    """

    wait: float
    work: float
    most_useful: int = 1000
    now: float = 0.0
    busy: float = 0.0

    def run(self, pace: Pace, seconds: float) -> None:
        """Make calls with as many threads as the pace allows."""
        until = self.now + seconds
        while self.now < until:
            threads = pace.limit
            served = min(threads, self.most_useful)
            took = max(threads * self.work, (self.wait + self.work) * threads / served)
            self.now += took
            self.busy += threads * self.work
            pace.count(threads)


def paced(machine: Machine, most: int = MOST) -> Pace:
    return Pace(most, lambda: machine.now, lambda: machine.busy)


@pytest.mark.parametrize(
    ("machine", "least", "most"),
    [
        (Machine(wait=0.0, work=10e-6), 1, 1),
        (Machine(wait=2e-6, work=10e-6), 1, 1),
        (Machine(wait=2e-3, work=20e-6), MOST, MOST),
        (Machine(wait=100e-6, work=20e-6), 4, 16),
        (Machine(wait=5e-3, work=20e-6, most_useful=1), 1, 4),
    ],
    ids=["page cache", "fast disk", "network", "ssd", "one at a time"],
)
def test_as_many_threads_work_as_pay(machine: Machine, least: int, most: int) -> None:
    pace = paced(machine)
    machine.run(pace, 4)
    assert least <= pace.limit <= most


def test_slow_storage_is_soon_kept_busy() -> None:
    machine = Machine(wait=2e-3, work=20e-6)
    pace = paced(machine)
    machine.run(pace, 0.8)
    assert pace.limit == MOST


def test_it_never_exceeds_what_was_asked_for() -> None:
    machine = Machine(wait=5e-3, work=1e-6)
    pace = paced(machine, most=3)
    machine.run(pace, 3)
    assert pace.limit == 3
    one = paced(machine, most=1)
    machine.run(one, 3)
    assert one.limit == one.computing_limit == 1


def test_what_never_comes_back_does_not_hold_up_the_rest() -> None:
    """A thread more for each while in which nothing moves; none where something does."""
    machine = Machine(wait=0, work=0)
    pace = paced(machine, most=3)
    limits = []
    for moved in (True, False, False, False, True, False):
        machine.now += 1.5
        pace.watch(moved=moved)
        limits.append(pace.limit)
    assert limits == [1, 1, 2, 2, 2, 2]
    for _ in range(9):
        machine.now += 1.5
        pace.watch(moved=False)
    assert pace.limit == 3


def test_who_waits_for_a_turn_gets_it_when_one_more_may_work() -> None:
    machine = Machine(wait=0, work=0)
    pace = paced(machine)
    entered, left = threading.Event(), threading.Event()

    def work() -> None:
        with pace.turn():
            entered.set()
            left.wait(60)

    hanging, waiting = (threading.Thread(target=work, daemon=True) for _ in range(2))
    hanging.start()
    assert entered.wait(20)
    entered.clear()
    waiting.start()
    assert not entered.wait(0.2)
    machine.now += 3
    pace.watch(moved=False)
    assert entered.wait(10)
    left.set()


@pytest.mark.parametrize(("calls", "busy", "limit"), [(1, 0, 1), (0, 1.9, 1), (0, 0, 11)])
def test_as_long_as_calls_come_back_or_something_is_computed_there_is_no_standstill(
    calls: int, busy: float, limit: int
) -> None:
    machine = Machine(wait=0, work=0)
    pace = paced(machine)
    pace._hold_until = float("inf")
    for _ in range(20):
        machine.now += 1.9
        machine.busy += busy
        if calls:
            pace.count(calls)
        pace.watch(moved=False)
    assert pace.limit == limit


class Together:
    """Works for a while, and notes each time how many do so together."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self._at_work = 0
        self._lock = threading.Lock()

    def work(self, seconds: float) -> None:
        with self._lock:
            self._at_work += 1
            self.counts.append(self._at_work)
        time.sleep(seconds)
        with self._lock:
            self._at_work -= 1


def test_turns_are_taken_by_no_more_than_the_limit() -> None:
    pace = Pace(8)
    together = Together()

    def work() -> None:
        for _ in range(20):
            with pace.turn():
                together.work(0.0002)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert max(together.counts) <= pace.limit == 1
    assert len(together.counts) == 120


def test_who_waits_longest_has_the_next_turn() -> None:
    """Else whoever gives one up takes it again before another has woken up."""
    pace = Pace(1)
    turns = {"a": 0, "b": 0}
    until = time.monotonic() + 0.5

    def work(name: str) -> None:
        while time.monotonic() < until:
            with pace.turn():
                turns[name] += 1
                time.sleep(0.002)

    threads = [threading.Thread(target=work, args=(name,)) for name in turns]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert min(turns.values()) > 0.5 * max(turns.values())


def test_a_spare_turn_is_there_only_while_nobody_waits() -> None:
    pace = Pace(2)
    pace.processors = 2
    with pace.turn(computing=True):
        with pace.spare_turn() as spare:
            assert spare
            with pace.spare_turn() as another:
                assert not another
        with pace.spare_turn() as again:
            assert again


def make_folders(root: Path, count: int) -> None:
    for number in range(count):
        (root / f"{number:04d}").mkdir()


def test_a_slow_consumer_is_not_left_behind(tmp_path: Path) -> None:
    make_folders(tmp_path, 100)
    worked = taken = 0
    ahead: list[int] = []

    def work(_: Task) -> None:
        nonlocal worked
        worked += 1

    def consume(_: object) -> None:
        nonlocal taken
        taken += 1
        time.sleep(0.002)
        ahead.append(worked - taken)

    stop = StopFlag(never)
    engine: Engine[None] = Engine(1, stop, silent)
    engine.run(Search((Root(str(tmp_path)),), Rules.of(Settings()), WHOLE, stop), work, consume)
    assert worked == taken == 101
    assert max(ahead) <= 4


def run_engine(root: Path, engine: Engine[None], work: Callable[[Task], None]) -> None:
    found = Search((Root(str(root)),), Rules.of(Settings()), WHOLE, StopFlag(never))
    engine.run(found, work, lambda _: None)


def test_threads_leave_when_fewer_pay(tmp_path: Path) -> None:
    make_folders(tmp_path, 300)
    together = Together()

    def work(_: Task) -> None:
        together.work(0.001)
        if len(together.counts) >= 150:
            engine.pace._limit = 2
        engine.pace._hold_until = float("inf")

    engine: Engine[None] = Engine(8, StopFlag(never), silent)
    engine.pace._limit = 8
    run_engine(tmp_path, engine, work)
    assert len(together.counts) == 301
    assert max(together.counts[50:140]) == 8
    assert max(together.counts[170:]) <= 2


def test_what_goes_wrong_in_a_thread_is_raised_where_it_was_called(tmp_path: Path) -> None:
    make_folders(tmp_path, 20)

    def work(_: Task) -> None:
        raise LookupError("this one")

    open_before = os.listdir("/proc/self/fd")
    with pytest.raises(LookupError, match="this one"):
        run_engine(tmp_path, Engine(4, StopFlag(never), silent), work)
    assert os.listdir("/proc/self/fd") == open_before
    assert not any(t.name.startswith("qc-folder") for t in threading.enumerate())


ROOM = [
    ((16, 1024), (16, 16)),
    ((16, 256), (16, 6)),
    ((64, 256), (23, 2)),
    ((16, 64), (4, 3)),
    ((1, 64), (1, 16)),
    ((16, 20), (1, 0)),
]


@pytest.mark.parametrize(("given", "room"), ROOM)
def test_no_more_threads_work_than_there_are_descriptors_for(
    given: tuple[int, int], room: tuple[int, int]
) -> None:
    assert room_for(*given) == room


def test_the_engine_asks_how_many_descriptors_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "most_open_files", lambda: 64)
    assert Engine(16, StopFlag(never), silent).pace.most == 4


def test_whatever_is_done_with_folders_is_paced(tmp_path: Path) -> None:
    """Also what reads no media: cleaning, and delivering."""
    make_folders(tmp_path, 200)
    together = Together()
    engine: Engine[None] = Engine(8, StopFlag(never), silent)
    run_engine(tmp_path, engine, lambda _: together.work(0.01))
    assert max(together.counts) == 8


@pytest.mark.parametrize(("lone", "at_once"), [(True, 2), (False, 1)])
def test_folders_of_one_large_file_each_are_worked_on_at_once(
    tmp_path: Path, lone: bool, at_once: int
) -> None:
    make_folders(tmp_path, 100)
    together = Together()
    engine: Engine[None] = Engine(8, StopFlag(never), silent)
    engine.pace.processors = 2
    engine.pace._hold_until = float("inf")  # what is slow here is no storage

    def work(_: Task) -> None:
        with engine.pace.turn(computing=True, lone=lone):
            together.work(0.002)

    run_engine(tmp_path, engine, work)
    assert len(together.counts) == 101
    assert max(together.counts) == at_once


def test_folders_without_a_large_file_are_soon_worked_on_one_at_a_time_again() -> None:
    pace = Pace(8)
    pace.processors = 2
    with pace.turn(computing=True, lone=True):
        pass
    assert pace.folders == 2
    for _ in range(5):
        pace.count_folder()
    assert pace.folders == 1
