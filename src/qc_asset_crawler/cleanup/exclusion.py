"""Which sidecars a run is not about, and which have media beside them."""

from functools import cached_property

from ..listing import Listing, Passed, Rules
from ..model import Owner, SequenceKey
from ..sequences.grouping import group_frames, split_frame
from ..sidecar.names import file_names, sequence_names


class Exclusion:
    """What the names in one folder say about its sidecars."""

    def __init__(self, listing: Listing, rules: Rules) -> None:
        self._listing = listing
        self._rules = rules

    def covers(self, plain: str, owner: Owner | None) -> bool:
        """Tell whether a sidecar, or media that it is of, is excluded.

        Of a sequence one excluded frame will do: a run that is not about all of it is not about it.
        """
        excluded, below = self._rules.excluded, self._listing.below_root
        if excluded is None:
            return False
        names = [plain]
        if isinstance(owner, SequenceKey):
            names.append(owner.pattern)
        elif owner is not None:
            names.append(owner)
        if any(excluded(name, below + name) for name in names):
            return True
        return isinstance(owner, SequenceKey) and (owner.prefix, owner.ext) in self._families

    @cached_property
    def _families(self) -> set[tuple[str, str]]:
        """The prefixes and extensions of the frames that are there and excluded."""
        passed_over = self._listing.passed_over.items()
        cuts = [split_frame(name) for name, why in passed_over if why is Passed.EXCLUDED]
        return {(cut.prefix, cut.ext) for cut in cuts if cut is not None}

    def has_media_for(self, plain: str) -> bool:
        """Tell whether a sidecar's name is one that media of this folder would give it."""
        return plain in self._names

    @cached_property
    def _names(self) -> set[str]:
        naming, files = self._rules.naming, self._listing.files
        names = {sidecar for name in files for sidecar in file_names(name, naming)}
        for sequence in group_frames(files)[0]:
            names.update(sequence_names(sequence.key, naming, alone=True))
        return names
