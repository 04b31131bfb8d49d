"""Tool-wide configuration: arguments, environment and `.env`, resolved into one `Settings`."""

from .env_file import find_env_file, read_env_file
from .paths import absolute
from .resolve import VARIABLES, RawArguments, Resolved, resolve
from .trak import TrakSetup

__all__ = [
    "VARIABLES",
    "RawArguments",
    "Resolved",
    "TrakSetup",
    "absolute",
    "find_env_file",
    "read_env_file",
    "resolve",
]
