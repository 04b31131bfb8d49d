"""Group file names into image sequences. Pure: from names alone, nothing is asked of the disk.

The rule is written down in `docs/sequences.md`; in short: the frame number is the last run of
ASCII digits directly before ``.ext``; names group by prefix and extension as spelt; padding then
cuts a group, so that one ``%0Pd`` rebuilds every name of a sequence to the letter.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from ..model import ImageSequence, SequenceKey
from ..ranges import Runs, runs_of

DIGITS = "0123456789"
_AFTER_DIGITS = chr(ord("9") + 1)
_MOST_CUTS = 4


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
    media = by_extension(dict.fromkeys(names))
    extensionless = media.pop("", [])
    sequences, rest = group_extensions(media)
    return sequences, sorted([*rest, *extensionless])


def by_extension(names: Iterable[str]) -> dict[str, list[str]]:
    """Sort names out by their extension as spelt; it is "" where they have none."""
    found: dict[str, list[str]] = {}
    for name in names:
        _, dot, ext = name.rpartition(".")
        found.setdefault(ext if dot else "", []).append(name)
    return found


def group_extensions(
    names: Mapping[str, Sequence[str]],
) -> tuple[list[ImageSequence], list[str]]:
    """Group distinct names that are sorted out by their extension (as spelt, not empty) already."""
    sequences: list[ImageSequence] = []
    rest: list[str] = []
    for ext, some in names.items():
        _group(sorted(some), ext, sequences, rest)
    sequences.sort(key=lambda sequence: sequence.key)
    rest.sort()
    return sequences, rest


def _group(names: list[str], ext: str, sequences: list[ImageSequence], rest: list[str]) -> None:
    """Group sorted names of one extension.

    All names that go on with a digit after a prefix stand in one block. Mostly the whole block is
    one family of frames; where it is not, what is left of it is grouped by itself; where that
    happens again and again, name by name.
    """
    end = -len(ext) - 1
    blocks = [(names, 0)]
    while blocks:
        block, depth = blocks.pop()
        if depth == _MOST_CUTS:
            _group_singly(block, ext, sequences)
            continue
        at, count = 0, len(block)
        while at < count:
            name = block[at]
            stem = name[:end]
            prefix = stem.rstrip(DIGITS)
            start = len(prefix)
            if start == len(stem):
                rest.append(name)
                at += 1
                continue
            until = at + 1
            if until < count and block[until].startswith(prefix):
                until = bisect_left(block, prefix + _AFTER_DIGITS, until)
            family = block[at:until]
            at = until
            digits = [one[start:end] for one in family]
            if not (all(digits) and _are_digits("".join(digits))):
                others = [n for n, d in zip(family, digits, strict=True) if not _are_digits(d)]
                family = [n for n, d in zip(family, digits, strict=True) if _are_digits(d)]
                digits = [one[start:end] for one in family]
                blocks.append((others, depth + 1))
            _add_sequences(prefix, ext, family, digits, sequences)


def _group_singly(names: list[str], ext: str, sequences: list[ImageSequence]) -> None:
    """Group sorted names of one extension, each of which has a frame number."""
    families: dict[str, tuple[list[str], list[str]]] = {}
    for name in names:
        cut = split_frame(name)
        assert cut is not None
        family, digits = families.setdefault(cut.prefix, ([], []))
        family.append(name)
        digits.append(cut.digits)
    for prefix, (family, digits) in families.items():
        _add_sequences(prefix, ext, family, digits, sequences)


def _are_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()


def _add_sequences(
    prefix: str, ext: str, names: list[str], digits: list[str], sequences: list[ImageSequence]
) -> None:
    """Cut a family by its padding. `names` are sorted, so numbers of one width rise."""
    if _one_width(digits):
        key = SequenceKey(prefix, ext, len(digits[0]))
        sequences.append(ImageSequence(key, tuple(names), _runs(digits)))
        return
    for pad, spelt in cut_by_padding(digits).items():
        spelt.sort(key=int)
        rebuilt = tuple([f"{prefix}{one}.{ext}" for one in spelt])
        sequences.append(ImageSequence(SequenceKey(prefix, ext, pad), rebuilt, _runs(spelt)))


def _runs(digits: list[str]) -> Runs:
    """Return the runs of rising, distinct numbers; without a hole, two of them tell."""
    first, last = int(digits[0]), int(digits[-1])
    if last - first == len(digits) - 1:
        return ((first, last),)
    return runs_of(list(map(int, digits)))


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
