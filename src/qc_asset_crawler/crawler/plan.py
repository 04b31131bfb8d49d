"""Decide what a folder's assets are, and what each of them needs. Pure.

A sequence is recognised by (prefix, extension), and by padding only where two share those. What
is recorded as a sequence stays that asset until its last frame is gone.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from ..findings.holes import subtract
from ..listing import Passed
from ..model import (
    Asset,
    Fingerprint,
    ImageSequence,
    Owner,
    SequenceKey,
    SequenceRecord,
    Sidecar,
    SingleFile,
    label_of,
)
from ..ranges import Runs, contains, parse_runs, runs_of
from ..sequences.grouping import group_extensions, group_frames, split_frame
from ..settings import Settings
from ..sidecar.recorded import BadKind, BadSidecar, Record, Records
from ..stats import Stats

Links = Mapping[tuple[str, str], Sequence[str]]
"""The names of frames that are links, by prefix and extension."""


class Match(NamedTuple):
    """An asset of the folder, and whose record it continues (None: it is new)."""

    asset: Asset
    owner: Owner | None
    blocked: BadSidecar | None = None


class Resolution(NamedTuple):
    """What the names of a folder and its records come to.

    `gone` are owners whose media is no more; `regrouped` and `left_alone` those that this run has
    no business with: their files are part of a sequence now, or were passed over. `held` are
    sequences of which some recorded frames are excluded, or links: this run cannot judge them.
    """

    matches: tuple[Match, ...] = ()
    gone: tuple[Owner, ...] = ()
    regrouped: tuple[Owner, ...] = ()
    left_alone: tuple[Owner, ...] = ()
    held: tuple[Owner, ...] = ()


class AssetPlan(NamedTuple):
    """One asset, its record, and what `lstat` says of it.

    `changed`: its stamps do not prove it equal to what is recorded. `must_read`: that, or the run
    distrusts what is recorded.
    """

    asset: Asset
    record: Record | None
    stats: Stats
    fingerprint: Fingerprint
    changed: bool
    must_read: bool


def resolve(
    media: Mapping[str, Sequence[str]],
    passed_over: Mapping[str, Passed],
    records: Records,
    settings: Settings,
) -> Resolution:
    """Match the media of a folder, by extension, with what is recorded there."""
    blocked = {bad.owner: bad for bad in records.bad if bad.kind is not BadKind.DAMAGED}
    known = [*records.sequences, *(k for k in blocked if isinstance(k, SequenceKey))]
    families: dict[tuple[str, str], list[SequenceKey]] = {}
    for key in known:
        families.setdefault((key.prefix, key.ext), []).append(key)
    candidates, singles = _candidates(media, families, settings.media.sequence)
    owners = _pair(candidates, families)
    matches: list[Match] = []
    held: list[Owner] = []
    for sequence in candidates:
        owner = owners.get(sequence.key)
        if owner is None and not _becomes_sequence(sequence, records, blocked, settings.min_seq):
            singles.extend(sequence.names)
        elif (
            owner
            and owner in records.sequences
            and _partly_excluded(records.sequences[owner].sidecar, passed_over)
        ):
            held.append(owner)
        else:
            stopper = blocked.get(owner) if owner else blocked.get(None)
            matches.append(Match(sequence, owner, stopper))
    matches.extend(
        Match(SingleFile(name), name if name in records.files else None, blocked.get(name))
        for name in sorted(singles)
    )
    return _with_orphans(matches, held, media, passed_over, records)


def meant(records: Records, resolution: Resolution, only: str | None) -> list[tuple[Owner, Record]]:
    """Return the records that a run is about: all, or (with `only`) those of one asset."""
    recorded: list[tuple[Owner, Record]] = [*records.sequences.items(), *records.files.items()]
    if only is None:
        return recorded
    owners = {match.owner for match in resolution.matches if match.asset.label == only}
    return [(o, record) for o, record in recorded if o in owners or label_of(o) == only]


def _candidates(
    media: Mapping[str, Sequence[str]],
    families: Mapping[tuple[str, str], list[SequenceKey]],
    sequence_exts: frozenset[str],
) -> tuple[list[ImageSequence], list[str]]:
    """Group the names that can form sequences, by extension or because they are recorded so."""
    capable: dict[str, Sequence[str]] = {}
    others: list[str] = []
    recorded = {ext for _, ext in families}
    for ext, names in media.items():
        if ext.lower() in sequence_exts:
            capable[ext] = names
        elif ext in recorded:
            capable[ext] = [name for name in names if _is_of(name, families)]
            others += [name for name in names if not _is_of(name, families)]
        else:
            others += names
    candidates, unnumbered = group_extensions(capable)
    return candidates, [*others, *unnumbered]


def _is_of(name: str, families: Mapping[tuple[str, str], list[SequenceKey]]) -> bool:
    cut = split_frame(name)
    return cut is not None and (cut.prefix, cut.ext) in families


def _pair(
    candidates: list[ImageSequence], families: Mapping[tuple[str, str], list[SequenceKey]]
) -> dict[SequenceKey, SequenceKey]:
    """Pair found sequences with recorded ones: equal padding first, then the nearest."""
    pairs: dict[SequenceKey, SequenceKey] = {}
    found: dict[tuple[str, str], list[SequenceKey]] = {}
    for sequence in candidates:
        key = sequence.key
        if (key.prefix, key.ext) in families:
            found.setdefault((key.prefix, key.ext), []).append(key)
    for family, keys in found.items():
        recorded = families[family]
        pairs.update((key, key) for key in keys if key in recorded)
        unmatched = [key for key in keys if key not in pairs]
        for owner in recorded:
            if owner not in pairs and unmatched:
                nearest = min((abs(owner.pad - key.pad), key) for key in unmatched)[1]
                unmatched.remove(nearest)
                pairs[nearest] = owner
    return pairs


def _becomes_sequence(
    sequence: ImageSequence,
    records: Records,
    blocked: Mapping[Owner | None, BadSidecar],
    min_seq: int,
) -> bool:
    """Tell whether frames that no record calls a sequence form one now.

    Files that are all recorded one by one, and of which a person signed any, stay what was
    signed; a single new frame among them makes the sequence. A record that cannot be read, or
    is of a newer schema, counts as signed.
    """
    if len(sequence.names) < min_seq:
        return False
    signed = False
    for name in sequence.names:
        record = records.files.get(name)
        if record is None and name not in blocked:
            return True
        signed = signed or record is None or bool(record.sidecar.verdicts)
    return not signed


def _partly_excluded(sidecar: Sidecar, passed_over: Mapping[str, Passed]) -> bool:
    """Tell whether recorded frames are there but excluded: then this run cannot judge."""
    record = sidecar.sequence
    if record is None or Passed.EXCLUDED not in passed_over.values():
        return False
    runs = recorded_runs(record)
    family = (record.key.prefix, record.key.ext)
    excluded = (split_frame(name) for name, why in passed_over.items() if why is Passed.EXCLUDED)
    return any(
        cut is not None and cut[::2] == family and contains(runs, int(cut.digits))
        for cut in excluded
    )


def recorded_runs(record: SequenceRecord) -> Runs:
    """Return the recorded frames; an older schema says only the first and the last."""
    try:
        runs = parse_runs(record.frames)
    except ValueError:
        runs = ()
    return runs or ((record.frame_min, record.frame_max),)


def _with_orphans(
    matches: list[Match],
    held: list[Owner],
    media: Mapping[str, Sequence[str]],
    passed_over: Mapping[str, Passed],
    records: Records,
) -> Resolution:
    """Sort out the records that no found asset continues."""
    used = {match.owner for match in matches} | set(held)
    gone: list[Owner] = []
    left: list[Owner] = []
    regrouped: list[Owner] = []
    present = frozenset(chain.from_iterable(media.values())) if records.files else frozenset()
    for name in records.files:
        if name in used:
            continue
        if name in present:
            regrouped.append(name)
        elif name in passed_over:
            left.append(name)
        else:
            gone.append(name)
    orphans = [key for key in records.sequences if key not in used]
    numbers = _numbers_of(passed_over) if orphans else {}
    for key in orphans:
        covered = runs_of(sorted(numbers.get((key.prefix, key.ext), ())))
        recorded = _frames_of(records, key)
        rest = subtract(recorded, covered)
        (gone if rest == recorded else held if rest else left).append(key)
    return Resolution(tuple(matches), tuple(gone), tuple(regrouped), tuple(left), tuple(held))


def _frames_of(records: Records, key: SequenceKey) -> Runs:
    record = records.of(key)
    sequence = record.sidecar.sequence if record else None
    return recorded_runs(sequence) if sequence else ()


def _numbers_of(names: Iterable[str]) -> dict[tuple[str, str], set[int]]:
    """Return the frame numbers of names, by prefix and extension."""
    found: dict[tuple[str, str], set[int]] = {}
    for name in names:
        cut = split_frame(name)
        if cut:
            found.setdefault((cut.prefix, cut.ext), set()).add(int(cut.digits))
    return found


def not_followed(
    resolution: Resolution, records: Records, passed_over: Mapping[str, Passed]
) -> list[Owner]:
    """Name what is recorded, and there only as links, pipes and the like: nobody looks at those.

    What is excluded was asked for, and what is no media in this run was configured so.
    """
    odd = [name for name, why in passed_over.items() if why in {Passed.LINK, Passed.SPECIAL}]
    numbers, names = _numbers_of(odd), {*odd}
    return [
        owner
        for owner in resolution.left_alone
        if (
            owner in names
            if isinstance(owner, str)
            else any(
                contains(_frames_of(records, owner), number)
                for number in numbers.get((owner.prefix, owner.ext), ())
            )
        )
    ]


def excluded_sequences(passed_over: Mapping[str, Passed], settings: Settings) -> list[SequenceKey]:
    """Name the sequences that are there, but that this run was told not to look at."""
    names = [
        name
        for name, why in passed_over.items()
        if why is Passed.EXCLUDED and name.rpartition(".")[2].lower() in settings.media.sequence
    ]
    found = group_frames(names)[0] if names else []
    return [group.key for group in found if len(group.names) >= settings.min_seq]


def linked_names(passed_over: Mapping[str, Passed], settings: Settings) -> Links:
    """Return the names of frames that were skipped as links, by prefix and extension."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, why in passed_over.items():
        if why is Passed.LINK and name.rpartition(".")[2].lower() in settings.media.sequence:
            cut = split_frame(name)
            if cut is not None:
                found.setdefault((cut.prefix, cut.ext), []).append(name)
    return found


def runs_with_links(sequence: ImageSequence, links: Links) -> Runs:
    """Return the frames of a sequence, and those in whose place a link is."""
    linked = _linked(sequence, links)
    return runs_of(sorted(linked.union(sequence.frames))) if linked else sequence.runs


def linked_frames(sequence: ImageSequence, links: Links) -> int:
    """Count the frames of a sequence in whose place a link is."""
    return len(_linked(sequence, links))


def _linked(sequence: ImageSequence, links: Links) -> set[int]:
    key = sequence.key
    linked: set[int] = set()
    for name in links.get((key.prefix, key.ext), ()):
        frame = int(name[len(key.prefix) : -len(key.ext) - 1])
        if key.name(frame) == name:
            linked.add(frame)
    return linked


def linked_sequences(
    links: Links, matches: Iterable[Match], min_seq: int
) -> list[tuple[SequenceKey, int]]:
    """Name the sequences of which frames were skipped as links, with how many."""
    if not links:
        return []
    found = {
        (match.asset.key.prefix, match.asset.key.ext): match.asset.key
        for match in matches
        if isinstance(match.asset, ImageSequence)
    }
    named: list[tuple[SequenceKey, int]] = []
    for group in group_frames(chain.from_iterable(links.values()))[0]:
        key = found.get((group.key.prefix, group.key.ext))
        if key is not None or len(group.names) >= min_seq:
            named.append((key or group.key, len(group.names)))
    return named
