"""The file system's own clock, and which stamps it makes are too young to be trusted."""

import os
from typing import NamedTuple

from ..model import FileStat
from .atomic import create, remove_quietly, temp_name
from .folder import close_quietly

_SECOND = 1_000_000_000
WHOLE_SECONDS_WINDOW_NS = 2 * _SECOND
FINE_WINDOW_NS = _SECOND // 10


class DiskTime(NamedTuple):
    """The stamp of a file just made in a folder: now, by the clock that stamps the media."""

    now_ns: int

    @property
    def whole_seconds(self) -> bool:
        """Whether this file system keeps whole seconds only."""
        return self.now_ns % _SECOND == 0

    @property
    def window_ns(self) -> int:
        """How long after a change a later one could leave the same stamps."""
        return WHOLE_SECONDS_WINDOW_NS if self.whole_seconds else FINE_WINDOW_NS

    def youth_ns(self, stat: FileStat) -> int:
        """Return for how long a file is racy yet, as of now; 0 or less: it is not.

        An mtime well in the future is no danger (a later write would leave another one), a
        ctime in the future is: the clock went back, and will come by that stamp again.
        """
        age_mtime = self.now_ns - stat.mtime_ns
        youth = self.window_ns - age_mtime if age_mtime > -self.window_ns else 0
        return max(youth, self.window_ns - (self.now_ns - stat.ctime_ns))

    def is_racy(self, stat: FileStat) -> bool:
        """Tell whether a later write could leave the same stamps on this file."""
        return self.youth_ns(stat) > 0

    @property
    def settled_ns(self) -> int:
        """Stamps up to this one are old enough, whatever they are of."""
        return self.now_ns - self.window_ns


def read_clock(folder_fd: int) -> DiskTime:
    """Make a file in the folder, take its stamp and remove it.

    Raises:
        OSError: the folder cannot be written.
    """
    name = temp_name()
    fd = create(folder_fd, name)
    try:
        return DiskTime(os.fstat(fd).st_mtime_ns)
    finally:
        close_quietly(fd)
        remove_quietly(folder_fd, name)
