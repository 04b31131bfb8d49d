"""Read what a file holds that is named like one of the tool's. Only regular files are opened."""

import os
import stat
from contextlib import suppress
from typing import NamedTuple

from ..files.folder import READ_FILE, close_quietly
from ..model import Sidecar
from ..sidecar.codec import NewerSchemaError, decode, is_a_sidecar
from ..sidecar.fields import DamagedSidecarError
from ..sidecar.recorded import BadKind
from ..sidecar.records import UnusableError, digest_of, read_bytes
from .values import Content, Flaw, FlawKind

_HEAD_BYTES = 512
_FLAWS = {BadKind.REFUSED: FlawKind.NO_FILE, BadKind.UNREADABLE: FlawKind.UNREADABLE}


def read_content(store_fd: int, name: str) -> Content | None:
    """Read a file that is named like a sidecar; None: it is gone."""
    try:
        found = os.stat(name, dir_fd=store_fd, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            return Content(Flaw(FlawKind.NO_FILE, no_file(found.st_mode)))
        data = read_bytes(store_fd, name)
    except FileNotFoundError:
        return None
    except UnusableError as error:
        return Content(Flaw(_FLAWS.get(error.kind, FlawKind.DAMAGED), error.detail))
    except OSError as error:
        return Content(Flaw(FlawKind.UNREADABLE, error.strerror or "cannot be read"))
    return Content(_understand(data), len(data), digest_of(data))


def _understand(data: bytes) -> Sidecar | Flaw:
    if not data:
        return Flaw(FlawKind.EMPTY, "is empty")
    try:
        sidecar = decode(data)
        if b'"qc_result"' in data:
            return sidecar
        flaw = Flaw(FlawKind.DAMAGED, "does not say its qc_result")
    except NewerSchemaError as newer:
        flaw = Flaw(FlawKind.NEWER, str(newer), newer.key)
    except DamagedSidecarError as error:
        flaw = Flaw(FlawKind.DAMAGED, str(error))
    with suppress(DamagedSidecarError):
        if not is_a_sidecar(data):
            return Flaw(FlawKind.NO_SIDECAR, "is JSON, but no sidecar")
    return flaw


def no_file(mode: int) -> str:
    """Say what stands there instead of a regular file."""
    if stat.S_ISLNK(mode):
        return "is a link, never followed"
    return "is a folder" if stat.S_ISDIR(mode) else "is no regular file"


class Head(NamedTuple):
    """The first bytes of a file, or why there are none; its size, and when it was written."""

    data: bytes | Flaw
    size: int = 0
    mtime_ns: int = 0


def read_head(fd: int, name: str) -> Head | None:
    """Read the first bytes of a file; None: it is gone."""
    try:
        found = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if not stat.S_ISREG(found.st_mode):
            return Head(Flaw(FlawKind.NO_FILE, no_file(found.st_mode)))
    except FileNotFoundError:
        return None
    except OSError as error:
        return Head(Flaw(FlawKind.UNREADABLE, error.strerror or "cannot be looked at"))
    try:
        file = os.open(name, READ_FILE, dir_fd=fd)
        try:
            data: bytes | Flaw = os.read(file, _HEAD_BYTES)
        finally:
            close_quietly(file)
    except FileNotFoundError:
        return None
    except OSError as error:
        data = Flaw(FlawKind.UNREADABLE, error.strerror or "cannot be read")
    return Head(data, found.st_size, found.st_mtime_ns)
