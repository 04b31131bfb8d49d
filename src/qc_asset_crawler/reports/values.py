"""What a report is made of, as values."""

from collections import Counter
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from ..crawler.report import Problem
from ..model import Sidecar
from ..text import plural


class State(StrEnum):
    """How an asset stands; the worst first."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    MODIFIED = "modified"
    MISSING = "missing"
    PENDING = "pending"
    PASS = "pass"  # noqa: S105 - a state, not a password


class Concern(StrEnum):
    """Why an asset needs attention; the worst first."""

    FAIL = "fail"
    UNKNOWN = "unknown"
    MODIFIED = "modified"
    MISSING = "missing"
    PENDING = "pending"
    FINDING = "finding"


class Kind(StrEnum):
    """What an asset is; unknown where a sidecar that cannot be read may be of any sequence."""

    SEQUENCE = "sequence"
    FILE = "file"
    UNKNOWN = "unknown"


class Reason(NamedTuple):
    """One reason why an asset needs attention; `text` is printable."""

    concern: Concern
    text: str


class Row(NamedTuple):
    """One recorded asset. `reasons`: why it needs attention, the worst first; none: it does not.

    `place` is where its sidecar stands below the folder. At most one of `sidecar` and `flaw` is
    set: what is recorded, or why nobody knows; none of a damaged sidecar that was set aside.
    """

    folder: str
    name: str
    kind: Kind
    state: State
    place: str
    reasons: tuple[Reason, ...] = ()
    sidecar: Sidecar | None = None
    flaw: Problem | None = None

    @property
    def path(self) -> str:
        """The folder with the file name or pattern."""
        return f"{self.folder.rstrip('/')}/{self.name}"

    @property
    def sidecar_path(self) -> str:
        """Where its sidecar stands."""
        return f"{self.folder.rstrip('/')}/{self.place}"

    @property
    def files(self) -> int:
        """How many files it has, as recorded."""
        fingerprint = self.sidecar.cheap_fp if self.sidecar else None
        return fingerprint.files if fingerprint else 0

    @property
    def bytes(self) -> int:
        """What they hold."""
        fingerprint = self.sidecar.cheap_fp if self.sidecar else None
        return fingerprint.bytes if fingerprint else 0


class FolderTotals(NamedTuple):
    """What the assets of one folder come to."""

    path: str
    states: Mapping[State, int]
    attention: int
    files: int
    bytes: int

    @property
    def assets(self) -> int:
        """How many assets are recorded there."""
        return sum(self.states.values())


class Unlike(NamedTuple):
    """How the names in the folders differ from what is recorded of them; counted, not judged.

    `unrecorded` assets have no sidecar; the media of `gone` ones is not there, which no crawl has
    recorded so far (their rows say so); `regrouped` sidecars are of single files that are frames of
    a sequence now, `regrouped_signed` those of them that carry a verdict, and `excluded` ones of
    media that the report was told to leave out. `set_aside` are damaged sidecars that a crawl has
    renamed: a verdict may be in there.
    """

    unrecorded: int = 0
    gone: int = 0
    regrouped: int = 0
    regrouped_signed: int = 0
    excluded: int = 0
    set_aside: int = 0

    def __add__(self, other: object) -> "Unlike":
        if not isinstance(other, Unlike):
            return NotImplemented
        return Unlike(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def in_words(self) -> list[str]:
        """Say so: a line for each difference that there is."""
        signed = f" ({self.regrouped_signed:,} with a verdict)" if self.regrouped_signed else ""
        single = f"of single files that are frames of a sequence now{signed}"
        aside = plural(self.set_aside, "damaged sidecar")
        lines = (
            (self.unrecorded, f"not recorded yet: {plural(self.unrecorded, 'asset')}"),
            (self.gone, f"gone since they were recorded: {plural(self.gone, 'asset')}"),
            (self.regrouped, f"left out: {plural(self.regrouped, 'sidecar')} {single}"),
            (self.excluded, f"left out on request: {plural(self.excluded, 'asset')}"),
            (self.set_aside, f"to be looked at by somebody: {aside}, set aside as *.unreadable-*"),
        )
        return [line for count, line in lines if count]


class Report(NamedTuple):
    """What is recorded below the roots: the rows in order of path, and what was not examined.

    `problems` are those of folders and roots; those of sidecars are in their rows. `made` is when,
    in UTC.
    """

    roots: tuple[str, ...]
    made: str
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()
    unlike: Unlike = Unlike()
    folders_seen: int = 0
    seconds: float = 0.0
    interrupted: bool = False

    def all_problems(self) -> tuple[Problem, ...]:
        """Return everything that could not be examined, in order of path."""
        flaws = (row.flaw for row in self.rows if row.flaw is not None)
        return in_order((*self.problems, *flaws))

    def failures(self) -> dict[str, int]:
        """Count by kind what could not be examined."""
        counts = Counter(problem.kind.value for problem in self.all_problems())
        return {kind: counts[kind] for kind in sorted(counts)}


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort problems by path."""
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.kind)))
