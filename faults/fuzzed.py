"""What a fuzzer that watches the code's branches tries; run as `python -m faults.fuzzed CORPUS`.

It needs atheris. The first byte of an input says what the others are: a sidecar, a cache, the
entries of a cache whose checksum is right, or the beginning of media.
"""

import json
import sys
from contextlib import suppress

import atheris

with atheris.instrument_imports(include=["qc_asset_crawler"]):
    from qc_asset_crawler import hashcache
    from qc_asset_crawler.findings.checks import looker
    from qc_asset_crawler.findings.values import HEAD_BYTES, Kind, Sample
    from qc_asset_crawler.hashcache import BadCacheError
    from qc_asset_crawler.sidecar.codec import NewerSchemaError, decode, encode
    from qc_asset_crawler.sidecar.fields import DamagedSidecarError

_NAMES = ("a.exr", "a.dpx", "a.tif", "a.png", "a.jpg", "a.mxf", "a.mov", "a.wav", "a.aif")
_SEEMS_LARGER = 1 << 20
_look = looker()


def _sidecar(data: bytes) -> None:
    """Read a sidecar; what is understood is written in one form, and means the same."""
    with suppress(NewerSchemaError, DamagedSidecarError):
        sidecar = decode(data)
        written = encode(sidecar)
        if decode(written) != sidecar or encode(decode(written)) != written:
            raise AssertionError("a sidecar means something else once it is written")


def _cache(data: bytes) -> None:
    """Read a cache; what is understood can be written and read again."""
    with suppress(BadCacheError):
        entries = hashcache.parse(data)
        if hashcache.parse(bytes(hashcache.compose(entries, "blake3"))) != entries:
            raise AssertionError("a cache means something else once it is written")


def _entries(data: bytes) -> None:
    """Read the entries of a cache whose checksum is right."""
    with suppress(ValueError, RecursionError):
        raw = json.loads(data)
        if isinstance(raw, dict):
            _cache(bytes(hashcache.compose(raw, "blake3")))


def _media(data: bytes) -> None:
    """Look at what pretends to be media, and to be longer than it is every other time."""
    name = _NAMES[data[0] % len(_NAMES)] if data else _NAMES[0]
    rest, size = data[1:], len(data[1:])
    if data[:1] > b"\x7f":
        rest, size = rest.ljust(HEAD_BYTES, b"\0"), _SEEMS_LARGER
    seen = _look(name, Sample(size, memoryview(rest), lambda at, n: rest[at : at + n]))
    if seen.kind is not None and seen.kind not in Kind:
        raise AssertionError(f"{seen.kind} is no kind of finding")


_TARGETS = (_sidecar, _cache, _entries, _media)


def try_one(data: bytes) -> None:
    """Try one input; any error that comes out is a fault."""
    if data:
        _TARGETS[data[0] % len(_TARGETS)](data[1:])


if __name__ == "__main__":
    atheris.Setup(sys.argv, try_one)
    atheris.Fuzz()
