"""A folder that somebody filled with everything that hurts."""

import json
import os
import re
import socket
import time
import unicodedata
from pathlib import Path

import pytest
from faults.stock import listing
from faults.strikes import has_open

from support import (
    Done,
    Tool,
    files_below,
    finish,
    load,
    make_file,
    make_frames,
    sidecar_paths,
    sidecars,
    until,
)

NOT_UTF8 = os.fsdecode(b"caf\xe9.mov")
NFC, NFD = (unicodedata.normalize(form, "pr\u00e9.mov") for form in ("NFC", "NFD"))
NEWLINE = "a\nqc-crawl: exit 0: forged.mov"
ESCAPES = "red\x1b[31m\x07\x9b1A\x7f.mov"
BIDI = "cut\u202evom.\u2066x\u2069\u200f\u061c.mov"
SEPARATORS = "line\u2028paragraph\u2029\x85next\r.mov"
LONG = "x" * 251 + ".mov"
LONG_FRAMES = ["y" * 246 + f".{n:04d}.exr" for n in range(1, 4)]
BACKSLASH = "back\\slash\\x1b.mov"
PERCENT = ["100%d.%%s.0001.exr", "100%d.%%s.0002.exr", "100%d.%%s.0003.exr"]
MARKUP = "<script>alert(1)</script>';--$(id)`id`.mov".replace("/", "\u2215")
DASHES = "--result=pass.mov"
NAMES = [
    *(NOT_UTF8, NFC, NFD, NEWLINE, ESCAPES, BIDI, SEPARATORS, LONG, *LONG_FRAMES, BACKSLASH),
    *(*PERCENT, MARKUP, DASHES, " .mov", "space .mov", "\u00b2.exr", "\u0661\u0662.exr"),
]
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069]")
SOON = 20


def make_hostile(folder: Path, outside: Path) -> None:
    """Fill a folder with hostile things, none of them unreadable."""
    make_frames(outside, "secret")
    make_file(outside / "secret.mov")
    make_frames(folder)
    for name in NAMES:
        make_file(folder / name)
    make_frames(folder / "d.exr", "inside")
    make_frames(folder / "line\nfeed\x1b[2J", "inside")
    for name in ("x.exr", "pipe.0001.exr", "pipe.0002.exr", "pipe.0003.exr"):
        os.mkfifo(folder / name)
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(folder)  # the path of a socket must be short
        try:
            listener.bind("s.exr")
        finally:
            os.chdir(here)
    (folder / "broken.exr").symlink_to("nowhere.exr")
    (folder / "linked.mov").symlink_to(outside / "secret.mov")
    (folder / "plate.1006.exr").symlink_to("plate.1001.exr")
    (folder / "outside").symlink_to(outside)
    (folder / "up").symlink_to("..")
    (folder / "loop-a").symlink_to("loop-b")
    (folder / "loop-b").symlink_to("loop-a")


@pytest.fixture
def hostile(shot: Path) -> Path:
    make_hostile(shot, shot.parent.parent / "outside")
    return shot


def clean(done: Done) -> bool:
    """Tell whether nothing that was printed could forge a line or drive a terminal."""
    found = FORBIDDEN.search(done.out + done.err)
    return found is None and "exit 0: forged" not in [
        line.partition("qc-crawl: ")[2] for line in done.err.splitlines()
    ]


def test_everything_processable_is_processed_in_seconds(qc: Tool, hostile: Path) -> None:
    started = time.monotonic()
    done = qc.run(hostile)
    assert time.monotonic() - started < SOON
    assert clean(done)
    found = set(sidecars(hostile))
    singles = {name for name in NAMES if name not in {*LONG_FRAMES, *PERCENT}}
    sequences = {"plate.%04d.exr", "inside.%04d.exr", "y" * 246 + ".%04d.exr"}
    assert found == singles | sequences | {"100%%d.%%%%s.%04d.exr"}
    again = listing(hostile)
    qc.run(hostile)
    assert listing(hostile) == again


def test_only_an_unreadable_file_makes_it_3(
    qc: Tool, hostile: Path, unprivileged: tuple[str, ...]
) -> None:
    (hostile / ESCAPES).chmod(0)
    done = qc.run(hostile, status=3, prefix=unprivileged)
    assert done.last_line == "qc-crawl: exit 3: unreadable=1"
    assert "red\\x1b[31m" in done.err
    assert clean(done)
    assert len(sidecars(hostile)) > 15


def test_nothing_outside_is_touched(qc: Tool, hostile: Path) -> None:
    outside = hostile.parent.parent / "outside"
    before = listing(outside)
    qc.run("--result", "pass", "--yes", hostile)
    qc.run("--sidecar-mode", "inline", hostile)
    assert listing(outside) == before


@pytest.mark.parametrize(
    "options",
    [
        ("--json",),
        ("--json-lines",),
        ("--dry-run",),
        ("--dry-run", "--json"),
        ("--log", "DEBUG"),
        ("--result", "pass", "--yes", "--log", "DEBUG"),
        ("--rehash", "--progress", "never"),
    ],
    ids=" ".join,
)
def test_no_output_can_drive_a_terminal(qc: Tool, hostile: Path, options: tuple[str, ...]) -> None:
    done = qc.run(*options, hostile)
    assert clean(done)
    if "--json" in options:
        labels = {os.path.basename(asset["path"]) for asset in json.loads(done.out)["assets"]}
        assert {NOT_UTF8, NEWLINE, ESCAPES, BIDI} <= labels


def test_sidecars_and_changed_names_are_printed_safely_too(qc: Tool, hostile: Path) -> None:
    qc.run("--result", "pass", "--operator", "an\x1b[31mna\u202e", "--note", "a\nb\x1b", hostile)
    for name in (ESCAPES, BIDI, NEWLINE):
        make_file(hostile / name, "changed", 80)
    done = qc.run(hostile)
    assert "an\\x1b[31mna\\u202e" in done.out
    assert clean(done)
    for path in files_below(hostile):
        if path.name.endswith(".json"):
            assert not FORBIDDEN.search(path.read_text(encoding="utf-8")), path


FORGED = "pass\x1b[31m\nqc-crawl: exit 0: forged\u202e\u2066"


@pytest.mark.parametrize("options", [(), ("--json",), ("--json-lines",), ("--log", "DEBUG")])
@pytest.mark.parametrize("changed", [False, True], ids=["unchanged", "changed"])
def test_what_a_sidecar_says_is_printed_safely(
    qc: Tool, shot: Path, options: tuple[str, ...], changed: bool
) -> None:
    frames = make_frames(shot)
    qc.run("--result", "pass", "--yes", shot)
    (path,) = sidecar_paths(shot)
    sidecar = load(path)
    sidecar["verdicts"][0]["qc_result"] = sidecar["qc_result"] = FORGED
    path.write_text(json.dumps(sidecar))
    if changed:
        make_file(frames[0], "changed", 80)
    done = qc.run(*options, shot)
    assert clean(done)
    assert not [line for line in done.out.splitlines() if line.startswith("qc-crawl")]


@pytest.mark.parametrize(
    "name", ["no\x1b[31m\nsuch", "no\u202esuch.mov", os.fsdecode(b"no\xff.exr"), ESCAPES]
)
def test_an_error_about_a_name_is_one_printable_line(qc: Tool, shot: Path, name: str) -> None:
    done = qc.run(shot / name, status=2)
    assert clean(done)
    assert len(done.err.splitlines()) == 1


def test_each_name_can_be_given_as_a_root(qc: Tool, hostile: Path) -> None:
    names = [name for name in NAMES if name not in {*LONG_FRAMES, *PERCENT}]
    qc.run("--result", "pass", "--yes", *(hostile / name for name in names))
    assert set(sidecars(hostile)) == set(names)


def test_a_sequence_with_per_cent_signs_can_be_given_as_a_root(qc: Tool, hostile: Path) -> None:
    qc.run("--result", "pass", "--yes", hostile / "100%%d.%%%%s.%04d.exr")
    assert list(sidecars(hostile)) == ["100%%d.%%%%s.%04d.exr"]


def test_frames_that_are_links_are_counted_and_their_sequence_is_named(
    qc: Tool, hostile: Path
) -> None:
    document = qc.json(hostile)
    assert document["summary"]["skipped"]["link"] == 7
    assert document["summary"]["skipped"]["special"] == 5
    assert any("plate.%04d.exr" in text for text in document["summary"]["warnings"])
    (plate,) = [a for a in document["assets"] if a["path"].endswith("plate.%04d.exr")]
    assert plate["frames"] == "1001-1005"


def test_root_itself_may_be_a_link_and_is_shown_as_given(qc: Tool, shot: Path) -> None:
    make_frames(shot)
    link = shot.parent / "link"
    link.symlink_to(shot)
    qc.run(link)
    assert sidecars(shot)["plate.%04d.exr"]["asset_path"] == str(link)


def test_a_file_that_becomes_a_pipe_is_never_waited_for(qc: Tool, shot: Path) -> None:
    frames = make_frames(shot)
    qc.run("--result", "pass", "--yes", shot)
    before = sidecars(shot)
    frames[0].unlink()
    os.mkfifo(frames[0])
    started = time.monotonic()
    qc.run(shot)
    assert time.monotonic() - started < SOON
    after = sidecars(shot)["plate.%04d.exr"]
    assert after["verdicts"] == before["plate.%04d.exr"]["verdicts"]


def test_nothing_is_written_in_a_folder_that_was_moved_out_of_root(
    qc: Tool, tmp_path: Path
) -> None:
    """It was open when it was moved, and its descriptor leads to it wherever it is."""
    root, outside = tmp_path / "show", tmp_path / "outside"
    (root / "a").mkdir(parents=True)
    outside.mkdir()
    make_frames(root / "b")
    with (root / "a" / "huge.mov").open("wb") as file:
        file.truncate(3 << 30)
    running = qc.start("--result", "pass", "--yes", "--json", root)
    until(lambda: has_open(running.pid, root / "a" / "huge.mov"))
    (root / "a").rename(outside / "a")
    done = finish(running, 3)
    assert os.listdir(outside / "a") == ["huge.mov"]
    summary = json.loads(done.out)["summary"]
    assert [problem["path"] for problem in summary["problems"]] == [f"{root}/a/huge.mov"]
    assert "plate.%04d.exr" in sidecars(root / "b")


# -- a planted .env -----------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["cwd", "root", "parent of root"])
def test_a_planted_env_file_is_ignored(qc: Tool, shot: Path, tmp_path: Path, where: str) -> None:
    make_frames(shot)
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    folder = {"cwd": cwd, "root": shot, "parent of root": shot.parent}[where]
    (folder / ".env").write_text("QC_POLICY_VERSION=planted\nQC_HASHCACHE_NAME=../x\n")
    done = qc.run(shot, cwd=cwd)
    assert sidecars(shot)["plate.%04d.exr"]["policy_version"] != "planted"
    assert done.err.startswith(f"qc-crawl: warning: {folder / '.env'} is not read")


@pytest.mark.parametrize(
    "content",
    [b"LOG_LEVEL=ERROR\n", b"\xef\xbb\xbfQC_POLICY_VERSION=planted\n"],
    ids=["log", "bom"],
)
@pytest.mark.parametrize("link", [False, True])
def test_a_planted_env_file_is_named_in_whatever_form(
    qc: Tool, shot: Path, tmp_path: Path, content: bytes, link: bool
) -> None:
    make_frames(shot)
    at = tmp_path / "settings" if link else shot / ".env"
    at.write_bytes(content)
    if link:
        (shot / ".env").symlink_to(at)
    assert f"{shot / '.env'} is not read" in qc.run(shot).err


def test_an_env_file_of_another_program_is_passed_over_in_silence(
    qc: Tool, shot: Path, tmp_path: Path
) -> None:
    make_frames(shot)
    cwd = tmp_path / "cwd"
    cwd.mkdir()
    (cwd / ".env").write_text("COMPOSE_PROJECT_NAME=qc\n")
    os.mkfifo(shot / ".env")
    (shot.parent / ".env").symlink_to("/dev/zero")
    assert qc.run(shot, cwd=cwd).err == ""


def test_who_names_an_env_file_hears_nothing_of_others(
    qc: Tool, shot: Path, tmp_path: Path
) -> None:
    make_frames(shot)
    (shot / ".env").write_text("QC_POLICY_VERSION=planted\n")
    (tmp_path / "mine").write_text("QC_POLICY_VERSION=mine\n")
    assert qc.run("--env-file", tmp_path / "mine", shot).err == ""
    assert qc.run(shot, cwd=tmp_path, env={"QC_ENV_FILE": "mine"}).err == ""
    assert sidecars(shot)["plate.%04d.exr"]["policy_version"] == "mine"
