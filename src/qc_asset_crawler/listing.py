"""One directory as listed: what it holds, by name and type. Values; nothing is read here."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from enum import StrEnum
from fnmatch import translate
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple, Never

from .files.folder import Folder
from .settings import Naming, Settings

STORAGE_FOLDERS = frozenset(
    {"~snapshot", "@eaDir", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"}
)
_SET_ASIDE = re.compile(r".+\.unreadable-[0-9]{8}T[0-9]{6}Z(?:-[0-9]+)?", re.DOTALL)
_NOTHING: Mapping[str, Never] = MappingProxyType({})


class Passed(StrEnum):
    """Why a name was passed over."""

    HIDDEN = "hidden"
    LINK = "link"
    SPECIAL = "special"
    EXCLUDED = "excluded"
    OTHER = "other"


class Rules(NamedTuple):
    """What to look at, resolved for speed: asked once for every name of the tree."""

    naming: Naming
    media: frozenset[str]
    excluded: Callable[[str, str], bool] | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Rules":
        """Take the rules from the settings."""
        return cls(settings.naming, settings.media.all(), excluder(settings.exclude))

    def is_media(self, name: str) -> bool:
        """Tell by the extension, in any case, whether a name is media."""
        _, dot, ext = name.rpartition(".")
        return bool(dot) and ext.lower() in self.media

    def enters(self, name: str, below_root: str) -> bool:
        """Tell whether a walk goes into a directory of this name, at this path below ROOT."""
        return not (
            name.startswith(".")
            or name in STORAGE_FOLDERS
            or (self.excluded is not None and self.excluded(name, below_root))
        )

    def is_sidecar(self, name: str) -> bool:
        """Tell whether a name has the form of a sidecar, inline or in `.qc`."""
        naming = self.naming
        return name.endswith((naming.file_suffix, "." + naming.sequence)) or name == naming.sequence


def is_set_aside(name: str) -> bool:
    """Tell whether a name is that of a sidecar which could not be read and was set aside."""
    return _SET_ASIDE.fullmatch(name) is not None


def excluder(globs: tuple[str, ...]) -> Callable[[str, str], bool] | None:
    """Compile ``--exclude`` globs into a test of (name, path below ROOT); None without globs.

    A glob without ``/`` is matched against names at any depth, one with ``/`` against the path
    below ROOT. Case counts.
    """
    if not globs:
        return None
    names = [re.compile(translate(glob)) for glob in globs if "/" not in glob]
    paths = [re.compile(translate(glob.strip("/"))) for glob in globs if "/" in glob]

    def excluded(name: str, below_root: str) -> bool:
        return any(p.match(name) for p in names) or any(p.match(below_root) for p in paths)

    return excluded


class Listing(NamedTuple):
    """One directory as listed. Nothing was opened; `media` is that by name and type.

    `media` comes by extension as spelt, the names of each sorted. `sidecars` are names in the
    folder that have the form of a sidecar (inline and dot mode), `leftovers` temp and lock files of
    the tool, `set_aside` sidecars that could not be read. With `error` the listing is incomplete.
    """

    folder: Folder
    media: Mapping[str, tuple[str, ...]] = _NOTHING
    passed_over: Mapping[str, Passed] = _NOTHING
    hidden: int = 0
    sidecars: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    subfolders: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    has_store: bool = False
    has_cache: bool = False
    error: str | None = None

    @property
    def below_root(self) -> str:
        """Where the folder is below ROOT: empty, or with a slash at its end."""
        return self.folder.below_root

    @property
    def files(self) -> tuple[str, ...]:
        """The names of all media."""
        return tuple(chain.from_iterable(self.media.values()))

    def media_there(self, rules: Rules) -> int:
        """Count the media that shows that a folder is there, excluded on request or not."""
        return sum(map(len, self.media.values())) + sum(
            why is Passed.EXCLUDED and rules.is_media(name)
            for name, why in self.passed_over.items()
        )

    def skipped_extensions(self) -> Counter[str]:
        """Count the files that were not looked at because of their extension."""
        return Counter(
            extension_of(name) for name, why in self.passed_over.items() if why is Passed.OTHER
        )

    def skipped_reasons(self) -> Counter[str]:
        """Count what was passed over for other reasons."""
        counts = Counter(why.value for why in self.passed_over.values() if why is not Passed.OTHER)
        if self.hidden:
            counts[Passed.HIDDEN.value] += self.hidden
        return counts


def extension_of(name: str) -> str:
    """Return ``.ext`` in lower case, or "" where a name has none."""
    stem, dot, ext = name.rpartition(".")
    return f".{ext.lower()}" if dot and stem else ""
