"""Configured values, each with where it came from."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..errors import UsageError
from ..text import show

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


class Value(NamedTuple):
    """A configured value, and which variable where it came from."""

    text: str
    origin: str


class Lookup(NamedTuple):
    """Values by variable, each with where it came from."""

    environ: Mapping[str, str]
    file: Mapping[str, str | None] = MappingProxyType({})
    file_path: str = ""

    def get(self, variable: str) -> Value | None:
        """Return a variable's value; the environment wins over the file."""
        if variable in self.environ:
            return Value(self.environ[variable], f"{variable} in the environment")
        value = self.file.get(variable)
        return None if value is None else Value(value, f"{variable} in {show(self.file_path)}")

    def flag(self, variable: str) -> bool:
        """Return a switch: off where it is not set.

        Raises:
            UsageError: it is neither 1 nor 0, nor a word for either.
        """
        value = self.get(variable)
        word = value.text.strip().lower() if value else ""
        if value and word not in _TRUE | _FALSE:
            raise UsageError(f"{value.origin} must be 1 or 0, not {show(value.text)}")
        return word in _TRUE
