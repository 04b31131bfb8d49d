"""Gather what is known of a folder before any media is read: names, records, stats, needs."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from ..errors import StopRequestedError
from ..findings.padding import mixed_paddings
from ..findings.values import Kind
from ..hashing import fingerprint
from ..listing import Listing, Rules
from ..model import (
    Asset,
    Finding,
    ImageSequence,
    Owner,
    SequenceKey,
    Sidecar,
    is_content_hash,
    label_of,
)
from ..ranges import Runs
from ..reading import lstat_files
from ..settings import Settings
from ..sidecar.recorded import BadKind, BadSidecar, Record, Records
from ..sidecar.records import read_records
from ..stats import Stats
from ..text import plural, show
from .context import Context
from .expecting import frames_by_owner
from .plan import (
    AssetPlan,
    Links,
    Match,
    Resolution,
    linked_frames,
    linked_names,
    linked_sequences,
    not_followed,
    resolve,
)
from .report import Problem, ProblemKind

_ASK_EVERY = 64
_FINDINGS = frozenset(map(str, Kind))
_NOT_FOLLOWED = "is a link or no regular file by now, not followed; not examined"
_ASIDE = "was damaged and set aside; a verdict may be in it: look at it, then move it away"
_PROBLEM_OF = {
    BadKind.DAMAGED: ProblemKind.BAD_SIDECAR,
    BadKind.NEWER: ProblemKind.NEWER_SIDECAR,
    BadKind.UNREADABLE: ProblemKind.BAD_SIDECAR,
    BadKind.REFUSED: ProblemKind.BAD_SIDECAR,
}


class FolderScan(NamedTuple):
    """A folder as gathered.

    `plans` are the assets this run is about, `gone` recorded ones whose media is no more,
    `damaged` sidecars that are to be set aside, `mixed` what is found of sequences' paddings,
    `numbered` the frames of what frames are expected of, `linked` the frames that are links.
    """

    listing: Listing
    records: Records = Records()
    resolution: Resolution = Resolution()
    plans: tuple[AssetPlan, ...] = ()
    gone: tuple[Owner, ...] = ()
    damaged: tuple[BadSidecar, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()
    mixed: Mapping[SequenceKey, Finding] = MappingProxyType({})
    numbered: Mapping[Owner, Runs] = MappingProxyType({})
    linked: Links = MappingProxyType({})


def gather_records(listing: Listing, only: str | None, context: Context) -> FolderScan:
    """Gather what is recorded in a folder, and what its names come to; no file is looked at.

    Raises:
        StopRequestedError: asked to stop.
    """
    folder = listing.folder
    if listing.error:
        return FolderScan(
            listing, problems=(Problem(ProblemKind.UNREADABLE, folder.path, listing.error),)
        )
    records = read_records(folder, listing, context.rules, context.stopped)
    if records.trouble:
        return FolderScan(
            listing,
            records,
            problems=(Problem(ProblemKind.BAD_SIDECAR, folder.path, records.trouble),),
        )
    problems = [bad_sidecar(listing, bad) for bad in records.bad if concerns(bad, only)]
    resolution = resolve(listing.media, listing.passed_over, records, context.settings)
    return FolderScan(listing, records, resolution, problems=tuple(problems))


def gather(
    listing: Listing, only: str | None, context: Context, *, vouches: bool = False
) -> FolderScan:
    """Gather one folder. What cannot be examined is a problem in the result.

    A run that `vouches` for what is there, as a gate does, may leave no asset out unsaid.

    Raises:
        StopRequestedError: asked to stop.
    """
    recorded = gather_records(listing, only, context)
    records, resolution = recorded.records, recorded.resolution
    if listing.error or records.trouble:
        return recorded
    plans: list[AssetPlan] = []
    problems = list(recorded.problems)
    for match in resolution.matches:
        if not _wanted(match, only):
            continue
        if match.blocked is not None:
            problems.append(bad_sidecar(listing, match.blocked))
            continue
        planned = _plan(listing, match, records, context)
        if isinstance(planned, AssetPlan):
            plans.append(planned)
        else:
            problems.append(planned)
    gone = tuple(o for o in resolution.gone if only is None or label_of(o) == only)
    links = linked_names(listing.passed_over, context.settings)
    problems += _held(listing, resolution, only, context.settings, vouches=vouches)
    if vouches or context.settings.fail_on:
        problems += _unseen(recorded, links, only)
    if only is not None and not (plans or gone or problems):
        detail = "was not examined: hidden, excluded, no regular file, or gone"
        problems.append(Problem(ProblemKind.NOTHING_FOUND, listing.folder.join(only), detail))
    return recorded._replace(
        plans=tuple(plans),
        gone=gone,
        damaged=tuple(
            bad for bad in records.bad if bad.kind is BadKind.DAMAGED and concerns(bad, only)
        ),
        problems=tuple(dict.fromkeys(problems)),
        warnings=_link_warnings(listing, resolution, links, context.settings.min_seq),
        mixed=mixed_paddings(match.asset for match in resolution.matches),
        numbered=_numbered(resolution, only, gone, links, context.settings),
        linked=links,
    )


def _numbered(
    resolution: Resolution,
    only: str | None,
    gone: tuple[Owner, ...],
    links: Links,
    settings: Settings,
) -> Mapping[Owner, Runs]:
    if not settings.expected:
        return {}
    assets = (match.asset for match in resolution.matches if _wanted(match, only))
    none: dict[Owner, Runs] = {owner: () for owner in gone if isinstance(owner, SequenceKey)}
    return {**none, **frames_by_owner(assets, links, settings.expected, settings.media.sequence)}


def _held(
    listing: Listing, resolution: Resolution, only: str | None, settings: Settings, *, vouches: bool
) -> list[Problem]:
    """Name what people would believe signed or examined, while some of its frames are excluded."""
    if settings.signing is not None:
        kind, what = ProblemKind.UNSIGNED, "signed"
    elif vouches or settings.fail_on:
        kind, what = ProblemKind.UNEXAMINED, "examined"
    else:
        return []
    detail = f"some of its recorded frames are excluded in this run, or links; not {what}"
    return [
        Problem(kind, listing.folder.join(label_of(owner)), detail)
        for owner in resolution.held
        if only is None or label_of(owner) == only
    ]


def _unseen(scan: FolderScan, links: Links, only: str | None) -> list[Problem]:
    """Name what a run cannot vouch for, for nobody looks at it: links, and what was set aside."""
    listing, resolution = scan.listing, scan.resolution
    gone = not_followed(resolution, scan.records, listing.passed_over)
    unseen = [(label_of(owner), _NOT_FOLLOWED) for owner in gone]
    for match in resolution.matches:
        if isinstance(match.asset, ImageSequence) and (count := linked_frames(match.asset, links)):
            frames = plural(count, "frame is a link", "frames are links")
            unseen.append((match.asset.label, f"{frames}, not followed; not examined"))
    aside = scan.records.set_aside if only is None else ()
    return [
        *(
            Problem(ProblemKind.UNEXAMINED, listing.folder.join(label), detail)
            for label, detail in unseen
            if only in {None, label}
        ),
        *(Problem(ProblemKind.BAD_SIDECAR, listing.folder.join(one), _ASIDE) for one in aside),
    ]


def left_out(scan: FolderScan, only: str | None) -> list[str]:
    """Name what is recorded, and there, but that this run does not look at."""
    owners = (*scan.resolution.held, *scan.resolution.left_alone)
    labels = (label_of(owner) for owner in owners)
    return [scan.listing.folder.join(one) for one in labels if only is None or one == only]


def _wanted(match: Match, only: str | None) -> bool:
    labels = {match.asset.label} | ({label_of(match.owner)} if match.owner else set())
    return only is None or only in labels


def concerns(bad: BadSidecar, only: str | None) -> bool:
    """Tell whether an unusable sidecar is, or could be, of what the run is about."""
    return only is None or bad.owner is None or label_of(bad.owner) == only


def bad_sidecar(listing: Listing, bad: BadSidecar) -> Problem:
    """Name a sidecar that cannot be used."""
    return Problem(_PROBLEM_OF[bad.kind], listing.folder.join(bad.place.below_folder), bad.detail)


def _plan(
    listing: Listing, match: Match, records: Records, context: Context
) -> AssetPlan | Problem:
    """Stat an asset's files, once, and decide whether its media must be read."""
    asset = match.asset
    path = listing.folder.join(asset.label)
    names = asset.names
    stats = Stats()
    for start in range(0, len(names), _ASK_EVERY):
        if context.stopped():
            raise StopRequestedError
        some = names[start : start + _ASK_EVERY]
        try:
            odd = lstat_files(listing.folder.fd, some, stats)
        except FileNotFoundError:
            detail = f"{show(names[len(stats)])} vanished"
            return Problem(ProblemKind.UNSTABLE, path, detail)
        except OSError as error:
            detail = f"{show(names[len(stats)])}: {error.strerror}"
            return Problem(ProblemKind.UNREADABLE, path, detail)
        if odd is not None:
            return Problem(ProblemKind.UNSTABLE, path, f"{show(odd)} is no regular file any more")
        context.pace.count(len(some))
    record = None if match.owner is None else records.of(match.owner)
    return _planned(asset, record, stats, context.settings)


def _planned(
    asset: Asset,
    record: Record | None,
    stats: Stats,
    settings: Settings,
) -> AssetPlan:
    now = fingerprint(asset.names, stats, ignore_ctime=settings.ignore_ctime)
    known = record.sidecar.cheap_fp if record else None
    digest = known.digest if known else None
    if settings.ignore_ctime and digest not in {None, now.digest}:
        # A digest that an earlier run took with ctime proves even more.
        strict = fingerprint(asset.names, stats, ignore_ctime=False)
        now = strict if strict.digest == digest else now
    well_formed = record is not None and is_content_hash(record.sidecar.content_hash)
    changed = digest != now.digest or not well_formed
    # A gate asks for what is found now: with the cache that costs no reading.
    must_read = changed or settings.reads_all or not settings.fail_on.isdisjoint(_FINDINGS)
    return AssetPlan(asset, record, stats, now, changed, must_read=must_read)


def _link_warnings(
    listing: Listing, resolution: Resolution, links: Links, min_seq: int
) -> tuple[str, ...]:
    return tuple(
        f"{show(listing.folder.join(key.pattern))}: "
        f"{plural(count, 'frame is a link', 'frames are links')}, not followed"
        for key, count in linked_sequences(links, resolution.matches, min_seq)
    )


def regrouped_signed(scan: FolderScan) -> dict[Owner, Sidecar]:
    """Return what a person signed as single files that are frames of a sequence now."""
    records = {owner: scan.records.of(owner) for owner in scan.resolution.regrouped}
    return {owner: one.sidecar for owner, one in records.items() if one and one.sidecar.verdicts}


def media_of(scan: FolderScan) -> tuple[int, int]:
    """Return how many files and bytes the planned assets hold."""
    prints = [plan.fingerprint for plan in scan.plans]
    return sum(one.files for one in prints), sum(one.bytes for one in prints)


def found_in(scan: FolderScan, rules: Rules) -> int:
    """Count what shows that a folder is there: media, excluded on request or not, and sidecars."""
    return scan.listing.media_there(rules) + len(scan.records.places)
