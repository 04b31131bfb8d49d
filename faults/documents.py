"""Hostile sidecars and caches, out of whole ones: by value, by key, by byte."""

import copy
import hashlib
import json
from typing import Any

from hypothesis import strategies as st

from .commands import Json

_TEXTS = (
    "", ".", "..", "../../etc/passwd", "/etc/passwd", "a/b", "nul\0", "\ud800", "\udcff", "\n",
    "\x1b[2J",
    "\u202e", "pass", "fail", "pending", "ok", "queued", "error", "missing", "unchanged", "new",
    "1.1.0",
    "1.0",
    "1", "2.0.0", "0.9", "1.99999999999", "%04d", "%", "%%", "plate.%04d.exr", "plate.%0255d.exr",
    "plate.%99999999999d.exr", "other.%04d.exr", "%s%n%x", "1001-1003", "1-99999999999999999999",
    "3-1",
    "1,1,1", "9" * 300, "1-2," * 500, "cut.mov", "plate.1001.exr", "blake3:", "blake3:" + "0" * 64,
    "sha256:" + "f" * 64, "blake2b:" + "0" * 64, "md5:x", "2025-11-13T17:27:20.142585+00:00",
    "9999-12-31T23:59:59.999999+00:00", "yesterday", "=cmd|' /C calc'!A0", "<script>x</script>",
    "x" * 5000, "\u0661", "NaN", "019a7e41-e94e-724f-9b36-5ca4918a7921",
)  # fmt: skip
_LARGEST = 10**300
_CHANGES = (0, 1, 1, 1, 2, 4)
_DEEP = (70, 900, 100_000)

_scalars = st.one_of(
    st.sampled_from(
        (None, True, False, 0, -1, 1, 2, 3, 2**63, -(2**70), _LARGEST, 1e308, -0.0, 0.5)
    ),
    st.sampled_from(_TEXTS),
    st.text(max_size=20),
    st.integers(),
)
_values: st.SearchStrategy[Any] = st.one_of(
    _scalars,
    st.lists(_scalars, max_size=3),
    st.dictionaries(st.sampled_from((*_TEXTS[:8], "qc_id", "status", "x")), _scalars, max_size=3),
)


@st.composite
def sidecars(draw: st.DrawFn, whole: tuple[bytes, ...]) -> bytes:
    """Make a sidecar that is not what one of the whole ones was."""
    document = json.loads(draw(st.sampled_from(whole)))
    for _ in range(draw(st.sampled_from(_CHANGES))):
        _change(draw, document)
    return draw(_bytes_of(json.dumps(document, ensure_ascii=draw(st.booleans()))))


def _change(draw: st.DrawFn, document: Json) -> None:
    """Change a value somewhere, drop or add a key, or say a thing twice."""
    at, key = draw(st.sampled_from(_places(document)))
    how = draw(st.sampled_from(("value", "value", "value", "drop", "add", "twice")))
    if how == "drop":
        del at[key]
    elif how == "add" and isinstance(at, dict):
        at[draw(st.sampled_from(_TEXTS))] = draw(_values)
    elif how == "twice" and isinstance(at, list):
        at.extend(copy.deepcopy(at))
    else:
        at[key] = draw(_values)


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else list(range(len(value)))
    inside = [p for k in keys if isinstance(value[k], dict | list) for p in _places(value[k])]
    return [*((value, key) for key in keys), *inside] or [({"": None}, "")]


@st.composite
def _bytes_of(draw: st.DrawFn, text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    how = draw(
        st.sampled_from((*("as it is",) * 12, "cut", "flip", "insert", "encode", "wrap", "deep"))
    )
    at = draw(st.integers(0, max(0, len(data) - 1)))
    if how == "encode":
        return text.encode(
            draw(st.sampled_from(("utf-8-sig", "utf-16", "utf-32"))), "surrogatepass"
        )
    if how == "deep":
        depth = draw(st.sampled_from(_DEEP))
        return data[:-1] + b', "deep": ' + b"[" * depth + b"]" * depth + b"}"
    inserted = draw(st.binary(min_size=1, max_size=12))
    return {
        "cut": data[:at],
        "flip": data[:at] + inserted[:1] + data[at + 1 :],
        "insert": data[:at] + inserted + data[at:],
        "wrap": b"[" + data + b"]" + inserted,
        "as it is": data,
    }[how]


@st.composite
def caches(draw: st.DrawFn, whole: tuple[bytes, ...]) -> bytes:
    """Make a cache that is not what one of the whole ones was; its checksum may be right."""
    head, body, _ = draw(st.sampled_from(whole)).split(b"\n", 2)
    entries = json.loads(body)
    for _ in range(draw(st.integers(0, 2))):
        at, key = draw(st.sampled_from(_places(entries)))
        at[key] = draw(_values)
    body = json.dumps(entries).encode()
    header = json.loads(head + b"null}")
    if draw(st.booleans()):
        header["checksum"] = f"blake2b:{hashlib.blake2b(body, digest_size=32).hexdigest()}"
    if draw(st.integers(0, 4)) == 0:
        header[draw(st.sampled_from(sorted(header)))] = draw(_scalars)
    text = json.dumps(header)[: -len("null}")].encode() + b"\n" + body + b"\n}\n"
    return draw(_bytes_of(text.decode()))
