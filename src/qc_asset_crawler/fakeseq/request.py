"""What is asked of `make-fake-seq`, as plain values; nothing of it is checked yet."""

from enum import StrEnum
from typing import NamedTuple


class Damage(StrEnum):
    """What can be wrong with a frame."""

    ZERO = "zero"
    TRUNCATED = "truncated"
    HEADER = "header"
    FROZEN = "frozen"
    RESOLUTION = "resolution"


class Depth(StrEnum):
    """What a channel is stored as: an unsigned integer of so many bits, or a float."""

    EIGHT = "8"
    TEN = "10"
    SIXTEEN = "16"
    HALF = "half"
    FLOAT = "float"


class Compression(StrEnum):
    """How pixels are packed."""

    NONE = "none"
    ZIP = "zip"


class Endian(StrEnum):
    """Which byte of a number stands first."""

    BIG = "big"
    LITTLE = "little"


class Naming(NamedTuple):
    """What the frames are to be called; `base` and `like` exclude each other."""

    base: str | None = None
    like: str | None = None
    ext: str | None = None
    pad: int | None = None


class Numbering(NamedTuple):
    """Which frames there are to be; None: not asked."""

    start: int = 1001
    end: int | None = None
    frames: int | None = None
    step: int = 1
    holes: int | None = None
    ranges: int | None = None


class Look(NamedTuple):
    """What a frame is to be like; None: as the format has it. `bytes` is the size of a file."""

    width: int = 64
    height: int = 36
    depth: Depth | None = None
    compression: Compression | None = None
    endian: Endian | None = None
    bytes: int | None = None


class FakeRequest(NamedTuple):
    """All that is asked. `seed` decides everything that is left to chance."""

    naming: Naming
    numbering: Numbering = Numbering()
    look: Look = Look()
    damage: tuple[tuple[Damage, int], ...] = ()
    seed: int = 0
