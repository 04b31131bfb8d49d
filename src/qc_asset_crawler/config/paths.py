"""ROOT as an absolute path, the way people write it."""

import os

from ..errors import UsageError


def absolute(path: str, logical: str | None) -> str:
    """Make a path absolute the way people write it: links on the way stay as they are.

    The shell's own idea of where it is (`$PWD`) is taken where it is true. ``..`` behind a link
    means the folder that the link leads to, as it does for the system.

    Raises:
        UsageError: the path is empty.
    """
    if not path or "\0" in path:
        raise UsageError("ROOT is empty" if not path else "ROOT contains a NUL")
    joined = path if path.startswith("/") else os.path.join(_here(logical), path)
    tidy = os.path.normpath(joined)
    if ".." in path.split("/") and not _same_folder(tidy, joined):
        return os.path.realpath(joined)
    return tidy


def _here(logical: str | None) -> str:
    if logical and _same_folder(logical, "."):
        return logical
    try:
        return os.getcwd()
    except OSError as error:
        raise UsageError(f"the current folder is gone ({error.strerror}): cd elsewhere") from None


def _same_folder(one: str, other: str) -> bool:
    try:
        return os.path.isabs(one) and os.path.samefile(one, other)
    except OSError:
        return False
