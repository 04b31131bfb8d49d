"""Read a file from where it is, past what this client remembers of it."""

import mmap
import os
import stat

from .folder import READ_FILE, close_quietly

_DIRECT = getattr(os, "O_DIRECT", 0)
_BYTES = 4 << 20


def read_directly(folder_fd: int, name: str) -> bytes | None:
    """Read a small file with `O_DIRECT`; None where it is larger, or that cannot be done.

    For a second or so after somebody else wrote a file, a client may believe in its old size
    (FUSE does), and every ordinary read ends there.
    """
    try:
        fd = os.open(name, READ_FILE | _DIRECT, dir_fd=folder_fd)
    except OSError:
        return None
    try:
        if not _DIRECT or not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        with mmap.mmap(-1, _BYTES) as buffer:  # memory of its own, aligned as is asked for
            count = os.readv(fd, [buffer])
            return buffer[:count] if count < _BYTES else None
    except OSError:
        return None
    finally:
        close_quietly(fd)
