"""Damaged and hostile artifacts: no traceback, no verdict lost, originals kept."""

import json
import os
import re
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from faults.stock import listing

from support import (
    Done,
    Tool,
    content_hash,
    load,
    make_file,
    make_frames,
    manifest_hash,
    rewrite,
    said,
    sidecars,
)

PASS = ("--result", "pass", "--operator", "anna", "--yes")
Damage = Callable[[bytes], bytes]


def without_verdicts(data: bytes) -> bytes:
    return json.dumps({**json.loads(data), "verdicts": "none"}).encode()


def keys_of_other_types(data: bytes) -> bytes:
    return json.dumps({key: [1] for key in json.loads(data)}).encode()


SPARSE = b"sparse"
DAMAGES: dict[str, Damage] = {
    "empty": lambda data: b"",
    "truncated": lambda data: data[: len(data) // 2],
    "UTF-16": lambda data: data.decode().encode("utf-16"),
    "a list": lambda data: b"[]",
    "NaN": lambda data: b"NaN",
    "NaN inside": lambda data: data.replace(b'"asset_id": null', b'"asset_id": NaN'),
    "100,000 brackets": lambda data: b"[" * 100_000 + b"]" * 100_000,
    "100,000 objects": lambda data: b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "200 MB": lambda data: SPARSE,
    "no object": lambda data: b'"text"',
    "wrong types": keys_of_other_types,
    "wrong verdicts": without_verdicts,
    "no keys": lambda data: b"{}",
    "zeros": lambda data: b"\0" * len(data),
    "not UTF-8": lambda data: data.replace(b"anna", b"\xff\xfe\xfd"),
    "a number too long": lambda data: b'{"schema_version": ' + b"9" * 100_000 + b"}",
}


def harm(path: Path, damage: Damage) -> None:
    data = damage(path.read_bytes())
    if data is SPARSE:
        os.truncate(path, 200_000_000)
    else:
        path.write_bytes(data)


def stock(path: Path) -> tuple[int, int, bytes]:
    """Return what tells whether a file is the very same."""
    found = path.stat()
    return found.st_ino, found.st_size, path.read_bytes()[:1_000_000]


@pytest.fixture(scope="module")
def signed(qc: Tool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed") / "shot"
    make_frames(folder)
    make_file(folder / "cut.mov")
    make_file(folder / "mix.wav")
    qc.run(*PASS, folder)
    return folder


@pytest.fixture
def folder(signed: Path, tmp_path: Path) -> Path:
    """A copy of the signed folder, to damage."""
    return Path(shutil.copytree(signed, tmp_path / "shot"))


SIDECARS = {"a file's": "cut.mov.qc.json", "a sequence's": "qc.sequence.json"}
ASSETS = {"cut.mov.qc.json": "cut.mov", "qc.sequence.json": "plate.%04d.exr"}


@dataclass(frozen=True)
class Damaged:
    """A folder for each kind of damage, and the one run over all of them."""

    root: Path
    originals: dict[Path, tuple[int, int, bytes]]
    run: Done


@pytest.fixture(scope="module")
def damaged(qc: Tool, signed: Path, tmp_path_factory: pytest.TempPathFactory) -> Damaged:
    root = tmp_path_factory.mktemp("damaged")
    originals = {}
    for kind, damage in DAMAGES.items():
        folder = Path(shutil.copytree(signed, root / kind))
        for name in ASSETS:
            harm(folder / ".qc" / name, damage)
            originals[folder / ".qc" / name] = stock(folder / ".qc" / name)
    return Damaged(root, originals, qc.run(root, status=3))


@pytest.mark.parametrize("kind", DAMAGES)
def test_a_damaged_sidecar_is_set_aside_and_named(damaged: Damaged, kind: str) -> None:
    folder = damaged.root / kind
    after = sidecars(folder)
    for name, asset in ASSETS.items():
        path = folder / ".qc" / name
        assert str(path) in damaged.run.err
        (aside,) = folder.glob(f".qc/{name}.unreadable-*")
        assert stock(aside) == damaged.originals[path]
        assert after[asset]["qc_result"] == "pending"
    assert said(after["mix.wav"]) == [("pass", "anna")]


def test_damaged_sidecars_are_counted_in_the_last_line(damaged: Damaged) -> None:
    count = len(damaged.originals)
    assert damaged.run.last_line == f"qc-crawl: exit 3: bad-sidecar={count}"


def test_after_a_damaged_sidecar_was_set_aside_all_is_well(qc: Tool, folder: Path) -> None:
    harm(folder / ".qc" / "cut.mov.qc.json", DAMAGES["truncated"])
    qc.run(folder, status=3)
    before = listing(folder)
    qc.run(folder)
    assert listing(folder) == before


def test_signing_over_a_damaged_sidecar_keeps_both(qc: Tool, folder: Path) -> None:
    path = folder / ".qc" / "cut.mov.qc.json"
    path.write_bytes(b"{")
    qc.run("--result", "fail", "--operator", "ben", "--yes", folder, status=3)
    (aside,) = folder.glob(".qc/cut.mov.qc.json.unreadable-*")
    assert aside.read_bytes() == b"{"
    assert said(sidecars(folder)["cut.mov"]) == [("fail", "ben")]


def test_a_byte_order_mark_is_no_damage(qc: Tool, folder: Path) -> None:
    path = folder / ".qc" / "cut.mov.qc.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    qc.run(folder)
    assert said(json.loads(path.read_bytes().decode("utf-8-sig"))) == [("pass", "anna")]


@pytest.mark.parametrize("name", SIDECARS.values(), ids=SIDECARS)
@pytest.mark.parametrize(
    ("version", "run"),
    [("99", ()), (99, ()), ("2.0.0", ("--result", "fail", "--yes"))],
    ids=["nightly", "a number", "signing"],
)
def test_a_newer_sidecar_is_reported_and_untouched(
    qc: Tool, folder: Path, name: str, version: object, run: tuple[str, ...]
) -> None:
    path = folder / ".qc" / name
    path.write_text(json.dumps({**load(path), "schema_version": version}))
    before = stock(path)
    done = qc.run(*run, folder, status=3)
    assert done.last_line == "qc-crawl: exit 3: newer-sidecar=1"
    assert stock(path) == before
    assert len(list((folder / ".qc").iterdir())) == 3


@pytest.mark.parametrize("name", SIDECARS.values(), ids=SIDECARS)
def test_a_sidecar_that_cannot_be_read_is_left_alone(
    qc: Tool, folder: Path, name: str, unprivileged: tuple[str, ...]
) -> None:
    path = folder / ".qc" / name
    before = stock(path)
    path.chmod(0)
    done = qc.run(folder, status=3, prefix=unprivileged)
    path.chmod(0o644)
    assert name in done.err
    assert stock(path) == before
    assert len(list((folder / ".qc").iterdir())) == 3


# -- links and other things in the place of artifacts -------------------------------------------


@pytest.mark.parametrize("name", SIDECARS.values(), ids=SIDECARS)
@pytest.mark.parametrize("run", [(), PASS], ids=["nightly", "signing"])
def test_a_sidecar_that_is_a_link_is_refused(
    qc: Tool, folder: Path, name: str, run: tuple[str, ...]
) -> None:
    path, target = folder / ".qc" / name, folder.parent / "target.json"
    path.rename(target)
    path.symlink_to(target)
    before = stock(target)
    done = qc.run(*run, folder, status=3)
    assert "link" in done.err
    assert path.is_symlink()
    assert stock(target) == before


def test_a_store_that_is_a_link_is_refused(qc: Tool, folder: Path) -> None:
    target = folder.parent / "target"
    (folder / ".qc").rename(target)
    (folder / ".qc").symlink_to(target)
    before = listing(target)
    done = qc.run(*PASS, folder, status=3)
    assert ".qc is a link" in done.err
    assert listing(target) == before


def test_a_cache_that_is_a_link_is_refused_with_a_warning(qc: Tool, folder: Path) -> None:
    cache, target = folder / ".qc.hashcache.json", folder.parent / "target.json"
    cache.rename(target)
    cache.symlink_to(target)
    before = stock(target)
    rewrite(folder / "cut.mov")
    done = qc.run(folder)
    assert "is a link" in done.err
    assert cache.is_symlink()
    assert stock(target) == before


@pytest.mark.parametrize("name", [*SIDECARS.values(), "../.qc.hashcache.json"])
def test_a_pipe_in_the_place_of_an_artifact_is_not_waited_for(
    qc: Tool, folder: Path, name: str
) -> None:
    path = folder / ".qc" / name
    path.unlink()
    os.mkfifo(path)
    rewrite(folder / "cut.mov")
    started = time.monotonic()
    qc.run(folder, status=0 if "hashcache" in name else 3)
    assert time.monotonic() - started < 10
    assert path.is_fifo()


def test_a_lock_that_is_a_link_is_not_followed(qc: Tool, folder: Path) -> None:
    target = folder.parent / "target"
    target.write_text("precious")
    (folder / ".qc.lock").symlink_to(target)
    rewrite(folder / "cut.mov")
    done = qc.run(folder)
    assert "busy" in done.err
    assert target.read_text() == "precious"


# -- caches -------------------------------------------------------------------------------------


def with_body(data: bytes, change: Callable[[dict[str, list[object]]], object]) -> bytes:
    """Change the entries of a cache and make its checksum right again."""
    import hashlib

    head, body, tail, _ = data.split(b"\n")
    body = json.dumps(change(json.loads(body)), separators=(",", ":")).encode()
    digest = hashlib.blake2b(body, digest_size=32).hexdigest().encode()
    head = re.sub(rb"blake2b:[0-9a-f]{64}", b"blake2b:" + digest, head)
    return b"\n".join((head, body, tail, b""))


def hash_that_is_none(data: bytes) -> bytes:
    return with_body(
        data, lambda entries: {n: [*e[:3], "blake3:\x1b[31m\n", e[4]] for n, e in entries.items()}
    )


CACHES: dict[str, Damage] = {
    **{name: damage for name, damage in DAMAGES.items() if name not in {"wrong verdicts"}},
    "NaN inside": lambda data: with_body(data, lambda entries: {"a": [float("nan")] * 5}),
    "not UTF-8": lambda data: data.replace(b"plate", b"\xff\xfe\xfd\xfc\xfb"),
    "no object": lambda data: with_body(data, lambda entries: ["a", "b"]),
    "wrong types": lambda data: with_body(data, lambda entries: dict.fromkeys(entries, 7)),
    "a hash that is none": hash_that_is_none,
    "version 99": lambda data: data.replace(b'"qc_hashcache": 2', b'"qc_hashcache": 99'),
    "a flipped digit": lambda data: re.sub(rb"blake3:.", b"blake3:0", data),
}


@pytest.fixture(scope="module")
def stale(qc: Tool, signed: Path, tmp_path_factory: pytest.TempPathFactory) -> Damaged:
    """A folder for each kind of damaged cache; in each, some media has to be read again."""
    root = tmp_path_factory.mktemp("caches")
    for kind in CACHES:
        shutil.copytree(signed, root / kind)
    qc.run(root)
    originals = {}
    for kind, damage in CACHES.items():
        harm(root / kind / ".qc.hashcache.json", damage)
        rewrite(root / kind / "cut.mov")
        (root / kind / "plate.1003.exr").touch()
        originals.update({path: stock(path) for path in (root / kind).glob("[cmp]*")})
    return Damaged(root, originals, qc.run(root))


@pytest.mark.parametrize("kind", CACHES)
def test_a_damaged_cache_is_ignored_with_one_warning_and_built_again(
    stale: Damaged, kind: str
) -> None:
    folder = stale.root / kind
    cache = str(folder / ".qc.hashcache.json")
    assert len([line for line in stale.run.err.splitlines() if cache in line]) == 1
    after = sidecars(folder)
    assert after["cut.mov"]["content_hash"] == content_hash((folder / "cut.mov").read_bytes())
    plate = after["plate.%04d.exr"]
    assert plate["content_hash"] == manifest_hash(sorted(folder.glob("plate.*.exr")))
    assert plate["qc_result"] == "pass"
    assert all(said(sidecar) == [("pass", "anna")] for sidecar in after.values())
    assert all(stock(path) == stale.originals[path] for path in folder.glob("[cmp]*"))


def test_a_cache_built_again_is_trusted_again(qc: Tool, folder: Path) -> None:
    (folder / ".qc.hashcache.json").write_bytes(b"{")
    rewrite(folder / "cut.mov")
    qc.run(folder)
    rewrite(folder / "mix.wav")
    assert qc.run(folder).err == ""


def test_a_byte_order_mark_before_a_cache_does_no_harm(qc: Tool, folder: Path) -> None:
    cache = folder / ".qc.hashcache.json"
    cache.write_bytes(b"\xef\xbb\xbf" + cache.read_bytes())
    (folder / "plate.1003.exr").touch()
    qc.run(folder)
    assert all(sidecar["qc_result"] == "pass" for sidecar in sidecars(folder).values())


# -- leftovers ----------------------------------------------------------------------------------

DEAD_PID = 2**22 - 7
HERE = re.sub(r"[^A-Za-z0-9.-]", "_", socket.gethostname())[:64]


@pytest.mark.parametrize("where", ["", ".qc"])
@pytest.mark.parametrize(
    ("host", "age", "kept"),
    [(HERE, 0, False), ("elsewhere", 0, True), ("elsewhere", 7200, False)],
    ids=["dead here", "fresh elsewhere", "old elsewhere"],
)
def test_a_temp_file_goes_when_its_writer_cannot_come_back(
    qc: Tool, folder: Path, where: str, host: str, age: int, kept: bool
) -> None:
    temp = folder / where / f".qc-{host}-{DEAD_PID}-0123abcd.tmp"
    temp.write_text("half a sid")
    when = time.time() - age
    os.utime(temp, (when, when))
    qc.run(folder)
    assert temp.exists() == kept


def test_a_temp_file_of_a_living_process_stays(qc: Tool, folder: Path) -> None:
    temp = folder / f".qc-{HERE}-{os.getpid()}-0123abcd.tmp"
    temp.write_text("half a sid")
    qc.run(folder)
    assert temp.exists()


@pytest.mark.parametrize(
    ("lock", "age"),
    [({"host": HERE, "pid": DEAD_PID}, 0), ({"host": "elsewhere", "pid": 1}, 60), ("", 60)],
    ids=["dead here", "old elsewhere", "empty and old"],
)
def test_a_stale_lock_is_taken_over(qc: Tool, folder: Path, lock: object, age: int) -> None:
    path = folder / ".qc.lock"
    path.write_text(json.dumps(lock) if lock else "")
    when = time.time() - age
    os.utime(path, (when, when))
    qc.run("--result", "fail", "--operator", "ben", "--yes", folder)
    assert said(sidecars(folder)["cut.mov"]) == [("pass", "anna"), ("fail", "ben")]
    assert not path.exists()


def test_a_nightly_run_gives_way_to_a_living_lock_and_says_so(qc: Tool, folder: Path) -> None:
    (folder / ".qc.lock").write_text(json.dumps({"host": HERE, "pid": os.getpid()}))
    rewrite(folder / "cut.mov")
    before = sidecars(folder)
    done = qc.run(folder)
    assert "busy" in done.err
    assert "cut.mov" in done.err
    assert sidecars(folder) == before


def test_a_lock_bothers_nobody_who_has_nothing_to_write(qc: Tool, folder: Path) -> None:
    qc.run(folder)
    (folder / ".qc.lock").write_text(json.dumps({"host": HERE, "pid": os.getpid()}))
    done = qc.run(folder)
    assert done.err == ""
