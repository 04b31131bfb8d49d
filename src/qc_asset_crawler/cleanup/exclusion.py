"""What the names in one folder say about the tool's files there."""

from collections.abc import Iterable
from functools import cached_property

from ..listing import Listing, Passed, Rules
from ..model import Owner, SequenceKey
from ..sequences.grouping import group_frames, parse_pattern, split_frame
from ..settings import Naming
from ..sidecar.names import file_names, sequence_names


class Exclusion:
    """What a run is not about, for `--exclude` or because it is about one asset only."""

    def __init__(self, listing: Listing, rules: Rules) -> None:
        self._listing = listing
        self._rules = rules

    def covers(self, name: str) -> bool:
        """Tell whether a file of the tool's is excluded itself, or `.qc` with all that is in it.

        `name` is its path below the folder.
        """
        excluded, below = self._rules.excluded, self._listing.below_root
        if excluded is None:
            return False
        parts = name.split("/")
        paths = ["/".join(parts[: at + 1]) for at in range(len(parts))]
        return any(excluded(part, below + p) for part, p in zip(parts, paths, strict=True))

    def covers_media_of(self, plain: str, owner: Owner | None) -> bool:
        """Tell whether media that a sidecar is of is excluded; `plain`: without a leading dot.

        Of a sequence one excluded frame will do: a run that is not about all of it is not about
        it. Where nobody can tell whose it is, the name does.
        """
        excluded, below = self._rules.excluded, self._listing.below_root
        if excluded is None:
            return False
        if owner is None:
            return plain in self._excluded_names
        label = owner.pattern if isinstance(owner, SequenceKey) else owner
        if excluded(plain, below + plain) or excluded(label, below + label):
            return True
        return isinstance(owner, SequenceKey) and (owner.prefix, owner.ext) in self._families

    @cached_property
    def _excluded(self) -> list[str]:
        passed_over = self._listing.passed_over.items()
        return [name for name, why in passed_over if why is Passed.EXCLUDED]

    @cached_property
    def _families(self) -> set[tuple[str, str]]:
        """The prefixes and extensions of the frames that are there and excluded."""
        cuts = (split_frame(name) for name in self._excluded)
        return {(cut.prefix, cut.ext) for cut in cuts if cut is not None}

    @cached_property
    def _excluded_names(self) -> set[str]:
        return _names_of(self._excluded, self._rules.naming)

    def has_media_for(self, plain: str) -> bool:
        """Tell whether a sidecar's name is one that media of this folder would give it."""
        return plain in self._names

    @cached_property
    def _names(self) -> set[str]:
        return _names_of(self._listing.files, self._rules.naming)


def _names_of(files: Iterable[str], naming: Naming) -> set[str]:
    """Return the names that sidecars of these files, or of sequences they form, may have."""
    files = list(files)
    names = {sidecar for name in files for sidecar in file_names(name, naming)}
    for sequence in group_frames(files)[0]:
        names.update(sequence_names(sequence.key, naming, alone=True))
    return names


def names_of_asset(label: str, naming: Naming) -> set[str]:
    """Return the names that the sidecar of one asset may have: of a file, or of a pattern."""
    key = parse_pattern(label)
    sequence = sequence_names(key, naming, alone=True) if key is not None else []
    return {*file_names(label, naming), *sequence}
