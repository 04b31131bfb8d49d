"""What a run says of Trak: in its summary, to machines, and when it is to be quiet."""

import json
import signal
import time
from pathlib import Path

import pytest

from support import Tool, finish, make_file, make_frames
from trak_cli import PASS, always, offered, well
from trak_server import Behaviour, Request, TrakServer, asset_id_of


@pytest.fixture
def mixed(trak: TrakServer, shot: Path) -> Path:
    """Four assets: one is delivered, one rejected, one not found, one waits."""
    for name in ("good", "rejected", "unknown", "stuck"):
        make_file(shot / f"{name}.mov")
    trak.ids = lambda path: None if path.endswith("unknown.mov") else asset_id_of(path)

    def behave(request: Request) -> Behaviour | None:
        if request.call != "verdict" or request.json()["asset_path"].endswith("good.mov"):
            return None
        rejected = request.json()["asset_path"].endswith("rejected.mov")
        return Behaviour("status", 422 if rejected else 500)

    trak.behave = behave
    return shot


EXPECTED = {
    "on": True,
    "delivered": 1,
    "looked_up": 4,
    "waiting": 1,
    "rejected": 1,
    "not_found": 1,
    "look_ups_left": 0,
    "given_up": None,
}


def test_the_document_for_machines_counts_it_all(told: Tool, mixed: Path) -> None:
    summary = told.json(*PASS, mixed, status=5)["summary"]
    found = summary["trak"]
    assert {name: found[name] for name in EXPECTED} == EXPECTED
    assert summary["exit"] == {"status": 5, "reasons": {"waiting-for-trak": 1}}
    notices = {Path(notice["path"]).stem: notice for notice in found["notices"]}
    assert (notices["rejected"]["status"], notices["rejected"]["http_code"]) == ("rejected", 422)
    assert (notices["unknown"]["status"], notices["unknown"]["http_code"]) == ("not_found", 200)


def test_the_last_json_line_counts_it_all(told: Tool, mixed: Path) -> None:
    lines = told.run("--json-lines", *PASS, mixed, status=5).out.splitlines()
    *assets, last = map(json.loads, lines)
    found = last["summary"]["trak"]
    assert len(assets) == 4
    assert {name: found[name] for name in EXPECTED} == EXPECTED


def test_a_delivery_for_machines_counts_it_all(told: Tool, trak: TrakServer, mixed: Path) -> None:
    told.run(*PASS, mixed, status=5)
    trak.behave = well
    document = told.json("--deliver", mixed)
    counts = {"delivered": 1, "looked_up": 0, "waiting": 0, "rejected": 1, "not_found": 1}
    assert {name: document["summary"]["trak"][name] for name in counts} == counts
    assert document["assets"] == []


def test_without_trak_machines_are_told_so(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    found = qc.json(*PASS, shot)["summary"]["trak"]
    assert found == {**dict.fromkeys(EXPECTED, 0), "on": False, "given_up": None, "notices": []}


def test_the_summary_says_it_in_words(told: Tool, mixed: Path) -> None:
    done = told.run(*PASS, mixed, status=5)
    assert "1 verdict delivered, 4 assets looked up" in done.out
    assert "2 verdicts refused by Trak (1 rejected, 1 not found)" in done.out
    assert "1 verdict waits for Trak" in done.out
    assert done.last_line == "qc-crawl: exit 5: waiting-for-trak=1"


def test_a_quiet_run_says_only_what_went_wrong(
    told: Tool, trak: TrakServer, mixed: Path, shot: Path
) -> None:
    done = told.run("--quiet", *PASS, mixed, status=5)
    assert done.out == ""
    assert done.last_line == "qc-crawl: exit 5: waiting-for-trak=1"
    trak.behave = well
    done = told.run("--quiet", "--deliver", shot)
    assert (done.out, done.err) == ("", "")


def test_look_ups_that_are_left_are_said_and_no_failure(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    make_file(shot / "cut.mov")
    trak.behave = always("status", 500)
    done = told.run(shot)
    assert "2 look-ups in Trak left to the next run" in done.out
    trak.behave = well
    found = told.json(shot)["summary"]["trak"]
    assert (found["looked_up"], found["look_ups_left"]) == (2, 0)


def test_what_ails_trak_is_named_where_verdicts_wait(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("status", 401)
    done = told.run(*PASS, shot, status=5)
    assert "1 verdict waits for Trak (Trak does not take the key (401" in done.out
    found = told.json(shot, status=5)["summary"]["trak"]
    assert found["given_up"].startswith("does not take the key (401")


@pytest.mark.parametrize("option", ["--quiet", "--json-lines", "--json"])
def test_what_trak_refused_is_named_where_no_summary_is_shown(
    told: Tool, mixed: Path, option: str
) -> None:
    done = told.run(option, *PASS, mixed, status=5)
    named = [line for line in done.err.splitlines() if ".mov" in line]
    assert sorted(line.rpartition(": Trak ")[0] for line in named) == [
        f"qc-crawl: warning: not_found  {mixed}/unknown.mov",
        f"qc-crawl: warning: rejected  {mixed}/rejected.mov",
    ]
    assert done.last_line == "qc-crawl: exit 5: waiting-for-trak=1"


def test_what_trak_refused_is_named_once_where_a_summary_is_shown(told: Tool, mixed: Path) -> None:
    done = told.run("--no-findings", *PASS, mixed, status=5)
    for name in ("rejected.mov", "unknown.mov"):
        assert (done.out + done.err).count(name) == 1


def test_what_ails_trak_is_named_where_look_ups_are_left(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("status", 401)
    for options in ((), ("--deliver",)):
        done = told.run(*options, shot)
        assert "1 look-up in Trak left to the next run (Trak does not take the key (401" in done.out


AGAIN = "the same command again"
PATIENT = {"TRAK_DEADLINE": "60", "TRAK_READ_TIMEOUT": "60"}


def test_a_run_of_which_only_the_delivery_was_interrupted_is_not_to_be_repeated(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("hang", None, "verdict")
    process = told.start(*PASS, shot, env=PATIENT)
    trak.wait_for_requests(2)
    time.sleep(0.3)  # for all media to be done
    process.send_signal(signal.SIGINT)
    done = finish(process, 130)
    assert "interrupted; so far 1 asset" in done.out
    assert AGAIN not in done.out
    trak.behave = well
    told.run(*offered(done.out))
    assert len(trak.delivered) == 1


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        (PASS, f"next: {AGAIN}, which signs everything: also what is signed already"),
        ((), f"next: {AGAIN} goes on from here (qc-crawl "),
    ],
    ids=["signing", "crawling"],
)
def test_a_run_that_was_cut_short_says_what_to_repeat(
    told: Tool, trak: TrakServer, shot: Path, options: tuple[str, ...], advice: str
) -> None:
    make_frames(shot / "a")
    with (shot / "huge.mov").open("wb") as file:
        file.truncate(32 << 30)
    process = told.start(*options, shot / "a", shot / "huge.mov")
    trak.wait_for_requests(1)
    process.send_signal(signal.SIGINT)
    done = finish(process, 130)
    assert advice in done.out
    assert done.out.count(AGAIN) == 1


def test_a_delivery_that_was_interrupted_says_so(told: Tool, trak: TrakServer, shot: Path) -> None:
    make_frames(shot)
    trak.pause()
    told.run(*PASS, shot, status=5, env={"TRAK_DEADLINE": "0.2"})
    trak.resume()
    trak.behave = always("hang")
    process = told.start("--deliver", shot, env=PATIENT)
    trak.wait_for_requests(1)
    process.send_signal(signal.SIGINT)
    done = finish(process, 130)
    assert done.out.startswith("interrupted; so far 0 verdicts delivered to Trak (")
    assert AGAIN not in done.out
    trak.behave = well
    assert told.run(*offered(done.out)).out.startswith("1 verdict delivered to Trak (")
