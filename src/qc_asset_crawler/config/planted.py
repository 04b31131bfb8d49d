"""Find `.env` files that lie where none is read, so that a run can say that it did not.

They may be planted, or somebody's who expects them to count. Only those are named that set one of
the tool's variables: other programs keep their `.env` there too.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_NAME = ".env"
_MOST_BYTES = 64 << 10
_OURS = re.compile(
    rb"^(?:\xef\xbb\xbf)?[ \t]*(?:export[ \t]+)?(?:(?:QC|TRAK)_[A-Z_]+|LOG_LEVEL)[ \t]*=",
    re.MULTILINE,
)
_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK


def planted_env_files(roots: tuple[str, ...], used: Path | None) -> list[str]:
    """Name those in the working directory, in ROOT and above either; but for the one in `used`."""
    found = dict.fromkeys(os.path.join(at, _NAME) for at in _folders(roots))
    return [path for path in found if _sets_ours(path) and not _is_same(path, used)]


def _folders(roots: tuple[str, ...]) -> Iterator[str]:
    starts = [*roots, *map(os.path.realpath, roots)]
    with suppress(FileNotFoundError):  # it was deleted: there is nothing in it
        starts.insert(0, os.getcwd())
    for start in starts:
        yield start
        yield from map(str, Path(start).parents)


def _sets_ours(path: str) -> bool:
    """Tell whether a file, or what it links to, sets a variable of the tool.

    It is a stranger's, and read as such.
    """
    try:
        fd = os.open(path, _READ)
    except OSError:
        return False
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return False
        return _OURS.search(os.read(fd, _MOST_BYTES)) is not None
    except OSError:
        return False
    finally:
        os.close(fd)


def _is_same(path: str, used: Path | None) -> bool:
    try:
        return used is not None and os.path.samefile(path, used)
    except OSError:
        return False
