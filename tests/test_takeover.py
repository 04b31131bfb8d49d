"""Somebody else writes while sidecars are moved or set aside: what they said stays."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from qc_asset_crawler import Settings, crawl
from qc_asset_crawler.errors import LockLostError, RecordError, never
from qc_asset_crawler.files.atomic import temp_owner
from qc_asset_crawler.files.folder import Folder
from qc_asset_crawler.files.lock import LOCK_NAME, HeldLock, Patience, locked
from qc_asset_crawler.listing import Rules
from qc_asset_crawler.model import TrackerStatus, unite
from qc_asset_crawler.sequences.walk import list_folder
from qc_asset_crawler.settings import Naming, QCResult, SidecarMode, Signing
from qc_asset_crawler.sidecar import store
from qc_asset_crawler.sidecar.codec import encode
from qc_asset_crawler.sidecar.recorded import Place
from qc_asset_crawler.sidecar.records import digest_of, read_records
from samples import HASH_B, SINGLE, VERDICT
from support import Tool, finish, load, make_file, only_sidecar, said, until

NAME = "cut.mov.qc.json"
RULES = Rules.of(Settings())
PLACE = Place(SidecarMode.INLINE, NAME)
READ = encode(SINGLE._replace(asset_path="/jobs/cut.mov"))
RENAMED = encode(SINGLE._replace(asset_path="/jobs/called-otherwise-then.mov"))
SECOND = encode(SINGLE._replace(asset_path="/jobs/cut.mov", notes="of the second"))
THIRD = encode(SINGLE._replace(asset_path="/jobs/cut.mov", notes="of the third"))
SIGN = ("--operator", "anna", "--result", "pass", "--yes")
Act = Callable[[], object]


@pytest.fixture
def lock(tmp_path: Path) -> Iterator[HeldLock]:
    """The lock of a folder that is ours, to begin with."""
    with Folder(os.open(tmp_path, os.O_RDONLY), str(tmp_path)) as folder:
        with locked(folder.fd, Patience(0.0, never)) as held:
            yield held
        (tmp_path / LOCK_NAME).unlink(missing_ok=True)


def take_over(folder: Path) -> None:
    """Put another crawler's lock in the place of ours."""
    theirs = folder / "theirs"
    theirs.write_text('{"host": "elsewhere", "pid": 1}')
    theirs.replace(folder / LOCK_NAME)


def left_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != LOCK_NAME}


# -- a holder who hangs -------------------------------------------------------------------------


def started_to_hang(qc: Tool, root: Path, *options: str, call: int = 1) -> subprocess.Popen[bytes]:
    """Start a run that hangs for some seconds in renaming a sidecar, and make its lock look old."""
    delay = f"delay_enter=4000000:when={call}"
    strace = (shutil.which("strace") or "strace", "-f", "-qq", "-o", os.devnull)
    inject = (
        "-e",
        "trace=rename,renameat,renameat2",
        "-e",
        f"inject=rename,renameat,renameat2:{delay}",
    )
    run = qc.start("--workers", "1", *options, root, prefix=(*strace, *inject))
    lock = root / LOCK_NAME
    until(lambda: lock.exists() and any(root.glob(".qc/.qc-*.tmp")))
    os.utime(lock, (lock.stat().st_mtime - 60,) * 2)
    return run


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("recorded", [False, True], ids=["nothing recorded yet", "recorded"])
@pytest.mark.parametrize("options", [(), SIGN], ids=["a nightly run", "an operator"])
def test_what_was_said_while_the_holder_of_the_lock_hung_stays(
    qc: Tool, tmp_path: Path, options: tuple[str, ...], recorded: bool
) -> None:
    media = make_file(tmp_path / "cut.mov")
    if recorded:
        qc.run(tmp_path)
        make_file(media, "anew")
    hanging = started_to_hang(qc, tmp_path, *options, call=2)
    qc.run("--operator", "ben", "--result", "fail", "--yes", tmp_path)
    finish(hanging, 0)
    verdicts = said(only_sidecar(tmp_path))
    assert ("fail", "ben") in verdicts
    assert len(verdicts) == (2 if options else 1)


# -- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize("remade", [False, True], ids=["gone", "another"])
def test_what_was_written_into_a_store_that_was_taken_away_is_not_acknowledged(
    tmp_path: Path, lock: HeldLock, remade: bool
) -> None:
    writer = store.Writer(Folder(lock.folder_fd, str(tmp_path)))
    place = Place(SidecarMode.SUBDIR, NAME)
    writer.write(place, READ, lock, durable=True)
    writer.sync()
    (tmp_path / ".qc").rename(tmp_path / "elsewhere")
    if remade:
        (tmp_path / ".qc").mkdir()
    writer.write(place, SECOND, lock, durable=True)
    with pytest.raises(RecordError, match="taken away"):
        writer.sync()
    writer.close()
    writer.write(place, THIRD, lock, durable=True)
    writer.sync()
    writer.close()
    assert (tmp_path / ".qc" / NAME).read_bytes() == THIRD


@pytest.mark.parametrize("mode", SidecarMode)
def test_no_descriptor_is_left_open_by_a_crawl(tmp_path: Path, mode: SidecarMode) -> None:
    for number in range(5):
        (tmp_path / f"{number}").mkdir()
        make_file(tmp_path / f"{number}" / "cut.mov")
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("no /proc here to count descriptors with")
    open_before = os.listdir("/proc/self/fd")
    for wanted in (None, mode):
        crawl(tmp_path, Settings(sidecar_mode=wanted, signing=Signing(QCResult.PASS)))
        assert os.listdir("/proc/self/fd") == open_before


# -- moving -------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [READ, RENAMED], ids=["as named", "renamed with its media"])
def test_a_sidecar_that_stands_elsewhere_now_is_removed(
    tmp_path: Path, lock: HeldLock, read: bytes
) -> None:
    (tmp_path / NAME).write_bytes(read)
    store.remove_sidecar(lock.folder_fd, PLACE, digest_of(read), lock, Naming())
    assert left_in(tmp_path) == {}


@pytest.mark.parametrize("theirs", [b"written since", b"", SECOND, READ + b" "])
def test_a_sidecar_written_since_it_was_read_keeps_its_name(
    tmp_path: Path, lock: HeldLock, theirs: bytes
) -> None:
    (tmp_path / NAME).write_bytes(theirs)
    with pytest.raises(LockLostError):
        store.remove_sidecar(lock.folder_fd, PLACE, digest_of(READ), lock, Naming())
    assert left_in(tmp_path) == {NAME: theirs}


def test_nothing_is_removed_once_the_lock_was_taken_over(tmp_path: Path, lock: HeldLock) -> None:
    (tmp_path / NAME).write_bytes(READ)
    inode = (tmp_path / NAME).stat().st_ino
    take_over(tmp_path)
    with pytest.raises(LockLostError):
        store.remove_sidecar(lock.folder_fd, PLACE, digest_of(READ), lock, Naming())
    assert left_in(tmp_path) == {NAME: READ}
    assert (tmp_path / NAME).stat().st_ino == inode


def test_a_sidecar_that_somebody_removed_is_decided_again(lock: HeldLock) -> None:
    with pytest.raises(LockLostError):
        store.remove_sidecar(lock.folder_fd, PLACE, digest_of(READ), lock, Naming())


def test_a_sidecar_whose_name_is_taken_again_is_not_left_where_crawls_clean_up(
    tmp_path: Path, lock: HeldLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second crawler wrote after we looked, and a third one before we put that back."""
    (tmp_path / NAME).write_bytes(READ)
    rename, digest_at = os.rename, store.digest_at

    def overtaken(name: str, to: str, **how: int) -> None:
        if name == NAME:
            (tmp_path / NAME).write_bytes(SECOND)
        rename(name, to, **how)

    def look(store_fd: int, name: str) -> bytes | None:
        if name != NAME:
            (tmp_path / NAME).write_bytes(THIRD)
        return digest_at(store_fd, name)

    monkeypatch.setattr(os, "rename", overtaken)
    monkeypatch.setattr(store, "digest_at", look)
    with pytest.raises((LockLostError, OSError)):
        store.remove_sidecar(lock.folder_fd, PLACE, digest_of(READ), lock, Naming())
    left = left_in(tmp_path)
    assert left[NAME] == THIRD
    (kept,) = (name for name, data in left.items() if data == SECOND)
    assert temp_owner(kept) is None, "the next crawl takes it for a temp file and removes it"
    assert RULES.is_sidecar(kept), "nobody would find it again"


def test_what_cannot_be_given_back_overwrites_nothing_that_was_set_aside(
    tmp_path: Path, lock: HeldLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its content names other media, so that no other sidecar's name would do."""
    (tmp_path / NAME).write_bytes(READ)
    now = time.time()
    stamps = [time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now + at)) for at in range(20)]
    for stamp in stamps:
        (tmp_path / f"{NAME}.unreadable-{stamp}").write_bytes(b"of somebody")
    rename, digest_at = os.rename, store.digest_at

    def overtaken(name: str, to: str, **how: int) -> None:
        if name == NAME:
            (tmp_path / NAME).write_bytes(RENAMED)
        rename(name, to, **how)

    def look(store_fd: int, name: str) -> bytes | None:
        if name != NAME:
            (tmp_path / NAME).write_bytes(THIRD)
        return digest_at(store_fd, name)

    monkeypatch.setattr(os, "rename", overtaken)
    monkeypatch.setattr(store, "digest_at", look)
    with pytest.raises(LockLostError):
        store.remove_sidecar(lock.folder_fd, PLACE, digest_of(READ), lock, Naming())
    left = left_in(tmp_path)
    assert left.pop(NAME) == THIRD
    assert sorted(left.values()) == sorted([RENAMED, *[b"of somebody"] * len(stamps)])


def test_a_verdict_said_between_renaming_and_removing_is_kept(
    tmp_path: Path, lock: HeldLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever removes stalls until somebody takes the lock over, finds no sidecar, and signs."""
    make_file(tmp_path / "cut.mov")
    (tmp_path / NAME).write_bytes(READ)
    unlink, stalled = os.unlink, []

    def stall(name: str, **how: int) -> None:
        if not stalled:
            stalled.append(name)
            (tmp_path / LOCK_NAME).unlink()
            crawl(tmp_path, Settings(operator="anna", signing=Signing(QCResult.PASS)))
        unlink(name, **how)

    monkeypatch.setattr(os, "unlink", stall)
    store.remove_sidecar(lock.folder_fd, PLACE, digest_of(READ), lock, Naming())
    assert stalled
    assert said(only_sidecar(tmp_path)) == [("pass", "anna")]


# -- setting aside ------------------------------------------------------------------------------

NEWER = json.dumps({**json.loads(encode(SINGLE)), "schema_version": "2.0.0"}).encode()


def test_a_damaged_sidecar_is_set_aside(tmp_path: Path, lock: HeldLock) -> None:
    (tmp_path / NAME).write_bytes(b"{")
    store.set_aside(lock.folder_fd, PLACE, lock, Naming())
    ((name, data),) = left_in(tmp_path).items()
    assert (name.startswith(f"{NAME}.unreadable-"), data) == (True, b"{")


@pytest.mark.parametrize("whole", [encode(SINGLE), NEWER], ids=["whole", "newer"])
def test_a_sidecar_that_turns_out_whole_is_put_back(
    tmp_path: Path, lock: HeldLock, whole: bytes
) -> None:
    (tmp_path / NAME).write_bytes(whole)
    with pytest.raises(LockLostError):
        store.set_aside(lock.folder_fd, PLACE, lock, Naming())
    assert left_in(tmp_path) == {NAME: whole}


def test_nothing_is_set_aside_once_the_lock_was_taken_over(tmp_path: Path, lock: HeldLock) -> None:
    (tmp_path / NAME).write_bytes(b"{")
    take_over(tmp_path)
    with pytest.raises(LockLostError):
        store.set_aside(lock.folder_fd, PLACE, lock, Naming())
    assert left_in(tmp_path) == {NAME: b"{"}


# -- a whole crawl ------------------------------------------------------------------------------


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Act], list[str]]:
    """Have something done, once, just before a file is renamed or removed."""

    def arrange(watched: str, act: Act) -> list[str]:
        done: list[str] = []

        def before(real: Callable[..., object]) -> Callable[..., object]:
            def wrapped(name: object, *args: object, **how: object) -> object:
                if name == watched and not done:
                    done.append(watched)
                    act()
                return real(name, *args, **how)

            return wrapped

        for call in ("rename", "unlink", "remove"):
            monkeypatch.setattr(os, call, before(getattr(os, call)))
        return done

    return arrange


@pytest.fixture
def signed(shot: Path) -> Path:
    """The stored sidecar of a movie that anna passed."""
    make_file(shot / "cut.mov")
    crawl(shot, Settings(operator="anna", signing=Signing(QCResult.PASS)))
    return shot / ".qc" / NAME


def sign_as_ben(sidecar: Path) -> None:
    """Append a verdict as another crawler that holds the lock now would."""
    content = load(sidecar)
    verdict = {**content["verdicts"][-1], "operator": "ben", "qc_result": "fail"}
    verdict["qc_id"] = "ffffffff-0000-7000-8000-000000000001"
    verdict["qc_time"] = content["qc_time"] = "2099-01-01T00:00:00.000000+00:00"
    content["qc_result"] = "fail"
    content["verdicts"].append(verdict)
    sidecar.write_text(json.dumps(content))


@pytest.mark.parametrize("mode", [SidecarMode.INLINE, SidecarMode.DOT])
def test_a_verdict_written_while_its_sidecar_is_moved_is_kept(
    shot: Path, signed: Path, meanwhile: Callable[[str, Act], list[str]], mode: SidecarMode
) -> None:
    def somebody_signs() -> None:
        (shot / LOCK_NAME).unlink()
        sign_as_ben(signed)

    done = meanwhile(NAME, somebody_signs)
    report = crawl(shot, Settings(sidecar_mode=mode))
    assert (done, report.problems) == ([NAME], ())
    sidecar = only_sidecar(shot)
    assert said(sidecar) == [("pass", "anna"), ("fail", "ben")]
    assert sidecar["qc_result"] == "fail"
    assert not signed.exists()


def test_a_verdict_is_said_once_though_the_lock_was_lost_after_writing_it(
    shot: Path, signed: Path, meanwhile: Callable[[str, Act], list[str]]
) -> None:
    def somebody_signs() -> None:
        (shot / LOCK_NAME).unlink()
        sign_as_ben(signed)

    meanwhile(NAME, somebody_signs)
    cleo = Settings(
        sidecar_mode=SidecarMode.INLINE, operator="cleo", signing=Signing(QCResult.FAIL)
    )
    report = crawl(shot, cleo)
    assert (report.problems, report.assets) == ((), 1)
    assert sorted(said(only_sidecar(shot))) == [("fail", "ben"), ("fail", "cleo"), ("pass", "anna")]


def test_a_sidecar_written_while_it_is_set_aside_is_kept(
    shot: Path, signed: Path, meanwhile: Callable[[str, Act], list[str]]
) -> None:
    whole = signed.read_bytes()
    signed.write_bytes(b"{")
    done = meanwhile(NAME, lambda: signed.write_bytes(whole))
    crawl(shot)
    assert done == [NAME]
    assert said(only_sidecar(shot)) == [("pass", "anna")]
    assert sorted(path.name for path in signed.parent.iterdir()) == [NAME]


# -- `.qc` goes while it is read ----------------------------------------------------------------


@pytest.mark.parametrize("when", ["before its names are read", "after its names were read"])
def test_a_store_that_another_run_moved_away_is_no_trouble(
    shot: Path, signed: Path, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules = Rules.of(Settings())
    names = os.listdir

    def last_look(path: int) -> list[str]:
        found = names(path)
        shutil.rmtree(signed.parent)
        return found

    with Folder(os.open(shot, os.O_RDONLY), str(shot)) as folder:
        stale = list_folder(folder, rules)
        assert stale.has_store
        if when.startswith("before"):
            shutil.rmtree(signed.parent)
        else:
            monkeypatch.setattr(os, "listdir", last_look)
        records = read_records(folder, stale, rules)
    assert (records.trouble, records.bad, records.files) == (None, (), {})


# -- two copies ---------------------------------------------------------------------------------

OTHERS = {
    "another result": {"qc_result": "fail"},
    "another operator": {"operator": "ben"},
    "another note": {"notes": "not the grain"},
    "another time": {"qc_time": "2025-11-14T17:27:20.142585+00:00"},
    "other bytes": {"content_hash": HASH_B},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=list(OTHERS))
def test_verdicts_that_share_an_id_but_not_what_they_say_are_both_kept(
    other: dict[str, str],
) -> None:
    verdict = VERDICT._replace(**other)
    older, newer = (SINGLE._replace(verdicts=(one,)) for one in (VERDICT, verdict))
    assert unite(newer, older).verdicts == (VERDICT, verdict)


def test_one_verdict_told_to_the_tracker_meanwhile_is_still_one() -> None:
    told = VERDICT._replace(tracker_status=TrackerStatus("ok", 200))
    older, newer = (SINGLE._replace(verdicts=(one,)) for one in (VERDICT, told))
    assert unite(newer, older).verdicts == (told,)
