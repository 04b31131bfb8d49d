"""The names of what the tool leaves beside the media, as configured."""

from ..errors import UsageError
from ..settings import Naming
from ..text import show
from .values import Lookup

_MAX_NAME_BYTES = 100


def naming(lookup: Lookup) -> Naming:
    """Take the names of sidecars and caches; they must be told from each other.

    Raises:
        UsageError: a name is none, or two do not go together.
    """
    defaults = Naming()
    names = Naming(
        hashcache=_name(lookup, "QC_HASHCACHE_NAME", defaults.hashcache),
        file_suffix=_name(lookup, "QC_SIDE_SUFFIX_FILE", defaults.file_suffix),
        sequence=_name(lookup, "QC_SIDE_NAME_SEQUENCE", defaults.sequence),
    )
    suffix, sequence, cache = names.file_suffix, names.sequence, names.hashcache
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
    return names


def _refuse(lookup: Lookup, why: str, wrong: bool, *variables: str) -> None:
    """Refuse values that do not go together, naming those that were set, and where."""
    if wrong:
        origins = [value.origin for name in variables if (value := lookup.get(name))]
        raise UsageError(f"{' and '.join(origins)} {why}")


def _name(lookup: Lookup, variable: str, default: str) -> str:
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
