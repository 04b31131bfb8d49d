"""How many threads work at once: on a fast disk one, on slow storage as many as it takes."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from qc_asset_crawler import Settings
from qc_asset_crawler.crawler.engine import Engine, StopFlag, Task, find_folders
from qc_asset_crawler.crawler.events import silent
from qc_asset_crawler.crawler.pace import Pace
from qc_asset_crawler.crawler.place import Root
from qc_asset_crawler.errors import never
from qc_asset_crawler.listing import Rules

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


def test_turns_are_taken_by_no_more_than_the_limit() -> None:
    pace = Pace(8)
    together: list[int] = []
    at_work = 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal at_work
        for _ in range(20):
            with pace.turn():
                with lock:
                    at_work += 1
                    together.append(at_work)
                time.sleep(0.0002)
                with lock:
                    at_work -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert max(together) <= pace.limit == 1
    assert len(together) == 120


def test_whatever_is_done_with_folders_is_paced(tmp_path: Path) -> None:
    """Also what reads no media: cleaning, and delivering."""
    for number in range(200):
        (tmp_path / f"{number}").mkdir()
    at_work = most = 0
    lock = threading.Lock()

    def work(_: Task) -> None:
        nonlocal at_work, most
        with lock:
            at_work += 1
            most = max(most, at_work)
        time.sleep(0.01)
        with lock:
            at_work -= 1

    stop = StopFlag(never)
    engine: Engine[None] = Engine(8, stop, silent)
    found = find_folders((Root(str(tmp_path)),), Rules.of(Settings()), stop)
    engine.run(found, work, lambda _: None)
    assert most == 8
