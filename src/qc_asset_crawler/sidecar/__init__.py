"""Sidecars: names, JSON (`codec`), what is recorded (`records`), writing it (`store`)."""

from .names import get_side_name_sequence

__all__ = ["get_side_name_sequence"]
