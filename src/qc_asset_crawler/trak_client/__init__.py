"""Trak over HTTP: three calls, each bounded in time and size, errors translated into values."""

from .client import ServerInfo, TrakClient

__all__ = ["ServerInfo", "TrakClient"]
