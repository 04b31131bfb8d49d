"""Identifiers and times. The only place that asks the clock or the random generator for them."""

import os
import time
from datetime import UTC, datetime
from typing import NamedTuple


def uuid7(unix_ms: int, random_bits: int) -> str:
    """Compose a UUID version 7 (RFC 9562) from milliseconds and 74 random bits."""
    value = (unix_ms & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76 | (random_bits >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | random_bits & ((1 << 62) - 1)
    text = f"{value:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class Stamp(NamedTuple):
    """A fresh identity: a UUIDv7 and the UTC time (RFC 3339, microseconds) it was made."""

    qc_id: str
    qc_time: str


def new_stamp() -> Stamp:
    """Mint an identity for now."""
    now_ns = time.time_ns()
    when = datetime.fromtimestamp(now_ns // 1000 / 1e6, tz=UTC)
    return Stamp(
        qc_id=uuid7(now_ns // 1_000_000, int.from_bytes(os.urandom(10)) >> 6),
        qc_time=when.isoformat(timespec="microseconds"),
    )
