"""What lies beside the media under the tool's names, and what was found out about it."""

from enum import StrEnum
from typing import NamedTuple

from ..model import SequenceKey, Sidecar
from ..sidecar.recorded import Place


class Kind(StrEnum):
    """What a name stands for; `STORE` is the folder `.qc`, `OTHER` something else inside it."""

    SIDECAR = "sidecar"
    CACHE = "cache"
    TEMP = "temp"
    LOCK = "lock"
    STORE = "store"
    OTHER = "other"


class Standing(StrEnum):
    """Whose an artifact is, and what would be lost with it."""

    OURS = "ours"
    SAID = "verdict"
    UNSENT = "unsent"
    IN_USE = "in-use"
    EXCLUDED = "excluded"
    SET_ASIDE = "set-aside"
    FOREIGN = "not-ours"
    UNKNOWN = "cannot-tell"


class FlawKind(StrEnum):
    """Why a file's content does not say what it is."""

    NO_FILE = "no-file"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    DAMAGED = "damaged"
    NEWER = "newer"
    NO_SIDECAR = "no-sidecar"


class Flaw(NamedTuple):
    """Why a file's content does not say what it is, in words; `key`: of which sequence it is."""

    kind: FlawKind
    detail: str
    key: SequenceKey | None = None


class Content(NamedTuple):
    """The content of a file that is named like a sidecar; `size` in bytes."""

    sidecar: Sidecar | Flaw
    size: int = 0
    digest: bytes = b""


class Mark(NamedTuple):
    """A lock or temp file: whether its crawler has ended, and when it was written, in ns ago.

    With a `flaw` it is not of the form of ours, or nobody can tell.
    """

    owner_is_dead: bool = False
    age_ns: int = 0
    flaw: Flaw | None = None


class Ruling(NamedTuple):
    """What was decided about an artifact, and why."""

    standing: Standing
    detail: str = ""


class Artifact(NamedTuple):
    """One name beside the media that is the tool's, or looks like it.

    `name` is its path below the media's folder; `digest` tells the content of a sidecar from any
    other, and is empty for the rest; `place` is set for sidecars.
    """

    kind: Kind
    name: str
    ruling: Ruling
    size: int = 0
    digest: bytes = b""
    place: Place | None = None

    @property
    def standing(self) -> Standing:
        """What was decided about it."""
        return self.ruling.standing
