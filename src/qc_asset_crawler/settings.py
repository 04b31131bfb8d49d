"""What a run is told: plain values, resolved once, passed down, never changed."""

from collections.abc import Mapping
from typing import NamedTuple

from .choices import QCResult, SidecarMode
from .ranges import Runs
from .sharing import WHOLE, Part

__all__ = [
    "DEFAULT_POLICY",
    "DEFAULT_WORKERS",
    "SEQUENCE_EXTS",
    "SINGLE_EXTS",
    "MediaTypes",
    "Naming",
    "Policy",
    "QCResult",
    "Secret",
    "Settings",
    "SidecarMode",
    "Signing",
    "Trak",
]

SEQUENCE_EXTS = frozenset({"exr", "dpx", "jpg", "jpeg", "png", "tif", "tiff"})
SINGLE_EXTS = frozenset({"mxf", "wav", "aif", "aiff", "mov", "mp4"})
DEFAULT_POLICY = "2025.11.0"
DEFAULT_WORKERS = 16


class Naming(NamedTuple):
    """The names of what the tool leaves beside the media."""

    hashcache: str = ".qc.hashcache.json"
    file_suffix: str = ".qc.json"
    sequence: str = "qc.sequence.json"


class MediaTypes(NamedTuple):
    """Which extensions (lower case, no dot) are media, and which of them can form sequences."""

    sequence: frozenset[str] = SEQUENCE_EXTS
    single: frozenset[str] = SINGLE_EXTS

    def all(self) -> frozenset[str]:
        """Return every media extension."""
        return self.sequence | self.single


class Policy(NamedTuple):
    """The QC policy of this run; `configured` is false for the built-in default."""

    version: str = DEFAULT_POLICY
    configured: bool = False


class Signing(NamedTuple):
    """What a person says of every asset under ROOT.

    `agreed` holds, where the person was asked, the fingerprint digest of each asset they were
    shown, by its path; an asset that differs from it is not signed.
    """

    result: QCResult
    note: str = ""
    agreed: Mapping[str, str] | None = None


class Secret:
    """A text that appears in no log, error or `repr`; only `reveal` gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Return the text, for whoever has to send it."""
        return self._text

    def __repr__(self) -> str:
        return "Secret(***)"


class Trak(NamedTuple):
    """How to reach the facility's asset tracker; `base_url` has no slash at its end.

    `connect_seconds` and `read_seconds` limit one wait, `deadline_seconds` a whole call with its
    retries. `ca_bundle` is a file of certificates to trust besides those of the system.
    `retry_rejected`: verdicts that Trak has refused are sent again.
    """

    base_url: str
    key: Secret
    connect_seconds: float = 3.05
    read_seconds: float = 15.0
    deadline_seconds: float = 20.0
    ca_bundle: str | None = None
    retry_rejected: bool = False


class Settings(NamedTuple):
    """Everything a crawl needs to know.

    `workers` is the most threads that work at once. `sidecar_mode` is set only where an
    explicit choice shall move existing sidecars. `signing` makes it an operator run. Without `trak`
    nothing is sent anywhere. `findings`: the bytes of media are looked at, too; `decode`: so is
    every pixel. `expected` are the frames that every sequence should have; what `fail_on` names is
    not to be there. `part` is what of the roots the run is about.
    """

    naming: Naming = Naming()
    media: MediaTypes = MediaTypes()
    policy: Policy = Policy()
    operator: str = "unknown"
    min_seq: int = 3
    workers: int = DEFAULT_WORKERS
    sidecar_mode: SidecarMode | None = None
    exclude: tuple[str, ...] = ()
    ignore_ctime: bool = False
    rehash: bool = False
    allow_empty: bool = False
    asset_id: str | None = None
    findings: bool = True
    decode: bool = False
    expected: Runs = ()
    fail_on: frozenset[str] = frozenset()
    signing: Signing | None = None
    trak: Trak | None = None
    part: Part = WHOLE

    @property
    def reads_all(self) -> bool:
        """Whether everything is read, whatever the caches know."""
        return self.rehash or self.decode
