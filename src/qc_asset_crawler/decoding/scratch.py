"""Where bytes lie while they are decoded: in memory, under a path that decoders can open."""

import os
import tempfile


class Scratch:
    """A file in memory; where the system has none (macOS), one in the folder for temporary files.

    `path` is what another process opens that was given `fd`. It is no one else's to read.
    """

    def __init__(self, *, in_memory: bool = hasattr(os, "memfd_create")) -> None:
        self._in_memory = in_memory
        if in_memory:
            self.fd = os.memfd_create("qc-decode")
            self.path = f"/proc/self/fd/{self.fd}"
        else:
            self.fd, self.path = tempfile.mkstemp(prefix="qc-decode-")

    def clear(self) -> None:
        """Forget the bytes."""
        os.ftruncate(self.fd, 0)
        os.lseek(self.fd, 0, os.SEEK_SET)

    def write(self, piece: memoryview) -> None:
        """Add some bytes.

        Raises:
            OSError: there is no room.
        """
        while piece:
            piece = piece[os.write(self.fd, piece) :]

    def close(self) -> None:
        """Give the room back."""
        os.close(self.fd)
        if not self._in_memory:
            os.unlink(self.path)
