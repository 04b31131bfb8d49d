"""What neither a hostile Trak nor a hand-edited sidecar can do."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from support import (
    Json,
    Tool,
    first,
    load,
    make_file,
    make_frames,
    only_sidecar,
    sidecar_paths,
    sidecars,
)
from trak_cli import (
    KEY,
    PASS,
    always,
    asked,
    holders,
    posts,
    statuses,
    top,
    well,
)
from trak_clients import HOSTILE
from trak_server import TrakServer, asset_id_of

UNUSABLE = "gave an asset id that cannot be used"


def test_hostile_ids_go_nowhere(told: Tool, trak: TrakServer, shot: Path) -> None:
    for number in range(len(HOSTILE)):
        make_file(shot / f"{number}.mov")
    trak.ids = lambda path: HOSTILE[int(Path(path).stem)]
    done = told.run("--json", *PASS, shot, status=5)
    assert {request.path for request in trak.requests} == {f"{trak.base}/asset/asset-search"}
    assert len(trak.requests) == len(HOSTILE)
    assert done.last_line == f"qc-crawl: exit 5: waiting-for-trak={len(HOSTILE)}"
    notices = json.loads(done.out)["summary"]["trak"]["notices"]
    assert [notice["detail"] for notice in notices] == [UNUSABLE] * len(HOSTILE)
    assert {sidecar["asset_id"] for sidecar in sidecars(shot).values()} == {None}
    assert {top(sidecar) for sidecar in sidecars(shot).values()} == {("error", 200)}
    for word in ("admin", "Evil", "evil", KEY):
        assert holders(word, shot, done.out, done.err) == []
    trak.ids = asset_id_of
    told.run(shot)
    assert len(trak.delivered) == len(HOSTILE)


def edit(shot: Path, change: Callable[[Json], object]) -> None:
    """Edit the one sidecar below a folder by hand."""
    (path,) = sidecar_paths(shot)
    sidecar = load(path)
    change(sidecar)
    path.write_text(json.dumps(sidecar))


@pytest.mark.parametrize(
    "edited", first(2, ((name,) for name in ["../../x", "x\r\nX-Evil: 1", "..", "a/b"]))
)
def test_an_edited_asset_id_is_not_believed(
    told: Tool, trak: TrakServer, shot: Path, edited: str
) -> None:
    make_frames(shot)
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    edit(shot, lambda sidecar: sidecar.update(asset_id=edited))
    trak.behave = well
    told.run("--deliver", shot)
    assert asked(trak) == [str(shot)] * 2
    assert [one.asset_id for one in trak.delivered] == [asset_id_of(str(shot))]
    assert only_sidecar(shot)["asset_id"] == asset_id_of(str(shot))
    assert all(request.path.startswith(f"{trak.base}/asset") for request in trak.requests)


@pytest.mark.parametrize(
    "edited", first(1, ((name,) for name in ["x\r\nX-Evil: 1", "x\n", "ü", "", "../x"]))
)
def test_an_edited_qc_id_is_not_sent(told: Tool, trak: TrakServer, shot: Path, edited: str) -> None:
    make_frames(shot)
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    edit(shot, lambda sidecar: sidecar["verdicts"][0].update(qc_id=edited))
    trak.behave = well
    done = told.run("--deliver", shot)
    assert posts(trak) == []
    assert [request.header("X-Evil") for request in trak.requests] == [None] * len(trak.requests)
    assert statuses(only_sidecar(shot)) == [("rejected", None)]
    assert "qc_id" in done.out
