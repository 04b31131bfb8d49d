"""The names of sidecars. Pure.

A sequence's sidecar has the plain name (`qc.sequence.json`) while its sequence is alone in the
folder, else `<base>.<ext>.qc.sequence.json`; eight hexadecimal digits tell apart what would be
equal. A single file's is its name with the suffix. Names over 255 bytes are shortened.
"""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Set
from copy import copy
from itertools import count

from ..model import Owner, SequenceKey
from ..settings import Naming, Settings, SidecarMode

_MAX_NAME_BYTES = 255
_HASH_HEX = 8
_BARE_HASH = re.compile(r"[0-9a-f]{8}")


def get_side_name_sequence(settings: Settings) -> str:
    """Return the plain name of a sequence's sidecar, without the dot of dot mode."""
    return settings.naming.sequence


def fold(name: str) -> str:
    """Return what a name is equal to on storage that ignores case and Unicode form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def is_sequence_name(plain: str, naming: Naming) -> bool:
    """Tell whether a sidecar's name, without the dot of dot mode, is that of a sequence's."""
    return plain == naming.sequence or plain.endswith(f".{naming.sequence}")


def stored_name(name: str, mode: SidecarMode) -> str:
    """Return the file name of a sidecar as it stands on disk in a mode."""
    return f".{name}" if mode is SidecarMode.DOT else name


def short_hash(*parts: object) -> str:
    """Return eight hexadecimal digits that tell assets apart."""
    text = "\0".join(map(str, parts)).encode("utf-8", "surrogateescape")
    return hashlib.blake2b(text, digest_size=_HASH_HEX // 2).hexdigest()


def sequence_names(key: SequenceKey, naming: Naming, *, alone: bool) -> list[str]:
    """Return the names a sequence's sidecar may have, the best first."""
    parts = key.prefix, key.ext, key.pad
    digits = short_hash(*parts)
    hashed = f"{key.base}.{key.ext}.{digits}" if key.base else f"{digits}.{key.ext}"
    names = [naming.sequence] if alone else []
    if key.base:
        names.append(_fit(f"{key.base}.{key.ext}", f".{naming.sequence}", *parts))
    names.append(_fit(hashed, f".{naming.sequence}", *parts))
    return names


def file_names(name: str, naming: Naming) -> Iterator[str]:
    """Yield the names a single file's sidecar may have, the best first."""
    yield _fit(name, naming.file_suffix, name)
    yield _fit(f"{name}.{short_hash(name)}", naming.file_suffix, name)


def _fit(stem: str, suffix: str, *parts: object) -> str:
    """Join stem and suffix; a stem that makes the name too long is cut, and marked by a hash.

    One byte is kept back for the dot of dot mode, so that a sidecar can move between modes.
    """
    room = _MAX_NAME_BYTES - 1 - len(suffix.encode("utf-8", "surrogateescape"))
    raw = stem.encode("utf-8", "surrogateescape")
    if len(raw) <= room:
        return stem + suffix
    cut = raw[: room - _HASH_HEX - 1].decode("utf-8", "ignore").rstrip("\ufffd")
    return f"{cut}.{short_hash(*parts)}{suffix}"


class Siblings:
    """The sequences of one folder, to be asked in constant time who else is there."""

    def __init__(self, keys: Iterable[SequenceKey]) -> None:
        self._keys = set(keys)
        self._labels = Counter(map(_folded_label, self._keys))
        self._without: Set[object] = frozenset()

    def without(self, keys: Set[object]) -> "Siblings":
        """Return the same, as seen by one of them: under all the names it has."""
        seen = copy(self)
        seen._without = keys & self._keys
        return seen

    def none(self) -> bool:
        """Tell whether there is no other sequence."""
        return len(self._keys) == len(self._without)

    def any_called_like(self, key: SequenceKey) -> bool:
        """Tell whether another one's name would be equal on storage that ignores case."""
        label = _folded_label(key)
        mine = (_folded_label(own) for own in self._without if isinstance(own, SequenceKey))
        return self._labels[label] > sum(own == label for own in mine)


def _folded_label(key: SequenceKey) -> str:
    return fold(f"{key.base}.{key.ext}")


def choose_name(
    owner: Owner,
    naming: Naming,
    taken: Callable[[str], bool],
    siblings: "Siblings",
) -> str:
    """Choose the name of a new sidecar, without the dot of dot mode.

    `taken` tells whether a name is equal, folded, to one in use; `siblings` are the other
    sequences of the folder, recorded or found, living or missing.
    """
    names: Iterable[str]
    if isinstance(owner, SequenceKey):
        names = sequence_names(owner, naming, alone=siblings.none())
        if owner.base and siblings.any_called_like(owner):
            names = list(names)[-1:]
    else:
        names = file_names(owner, naming)
    for name in names:
        if not taken(name):
            return name
    # Even the hashed one is taken (by somebody else's file, say): number them.
    suffix = f".{naming.sequence}" if isinstance(owner, SequenceKey) else naming.file_suffix
    numbered = (short_hash(owner, number) + suffix for number in count(2))
    return next(name for name in numbered if not taken(name))


def says_nothing(stem: str) -> bool:
    """Tell whether the stem of a sidecar's name is a bare hash, so that its content must tell."""
    return _BARE_HASH.fullmatch(stem) is not None
