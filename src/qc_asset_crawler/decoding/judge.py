"""What it means that a decoder says something of a picture. Pure."""

import re
from typing import NamedTuple

from ..findings.values import Facts, Kind, Look
from ..text import cut, show

READERS = {"exr": "openexr", "dpx": "dpx", "tiff": "tiff", "png": "png", "jpeg": "jpeg"}
"""The formats that are decoded, and which reader it is that should take them."""
_MOST_CHARACTERS = 160
# What a decoder does not know, or refuses for its size, may be well.
_NOT_KNOWN = re.compile("support|not configured|not implemented|limits:", re.IGNORECASE)
_NO_READER = "could not find a format reader"
# Of these there are kinds that no decoder knows all of: one that cannot be opened is told of only
# where the header announces a usual picture.
_MANIFOLD = frozenset({"dpx", "tiff"})
_USUAL_BITS = frozenset({"1", "8", "10", "12", "16", "32", "half", "float"})
_USUAL_CHANNELS = frozenset({"1", "2", "3", "4"})


class Said(NamedTuple):
    """What the decoder said: which reader took the picture, if one did, and what it complained of.

    `end` says in words how it ended, where it did so without an answer.
    """

    reader: str = ""
    complaint: str = ""
    end: str = ""


def judge(look: Look, format_: str, said: Said) -> Look:
    """Return what is to be told of a picture that nothing else was found wrong with."""
    if said.end:
        return look._replace(kind=Kind.UNREADABLE, detail=f"the decoder {said.end}")
    if said.reader and said.reader != READERS[format_]:
        return look
    if not said.complaint or _NOT_KNOWN.search(said.complaint):
        return look
    if not said.reader and format_ in _MANIFOLD and not _is_usual(look.facts):
        return look
    if _NO_READER in said.complaint:
        detail = f"the decoder cannot open it as {format_.upper()}"
    else:
        detail = f"the decoder says: {cut(said.complaint, _MOST_CHARACTERS)}"
    return look._replace(kind=Kind.UNREADABLE, detail=detail)


def _is_usual(facts: Facts | None) -> bool:
    return facts is not None and facts.bits in _USUAL_BITS and facts.channels in _USUAL_CHANNELS


def one_line(complaint: str, path: str) -> str:
    """Return a decoder's words as one printable line that names no path."""
    for named in (f'("{path}")', f"({path})", f'"{path}"', path):
        complaint = complaint.replace(named, "" if named.startswith("(") else "the file")
    lines = (" ".join(line.split()) for line in complaint.splitlines())
    return show("; ".join(dict.fromkeys(filter(None, lines))))
