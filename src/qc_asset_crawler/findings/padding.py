"""Which sequences of a folder differ in their padding only. Pure."""

from collections.abc import Iterable

from ..model import Asset, Finding, ImageSequence, SequenceKey
from ..sequences.grouping import split_frame
from ..text import plural
from .values import Kind


def mixed_paddings(assets: Iterable[Asset]) -> dict[SequenceKey, Finding]:
    """Name, for each sequence, what else there is of its prefix and extension."""
    sequences: dict[tuple[str, str], list[SequenceKey]] = {}
    singles: list[str] = []
    for asset in assets:
        if isinstance(asset, ImageSequence):
            sequences.setdefault((asset.key.prefix, asset.key.ext), []).append(asset.key)
        else:
            singles.append(asset.name)
    if not sequences:
        return {}
    strays: dict[tuple[str, str], list[str]] = {}
    for name in singles:
        cut = split_frame(name)
        if cut is not None and (cut.prefix, cut.ext) in sequences:
            strays.setdefault((cut.prefix, cut.ext), []).append(name)
    return {
        key: _finding([*(k.pattern for k in keys if k != key), *strays.get(family, ())])
        for family, keys in sequences.items()
        for key in keys
        if len(keys) > 1 or family in strays
    }


def _finding(others: list[str]) -> Finding:
    more = f" and {plural(len(others) - 1, 'other')}" if len(others) > 1 else ""
    return Finding(Kind.MIXED_PADDING, None, f"{others[0]}{more} stands beside it")
