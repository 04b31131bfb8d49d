"""`--decode`: what decoding finds, what is remembered of it, and what stops it."""

import importlib.util
import os
import signal
import time
from pathlib import Path

import pytest
from faults.stock import listing, media_listing

from support import Json, Tool, finish, make_frames, only_sidecar
from test_signals import until

needs_decoder = pytest.mark.skipif(
    importlib.util.find_spec("OpenImageIO") is None, reason="OpenImageIO is not installed"
)
EXTENSIONS = ("exr", "dpx", "tif", "png", "jpg")


def found(asset: Json) -> dict[str, str | None]:
    return {finding["kind"]: finding["frames"] for finding in asset["findings"]}


def harm_pixels(path: Path) -> bytes:
    """Change bytes in the middle of a file, which leaves its size alone; return what it held."""
    data = path.read_bytes()
    middle = len(data) // 2
    path.write_bytes(data[:middle] + bytes(64) + data[middle + 64 :])
    return data


@pytest.fixture
def plate(fake: Tool, tmp_path: Path) -> Path:
    """Frames 1001 to 1008; the pixels of 1004 are damaged."""
    shot = tmp_path / "shot"
    how = ("--size", "64x36", "--compression", "zip", "--frames", "8")
    fake.run("--out", shot, "--base", "plate", *how)
    harm_pixels(shot / "plate.1004.exr")
    return shot


@needs_decoder
def test_damage_inside_the_pixels_is_found_and_remembered(qc: Tool, plate: Path) -> None:
    assert found(qc.json(plate)["assets"][0]) == {}
    before = media_listing(plate)
    document = qc.json("--decode", plate)
    assert media_listing(plate) == before
    (asset,) = document["assets"]
    assert document["summary"]["decoded"] == 8
    assert asset["action"] == "refreshed"
    (finding,) = asset["findings"]
    assert (finding["kind"], finding["frames"]) == ("unreadable", "1004")
    assert finding["detail"].startswith("the decoder says: ")
    assert "/proc/" not in finding["detail"]
    assert only_sidecar(plate)["findings"] == [finding]
    again = qc.json("--fail-on=unreadable", plate, status=4)
    assert again["assets"][0]["findings"] == [finding]
    assert (again["summary"]["files_read"], again["summary"]["decoded"]) == (0, None)


@needs_decoder
def test_what_a_decoder_said_holds_as_long_as_the_bytes_do(
    qc: Tool, fake: Tool, plate: Path
) -> None:
    qc.run("--decode", plate)
    assert found(qc.json("--rehash", plate)["assets"][0]) == {"unreadable": "1004"}
    bad = plate / "plate.1004.exr"
    other = (plate / "plate.1005.exr").read_bytes()
    bad.write_bytes(other[:-1] + bytes([other[-1] ^ 1]))
    assert found(qc.json(plate)["assets"][0]) == {}


@needs_decoder
@pytest.mark.parametrize("how", ["the cache is lost", "nobody looked at it since"])
def test_what_a_decoder_said_is_not_forgotten_by_an_ordinary_run(
    qc: Tool, plate: Path, how: str
) -> None:
    qc.run("--decode", plate)
    os.utime(plate / "plate.1004.exr")
    if how == "the cache is lost":
        (plate / ".qc.hashcache.json").unlink()
    else:
        qc.run("--no-findings", plate)
    done = qc.run("--fail-on=unreadable", plate, status=4)
    assert done.last_line == "qc-crawl: exit 4: unreadable=1"
    assert found(only_sidecar(plate)) == {"unreadable": "1004"}


@needs_decoder
def test_everything_is_decoded_each_time_and_a_dry_run_says_so(qc: Tool, plate: Path) -> None:
    for _ in range(2):
        assert qc.json("--decode", plate)["summary"]["decoded"] == 8
    before = listing(plate)
    assert qc.json("--decode", "--dry-run", plate)["summary"]["read_files"] == 8
    assert listing(plate) == before


@needs_decoder
def test_nothing_is_found_in_good_pictures_and_sound_is_not_decoded(
    qc: Tool, fake: Tool, tmp_path: Path
) -> None:
    for ext in EXTENSIONS:
        fake.run("--out", tmp_path, "--base", ext, "--ext", ext, "--size", "64x36", "--frames", "3")
    (tmp_path / "slate.mov").write_bytes(b"\0\0\0\x08moov")
    done = qc.run("--decode", tmp_path)
    assert "15 pictures decoded" in done.out
    assert "unreadable" not in done.out


@needs_decoder
def test_what_is_seen_to_be_broken_keeps_its_kind(qc: Tool, plate: Path) -> None:
    data = (plate / "plate.1006.exr").read_bytes()
    (plate / "plate.1006.exr").write_bytes(data[: len(data) // 2])
    document = qc.json("--decode", plate)
    assert found(document["assets"][0]) == {"truncated": "1006", "unreadable": "1004"}
    assert document["summary"]["decoded"] == 7


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name == "OpenImageIO":
            raise ModuleNotFoundError(f"No module named {name!r}")

sys.meta_path.insert(0, Blocked())
"""


@pytest.mark.parametrize("more", [(), ("--dry-run",), ("--result=pass", "--yes")])
def test_without_the_extra_one_line_says_what_to_install(
    qc: Tool, shot: Path, tmp_path: Path, more: tuple[str, ...]
) -> None:
    make_frames(shot)
    (tmp_path / "sitecustomize.py").write_text(BLOCKED)
    before, blocked = listing(shot), {"PYTHONPATH": str(tmp_path)}
    done = qc.run("--decode", *more, shot, env=blocked, status=2)
    assert "pip install 'qc-asset-crawler[images]'" in done.err
    assert (done.out, done.err.count("\n")) == ("", 1)
    assert listing(shot) == before
    if not more:
        qc.run(shot, env=blocked)  # it is asked for by `--decode` alone


@pytest.mark.parametrize("other", ["--no-findings", "--verify", "--deliver", "--trak-check"])
def test_no_option_makes_decoding_mean_nothing(qc: Tool, shot: Path, other: str) -> None:
    done = qc.run("--decode", other, shot, status=2)
    assert "--decode" in done.err
    assert done.err.count("\n") == 1


FAKE = """
class ImageInput:
    def open(path):
        import os, time
        open({mark!r}, "w").write(str(os.getpid()))
        time.sleep(60)

def attribute(name, value):
    pass
"""


def test_ctrl_c_ends_a_run_while_it_decodes(qc: Tool, plate: Path, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    (tmp_path / "OpenImageIO.py").write_text(FAKE.format(mark=str(mark)))
    process = qc.start("--decode", plate, env={"PYTHONPATH": str(tmp_path)})
    until(lambda: mark.exists() and bool(mark.read_text()))
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    finish(process, 130)
    assert time.monotonic() - sent < 5
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)
