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
