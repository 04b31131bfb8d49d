"""Group file names into image sequences. Pure: from names alone, nothing is asked of the disk.

The rule is written down in `docs/sequences.md`; in short: the frame number is the last run of
ASCII digits directly before ``.ext``; names group by prefix and extension as spelt; padding then
cuts a group, so that one ``%0Pd`` rebuilds every name of a sequence to the letter.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..model import ImageSequence, SequenceKey

DIGITS = "0123456789"


class FrameName(NamedTuple):
    """A file name cut at its frame number; `digits` as spelt."""

    prefix: str
    digits: str
    ext: str


def split_frame(name: str) -> FrameName | None:
    """Cut `name` at its frame number, or return None where it has none.

    ASCII digits only: ``plate².exr`` and Arabic digits are no frame numbers.
    """
    stem, dot, ext = name.rpartition(".")
    if not dot or not ext:
        return None
    prefix = stem.rstrip(DIGITS)
    if len(prefix) == len(stem):
        return None
    return FrameName(prefix, stem[len(prefix) :], ext)


def group_frames(names: Iterable[str]) -> tuple[list[ImageSequence], list[str]]:
    """Group `names` into candidate sequences of one frame and more, and the names without one.

    Linear in the number of names (but for the sort); the result does not depend on their order.
    Sequences come sorted by key, the rest by name; a name given twice counts once.
    """
    groups: dict[tuple[str, str], list[str]] = {}
    rest: list[str] = []
    # Names of one sequence mostly follow each other: what cut one of them is tried on the next.
    prefix = suffix = ""
    group: list[str] = []
    start, end = 1, -1
    for name in dict.fromkeys(names):
        digits = name[start:end]
        if (
            digits.isdecimal()
            and digits.isascii()
            and name.startswith(prefix)
            and name.endswith(suffix)
            and suffix
        ):
            group.append(digits)
            continue
        cut = split_frame(name)
        if cut is None:
            rest.append(name)
            continue
        prefix, digits, ext = cut
        suffix = f".{ext}"
        start, end = len(prefix), -len(suffix)
        group = groups.setdefault((prefix, ext), [])
        group.append(digits)
    sequences = [
        _sequence(SequenceKey(prefix, ext, pad), digits)
        for (prefix, ext), spelt in groups.items()
        for pad, digits in cut_by_padding(spelt).items()
    ]
    sequences.sort(key=lambda sequence: sequence.key)
    rest.sort()
    return sequences, rest


def _sequence(key: SequenceKey, digits: list[str]) -> ImageSequence:
    digits.sort(key=None if _one_width(digits) else int)
    prefix, suffix = key.prefix, f".{key.ext}"
    names = tuple([prefix + spelt + suffix for spelt in digits])
    return ImageSequence(key, tuple(map(int, digits)), names)


def _one_width(spelt: Sequence[str]) -> bool:
    return len(set(map(len, spelt))) == 1


def cut_by_padding(spelt: Sequence[str]) -> dict[int, list[str]]:
    """Cut frame numbers as spelt into lists that one padding each rebuilds.

    Zero-led numbers of one width belong together (``0`` alone is not zero-led). A number without
    leading zero joins the widest zero-led width not above its own; what is left is padded to its
    smallest width.
    """
    if _one_width(spelt):
        return {len(spelt[0]): list(spelt)}
    led_widths = sorted({len(d) for d in spelt if d[0] == "0" and len(d) > 1})
    if not led_widths:
        return {min(map(len, spelt)): list(spelt)}
    lists: dict[int, list[str]] = {width: [] for width in led_widths}
    unled: list[str] = []
    for digits in spelt:
        width = len(digits)
        at = bisect_right(led_widths, width)
        if at == 0:
            unled.append(digits)
        else:
            lists[led_widths[at - 1]].append(digits)
    if unled:
        lists[min(map(len, unled))] = unled
    return lists


def parse_pattern(pattern: str) -> SequenceKey | None:
    """Read a printf pattern such as ``reel3.%06d.tif``; None where it is not one.

    Exactly one ``%d`` or ``%0Nd``, directly before ``.ext``; a literal ``%`` is doubled. ``%d``
    reads as padding 1.
    """
    stem, dot, ext = pattern.rpartition(".")
    if not dot or not ext or not stem.endswith("d"):
        return None
    head = stem[:-1]
    prefix = head.rstrip(DIGITS)
    width = head[len(prefix) :]
    if not prefix.endswith("%") or (width and not width.startswith("0")):
        return None
    prefix = prefix[:-1]
    if "%" in (prefix + ext).replace("%%", ""):
        return None
    pad = int(width) if width else 1
    if not 0 < pad <= 255:
        return None
    return SequenceKey(prefix.replace("%%", "%"), ext.replace("%%", "%"), pad)
