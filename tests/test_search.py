"""Which folders are found, in which order, and by several threads at once."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from qc_asset_crawler import Settings
from qc_asset_crawler.crawler import search
from qc_asset_crawler.crawler.finding import Found, Others, Task
from qc_asset_crawler.crawler.place import Root
from qc_asset_crawler.crawler.search import Search
from qc_asset_crawler.errors import never
from qc_asset_crawler.listing import Rules
from qc_asset_crawler.sequences.walk import Unopened, list_open, look_through
from qc_asset_crawler.sharing import WHOLE, Part, Shard

NAMES = ("", "a", "a/1", "a/1/x", "a/2", "b", "c", "c/3")


@pytest.fixture
def roots(tmp_path: Path) -> tuple[Root, ...]:
    """Two trees of the same folders."""
    for top in ("one", "two"):
        for name in NAMES:
            (tmp_path / top / name).mkdir(parents=True)
    return Root(str(tmp_path / "one")), Root(str(tmp_path / "two"))


def searching(
    roots: tuple[Root, ...], part: Part = WHOLE, stopped: Callable[[], bool] = never
) -> Search:
    return Search(roots, Rules.of(Settings()), part, stopped)


def told(found: Found) -> str:
    """Close what was found, and name it."""
    if isinstance(found, Task):
        found.listing.folder.close()
        return f"{Path(found.root.path).name}/{found.listing.below_root}".rstrip("/")
    if isinstance(found, Others):
        return f"{Path(found.root.path).name}: {found.folders} of others"
    return f"unopened {Path(found.path).name}"


ALL = [f"{top}/{name}".rstrip("/") for top in ("one", "two") for name in NAMES]


def test_one_thread_finds_parents_first_and_names_in_order(roots: tuple[Root, ...]) -> None:
    assert [told(found) for found in searching(roots).folders(2)] == ALL


def test_a_search_that_is_left_can_be_taken_up_by_another_thread(roots: tuple[Root, ...]) -> None:
    shared = searching(roots)
    names = []
    for _ in ALL:
        found = shared.folders(2)
        names.append(told(next(found)))
        found.close()
    assert names == ALL
    assert list(shared.folders(2)) == []


@pytest.mark.parametrize("of", [1, 3])
def test_what_is_of_others_is_told_once_whoever_asks(roots: tuple[Root, ...], of: int) -> None:
    shared = searching(roots, Part(Shard(1, of)))
    with ThreadPoolExecutor(4) as pool:
        both = [pool.submit(lambda: [told(found) for found in shared.folders(2)]) for _ in range(4)]
    names = sorted(name for future in both for name in future.result())
    folders = [name for name in names if ":" not in name]
    assert set(folders) <= set(ALL)
    assert len(folders) == len(set(folders))
    others = (len(ALL) - len(folders)) // 2
    assert [name for name in names if ":" in name] == [
        f"one: {others} of others",
        f"two: {others} of others",
    ]


def test_what_is_of_others_is_told_now_and_then_and_in_all_as_often_as_it_is_there(
    roots: tuple[Root, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_TELL_EVERY", 2)
    found = list(searching(roots, Part(Shard(1, 5))).folders(2))
    others = [one.folders for one in found if isinstance(one, Others)]
    mine = sum(isinstance(one, Task) for one in found)
    assert sum(others) + mine == len(ALL)
    assert max(others) == 2
    list(map(told, found))


def test_what_cannot_be_listed_of_others_is_told_too(
    roots: tuple[Root, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(folder, *rest):
        return look_through(folder, *rest)._replace(error="no longer there")

    monkeypatch.setattr(search, "look_through", look)
    found = list(searching(roots, Part(Shard(1, 5))).folders(2))
    others = sum(one.folders for one in found if isinstance(one, Others))
    assert sum(isinstance(one, Unopened) for one in found) == others > 0
    list(map(told, found))


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


@pytest.mark.parametrize("looked_at", [0, 1, 3, len(ALL)])
def test_nothing_stays_open_however_far_it_comes(roots: tuple[Root, ...], looked_at: int) -> None:
    before = open_files()
    shared = searching(roots)
    found = shared.folders(2)
    for _ in range(looked_at):
        told(next(found))
    found.close()
    shared.close()
    assert open_files() == before


def test_a_root_that_was_searched_is_closed(roots: tuple[Root, ...]) -> None:
    found = searching(roots).folders(2)
    for _ in range(len(NAMES) + 1):
        told(next(found))
    there = {os.path.realpath(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")}
    assert roots[1].path in there
    assert roots[0].path not in there


A = ("one", ("a",))
LATE_A = ["one/a", "one/a/1", "one/a/1/x", "one/a/2"]
# The call that hangs at which path, and the folders that are not found before it comes back.
HANGING = {
    "opening a root": ("open_root", lambda path: path.endswith("one"), ALL[: len(NAMES)]),
    "opening a folder": ("open_listed", lambda _, root, parts: (root[-3:], parts) == A, LATE_A),
    "listing a folder": ("list_open", lambda folder, *_: folder.path.endswith("one/a"), LATE_A),
}


@pytest.mark.parametrize(("call", "concerns", "late"), HANGING.values(), ids=list(HANGING))
def test_a_call_that_hangs_keeps_nobody_else_waiting(
    roots: tuple[Root, ...],
    monkeypatch: pytest.MonkeyPatch,
    call: str,
    concerns: Callable[..., bool],
    late: list[str],
) -> None:
    hanging, answered = threading.Event(), threading.Event()
    original = getattr(search, call)

    def held(*args: Any) -> Any:
        if concerns(*args):
            hanging.set()
            assert answered.wait(20)
        return original(*args)

    monkeypatch.setattr(search, call, held)
    shared = searching(roots)
    by_the_other: list[str] = []
    thread = threading.Thread(
        target=lambda: by_the_other.extend(map(told, shared.folders(2))), daemon=True
    )
    thread.start()
    assert hanging.wait(20)
    found = shared.folders(2)
    count = len(ALL) - len(late) - len(by_the_other)
    at_once = [told(next(found)) for _ in range(count)]
    assert not set(at_once) & set(late)
    answered.set()
    rest = [told(one) for one in found]
    thread.join(20)
    assert sorted([*at_once, *rest, *by_the_other]) == sorted(ALL)


def test_asked_to_stop_nobody_waits_for_what_hangs(
    roots: tuple[Root, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, hanging, back = threading.Event(), threading.Event(), threading.Event()

    def list_never(folder, *rest):
        hanging.set()
        assert back.wait(60)
        return list_open(folder, *rest)

    monkeypatch.setattr(search, "list_open", list_never)
    shared = searching(roots[:1], stopped=stop.is_set)
    with ThreadPoolExecutor(2) as pool:
        held = pool.submit(lambda: list(map(told, shared.folders(2))))
        assert hanging.wait(20)
        waiting = pool.submit(lambda: list(map(told, shared.folders(2))))
        stop.set()
        try:
            assert waiting.result(20) == []
        finally:
            back.set()
        assert held.result(20) == []


def test_a_root_that_is_gone_is_told_and_the_next_one_searched(roots: tuple[Root, ...]) -> None:
    gone = Root(f"{roots[0].path}-gone")
    names = [told(found) for found in searching((gone, roots[1])).folders(2)]
    assert names == ["unopened one-gone", *ALL[len(NAMES) :]]


def test_a_listed_folder_that_is_gone_is_an_error_and_nothing_below_is_looked_at(
    roots: tuple[Root, ...],
) -> None:
    found = list(searching(roots[:1], Part(listed=("a", "gone"))).folders(2))
    assert [told(one) for one in found] == ["one/a", "unopened gone", "one: 0 of others"]
    assert isinstance(found[1], Unopened)
    assert not found[1].vanished
