"""Find and read `.env`, of which nobody else may be the author."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from ..errors import UsageError
from ..text import show


def find_env_file(
    explicit: str | None, environ: Mapping[str, str], checkout: Path | None
) -> Path | None:
    """Find the `.env` file, never in the working directory as such, in ROOT, or above either.

    Raises:
        UsageError: an explicitly given file does not exist.
    """
    given = explicit if explicit is not None else environ.get("QC_ENV_FILE") or None
    if given is not None:
        path = Path(given)
        if not _is_there(path):
            origin = "--env-file" if explicit is not None else "QC_ENV_FILE in the environment"
            raise UsageError(f"{origin}: no such file: {show(given)}")
        return path
    candidates = [checkout / ".env"] if checkout else []
    config_home = environ.get("XDG_CONFIG_HOME") or ""
    if not config_home.startswith("/"):
        config_home = f"{environ['HOME']}/.config" if environ.get("HOME") else ""
    if config_home:
        candidates.append(Path(config_home) / "qc-asset-crawler" / ".env")
    return next((path for path in candidates if _is_there(path)), None)


def _is_there(path: Path) -> bool:
    """Tell whether a file is there; one that cannot even be asked for is not ours to read."""
    try:
        return path.is_file()
    except OSError:
        return False


def read_env_file(path: Path) -> dict[str, str | None]:
    """Read a `.env` file, of which nobody else may be the author.

    Raises:
        UsageError: everybody can write it, it is somebody else's, or it cannot be read.
    """
    from io import StringIO  # noqa: PLC0415 - only where there is a file

    try:
        from dotenv import dotenv_values  # noqa: PLC0415 - start-up is felt
    except ImportError:
        raise UsageError(
            f"{show(str(path))} needs the python-dotenv module: pip install python-dotenv"
        ) from None
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            _check_trusted(path, found)
            text = file.read().decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read {show(str(path))}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{show(str(path))} is not UTF-8 text") from None
    return dict(dotenv_values(stream=StringIO(text), interpolate=False))


def _check_trusted(path: Path, found: os.stat_result) -> None:
    shown = show(str(path))
    if found.st_mode & stat.S_IWOTH:
        raise UsageError(f"{shown} is refused: everybody can write it (chmod o-w)")
    if found.st_uid not in {os.geteuid(), 0}:
        raise UsageError(f"{shown} is refused: it belongs to neither you nor root")
