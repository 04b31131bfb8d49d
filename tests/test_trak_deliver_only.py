"""`qc-crawl --deliver`: what waits is told, and nothing else is done."""

import shutil
import subprocess
from pathlib import Path

import pytest
from faults.stock import media_listing

from support import Tool, make_file, make_frames, only_sidecar, sidecars
from trak_cli import PASS, always, delivered, statuses, well
from trak_server import TrakServer

OK = ("ok", 200)


@pytest.fixture
def waiting(told: Tool, trak: TrakServer, shot: Path) -> Path:
    """Two sequences and a single file in two folders, each with a verdict that waits."""
    make_frames(shot)
    make_frames(shot / "below", "bg")
    make_file(shot / "cut.mov")
    trak.behave = always("status", 500)
    told.run(*PASS, shot, status=5)
    trak.behave = well
    return shot


def test_it_opens_no_media(told: Tool, trak: TrakServer, waiting: Path, tmp_path: Path) -> None:
    log = tmp_path / "strace.log"
    strace = ("strace", "-f", "-e", "trace=open,openat", "-o", str(log))
    if shutil.which("strace") is None:
        pytest.skip("there is no strace here")
    if subprocess.run([*strace, "true"], capture_output=True, check=False).returncode:
        pytest.skip("strace may not trace here")
    media = media_listing(waiting)
    done = told.run("--deliver", waiting, prefix=strace)
    assert "3 verdicts delivered to Trak" in done.out
    calls = log.read_text("utf-8", "surrogateescape")
    assert ".qc.json" in calls
    assert '.exr"' not in calls
    assert '.mov"' not in calls
    assert media_listing(waiting) == media


def test_it_needs_neither_readable_media_nor_any(
    told: Tool, trak: TrakServer, waiting: Path, unprivileged: tuple[str, ...]
) -> None:
    hashes = {name: sidecar["content_hash"] for name, sidecar in sidecars(waiting).items()}
    for frame in waiting.glob("plate.*"):
        frame.chmod(0)
    for frame in (waiting / "below").glob("bg.*"):
        frame.unlink()
    (waiting / "cut.mov").write_bytes(b"other bytes")
    before = sidecars(waiting)
    told.run("--deliver", waiting, prefix=unprivileged)
    assert sorted(delivered(trak)) == sorted(("pass", content) for content in hashes.values())
    after = sidecars(waiting)
    told_of = ("tracker_status", "verdicts", "asset_id")
    for name, sidecar in after.items():
        assert statuses(sidecar) == [OK]
        unchanged = {key: value for key, value in sidecar.items() if key not in told_of}
        assert unchanged == {key: before[name][key] for key in unchanged}


@pytest.mark.parametrize(
    ("given", "name"),
    [("plate.%04d.exr", "plate.%04d.exr"), ("cut.mov", "cut.mov"), ("below", "bg.%04d.exr")],
    ids=["pattern", "file", "folder"],
)
def test_it_delivers_only_what_root_means(
    told: Tool, trak: TrakServer, waiting: Path, given: str, name: str
) -> None:
    told.run("--deliver", waiting / given)
    assert len(trak.delivered) == 1
    assert [asset for asset, found in sidecars(waiting).items() if statuses(found) == [OK]] == [
        name
    ]


def test_a_sequence_that_is_gone_can_still_be_named(
    told: Tool, trak: TrakServer, waiting: Path
) -> None:
    for frame in waiting.glob("plate.*"):
        frame.unlink()
    told.run("--deliver", waiting / "plate.%04d.exr")
    assert len(trak.delivered) == 1


def test_it_records_nothing_new(told: Tool, trak: TrakServer, shot: Path) -> None:
    make_frames(shot)
    done = told.run("--deliver", shot)
    assert "0 verdicts delivered to Trak" in done.out
    assert trak.requests == []
    assert [path.name for path in shot.iterdir() if not path.name.startswith("plate.")] == []


def test_what_it_cannot_deliver_waits_on(told: Tool, trak: TrakServer, waiting: Path) -> None:
    trak.behave = always("status", 500)
    done = told.run("--deliver", waiting, status=5)
    assert done.last_line == "qc-crawl: exit 5: waiting-for-trak=3"
    assert "3 verdicts wait for Trak" in done.out


@pytest.mark.parametrize(
    "options",
    [
        ("--result", "pass"),
        ("--asset-id", "a-1"),
        ("--dry-run",),
        ("--no-trak",),
        ("--rehash",),
        ("--ignore-ctime",),
        ("--sidecar-mode", "dot"),
        ("--yes",),
    ],
    ids=lambda options: options[0],
)
def test_it_goes_with_nothing_else(
    told: Tool, trak: TrakServer, shot: Path, options: tuple[str, ...]
) -> None:
    make_frames(shot)
    done = told.run("--deliver", *options, shot, status=2)
    assert options[0] in done.err
    assert len(done.err.splitlines()) == 1
    assert trak.requests == []


@pytest.mark.parametrize("option", ["--deliver", "--retry-rejected"])
def test_it_needs_trak(qc: Tool, shot: Path, option: str) -> None:
    make_frames(shot)
    done = qc.run(option, shot, status=2)
    assert f"{option} needs Trak: set TRAK_BASE_URL and TRAK_ASSET_TRACKER_API_KEY" in done.err


def test_it_needs_a_root(told: Tool) -> None:
    assert "which ROOT?" in told.run("--deliver", status=2).err


def test_a_root_that_is_not_there_is_an_error(told: Tool, shot: Path) -> None:
    assert "does not exist" in told.run("--deliver", shot / "nowhere", status=2).err


def test_refused_verdicts_go_again_only_on_request(
    told: Tool, trak: TrakServer, shot: Path
) -> None:
    make_frames(shot)
    trak.behave = always("status", 400, "verdict")
    told.run(*PASS, shot)
    trak.behave = well
    told.run("--deliver", shot)
    assert delivered(trak) == []
    told.run("--deliver", "--retry-rejected", shot)
    assert [result for result, _ in delivered(trak)] == ["pass"]
    assert statuses(only_sidecar(shot)) == [OK]
