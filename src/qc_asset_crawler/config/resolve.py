"""Resolve raw arguments, environment and `.env` into one frozen `Settings`.

Flags win over the environment, the environment over the file, the file over the defaults. Nothing
below this package is given the environment.
"""

import os
import pwd
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from ..choices import LOG_LEVELS
from ..errors import UsageError
from ..settings import (
    DEFAULT_POLICY,
    DEFAULT_WORKERS,
    SEQUENCE_EXTS,
    SINGLE_EXTS,
    MediaTypes,
    Policy,
    QCResult,
    Settings,
    SidecarMode,
    Signing,
)
from ..sharing import Part, parse_list, parse_shard
from ..text import is_asset_id, show
from .delivery import expected, fail_on
from .env_file import find_env_file, read_env_file
from .naming import naming
from .paths import absolute
from .planted import planted_env_files
from .trak import TRAK_VARIABLES, TrakSetup, trak
from .values import Lookup, Value

VARIABLES = (
    "QC_HASHCACHE_NAME",
    "QC_SIDE_SUFFIX_FILE",
    "QC_SIDE_NAME_SEQUENCE",
    "QC_POLICY_VERSION",
    "QC_EXTRA_MEDIA_EXTS",
    "QC_EXTRA_SEQUENCE_EXTS",
    "QC_IGNORE_CTIME",
    "LOG_LEVEL",
    *TRAK_VARIABLES,
)


class RawArguments(NamedTuple):
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
    no_trak: bool = False
    retry_rejected: bool = False
    no_findings: bool = False
    decode: bool = False
    expect: str | None = None
    fail_on: str | None = None
    shard: str | None = None
    folder_list: bytes | None = None


class Resolved(NamedTuple):
    """The roots as absolute paths, the settings of the crawl, and those of the terminal."""

    roots: tuple[str, ...]
    settings: Settings
    log_level: str
    trak: TrakSetup
    warnings: tuple[str, ...] = ()


def resolve(raw: RawArguments, environ: Mapping[str, str], checkout: Path | None) -> Resolved:
    """Resolve the settings. `checkout` is the source tree the tool runs from, if it does.

    Raises:
        UsageError: a value is wrong; the text names the variable or flag and its origin.
    """
    roots = tuple(absolute(root, environ.get("PWD")) for root in raw.roots)
    path = find_env_file(raw.env_file, environ, checkout)
    lookup = Lookup(environ, read_env_file(path) if path else {}, str(path))
    unknown = sorted(
        name for name in lookup.file if name.startswith(("QC_", "TRAK_")) and name not in VARIABLES
    )
    setup = trak(lookup, off=raw.no_trak, retry_rejected=raw.retry_rejected)
    settings = Settings(
        naming=naming(lookup),
        media=_media(lookup),
        policy=_policy(lookup),
        operator=_operator(raw, environ),
        min_seq=_at_least_one("--min-seq", raw.min_seq, 3),
        workers=_at_least_one("--workers", raw.workers, DEFAULT_WORKERS),
        sidecar_mode=SidecarMode(raw.sidecar_mode) if raw.sidecar_mode else None,
        exclude=_globs(raw.exclude),
        ignore_ctime=raw.ignore_ctime or lookup.flag("QC_IGNORE_CTIME"),
        rehash=raw.rehash,
        allow_empty=raw.allow_empty,
        asset_id=_asset_id(raw.asset_id),
        findings=not raw.no_findings,
        decode=raw.decode,
        expected=expected(raw.expect),
        fail_on=fail_on(raw.fail_on),
        signing=_signing(raw),
        trak=setup.trak,
        part=_part(raw, roots),
    )
    named = raw.env_file is not None or environ.get("QC_ENV_FILE")
    warnings = (
        *(
            f"{show(planted)} is not read, for it lies in or above the working directory or ROOT"
            " (--env-file names one that is)"
            for planted in ([] if named else planted_env_files(roots, path))
        ),
        *(f"{show(name)} in {show(str(path))} is not known" for name in unknown),
        *setup.warnings,
    )
    return Resolved(roots, settings, _log_level(raw, lookup), setup, warnings)


def _part(raw: RawArguments, roots: tuple[str, ...]) -> Part:
    """Read `--shard`, and the list of `--dirs-from`, in which ROOT may be written with its links.

    Raises:
        UsageError: there is no such shard, or the list is not of folders below ROOT.
    """
    shard = None if raw.shard is None else parse_shard(raw.shard)
    if raw.folder_list is None:
        return Part(shard)
    written = [spelling for root in roots for spelling in (root, os.path.realpath(root))]
    return Part(shard, parse_list(raw.folder_list, written))


def _policy(lookup: Lookup) -> Policy:
    value = lookup.get("QC_POLICY_VERSION")
    if value is None:
        return Policy(DEFAULT_POLICY, configured=False)
    if not value.text.strip() or not value.text.isprintable():
        raise UsageError(f"{value.origin} is empty or not printable")
    return Policy(value.text.strip(), configured=True)


def _media(lookup: Lookup) -> MediaTypes:
    return MediaTypes(
        sequence=SEQUENCE_EXTS | _extensions(lookup, "QC_EXTRA_SEQUENCE_EXTS"),
        single=SINGLE_EXTS | _extensions(lookup, "QC_EXTRA_MEDIA_EXTS"),
    )


def _extensions(lookup: Lookup, variable: str) -> frozenset[str]:
    """Take a list of extensions, separated by commas or spaces, with or without dots."""
    value = lookup.get(variable)
    if value is None:
        return frozenset()
    names = [word.removeprefix(".").lower() for word in value.text.replace(",", " ").split()]
    for name in names:
        if not (name.isascii() and name.isalnum()) or name == "json":
            raise UsageError(f"{value.origin}: not an extension: {show(name)}")
    return frozenset(names)


def _log_level(raw: RawArguments, lookup: Lookup) -> str:
    value = Value(raw.log, "--log") if raw.log is not None else lookup.get("LOG_LEVEL")
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
    if text is not None and not is_asset_id(text):
        raise UsageError("--asset-id must be 1 to 128 of A-Z a-z 0-9 . _ -")
    return text


def _signing(raw: RawArguments) -> Signing | None:
    if raw.result is None:
        if raw.note is not None:
            raise UsageError("--note goes with --result: it is part of a verdict")
        return None
    return Signing(QCResult(raw.result), raw.note or "")
