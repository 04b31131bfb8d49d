"""Configured values, each with where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import UsageError
from ..text import show

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


@dataclass(frozen=True, slots=True)
class Value:
    """A configured value, and which variable where it came from."""

    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Lookup:
    """Values by variable, each with where it came from."""

    environ: Mapping[str, str]
    file: Mapping[str, str | None] = field(default_factory=dict)
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
