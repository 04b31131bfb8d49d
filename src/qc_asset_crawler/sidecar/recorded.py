"""What is recorded in a directory, as values. Pure; `records` reads them."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from ..files.folder import STORE_NAME
from ..model import Owner, SequenceKey, Sidecar
from ..settings import SidecarMode


class Place(NamedTuple):
    """Where a sidecar stands; `name` is its file name there."""

    mode: SidecarMode
    name: str

    @property
    def plain(self) -> str:
        """The name without the dot of dot mode."""
        return self.name[1:] if self.mode is SidecarMode.DOT else self.name

    @property
    def below_folder(self) -> str:
        """The path below the media's folder."""
        return f"{STORE_NAME}/{self.name}" if self.mode is SidecarMode.SUBDIR else self.name


class BadKind(StrEnum):
    """Why a sidecar cannot be used."""

    DAMAGED = "damaged"
    NEWER = "newer"
    UNREADABLE = "unreadable"
    REFUSED = "refused"


class BadSidecar(NamedTuple):
    """A sidecar that is there and cannot be used: unknown, not absent.

    `owner` is the asset it is of, as far as its name or content tells; None: it may be of any
    sequence of the folder.
    """

    place: Place
    kind: BadKind
    detail: str
    owner: Owner | None


class Record(NamedTuple):
    """One asset's recorded state. More than one place: a crash left two, united here."""

    sidecar: Sidecar
    places: tuple[Place, ...]
    digests: tuple[bytes, ...]

    @property
    def place(self) -> Place:
        """Where the newest of them stands."""
        return self.places[0]


class Records(NamedTuple):
    """What is recorded in a directory.

    `leftovers` are temp files in `.qc`, `set_aside` sidecars that could not be read, as they stand
    below the directory. With `trouble`, `.qc` cannot be used, so nothing is known.
    """

    files: Mapping[str, Record] = MappingProxyType({})
    sequences: Mapping[SequenceKey, Record] = MappingProxyType({})
    bad: tuple[BadSidecar, ...] = ()
    places: frozenset[Place] = frozenset()
    leftovers: tuple[str, ...] = ()
    set_aside: tuple[str, ...] = ()
    trouble: str | None = None

    def of(self, owner: Owner) -> Record | None:
        """Return the record of a file name or sequence."""
        if isinstance(owner, SequenceKey):
            return self.sequences.get(owner)
        return self.files.get(owner)

    def usual_mode(self) -> SidecarMode:
        """Return the mode the folder uses: that of most of its sidecars, else `subdir`."""
        counts = dict.fromkeys(reversed(SidecarMode), 0)
        for record in (*self.files.values(), *self.sequences.values()):
            counts[record.place.mode] += 1
        return max(counts, key=lambda mode: counts[mode])
