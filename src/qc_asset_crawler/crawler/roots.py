"""What a ROOT means: a folder, or just one asset, given as a media file or a printf pattern."""

import errno
import os
import stat
from collections.abc import Iterable, Mapping

from ..errors import UsageError
from ..files.folder import STORE_NAME, Folder, open_root
from ..listing import Listing, Rules, extension_of
from ..model import SequenceKey, label_of
from ..ranges import Runs, format_runs
from ..sequences.grouping import parse_pattern
from ..sequences.walk import Unopened, list_folder
from ..settings import Settings
from ..sidecar.recorded import Records
from ..sidecar.records import read_records
from ..text import show
from .finding import is_entered
from .place import Root
from .plan import Resolution, resolve
from .report import Problem, ProblemKind

_ABSENT = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG}


def resolve_roots(paths: tuple[str, ...], settings: Settings) -> tuple[Root, ...]:
    """Find out what each ROOT is; a root that the walk of another one reaches is covered by it.

    Raises:
        UsageError: a ROOT does not exist, or is neither a folder nor media nor a known pattern.
    """
    roots = list(
        {_real(root): root for path in paths for root in [_resolve(path, settings)]}.values()
    )
    if settings.asset_id is not None and not (len(roots) == 1 and roots[0].only):
        raise UsageError("--asset-id is for exactly one asset: give one file or one pattern")
    rules = Rules.of(settings)
    resolved = tuple(
        root
        for root in roots
        if not any(_covers(other, root, rules) for other in roots if other is not root)
    )
    _check_part(resolved, settings, rules)
    return resolved


def _real(root: Root) -> tuple[str, str | None]:
    return os.path.realpath(root.path), root.only


def _covers(other: Root, root: Root, rules: Rules) -> bool:
    """Tell whether the walk of another root comes by here: not through hidden names or links."""
    if other.only is not None:
        return False
    here, there = _real(root)[0], _real(other)[0]
    if here == there and root.only is None:
        return False
    below = f"{here}/{root.only or ''}".rstrip("/").removeprefix(there.rstrip("/") + "/")
    return not below.startswith("/") and is_entered(below, rules)


def _check_part(roots: tuple[Root, ...], settings: Settings, rules: Rules) -> None:
    """Make sure that a part of the roots can be told.

    Raises:
        UsageError: it cannot, or nothing of it would be looked at.
    """
    if settings.part.is_whole:
        return
    if any(root.only for root in roots):
        raise UsageError("--shard and --dirs-from are for folders, and ROOT is one asset")
    listed = settings.part.listed
    if listed is None:
        return
    if len(roots) != 1:
        raise UsageError("--dirs-from goes with one ROOT, which its folders are below")
    if not any(is_entered(path, rules) for path in listed):
        raise UsageError("--dirs-from names hidden or excluded folders only: none is looked at")


def _resolve(path: str, settings: Settings) -> Root:
    absolute = os.path.abspath(path)
    try:
        found = os.stat(absolute)
    except OSError as error:
        if error.errno not in _ABSENT:
            return Root(absolute)  # it is there, and the walk will say what is wrong with it
    else:
        if stat.S_ISDIR(found.st_mode):
            return Root(absolute)
    folder, name = os.path.split(absolute)
    if os.path.lexists(absolute):
        return _one_file(folder, name, settings)
    key = parse_pattern(name)
    if key is None:
        if Rules.of(settings).is_media(name) and os.path.isdir(folder):
            _, _, records = _look(folder, settings)
            if name in records.files:
                return Root(folder, name)  # gone, but not forgotten
        raise UsageError(f"ROOT does not exist: {show(path)}{_hash_hint(name)}")
    return _one_sequence(folder, key, path, settings)


def _hash_hint(name: str) -> str:
    if "#" not in name:
        return ""
    return " (a sequence is given as a printf pattern, e.g. plate.%04d.exr)"


def _one_file(folder: str, name: str, settings: Settings) -> Root:
    path = show(f"{folder}/{name}")
    if name.startswith("."):
        raise UsageError(f"ROOT is a hidden file, which is never looked at: {path}")
    if os.path.islink(f"{folder}/{name}"):
        raise UsageError(f"ROOT is a link to a file: {path}; give the file itself")
    if not Rules.of(settings).is_media(name):
        kind = extension_of(name) or "no extension"
        raise UsageError(
            f"ROOT is not media ({show(kind)}): {path}; QC_EXTRA_MEDIA_EXTS adds extensions"
        )
    if not os.path.isfile(f"{folder}/{name}"):
        raise UsageError(f"ROOT is no regular file: {path}")
    _, resolution, _ = _look(folder, settings)
    for match in resolution.matches:
        if name in match.asset.names and match.asset.label != name:
            raise UsageError(
                f"ROOT is one frame of a sequence: {path}; "
                f"give the sequence, {show(f'{folder}/{match.asset.label}')}"
            )
    return Root(folder, name)


def _one_sequence(folder: str, key: SequenceKey, path: str, settings: Settings) -> Root:
    """Find the sequence a pattern means: found or recorded, its padding as written or ``%d``."""
    if not os.path.isdir(folder):
        raise UsageError(f"ROOT does not exist: {show(path)}")
    _, resolution, records = _look(folder, settings)
    owners = [match.owner for match in resolution.matches if match.owner is not None]
    labels = {match.asset.label for match in resolution.matches}
    labels.update(label_of(owner) for owner in (*records.sequences, *owners))
    if key.pattern in labels:
        return Root(folder, key.pattern)
    alike = sorted(
        label
        for label in labels
        if (other := parse_pattern(label)) and (other.prefix, other.ext) == (key.prefix, key.ext)
    )
    if key.pad == 1 and len(alike) == 1:
        return Root(folder, alike[0])
    hint = f"; there is {', '.join(map(show, alike))}" if alike else ""
    raise UsageError(f"ROOT matches no sequence: {show(path)}{hint}")


def _look(folder: str, settings: Settings) -> tuple[Listing, Resolution, Records]:
    """List one folder and match it with what is recorded.

    Raises:
        UsageError: it cannot be listed, so nobody can tell which asset is meant.
    """
    rules = Rules.of(settings)
    try:
        opened = Folder(open_root(folder), folder)
    except OSError as error:
        raise UsageError(f"cannot read {show(folder)}: {error.strerror}") from None
    with opened:
        listing = list_folder(opened, rules)
        if listing.error:
            raise UsageError(f"cannot read {show(folder)}: {listing.error}")
        records = read_records(opened, listing, rules)
        return listing, resolve(listing.media, listing.passed_over, records, settings), records


def refuse_stores(roots: Iterable[Root]) -> None:
    """Refuse a ROOT that is a store of sidecars, where no media is.

    Raises:
        UsageError: one is.
    """
    for root in roots:
        if STORE_NAME in os.path.realpath(root.path).split("/"):
            raise UsageError(f"ROOT is a folder of sidecars: {show(root.path)}; give the one above")


def empty_roots(
    roots: tuple[Root, ...],
    found_in: Mapping[str, int],
    problems: Iterable[Problem],
    not_looked_at: Iterable[str],
) -> list[Problem]:
    """Name the roots that hold neither media nor sidecars: is the storage mounted?

    `found_in` counts media and sidecars by root; a root with a problem of its own is named already.
    """
    named = {problem.path for problem in problems}
    detail = "holds neither media nor sidecars (is it mounted? --allow-empty accepts it)"
    extensions = sorted(not_looked_at)
    if extensions and len(roots) == 1:
        detail += "; not looked at: " + ", ".join(show(ext) or "no extension" for ext in extensions)
    return [
        Problem(ProblemKind.NOTHING_FOUND, root.path, detail)
        for root in roots
        if not found_in.get(root.path) and root.path not in named
    ]


def unnumbered_roots(
    roots: tuple[Root, ...],
    numbered_in: Mapping[str, int],
    problems: Iterable[Problem],
    expected: Runs,
) -> list[Problem]:
    """Name the roots without a sequence, where frames are expected; those named already are not."""
    named = {problem.path for problem in problems}
    detail = f"holds no sequence that --expect {format_runs(expected)} could be compared with"
    return [
        Problem(ProblemKind.NOTHING_FOUND, root.path, detail)
        for root in roots
        if not numbered_in.get(root.path) and root.path not in named
    ]


def unopened_problem(folder: Unopened) -> Problem:
    """Name a folder that could not be opened; one that went meanwhile is a live tree's."""
    kind = ProblemKind.UNSTABLE if folder.vanished else ProblemKind.UNREADABLE
    return Problem(kind, folder.path, folder.error)
