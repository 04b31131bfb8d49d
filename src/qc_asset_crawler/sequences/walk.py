"""Find media: open and list single directories. Reads directories, opens no file."""

import errno
import os
from collections.abc import Callable
from contextlib import ExitStack
from itertools import islice
from typing import NamedTuple

from ..errors import StopRequestedError, never
from ..files.atomic import temp_owner
from ..files.folder import STORE_NAME, Descent, Folder, open_again
from ..files.lock import LOCK_NAME
from ..listing import STORAGE_FOLDERS, Listing, Passed, Rules, is_set_aside

_ASK_EVERY = 1024


class _Sorter:
    """Sorts the entries of one directory into a listing."""

    def __init__(self, rules: Rules, below_root: str) -> None:
        self.rules = rules
        self.below_root = below_root
        self.media: dict[str, list[str]] = {}
        self.passed_over: dict[str, Passed] = {}
        self.hidden = 0
        self.sidecars: list[str] = []
        self.leftovers: list[str] = []
        self.set_aside: list[str] = []
        self.subfolders: list[str] = []
        self.has_store = self.has_cache = False
        self._plain: dict[str, list[str]] = {}

    def take_all(self, entries: list[os.DirEntry[str]]) -> None:
        """Sort entries; most are plain media, which its extension tells at little cost."""
        plain, take = self._plain.get, self._take
        for entry in entries:
            name = entry.name
            names = plain(name[name.rfind(".") :])
            if names is not None and name[0] != "." and entry.is_file(follow_symlinks=False):
                names.append(name)
            else:
                take(entry)

    def _take_media(self, name: str) -> None:
        """File media by its extension; the next one with that extension is taken quickly."""
        ext = name.rpartition(".")[2]
        names = self.media.setdefault(ext, [])
        names.append(name)
        if self._never_ours(ext):
            self._plain[f".{ext}"] = names

    def _never_ours(self, ext: str) -> bool:
        """Tell whether no artifact has this extension, and no name with it may be excluded."""
        return self.rules.excluded is None and ext != "json" and "unreadable-" not in ext

    def _take(self, entry: os.DirEntry[str]) -> None:
        name = entry.name
        if name.startswith("."):
            self.hidden += not self._is_ours(name)
            return
        if self._may_be_ours(name) and not entry.is_dir(follow_symlinks=False):
            if self._is_ours(name):
                return
        elif name in STORAGE_FOLDERS:
            return
        if self.rules.excluded and self.rules.excluded(name, self.below_root + name):
            self.passed_over[name] = Passed.EXCLUDED
        elif entry.is_file(follow_symlinks=False):
            if self.rules.is_media(name):
                self._take_media(name)
            else:
                self.passed_over[name] = Passed.OTHER
        elif entry.is_dir(follow_symlinks=False):
            self.subfolders.append(name)
        elif entry.is_symlink():
            self.passed_over[name] = Passed.LINK
        else:
            self.passed_over[name] = Passed.SPECIAL

    @staticmethod
    def _may_be_ours(name: str) -> bool:
        return name.endswith(".json") or ".unreadable-" in name

    def _is_ours(self, name: str) -> bool:
        """File the tool's own artifacts, known by name; content is looked at by who opens them."""
        if name == STORE_NAME:
            self.has_store = True
        elif name == LOCK_NAME or temp_owner(name):
            self.leftovers.append(name)
        elif self.rules.is_sidecar(name):
            self.sidecars.append(name)
        elif name == self.rules.naming.hashcache:
            self.has_cache = True
        elif is_set_aside(name):
            self.set_aside.append(name)
        else:
            return False
        return True


def list_folder(folder: Folder, rules: Rules, stopped: Callable[[], bool] = never) -> Listing:
    """List one directory. An error on the way is a value: the listing says it is incomplete.

    Raises:
        StopRequestedError: asked to stop.
    """
    sorter = _Sorter(rules, folder.below_root)
    error = None
    try:
        # Opened anew: read once more, one descriptor of sshfs says that the folder is empty.
        with open_again(folder) as again, os.scandir(again.fd) as entries:
            while some := list(islice(entries, _ASK_EVERY)):
                sorter.take_all(some)
                if stopped():
                    raise StopRequestedError
    except OSError as failure:
        error = _why_not_listed(failure)
    return Listing(
        folder=folder,
        media={ext: tuple(sorted(names)) for ext, names in sorted(sorter.media.items())},
        passed_over=sorter.passed_over,
        hidden=sorter.hidden,
        sidecars=tuple(sorted(sorter.sidecars)),
        leftovers=tuple(sorter.leftovers),
        subfolders=tuple(sorted(sorter.subfolders)),
        set_aside=tuple(sorted(sorter.set_aside)),
        has_store=sorter.has_store,
        has_cache=sorter.has_cache,
        error=error,
    )


class Foreign(NamedTuple):
    """A directory that is another run's: looked at for its subdirectories, and no more.

    `present` tells whether media or sidecars are in it, so that an empty ROOT is seen. With `error`
    it is not known whether that is all.
    """

    path: str
    subfolders: tuple[str, ...]
    present: bool
    error: str | None = None


def look_through(folder: Folder, rules: Rules, stopped: Callable[[], bool]) -> Foreign:
    """List the subdirectories of a folder that is another run's, and close it.

    Raises:
        StopRequestedError: asked to stop.
    """
    subfolders: list[str] = []
    present = False
    error = None
    try:
        with folder, os.scandir(folder.fd) as entries:
            while some := list(islice(entries, _ASK_EVERY)):
                for entry in some:
                    name = entry.name
                    if not entry.is_dir(follow_symlinks=False):
                        seen = rules.is_media(name) and not name.startswith(".")
                        present = present or seen or rules.is_sidecar(name)
                    elif rules.enters(name, folder.below_root + name):
                        subfolders.append(name)
                    else:
                        present = present or name == STORE_NAME
                if stopped():
                    raise StopRequestedError
    except OSError as failure:
        error = _why_not_listed(failure)
    return Foreign(folder.path, tuple(sorted(subfolders)), present, error)


def _why_not_listed(failure: OSError) -> str:
    return failure.strerror or "cannot be listed"


class Unopened(NamedTuple):
    """A directory that could not be opened; `vanished`: it went while the tree was walked."""

    path: str
    error: str
    vanished: bool = False


def list_open(folder: Folder, rules: Rules, stopped: Callable[[], bool]) -> Listing:
    """List a folder, which stays open unless the run was asked to stop.

    Raises:
        StopRequestedError: asked to stop.
    """
    with ExitStack() as undo:
        undo.callback(folder.close)
        listing = list_folder(folder, rules, stopped)
        undo.pop_all()
    return listing


def open_listed(descent: Descent, root_path: str, parts: tuple[str, ...]) -> Folder | Unopened:
    """Open a directory below ROOT; whoever receives it closes it."""
    path = "/".join((root_path.rstrip("/"), *parts)) or "/"
    try:
        return Folder(descent.open(parts), path, "".join(f"{part}/" for part in parts))
    except OSError as failure:
        vanished = failure.errno in {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
        return Unopened(path, failure.strerror or "cannot be opened", vanished)
