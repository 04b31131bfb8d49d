"""Remove what the crawler left beside the media, and nothing else."""

from .clean import CleanReport, Found, clean, look_for_artifacts
from .judge import Allowance
from .values import Artifact, Kind, Ruling, Standing

__all__ = [
    "Allowance",
    "Artifact",
    "CleanReport",
    "Found",
    "Kind",
    "Ruling",
    "Standing",
    "clean",
    "look_for_artifacts",
]
