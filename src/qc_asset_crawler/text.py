"""Names and JSON as text that is safe to show.

A file name is any bytes but NUL and ``/``. Shown raw, it could forge a log line or drive the
terminal, so everything that is not printable is escaped, bidirectional controls included.
"""

import json
import re
from collections.abc import Mapping

_ASSET_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_UNSAFE_IN_JSON = re.compile(r"[^\x20-\x7e\n]")


def _escape_char(char: str) -> str:
    code = ord(char)
    if char == "\\":
        return "\\\\"
    if char.isprintable():
        return char
    if 0xDC80 <= code <= 0xDCFF:  # a byte that was not UTF-8 (surrogateescape)
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0x7F:  # above, \x stands for a byte that was not UTF-8
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def show(name: str) -> str:
    """Return `name` as one printable line; different names stay different."""
    if name.isprintable() and "\\" not in name:
        return name
    return "".join(map(_escape_char, name))


def is_file_name(name: str) -> bool:
    """Tell whether a text could be the name of a file: no slash, no NUL, all of it bytes."""
    try:
        name.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return bool(name) and "/" not in name and "\0" not in name


def is_asset_id(text: str) -> bool:
    """Tell whether a text may be an asset's id in the tracker: safe in a URL, a log, a file."""
    return text not in {".", ".."} and _ASSET_ID.fullmatch(text) is not None


def _json_escape(match: re.Match[str]) -> str:
    char = match.group()
    if char.isprintable():
        return char
    return json.dumps(char)[1:-1]


def json_text(value: Mapping[str, object], indent: int | None = 2) -> str:
    r"""Return `value` as JSON with sorted keys and a final newline.

    Printable characters stand as they are; lone surrogates and everything else unprintable
    are written as ``\uXXXX``, so the text always encodes as UTF-8 and is safe to ``cat``.
    """
    text = json.dumps(value, indent=indent, sort_keys=True, ensure_ascii=False, allow_nan=False)
    if not text.isascii() or "\x7f" in text:  # asked first: it costs next to nothing
        text = _UNSAFE_IN_JSON.sub(_json_escape, text)
    return text + "\n"


def cut(text: str, most: int) -> str:
    """Cut off what is over so many characters, and say that there was more."""
    return text if len(text) <= most else f"{text[:most]}…"


def plural(count: int, noun: str, plural_noun: str | None = None) -> str:
    """Return "1 file", "2 files", "1,204 files"."""
    word = noun if count == 1 else (plural_noun or f"{noun}s")
    return f"{count:,} {word}"


def human_bytes(count: float) -> str:
    """Return a byte count in decimal units, as disks are sold: "35.7 MB"."""
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if round(count, 1) < 1000 or unit == "TB":
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")
