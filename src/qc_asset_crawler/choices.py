"""The words that options, variables and sidecars choose from."""

from enum import StrEnum

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


class SidecarMode(StrEnum):
    """Where a folder keeps its sidecars."""

    INLINE = "inline"
    DOT = "dot"
    SUBDIR = "subdir"


class QCResult(StrEnum):
    """The QC state of an asset."""

    PENDING = "pending"
    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"


class Kind(StrEnum):
    """What can be found in media; the names are fixed, for they are written into sidecars."""

    ZERO_BYTE = "zero-byte"
    BAD_MAGIC = "bad-magic"
    TRUNCATED = "truncated"
    INCOMPLETE = "incomplete"
    ODD_ONE_OUT = "odd-one-out"
    SIZE_OUTLIER = "size-outlier"
    MISSING_FRAMES = "missing-frames"
    FROZEN = "frozen"
    UNREADABLE = "unreadable"
    UNSTABLE = "unstable"
    SILENT_CHANGE = "silent-change"
    MIXED_PADDING = "mixed-padding"


MAY_FAIL_ON = frozenset({*map(str, Kind), "pending", "fail", "modified", "missing"})
"""What a gate may name: kinds of findings, QC results, content states."""
