"""Resolve raw arguments, environment and `.env` into one frozen `Settings`.

Flags win over the environment, the environment over the file, the file over the defaults. This is
the only module that is given the environment; nothing below it reads any.
"""

import os
import pwd
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from .errors import UsageError
from .settings import (
    DEFAULT_POLICY,
    SEQUENCE_EXTS,
    SINGLE_EXTS,
    MediaTypes,
    Naming,
    Policy,
    QCResult,
    Settings,
    SidecarMode,
    Signing,
)
from .text import show

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
VARIABLES = (
    "QC_HASHCACHE_NAME",
    "QC_SIDE_SUFFIX_FILE",
    "QC_SIDE_NAME_SEQUENCE",
    "QC_POLICY_VERSION",
    "QC_EXTRA_MEDIA_EXTS",
    "QC_EXTRA_SEQUENCE_EXTS",
    "QC_IGNORE_CTIME",
    "LOG_LEVEL",
)
_MAX_NAME_BYTES = 100
_ASSET_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


@dataclass(frozen=True, slots=True)
class RawArguments:
    """What the command line said, before anything is looked up; None: not said."""

    roots: tuple[str, ...] = ()
    operator: str | None = None
    workers: int | None = None
    log: str | None = None
    min_seq: int | None = None
    sidecar_mode: str | None = None
    result: str | None = None
    note: str | None = None
    asset_id: str | None = None
    exclude: tuple[str, ...] = ()
    ignore_ctime: bool = False
    rehash: bool = False
    allow_empty: bool = False
    env_file: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """The roots as absolute paths, the settings of the crawl, and those of the terminal."""

    roots: tuple[str, ...]
    settings: Settings
    log_level: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Value:
    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class _Lookup:
    """Values by variable, each with where it came from."""

    environ: Mapping[str, str]
    file: Mapping[str, str | None] = field(default_factory=dict)
    file_path: str = ""

    def get(self, variable: str) -> _Value | None:
        if variable in self.environ:
            return _Value(self.environ[variable], f"{variable} in the environment")
        value = self.file.get(variable)
        return None if value is None else _Value(value, f"{variable} in {show(self.file_path)}")


def resolve(raw: RawArguments, environ: Mapping[str, str], checkout: Path | None) -> Resolved:
    """Resolve the settings. `checkout` is the source tree the tool runs from, if it does.

    Raises:
        UsageError: a value is wrong; the text names the variable or flag and its origin.
    """
    path = find_env_file(raw.env_file, environ, checkout)
    lookup = _Lookup(environ, read_env_file(path) if path else {}, str(path))
    unknown = sorted(
        name for name in lookup.file if name.startswith("QC_") and name not in VARIABLES
    )
    settings = Settings(
        naming=_naming(lookup),
        media=_media(lookup),
        policy=_policy(lookup),
        operator=_operator(raw, environ),
        min_seq=_at_least_one("--min-seq", raw.min_seq, 3),
        workers=_at_least_one("--workers", raw.workers, default_workers()),
        sidecar_mode=SidecarMode(raw.sidecar_mode) if raw.sidecar_mode else None,
        exclude=_globs(raw.exclude),
        ignore_ctime=raw.ignore_ctime or _flag(lookup, "QC_IGNORE_CTIME"),
        rehash=raw.rehash,
        allow_empty=raw.allow_empty,
        asset_id=_asset_id(raw.asset_id),
        signing=_signing(raw),
    )
    warnings = tuple(f"{show(name)} in {show(str(path))} is not known" for name in unknown)
    roots = tuple(absolute(root, environ.get("PWD")) for root in raw.roots)
    return Resolved(roots, settings, _log_level(raw, lookup), warnings)


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


def default_workers() -> int:
    """Return how many threads read media: enough to hide the latency of network storage."""
    return min(16, max(4, os.cpu_count() or 1))


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


def _naming(lookup: _Lookup) -> Naming:
    defaults = Naming()
    naming = Naming(
        hashcache=_name(lookup, "QC_HASHCACHE_NAME", defaults.hashcache),
        file_suffix=_name(lookup, "QC_SIDE_SUFFIX_FILE", defaults.file_suffix),
        sequence=_name(lookup, "QC_SIDE_NAME_SEQUENCE", defaults.sequence),
    )
    suffix, sequence, cache = naming.file_suffix, naming.sequence, naming.hashcache
    _refuse(lookup, "must begin with a dot", not suffix.startswith("."), "QC_SIDE_SUFFIX_FILE")
    _refuse(
        lookup,
        "must not begin with a dot: dot mode adds it",
        sequence.startswith("."),
        "QC_SIDE_NAME_SEQUENCE",
    )
    _refuse(
        lookup,
        "must tell a file's sidecar from a sequence's",
        f".{sequence}".endswith(suffix) or suffix.endswith(f".{sequence}"),
        "QC_SIDE_SUFFIX_FILE",
        "QC_SIDE_NAME_SEQUENCE",
    )
    _refuse(
        lookup,
        "must tell the cache from a sidecar",
        f".{cache}".endswith((suffix, f".{sequence}")),
        "QC_HASHCACHE_NAME",
        "QC_SIDE_SUFFIX_FILE",
        "QC_SIDE_NAME_SEQUENCE",
    )
    return naming


def _refuse(lookup: _Lookup, why: str, wrong: bool, *variables: str) -> None:
    """Refuse values that do not go together, naming those that were set, and where."""
    if wrong:
        origins = [value.origin for name in variables if (value := lookup.get(name))]
        raise UsageError(f"{' and '.join(origins)} {why}")


def _name(lookup: _Lookup, variable: str, default: str) -> str:
    """Take a file name: it must be one, and recognisable as ours by its `.json`."""
    value = lookup.get(variable)
    if value is None:
        return default
    name = value.text
    wrong = ""
    if not name:
        wrong = "is empty"
    elif "/" in name or "\\" in name or "\0" in name:
        wrong = f"contains a path separator: {show(name)}"
    elif not name.endswith(".json") or not name.isprintable():
        wrong = f"must be a name that ends in .json: {show(name)}"
    elif len(name.encode("utf-8", "surrogateescape")) > _MAX_NAME_BYTES:
        wrong = f"is longer than {_MAX_NAME_BYTES} bytes"
    if wrong:
        raise UsageError(f"{value.origin} {wrong}")
    return name


def _policy(lookup: _Lookup) -> Policy:
    value = lookup.get("QC_POLICY_VERSION")
    if value is None:
        return Policy(DEFAULT_POLICY, configured=False)
    if not value.text.strip() or not value.text.isprintable():
        raise UsageError(f"{value.origin} is empty or not printable")
    return Policy(value.text.strip(), configured=True)


def _media(lookup: _Lookup) -> MediaTypes:
    return MediaTypes(
        sequence=SEQUENCE_EXTS | _extensions(lookup, "QC_EXTRA_SEQUENCE_EXTS"),
        single=SINGLE_EXTS | _extensions(lookup, "QC_EXTRA_MEDIA_EXTS"),
    )


def _extensions(lookup: _Lookup, variable: str) -> frozenset[str]:
    """Take a list of extensions, separated by commas or spaces, with or without dots."""
    value = lookup.get(variable)
    if value is None:
        return frozenset()
    names = [word.removeprefix(".").lower() for word in value.text.replace(",", " ").split()]
    for name in names:
        if not (name.isascii() and name.isalnum()) or name == "json":
            raise UsageError(f"{value.origin}: not an extension: {show(name)}")
    return frozenset(names)


def _flag(lookup: _Lookup, variable: str) -> bool:
    value = lookup.get(variable)
    word = value.text.strip().lower() if value else ""
    if value and word not in _TRUE | _FALSE:
        raise UsageError(f"{value.origin} must be 1 or 0, not {show(value.text)}")
    return word in _TRUE


def _log_level(raw: RawArguments, lookup: _Lookup) -> str:
    value = _Value(raw.log, "--log") if raw.log is not None else lookup.get("LOG_LEVEL")
    if value is None:
        return "INFO"
    if value.text.upper() not in LOG_LEVELS:
        raise UsageError(
            f"{value.origin} must be one of {', '.join(LOG_LEVELS)}, not {show(value.text)}"
        )
    return value.text.upper()


def _operator(raw: RawArguments, environ: Mapping[str, str]) -> str:
    if raw.operator is not None:
        if not raw.operator.strip():
            raise UsageError("--operator is empty")
        return raw.operator.strip()
    return environ.get("USER") or environ.get("LOGNAME") or _account_name()


def _account_name() -> str:
    """Return the name of the account: cron, for one, may run without `$USER`."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid-{os.geteuid()}"


def _at_least_one(flag: str, value: int | None, default: int) -> int:
    if value is not None and value < 1:
        raise UsageError(f"{flag} must be at least 1, not {value}")
    return default if value is None else value


def _globs(globs: tuple[str, ...]) -> tuple[str, ...]:
    if any(not glob.strip("/") for glob in globs):
        raise UsageError("--exclude is empty")
    return globs


def _asset_id(text: str | None) -> str | None:
    if text is not None and (text in {".", ".."} or not _ASSET_ID.fullmatch(text)):
        raise UsageError("--asset-id must be 1 to 128 of A-Z a-z 0-9 . _ -")
    return text


def _signing(raw: RawArguments) -> Signing | None:
    if raw.result is None:
        if raw.note is not None:
            raise UsageError("--note goes with --result: it is part of a verdict")
        return None
    return Signing(QCResult(raw.result), raw.note or "")
