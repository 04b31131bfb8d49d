"""`make-fake-seq` as people run it: wrong input, files that exist, disks that are full, Ctrl-C."""

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from faults.stock import listing

import qc_asset_crawler
from fake_readers import openimageio
from support import TIMEOUT, Tool, files_below, finish
from terminal import terminals

PLATE = ("--base", "plate")


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


# -- wrong input --------------------------------------------------------------------------------

WRONG = [
    ([], "--base"),
    (["--base", "a", "--like", "a.1.exr"], "--like"),
    (["--base", ""], "--base"),
    (["--base", "a/b"], "a/b"),
    (["--like", "plate.####.exr"], "plate.%04d.exr"),
    ([*PLATE, "--ext", "tga"], "exr, dpx, tif, tiff, png, jpg, jpeg"),
    ([*PLATE, "--end", "1000"], "--start"),
    ([*PLATE, "--start", "-3"], "--start"),
    ([*PLATE, "--frames", "many"], "--frames"),
    ([*PLATE, "--frames", "0"], "--frames"),
    ([*PLATE, "--end", "1010", "--frames", "3"], "--frames"),
    ([*PLATE, "--step", "2", "--holes", "3"], "--step"),
    ([*PLATE, "--holes", "3", "--ranges", "9"], "8 holes"),
    ([*PLATE, "--size", "-64x36"], "--size"),
    ([*PLATE, "--size=-64x36"], "1920x1080"),
    ([*PLATE, "--size", "0x36"], "--size"),
    ([*PLATE, "--size", "64"], "--size"),
    ([*PLATE, "--size", "99999x99999"], "too large"),
    ([*PLATE, "--bytes", "-1"], "--bytes"),
    ([*PLATE, "--bytes", "99"], "the image needs 14863"),
    ([*PLATE, "--ext", "jpg", "--bytes", "99"], "the image needs "),
    ([*PLATE, "--depth", "8"], "half, float"),
    ([*PLATE, "--depth", "12"], "8, 10, 16, half, float"),
    ([*PLATE, "--ext", "png", "--compression", "zip"], "exr"),
    ([*PLATE, "--compression", "dwaa"], "none, zip"),
    ([*PLATE, "--endian", "big"], "--endian"),
    ([*PLATE, "--endian", "middle"], "big, little"),
    ([*PLATE, "--seed", "-1"], "--seed"),
    ([*PLATE, "--damage", "burnt:1"], "zero, truncated, header, frozen, resolution"),
    ([*PLATE, "--damage", "zero"], "KIND:N"),
    ([*PLATE, "--damage", "zero:-1"], "KIND:N"),
    ([*PLATE, "--damage", "zero:25"], "24"),
    ([*PLATE, "--bytes", "0", "--damage", "header:1"], "--bytes 0"),
    ([*PLATE, "--pad", "0"], "--pad"),
    ([*PLATE, "--frames", "1_0"], "--frames"),
    ([*PLATE, "--frames", "\u0663"], "--frames"),
    ([*PLATE, "--frames", " 3"], "--frames"),
    ([*PLATE, "--bytes", str(2**63)], "0 to 9223372036854775807"),
    ([*PLATE, "--seed", "9" * 5000], f"not '{'9' * 40}'… (see"),
    ([*PLATE, "--size", "x" * 5000], f"not '{'x' * 40}'… (see"),
    ([*PLATE, "--damage", "\x1b[31m\\:1"], r"not '\x1b[31m\\:1' (see"),
    ([*PLATE, "--depth", "\x1b[31m\\"], r"not '\x1b[31m\\' (see"),
    ([*PLATE, "--ext", "\x1b[31m\\"], r"not '\x1b[31m\\' (see"),
    ([*PLATE, "--ext", "jpg", "--size", "65501x1"], "65,500 a side"),
    ([*PLATE, "--step", "2", "--frames", "1000001", "--json"], "1,000,000 at most"),
    ([*PLATE, "--ext", "png", "--pad", "1", "--start", "9999", "--bytes", "7122"], "needs 7139"),
    ([*PLATE, "--unheard-of"], "--unheard-of"),
    ([*PLATE, "--forc"], "--forc"),
]


@pytest.mark.parametrize(("args", "says"), WRONG, ids=[" ".join(args)[:40] for args, _ in WRONG])
def test_wrong_input_is_one_line_and_exit_2_and_makes_nothing(
    fake: Tool, tmp_path: Path, args: list[str], says: str
) -> None:
    done = fake.run("--out", tmp_path / "new", *args, status=2)
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert done.err.startswith("make-fake-seq: ")
    assert says in done.err
    assert names(tmp_path) == []


def test_a_folder_must_be_given_and_must_be_one(fake: Tool, tmp_path: Path) -> None:
    assert "--out" in fake.run(*PLATE, status=2).err
    assert "--out" in fake.run("--out", "", *PLATE, status=2).err
    (tmp_path / "file").write_text("mine")
    for place in ("file", "file/below"):
        done = fake.run("--out", tmp_path / place, *PLATE, status=2)
        assert "no folder" in done.last_line
    assert (tmp_path / "file").read_text() == "mine"


def test_without_pillow_jpg_names_the_extra_and_the_others_work(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['PIL'] = None; sys.argv[0] = 'make-fake-seq'\n"
        "from qc_asset_crawler.shims import make_fake_seq; sys.exit(make_fake_seq())"
    )

    def run(ext: str) -> subprocess.CompletedProcess[str]:
        args = [sys.executable, "-c", script, "--out", tmp_path / "o", *PLATE, "--ext", ext]
        return subprocess.run(args, capture_output=True, text=True, timeout=TIMEOUT, check=False)

    done = run("jpg")
    assert done.returncode == 2
    assert "pip install 'qc-asset-crawler[fake]'" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert names(tmp_path) == []
    assert [run(ext).returncode for ext in ("exr", "dpx", "tif", "png")] == [0] * 4


# -- what is made -------------------------------------------------------------------------------


def test_what_was_made_is_said(fake: Tool, tmp_path: Path) -> None:
    out = tmp_path / "a" / "b"
    done = fake.run("--out", out, *PLATE, "--frames", "5", "--ranges", "2", "--damage", "zero:1")
    assert done.err == ""
    lines = done.out.splitlines()
    assert lines[0] == f"made 5 frames: {out}/plate.%04d.exr"
    assert "(1 hole, 2 runs)" in lines[1]
    assert "64x36 exr, half" in lines[2]
    assert "files/s" in lines[3]
    assert lines[4].startswith("zero: 10")
    assert lines[5] == f"next: qc-crawl {out}"
    assert len(names(out)) == 5


def test_what_is_shown_can_be_pasted_and_drives_no_terminal(fake: Tool, tmp_path: Path) -> None:
    done = fake.run("--out=-x\x1b[31m", *PLATE, "--frames", "3", cwd=tmp_path)
    assert "\x1b" not in done.out
    lines = done.out.splitlines()
    assert lines[0] == r"made 3 frames: -x\x1b[31m/plate.%04d.exr"
    assert lines[-1] == r"next: qc-crawl $'./-x\x1b[31m'"
    done = fake.run("--out=-x", *PLATE, "--frames", "3", cwd=tmp_path)
    assert done.out.splitlines()[-1] == "next: qc-crawl ./-x"


def test_the_runs_of_a_long_row_are_counted_not_listed(fake: Tool, tmp_path: Path) -> None:
    args = (*PLATE, "--step", "2", "--frames", "1000000000", "--dry-run")
    assert "(999,999,999 holes, 1,000,000,000 runs)" in fake.run("--out", tmp_path, *args).out


def test_long_lists_are_cut_off_for_people_and_whole_for_machines(
    fake: Tool, tmp_path: Path
) -> None:
    args = ("--out", tmp_path / "o", *PLATE, "--step", "2", "--frames", "90", "--dry-run")
    args = (*args, "--damage", "zero:40")
    lines = fake.run(*args).out.splitlines()
    assert all(len(line) < 120 for line in lines[1:])
    assert sum(",…" in line for line in lines) == 2
    made = fake.json(*args)
    assert made["frames"].count(",") == 89
    assert made["damage"][0]["frames"].count(",") == 39


def test_json_tells_all_of_it(fake: Tool, tmp_path: Path) -> None:
    made = fake.json(
        "--out", tmp_path, "--like", "old/BG_%06d.TIF", "--frames", "9", "--holes", "4",
        "--ranges", "3", "--size", "20x10", "--depth", "16", "--endian", "big", "--seed", "5",
        "--damage", "truncated:2",
    )  # fmt: skip
    (damage,) = made.pop("damage")
    assert damage["kind"] == "truncated"
    assert made.pop("seconds") >= 0
    frames = made.pop("frames")
    size = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert made == {
        "out": str(tmp_path), "pattern": "BG_%06d.TIF", "pad": 6, "ext": "TIF", "seed": 5,
        "frame_count": 9, "frame_min": 1001, "frame_max": 1013, "holes": 4, "range_count": 3,
        "size": [20, 10], "depth": "16", "compression": "none", "endian": "big",
        "bytes": size, "bytes_per_file": None, "files_written": 9, "bytes_written": size,
        "dry_run": False, "status": 0, "reasons": {},
    }  # fmt: skip
    assert frames.count(",") == 2
    assert names(tmp_path)[0] == "BG_001001.TIF"


def test_the_same_seed_makes_the_same_files_and_another_one_others(
    fake: Tool, tmp_path: Path
) -> None:
    args = (*PLATE, "--frames", "20", "--holes", "9", "--damage", "header:2", "--quiet")
    for folder, seed in (("a", 4), ("b", 4), ("c", 5)):
        assert fake.run("--out", tmp_path / folder, *args, "--seed", seed).out == ""
    a, b, c = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in "abc")
    assert a == b
    assert set(a) != set(c)
    assert not set(a.values()) & set(c.values())


def test_bytes_are_exact_and_really_there(fake: Tool, tmp_path: Path) -> None:
    size = 3 * (1 << 20) + 7
    fake.run("--out", tmp_path / "big", *PLATE, "--frames", "2", "--bytes", size)
    for path in (tmp_path / "big").iterdir():
        assert path.stat().st_size == size
        assert path.stat().st_blocks * 512 >= size
        assert openimageio(path).width == 64
    fake.run("--out", tmp_path / "none", *PLATE, "--frames", "4", "--bytes", "0", "--ext", "jpg")
    assert {path.stat().st_size for path in (tmp_path / "none").iterdir()} == {0}
    assert len(names(tmp_path / "none")) == 4


def test_damage_is_what_it_is_called(fake: Tool, tmp_path: Path) -> None:
    kinds = ("zero", "truncated", "header", "frozen", "resolution")
    for ext in ("exr", "dpx", "tif", "png", "jpg"):
        out = tmp_path / ext
        asked = [word for kind in kinds for word in ("--damage", f"{kind}:2")]
        args = (*PLATE, "--ext", ext, "--ranges", "2")
        made = fake.json("--out", out, *args, *asked)
        whole = tmp_path / f"{ext}-whole"
        fake.run("--out", whole, *args)
        assert names(out) == names(whole)
        broken = {}
        for one in made["damage"]:
            for piece in one["frames"].split(","):
                first, _, last = piece.partition("-")
                for number in range(int(first), int(last or first) + 1):
                    broken[f"plate.{number}.{ext}"] = one["kind"]
        assert sorted(broken.values()) == sorted(kinds * 2)
        for name in names(out):
            was, is_now = (whole / name).read_bytes(), (out / name).read_bytes()
            assert (is_now != was) == (name in broken)
            if name not in broken:
                continue
            if broken[name] == "zero":
                assert is_now == b""
            elif broken[name] == "truncated":
                assert was.startswith(is_now)
                assert len(was) / 4 < len(is_now) < len(was)
            elif broken[name] == "header":
                assert (is_now[4:], len(is_now)) == (was[4:], len(was))
                assert all(now != then for now, then in zip(is_now[:4], was[:4], strict=True))
            elif broken[name] == "frozen":
                number = int(name.split(".")[1])
                assert is_now == (out / f"plate.{number - 1}.{ext}").read_bytes()
            else:
                seen = openimageio(out / name)
                assert (seen.width, seen.height) == (32, 18)


# -- files that exist ---------------------------------------------------------------------------


def test_files_that_exist_are_not_overwritten_and_nothing_is_written(
    fake: Tool, tmp_path: Path
) -> None:
    (tmp_path / "plate.1003.exr").write_text("mine")
    (tmp_path / "plate.1020.exr").symlink_to("nowhere")
    (tmp_path / "plate.2000.exr").write_text("another sequence's")
    before = listing(tmp_path)
    for more in ((), ("--dry-run",)):
        done = fake.run("--out", tmp_path, *PLATE, *more, status=3)
        assert done.out == ""
        assert done.err == (
            "make-fake-seq: exit 3: plate.1003.exr and 1 more exist already; "
            "nothing was written (--force overwrites)\n"
        )
    made = fake.json("--out", tmp_path, *PLATE, status=3)
    assert (made["status"], made["reasons"], made["files_written"]) == (3, {"exists": 2}, 0)
    assert (made["bytes"], made["bytes_per_file"]) == (24 * 14863, 14863)
    made = fake.json("--out", tmp_path, *PLATE, "--compression", "zip", status=3)
    assert (made["bytes"], made["bytes_per_file"], made["bytes_written"]) == (None, None, 0)
    assert listing(tmp_path) == before


def test_force_replaces_files_and_links_and_nothing_behind_them(fake: Tool, tmp_path: Path) -> None:
    outside = tmp_path / "outside.exr"
    outside.write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    (out / "plate.1001.exr").write_text("old")
    os.link(outside, out / "plate.1002.exr")
    (out / "plate.1003.exr").symlink_to(outside)
    os.mkfifo(out / "plate.1004.exr")
    (tmp_path / "folder").mkdir()
    (out / "plate.1005.exr").symlink_to(tmp_path / "folder")
    (out / "other.1001.exr").write_text("stays")
    fake.run("--out", out, *PLATE, "--frames", "6", "--force")
    assert outside.read_text() == "mine"
    assert names(tmp_path / "folder") == []
    assert (out / "other.1001.exr").read_text() == "stays"
    frames = [path for path in out.iterdir() if path.name.startswith("plate")]
    assert len(frames) == 6
    for path in frames:
        assert stat.S_ISREG(path.lstat().st_mode)
        assert openimageio(path).width == 64
    assert len(names(out)) == 7  # no temporary file is left


def test_a_folder_in_the_place_of_a_frame_is_an_error_even_with_force(
    fake: Tool, tmp_path: Path
) -> None:
    (tmp_path / "plate.1005.exr").mkdir()
    done = fake.run("--out", tmp_path, *PLATE, "--force", status=3)
    assert "plate.1005.exr is a folder" in done.last_line
    assert names(tmp_path) == ["plate.1005.exr"]


def test_a_dry_run_says_as_much_and_makes_nothing(fake: Tool, tmp_path: Path) -> None:
    for ext in ("exr", "jpg"):
        args = (*PLATE, "--ext", ext, "--holes", "3", "--damage", "zero:2")
        planned = fake.json("--out", tmp_path / "o", *args, "--dry-run")
        assert names(tmp_path) == []
        made = fake.json("--out", tmp_path / "o", *args)
        differing = ("dry_run", "seconds", "files_written", "bytes_written", "bytes_per_file")
        assert planned["dry_run"]
        assert planned["bytes"] == made["bytes_written"]
        assert {k: v for k, v in planned.items() if k not in differing} == {
            k: v for k, v in made.items() if k not in differing
        }
        shutil.rmtree(tmp_path / "o")
    done = fake.run("--out", tmp_path / "o", *PLATE, "--dry-run")
    assert "would make 24 frames" in done.out
    assert names(tmp_path) == []


# -- storage that fails -------------------------------------------------------------------------


def test_a_folder_that_cannot_be_written_is_one_line(
    fake: Tool, tmp_path: Path, unprivileged: tuple[str, ...]
) -> None:
    sealed = tmp_path / "sealed"
    sealed.mkdir(mode=0o555)
    for place in (sealed, sealed / "new"):
        done = fake.run("--out", place, *PLATE, status=3, prefix=unprivileged)
        assert len(done.err.splitlines()) == 1
        assert done.err.startswith("make-fake-seq: exit 3: ")
        assert "Permission denied" in done.err
    assert names(sealed) == []


def test_a_full_disk_leaves_whole_files_only(fake: Tool, small_disk: Path) -> None:
    for more in ((), ("--bytes", "300000")):
        out = small_disk / "out"
        done = fake.run("--out", out, *PLATE, "--frames", "500", *more, status=3)
        sizes = {path.stat().st_size for path in out.iterdir()}
        count = len(names(out))
        assert sizes == {300000 if more else 14863}
        assert len(done.err.splitlines()) == 1
        assert done.last_line.startswith(
            f"make-fake-seq: exit 3: plate.{1001 + count}.exr: No space"
        )
        assert done.last_line.endswith(f"; {count} of 500 files were written")
        made = fake.json("--out", out, *PLATE, "--frames", "500", *more, "--force", status=3)
        assert made["reasons"] == {"unwritten": 500 - made["files_written"]}
        assert {path.stat().st_size for path in out.iterdir()} == sizes
        assert all(name.startswith("plate.") for name in names(out))
        shutil.rmtree(out)


# -- signals ------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize(
    ("size", "frames"),
    [(14863, "90,000"), (1 << 31, "2")],
    ids=["many files", "one huge file"],
)
def test_a_signal_ends_it_within_a_second_and_leaves_whole_files(
    fake: Tool, tmp_path: Path, number: int, status: int, size: int, frames: str
) -> None:
    count = frames.replace(",", "")
    process = fake.start("--out", tmp_path, *PLATE, "--frames", count, "--bytes", size)
    end = time.monotonic() + TIMEOUT
    while not any(path.stat().st_size for path in tmp_path.iterdir()):
        assert time.monotonic() < end
        time.sleep(0.01)
    process.send_signal(number)
    sent = time.monotonic()
    done = finish(process, status)
    assert time.monotonic() - sent < 5
    whole = len(names(tmp_path))
    assert {path.stat().st_size for path in tmp_path.iterdir()} <= {size}
    files = f"1 of {frames} files was" if whole == 1 else f"{whole:,} of {frames} files were"
    assert done.err == f"make-fake-seq: exit {status}: interrupted; {files} written\n"


def test_a_signal_before_the_first_frame_makes_no_folder(fake: Tool, tmp_path: Path) -> None:
    args = (*PLATE, "--size", "8192x8192", "--compression", "zip", "--depth", "float")
    process = fake.start("--out", tmp_path / "o", *args)
    time.sleep(1.5)
    process.send_signal(signal.SIGINT)
    sent = time.monotonic()
    done = finish(process, 130)
    assert time.monotonic() - sent < 5
    assert done.err == "make-fake-seq: exit 130: interrupted; 0 of 24 files were written\n"
    assert names(tmp_path) == []


# -- terminals, help ----------------------------------------------------------------------------


def test_hostile_names_are_shown_harmless(fake: Tool, tmp_path: Path) -> None:
    base = "e\x1b[31mvil\n\u202e"
    done = fake.run("--out", tmp_path, "--base", base, "--frames", "3")
    assert "\x1b" not in done.out
    assert "e\\x1b[31mvil\\x0a\\u202e.%04d.exr" in done.out
    again = fake.run("--out", tmp_path, "--base", base, "--frames", "3", status=3)
    assert len(again.err.splitlines()) == 1
    assert "\x1b" not in again.err
    (tmp_path / "x").mkdir()
    raw = os.fsdecode(b"caf\xe9")
    made = fake.json("--out", tmp_path / "x", "--base", raw, "--frames", "1")
    assert made["pattern"] == f"{raw}.%04d.exr"
    assert os.listdir(os.fsencode(tmp_path / "x")) == [b"caf\xe9.1001.exr"]


def test_a_long_run_shows_how_far_it_is_and_cleans_up(fake: Tool, tmp_path: Path) -> None:
    with terminals(fake) as start:
        terminal = start("--out", tmp_path, *PLATE, "--frames", "90000")
        terminal.wait_for("files/s")
        terminal.process.terminate()
        assert terminal.end() == 143
    assert b"of 90,000 files" in terminal.shown
    assert b"\r\x1b[Kmake-fake-seq: exit 143: interrupted; " in terminal.shown


@pytest.mark.parametrize(("args", "term"), [(("--quiet",), "xterm"), ((), "dumb")])
def test_whoever_wants_no_progress_is_shown_none(
    fake: Tool, tmp_path: Path, args: tuple[str, ...], term: str
) -> None:
    with terminals(fake) as start:
        terminal = start("--out", tmp_path, *PLATE, "--frames", "90000", *args, term=term)
        while not names(tmp_path):
            terminal.read()
        end = time.monotonic() + 1.5  # a second passes before there is any
        while time.monotonic() < end:
            terminal.read()
        terminal.process.terminate()
        assert terminal.end() == 143
    (line,) = terminal.shown.decode().splitlines()
    assert line.startswith("make-fake-seq: exit 143: interrupted; ")


def test_help_has_every_option_and_status(fake: Tool) -> None:
    done = fake.run("--help")
    for option in (
        "--out", "--base", "--like", "--ext", "--start", "--end", "--frames", "--step", "--pad",
        "--holes", "--ranges", "--size", "--depth", "--compression", "--endian", "--bytes",
        "--seed", "--damage", "--force", "--dry-run", "--json", "--quiet", "--version",
    ):  # fmt: skip
        assert option in done.out
    _, _, statuses = done.out.partition("exit status:")
    for status in ("0", "1", "2", "3", "130", "143"):
        assert f"\n  {status}  " in statuses or f" {status} " in statuses
    assert fake.run("--version").out == f"make-fake-seq {qc_asset_crawler.__version__}\n"


def test_the_script_of_a_checkout_does_the_same(fake: Tool, tmp_path: Path) -> None:
    script = Path(__file__).parent.parent / "make_fake_seq.py"
    args = [sys.executable, script, "--out", tmp_path, *PLATE, "--json"]
    done = subprocess.run(args, env=dict(fake.env), capture_output=True, check=True)
    assert json.loads(done.stdout)["frame_count"] == 24
    assert len(files_below(tmp_path)) == 24
