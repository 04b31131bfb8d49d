"""Typed access to one JSON object, keeping track of the keys nobody asked for."""

from collections.abc import Callable
from typing import Final, TypeVar

from ..model import JsonObject

T = TypeVar("T")


class DamagedSidecarError(Exception):
    """A sidecar's content cannot be understood; the text says what is wrong with it."""


class _Required:
    pass


REQUIRED: Final = _Required()


class Fields:
    """One JSON object being read: each key is asked for once, the rest is handed out at the end.

    A key that is absent, or null, gives the default; one of a wrong type is damage.
    """

    def __init__(self, raw: JsonObject) -> None:
        self._raw = raw
        self._asked: set[str] = set()

    def _get(self, key: str) -> object:
        self._asked.add(key)
        return self._raw.get(key)

    def skip(self, key: str) -> None:
        """Count a key as asked for that was read elsewhere."""
        self._asked.add(key)

    def text(self, key: str, default: str | _Required = REQUIRED) -> str:
        """Return a string."""
        value = self.optional_text(key)
        if value is not None:
            return value
        if isinstance(default, _Required):
            raise DamagedSidecarError(f"has no {key}")
        return default

    def optional_text(self, key: str) -> str | None:
        """Return a string or None."""
        value = self._get(key)
        if value is None or isinstance(value, str):
            return value
        raise DamagedSidecarError(f"has a {key} that is no text")

    def integer(self, key: str, default: int = 0) -> int:
        """Return an integer."""
        value = self.optional_integer(key)
        return default if value is None else value

    def optional_integer(self, key: str) -> int | None:
        """Return an integer or None."""
        value = self._get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise DamagedSidecarError(f"has a {key} that is no whole number")

    def mapping(self, key: str, read: Callable[["Fields"], T], absent: T) -> T:
        """Read a nested object, or return `absent`."""
        value = self._get(key)
        if value is None:
            return absent
        if isinstance(value, dict):
            return read(Fields(value))
        raise DamagedSidecarError(f"has a {key} that is no object")

    def each(self, key: str, read: Callable[["Fields"], T]) -> tuple[T, ...] | None:
        """Read a list of objects, or return None where there is none."""
        value = self._get(key)
        if value is None:
            return None
        if isinstance(value, list) and all(isinstance(item, dict) for item in value):
            return tuple(read(Fields(item)) for item in value)
        raise DamagedSidecarError(f"has a {key} that is no list of objects")

    def rest(self) -> JsonObject:
        """Return what was not asked for: keys of other versions, to be kept."""
        return {key: value for key, value in self._raw.items() if key not in self._asked}
