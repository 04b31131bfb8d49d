"""A planted `.env`, which would redirect Trak and collect the key."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from .checks import misbehaved, sidecar_paths, torn
from .commands import crawl, signed
from .rows import Attempt, Row
from .stock import altered, listing
from .trees import make_tree

_POLICY = "planted-policy"
_CACHE = "planted.json"
_KEY = "the-key-of-the-facility"


class Scene(NamedTuple):
    """A tree deep in a show, links to it, and a folder where somebody works."""

    above: Path
    root: Path
    elsewhere: Path
    work: Path

    @property
    def link(self) -> Path:
        """A link to the root, in a folder of its own."""
        return self.elsewhere / "link"


_PLACES: dict[str, Callable[[Scene], Path]] = {
    "the working directory": lambda scene: scene.work,
    "above the working directory": lambda scene: scene.work.parent,
    "ROOT": lambda scene: scene.root,
    "the parent of ROOT": lambda scene: scene.root.parent,
    "far above ROOT": lambda scene: scene.above,
    "below ROOT": lambda scene: scene.root / "shot00",
    "beside a link to ROOT": lambda scene: scene.elsewhere,
    "a folder of settings below the working directory": lambda scene: (
        scene.work / "qc-asset-crawler"
    ),
}
# Nobody could expect these to count.
_SILENT = {"below ROOT", "a folder of settings below the working directory"}


def _plant(made: Attempt) -> None:
    at = made.where
    scene = Scene(at / "jobs", at / "jobs/show/root", at / "links", at / "home/work")
    for folder in scene:
        folder.mkdir(parents=True, exist_ok=True)
    make_tree(scene.root, folders=1)
    scene.link.symlink_to(scene.root)
    while not made.done:
        for name, place in _PLACES.items():
            for kind in ("settings", "garbage", "a pipe", "a link"):
                _plant_one(made, scene, (name, place(scene)), kind)
        _name_one_that_others_can_write(made, scene)


def _plant_one(made: Attempt, scene: Scene, place: tuple[str, Path], kind: str) -> None:
    name, folder = place
    folder.mkdir(exist_ok=True)
    planted = folder / ".env"
    with _listening() as (port, called):
        _make(planted, kind, port)
        before = {p: e for p, e in listing(made.where).items() if p.endswith(".env")}
        options = signed("anna", "note") if made.random.random() < 0.5 else ()
        root = scene.link if made.random.random() < 0.5 or "link" in name else scene.root
        env = {"TRAK_ASSET_TRACKER_API_KEY": _KEY, "XDG_CONFIG_HOME": "."}
        done = crawl(*options, root, cwd=scene.work, env=env)
        made.tries += 1
        made.count(kind)
        situation = f"{kind} in {name}, ROOT is {root}"
        made.blame(situation, misbehaved(done, frozenset({0})))
        made.blame(situation, ["Trak was asked"] if called() else [])
        after = {p: e for p, e in listing(made.where).items() if p.endswith(".env")}
        made.blame(situation, altered(before, after))
    made.blame(situation, torn(scene.root))
    made.blame(situation, _heeded(scene.root))
    said = str(planted) in done.err
    if said != (kind in {"settings", "a link"} and name not in _SILENT):
        made.blame(situation, [f"{'said' if said else 'not said'}: {done.err}"])
    planted.unlink()


def _name_one_that_others_can_write(made: Attempt, scene: Scene) -> None:
    """Name a file that somebody else could have written: it is refused, and nothing is done."""
    named = scene.elsewhere / "named.env"
    _make(named, "settings", 9)
    for how in ("everybody can write it", "it is somebody else's"):
        if how.startswith("everybody"):
            named.chmod(0o666)
        elif os.geteuid() == 0:
            named.chmod(0o600)
            os.chown(named, 12345, -1)
        made.tries += 1
        made.count("refused")
        before = listing(scene.root)
        done = crawl("--env-file", named, scene.root)
        made.blame(how, misbehaved(done, frozenset({2})))
        made.blame(how, [] if str(named) in done.err else [f"not named: {done.err}"])
        made.blame(how, altered(before, listing(scene.root)))
    named.unlink()


def _make(planted: Path, kind: str, port: int) -> None:
    text = (
        f"TRAK_BASE_URL=http://127.0.0.1:{port}/\nTRAK_ASSET_TRACKER_API_KEY=mine\n"
        f"QC_POLICY_VERSION={_POLICY}\nQC_HASHCACHE_NAME={_CACHE}\nLOG_LEVEL=ERROR\n"
    )
    if kind == "settings":
        planted.write_text(text)
    elif kind == "garbage":
        planted.write_bytes(b"\xff\x00=" * 5000)
    elif kind == "a pipe":
        os.mkfifo(planted)
    else:
        elsewhere = planted.with_name("settings.txt")
        elsewhere.write_text(text)
        planted.symlink_to(elsewhere)


def _heeded(root: Path) -> Iterator[str]:
    """Say where what was planted was heeded."""
    yield from (f"{p} is of it" for p in sidecar_paths(root) if _POLICY in p.read_text())
    yield from (f"{path} was written" for path in root.rglob(f"*{_CACHE}"))


@contextmanager
def _listening() -> Iterator[tuple[int, Callable[[], bool]]]:
    """Listen for whoever calls: its port, and what tells whether somebody has."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def called() -> bool:
            try:
                server.accept()[0].close()
            except BlockingIOError:
                return False
            return True

        yield server.getsockname()[1], called


ROWS = (Row("a planted .env", (3, 4), _plant, short=len(_PLACES) * 4, long=len(_PLACES) * 20),)
