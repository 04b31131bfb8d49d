"""How to reach Trak, as configured. Without a URL and a key it is off."""

import os
import re
from typing import NamedTuple

from ..errors import UsageError
from ..settings import Secret, Trak
from .values import Lookup, Value

URL, KEY = "TRAK_BASE_URL", "TRAK_ASSET_TRACKER_API_KEY"
_ALLOW_HTTP, _CA_BUNDLE = "TRAK_ALLOW_HTTP", "TRAK_CA_BUNDLE"
_CONNECT, _READ, _DEADLINE = "TRAK_CONNECT_TIMEOUT", "TRAK_READ_TIMEOUT", "TRAK_DEADLINE"
TRAK_VARIABLES = (URL, KEY, _ALLOW_HTTP, _CA_BUNDLE, _CONNECT, _READ, _DEADLINE)
# What `.env.example` shows in their place counts as not set.
PLACEHOLDERS = {URL: "https://trak.example.com/api/v1", KEY: "your-api-key"}
_MAX_SECONDS = 3600
# Stricter than the standard: what two parsers could read in two ways is no address for a key.
# Compiled when they are needed: start-up is felt.
_URL = (
    r"(?P<scheme>https?)://(?P<host>[a-z0-9._-]*[a-z0-9]|\[[0-9a-f:.]+\])(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>(?:/(?!\.{1,2}(?:/|$))[a-z0-9._~-]+)*)/*"
)
_KEY = r"[\x21-\x7e]+"


class TrakSetup(NamedTuple):
    """Trak as configured, or None; where URL and key came from; what is odd about it."""

    trak: Trak | None = None
    url_origin: str = ""
    key_origin: str = ""
    warnings: tuple[str, ...] = ()


def trak(lookup: Lookup, *, off: bool = False, retry_rejected: bool = False) -> TrakSetup:
    """Resolve how to reach Trak. With `off` nothing of it is even looked at.

    Raises:
        UsageError: a value is wrong; the text names the variable and its origin, never the key.
    """
    if off:
        return TrakSetup()
    url, key = _given(lookup, URL), _given(lookup, KEY)
    in_the_clear = lookup.flag(_ALLOW_HTTP)
    base_url = _base_url(url, in_the_clear=in_the_clear) if url else ""
    if key and not re.fullmatch(_KEY, key.text):
        raise UsageError(f"{key.origin} holds characters that no API key has")
    if url is None or key is None:
        origins = (url.origin if url else "", key.origin if key else "")
        return TrakSetup(None, *origins, warnings=_half_set(url, key))
    defaults = Trak(base_url, Secret(key.text))
    resolved = Trak(
        base_url,
        Secret(key.text),
        connect_seconds=_seconds(lookup, _CONNECT, defaults.connect_seconds),
        read_seconds=_seconds(lookup, _READ, defaults.read_seconds),
        deadline_seconds=_seconds(lookup, _DEADLINE, defaults.deadline_seconds),
        ca_bundle=_ca_bundle(lookup),
        retry_rejected=retry_rejected,
    )
    return TrakSetup(resolved, url.origin, key.origin)


def _given(lookup: Lookup, variable: str) -> Value | None:
    """Return a value; one that is empty or the placeholder of `.env.example` is none."""
    value = lookup.get(variable)
    text = value.text.strip() if value else ""
    if value is None or text.rstrip("/") in {"", PLACEHOLDERS[variable]}:
        return None
    return Value(text, value.origin)


def _half_set(url: Value | None, key: Value | None) -> tuple[str, ...]:
    if url:
        return (f"{url.origin} is set, but {KEY} is not: Trak is told nothing",)
    if key:
        return (f"{key.origin} is set, but {URL} is not: Trak is told nothing",)
    return ()


def _base_url(url: Value, *, in_the_clear: bool) -> str:
    """Check an address; the text itself is never shown: there may be a password in it."""
    match = re.fullmatch(_URL, url.text, re.ASCII | re.IGNORECASE)
    if match is None or not 0 < int(match["port"] or 1) < 1 << 16:
        raise UsageError(
            f"{url.origin} is no plain address with a host, such as {PLACEHOLDERS[URL]}"
        )
    is_http = match["scheme"].lower() == "http"
    if is_http and not (in_the_clear or _is_loopback(match["host"])):
        raise UsageError(
            f"{url.origin} is http://: the key would travel in the clear; "
            f"use https://, or set {_ALLOW_HTTP}=1"
        )
    return url.text.rstrip("/")


def _is_loopback(host: str) -> bool:
    from ipaddress import ip_address  # noqa: PLC0415 - start-up is felt

    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _seconds(lookup: Lookup, variable: str, default: float) -> float:
    value = lookup.get(variable)
    if value is None or not value.text.strip():
        return default
    try:
        seconds = float(value.text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= _MAX_SECONDS:
        raise UsageError(f"{value.origin} must be seconds, above 0 and up to {_MAX_SECONDS}")
    return seconds


def _ca_bundle(lookup: Lookup) -> str | None:
    value = lookup.get(_CA_BUNDLE)
    if value is None or not value.text.strip():
        return None
    if not value.text.startswith("/"):
        # As with `.env`: what lies in the working directory must not decide where the key goes.
        raise UsageError(f"{value.origin} must be an absolute path")
    if not os.path.isfile(value.text):
        raise UsageError(f"{value.origin} is no file that is there")
    import ssl  # noqa: PLC0415 - start-up is felt

    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(value.text)
    except ssl.SSLError:
        raise UsageError(f"{value.origin} holds no certificates (PEM)") from None
    except OSError as error:
        raise UsageError(f"{value.origin} cannot be read: {error.strerror}") from None
    return value.text
