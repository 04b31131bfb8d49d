"""Of what frames are expected (`--expect`). Pure."""

from collections.abc import Iterable, Mapping

from ..findings.holes import subtract
from ..model import Asset, ImageSequence, Owner, SingleFile
from ..ranges import Runs
from ..sequences.grouping import by_extension, group_extensions
from .plan import Links, runs_with_links


def frames_by_owner(
    assets: Iterable[Asset], links: Links, expected: Runs, sequence_exts: frozenset[str]
) -> Mapping[Owner, Runs]:
    """Return the frames of each asset of a folder of which frames are expected.

    That is sequences, with those of their frames that are links; and pictures that are too few to
    be one, if a number of theirs is expected: of a delivery of which two frames came, the others
    are missing.
    """
    found: dict[Owner, Runs] = {}
    few: list[str] = []
    for asset in assets:
        if isinstance(asset, ImageSequence):
            found[asset.identity] = runs_with_links(asset, links)
        else:
            few.append(asset.name)
    by_spelling = by_extension(few).items()
    pictures = {ext: names for ext, names in by_spelling if ext.lower() in sequence_exts}
    for group in group_extensions(pictures)[0]:
        if subtract(group.runs, expected) != group.runs:
            found |= {SingleFile(name).identity: group.runs for name in group.names}
    return found
