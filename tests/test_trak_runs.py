"""How a verdict is told: written down first, sent as the contract says, marked after."""

from pathlib import Path

import pytest

from support import Tool, finish, make_file, make_frames, only_sidecar, said, sidecar_paths
from trak_cli import PASS, always, asked, statuses, top, well
from trak_server import Behaviour, Request, TrakServer, asset_id_of


@pytest.fixture
def tree(shot: Path) -> Path:
    """A sequence and a single file, and a sequence below."""
    make_frames(shot)
    make_file(shot / "cut.mov")
    make_frames(shot / "below", "bg")
    return shot


def test_a_verdict_is_on_disk_before_it_is_told_and_marked_after(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("slow", 0.8, "verdict")
    process = told.start(*PASS, "--note", "fine", shot)
    trak.wait_for_requests(2)
    meanwhile = only_sidecar(shot)
    finish(process, 0)
    assert said(meanwhile) == [("pass", "anna")]
    assert statuses(meanwhile) == [("queued", None)]
    after = only_sidecar(shot)
    assert [top(after), *statuses(after)] == [("ok", 200)] * 2
    unmarked = [verdict | {"tracker_status": 0} for verdict in after["verdicts"]]
    assert unmarked == [verdict | {"tracker_status": 0} for verdict in meanwhile["verdicts"]]


def test_what_is_told_is_the_sidecar_with_the_verdict_laid_over_it(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    told.run(*PASS, "--note", "fine", shot)
    lookup, post = trak.requests
    (delivery,) = trak.delivered
    after = only_sidecar(shot)
    (verdict,) = after["verdicts"]
    assert (lookup.call, post.call) == ("lookup", "verdict")
    assert post.path == f"{trak.base}/assets/{asset_id_of(str(shot))}/qc"
    assert post.header("Idempotency-Key") == delivery.body["qc_id"] == verdict["qc_id"]
    changing = {"verdicts", "tracker_status"}
    expected = {name: value for name, value in after.items() if name not in changing}
    expected |= {name: value for name, value in verdict.items() if name not in changing}
    assert {name: delivery.body[name] for name in expected} == expected
    assert set(delivery.body) == {*after, "run_id"}


@pytest.mark.parametrize("given", ["plate.%04d.exr", "cut.mov"])
def test_of_one_asset_only_that_is_asked_for_and_told(
    told: Tool, trak: TrakServer, tree: Path, given: str
) -> None:
    told.run(*PASS, tree / given)
    (asked_for,) = asked(trak)
    assert asked_for == str(tree if given.startswith("plate") else tree / given)
    assert [one.asset_id for one in trak.delivered] == [asset_id_of(asked_for)]


def test_the_top_status_is_that_of_the_last_request(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)

    def behave(request: Request) -> Behaviour | None:
        return Behaviour("status", 422) if request.call == "verdict" else None

    trak.behave = behave
    told.run(*PASS, shot)
    assert top(only_sidecar(shot)) == ("rejected", 422)
    trak.behave = well
    told.run(*PASS, shot)
    assert top(only_sidecar(shot)) == ("ok", 200)


def test_what_waits_is_delivered_by_a_run_that_moves_the_sidecars(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    trak.behave = well
    told.run("--sidecar-mode", "inline", shot)
    assert (shot / "qc.sequence.json").exists()
    assert statuses(only_sidecar(shot)) == [("ok", 200)]


def test_a_sidecar_of_a_newer_tool_is_left_to_that(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    (path,) = sidecar_paths(shot)
    newer = path.read_text().replace('"schema_version": "1.1.0"', '"schema_version": "2.0.0"')
    path.write_text(newer)
    trak.behave = well
    told.run("--deliver", shot, status=3)
    assert path.read_text() == newer
    assert trak.delivered == []


def test_the_connections_are_few_and_used_again(told: Tool, trak: TrakServer, shot: Path) -> None:
    for number in range(16):
        make_frames(shot / f"shot{number:02d}")
    trak.behave = always("slow", 0.02)
    told.run(*PASS, shot)
    assert (len(trak.requests), len(trak.delivered)) == (32, 16)
    assert (trak.connections, trak.most_at_once) == (4, 4)
