"""Find media and detect image sequences: `walk` reads directories, `grouping` is pure."""

from .grouping import group_frames, parse_pattern, split_frame
from .walk import list_folder, walk

__all__ = [
    "group_frames",
    "list_folder",
    "parse_pattern",
    "split_frame",
    "walk",
]
