"""When a call is made once more, and how long to wait before. Pure, but for the dice."""

import math
import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from .transport import NoReply, Reply

_MAX_ATTEMPTS = 3
_FIRST_PAUSE_SECONDS = 0.25
_MAX_RETRY_AFTER_SECONDS = 10.0
# Trak says itself that it did not get to it.
_NOT_PROCESSED = frozenset({429, 503})
_UNKNOWN = frozenset({502, 504})


def may_repeat(outcome: Reply | NoReply, *, read_only: bool) -> bool:
    """Tell whether a call may be made again at once.

    A post whose outcome is unknown is not: it goes again later, under the same key.
    """
    if isinstance(outcome, NoReply):
        return outcome.repeatable and (read_only or not outcome.sent)
    return outcome.http_code in _NOT_PROCESSED or (read_only and outcome.http_code in _UNKNOWN)


def pause_before(attempt: int, outcome: Reply | NoReply) -> float | None:
    """Return how many seconds to wait before an attempt (the second is 2); None: no more."""
    if attempt > _MAX_ATTEMPTS:
        return None
    jitter = math.ldexp(_FIRST_PAUSE_SECONDS, attempt - 2) * random.uniform(1, 3)  # noqa: S311
    asked = _retry_after(outcome.headers.get("Retry-After")) if isinstance(outcome, Reply) else 0.0
    return max(jitter, min(asked, _MAX_RETRY_AFTER_SECONDS))


def _retry_after(text: str | None) -> float:
    """Read a ``Retry-After``: seconds, or a date (RFC 9110, 10.2.3)."""
    if text is None:
        return 0.0
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return 0.0
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - datetime.now(UTC)).total_seconds())
