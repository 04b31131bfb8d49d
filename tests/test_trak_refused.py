"""Verdicts that Trak refuses, and those that withdraw others."""

from pathlib import Path

import pytest

from support import Tool, make_file, make_frames, only_sidecar, sidecars
from trak_cli import (
    FAIL,
    PASS,
    WITHDRAW,
    all_statuses,
    always,
    delivered,
    offered,
    posts,
    statuses,
    top,
    well,
)
from trak_server import Behaviour, Request, TrakServer

OK = ("ok", 200)
OFF = ("disabled", None)
NO = ("rejected", 422)


@pytest.mark.parametrize(
    ("history", "expected", "told_of_it"),
    [
        (["pending up"], [], [OFF]),
        (["pass off", "pending up"], [], [OFF, OFF]),
        (["pass up", "pending up"], ["pass", "pending"], [OK, OK]),
        (["pass down", "pending down"], ["pass", "pending"], [OK, OK]),
        (["pass up", "pending down", "fail down"], ["pass", "pending", "fail"], [OK, OK, OK]),
        (["pass refused", "pending up"], [], [NO, ("rejected", None)]),
    ],
    ids=lambda value: ", ".join(value) if value and isinstance(value[0], str) else "",
)
def test_a_withdrawal_is_told_where_there_is_something_to_withdraw(
    told: Tool,
    trak: TrakServer,
    shot: Path,
    history: list[str],
    expected: list[str],
    told_of_it: list[tuple[str, int | None]],
) -> None:
    make_frames(shot)
    words = {"pass": PASS, "fail": FAIL, "pending": WITHDRAW}
    for saying in history:
        result, trak_is = saying.split()
        trak.behave = {
            "down": always("status", 500, "verdict"),
            "refused": always("status", 422, "verdict"),
        }.get(trak_is, well)
        off = ("--no-trak",) if trak_is == "off" else ()
        told.run(*words[result], *off, shot, status=5 if trak_is == "down" else 0)
    trak.behave = well
    told.run(shot)
    assert [result for result, _ in delivered(trak)] == expected
    assert statuses(only_sidecar(shot)) == told_of_it


def test_a_refused_verdict_and_its_withdrawal_are_told_in_order_on_request(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("status", 409, "verdict")
    told.run(*PASS, shot)
    trak.behave = well
    told.run(*WITHDRAW, shot)
    told.run("--deliver", "--retry-rejected", shot)
    assert [result for result, _ in delivered(trak)] == ["pass", "pending"]
    assert statuses(only_sidecar(shot)) == [OK, OK]


CODES = {"a.mov": 400, "b.mov": 404, "c.mov": 409, "d.mov": 422}


def test_what_trak_refuses_is_named_and_parked_until_it_is_asked_for(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    for name in CODES:
        make_file(shot / name)

    def refuse(request: Request) -> Behaviour | None:
        if request.call != "verdict":
            return None
        return Behaviour("status", CODES[Path(request.json()["asset_path"]).name])

    trak.behave = refuse
    done = told.run(*PASS, shot)
    found = sidecars(shot)
    for name, code in CODES.items():
        word = "not_found" if code == 404 else "rejected"
        assert [top(found[name]), *statuses(found[name])] == [(word, code)] * 2
        (line,) = [line for line in done.out.splitlines() if f"/{name}: " in line]
        assert word in line
        assert str(code) in line
    assert "4 verdicts refused by Trak (3 rejected, 1 not found)" in done.out
    count = len(trak.requests)
    again = told.run(shot)
    assert "4 verdicts refused by Trak" in again.out
    told.run("--deliver", shot)
    assert len(trak.requests) == count
    trak.behave = well
    told.run(*offered(again.out, again=True))
    assert len(trak.delivered) == 4
    assert all_statuses(shot) == {OK}
    keys = [request.header("Idempotency-Key") for request in posts(trak)]
    assert sorted(keys[:4]) == sorted(keys[4:])  # type: ignore[type-var]


def test_a_refused_verdict_does_not_hold_up_the_next_one(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("status", 500, "verdict")
    told.run(*PASS, shot, status=5)
    told.run(*FAIL, shot, status=5)
    first = only_sidecar(shot)["verdicts"][0]["qc_id"]
    trak.behave = lambda request: (
        Behaviour("status", 400) if request.header("Idempotency-Key") == first else None
    )
    told.run(shot)
    assert statuses(only_sidecar(shot)) == [("rejected", 400), OK]
    assert [result for result, _ in delivered(trak)] == ["fail"]
