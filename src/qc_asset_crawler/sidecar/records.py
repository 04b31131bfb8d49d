"""Read what is recorded in a directory: every sidecar, in every mode."""

import errno
import hashlib
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from ..errors import RecordError, StopRequestedError, never
from ..files.atomic import temp_owner
from ..files.direct import read_directly
from ..files.folder import READ_FILE, STORE_NAME, Folder, close_quietly, open_inside
from ..listing import Listing, Rules, is_set_aside
from ..model import Owner, SequenceKey, Sidecar, unite
from ..settings import Naming, SidecarMode
from ..text import is_file_name
from .codec import MAX_SIDECAR_BYTES, NewerSchemaError, decode
from .fields import DamagedSidecarError
from .names import file_names, is_sequence_name, says_nothing
from .recorded import BadKind, BadSidecar, Place, Record, Records

_END = b"\n}\n"  # what the tool writes has it nowhere else


class UnusableError(Exception):
    """A sidecar is there and cannot be used; the text says why."""

    def __init__(self, kind: BadKind, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


@contextmanager
def open_store(folder: Folder, mode: SidecarMode) -> Iterator[int]:
    """Open the directory that holds a mode's sidecars.

    Raises:
        FileNotFoundError: there is no `.qc` yet.
        OSError: it cannot be opened, is a link or no directory.
    """
    if mode is not SidecarMode.SUBDIR:
        yield folder.fd
        return
    fd = open_inside(folder.fd, STORE_NAME)
    try:
        yield fd
    finally:
        close_quietly(fd)


def find_places(folder: Folder, listing: Listing, rules: Rules) -> frozenset[Place]:
    """Name every sidecar of a directory, in all three modes.

    Raises:
        OSError: `.qc` is there and cannot be listed, is a link or no directory.
    """
    return _places(listing, _store_names(folder, listing), rules)


def _store_names(folder: Folder, listing: Listing) -> list[str]:
    if not listing.has_store:
        return []
    try:
        with open_store(folder, SidecarMode.SUBDIR) as fd:
            return os.listdir(fd)
    except FileNotFoundError:
        return []


def _places(listing: Listing, store_names: list[str], rules: Rules) -> frozenset[Place]:
    beside = (
        Place(SidecarMode.DOT if name.startswith(".") else SidecarMode.INLINE, name)
        for name in listing.sidecars
    )
    inside = (Place(SidecarMode.SUBDIR, name) for name in store_names if rules.is_sidecar(name))
    return frozenset((*beside, *inside))


def read_records(
    folder: Folder, listing: Listing, rules: Rules, stopped: Callable[[], bool] = never
) -> Records:
    """Read everything that is recorded in a directory.

    Raises:
        StopRequestedError: asked to stop.
    """
    try:
        store_names = _store_names(folder, listing)
    except OSError as error:
        linked = error.errno in {errno.ELOOP, errno.ENOTDIR}
        detail = "is a link or no folder" if linked else error.strerror or "cannot be read"
        return Records(trouble=f"{STORE_NAME} {detail}")
    places = _places(listing, store_names, rules)
    found: dict[Owner, list[tuple[Place, Sidecar, bytes]]] = {}
    bad: list[BadSidecar] = []
    try:
        for mode in SidecarMode:
            mine = sorted(place for place in places if place.mode is mode)
            if not mine:
                continue
            # `.qc` may go while another run moves sidecars; under the lock all is read again.
            with suppress(FileNotFoundError), open_store(folder, mode) as fd:
                for place in mine:
                    if stopped():
                        raise StopRequestedError
                    _read_into(fd, place, rules, found, bad)
    except OSError as error:  # `.qc` was swapped meanwhile
        return Records(trouble=f"{STORE_NAME}: {error.strerror}")
    records = {owner: _united(copies) for owner, copies in found.items()}
    return Records(
        files={o: r for o, r in records.items() if isinstance(o, str)},
        sequences={o: r for o, r in records.items() if isinstance(o, SequenceKey)},
        bad=_with_owners(bad, listing.files, rules.naming),
        places=places,
        leftovers=tuple(name for name in store_names if temp_owner(name)),
        set_aside=(
            *listing.set_aside,
            *(f"{STORE_NAME}/{name}" for name in store_names if is_set_aside(name)),
        ),
    )


def _with_owners(
    bad: list[BadSidecar], files: tuple[str, ...], naming: Naming
) -> tuple[BadSidecar, ...]:
    """Find the files whose sidecars have a shortened or hashed name; their content cannot tell."""
    present = set(files) if bad else set[str]()
    if all(not isinstance(one.owner, str) or one.owner in present for one in bad):
        return tuple(bad)
    named = {plain: name for name in files for plain in file_names(name, naming)}
    return tuple(
        one._replace(owner=named.get(one.place.plain, one.owner))
        if isinstance(one.owner, str)
        else one
        for one in bad
    )


def _read_into(
    store_fd: int,
    place: Place,
    rules: Rules,
    found: dict[Owner, list[tuple[Place, Sidecar, bytes]]],
    bad: list[BadSidecar],
) -> None:
    try:
        sidecar, digest = read_sidecar(store_fd, place)
    except FileNotFoundError:
        return
    except NewerSchemaError as newer:
        owner = newer.key if newer.is_sequence else _owner_by_name(place, rules.naming)
        bad.append(BadSidecar(place, BadKind.NEWER, str(newer), owner))
    except UnusableError as error:
        if is_ours_by_name(place, rules):
            owner = _owner_by_name(place, rules.naming)
            bad.append(BadSidecar(place, error.kind, error.detail, owner))
    else:
        found.setdefault(owner_of(place, sidecar, rules.naming), []).append(
            (place, sidecar, digest)
        )


def read_sidecar(store_fd: int, place: Place) -> tuple[Sidecar, bytes]:
    """Read one sidecar; return it with a digest of its bytes.

    Raises:
        FileNotFoundError: it is gone.
        NewerSchemaError: it is of a newer major schema.
        UnusableError: it is a link, unreadable or damaged.
    """
    data = read_bytes(store_fd, place.name)
    return _decoded(data), digest_of(data)


def _decoded(data: bytes) -> Sidecar:
    try:
        return decode(data)
    except DamagedSidecarError as error:
        raise UnusableError(BadKind.DAMAGED, str(error)) from None


def is_damaged(store_fd: int, place: Place) -> bool:
    """Tell whether a sidecar's content is (still) unreadable.

    Raises:
        OSError: it cannot be looked at; then it is not known to be damaged.
    """
    try:
        read_sidecar(store_fd, place)
    except UnusableError as error:
        return error.kind is BadKind.DAMAGED
    except NewerSchemaError:
        return False
    return False


def digest_at(store_fd: int, name: str) -> bytes | None:
    """Return the digest of a sidecar's bytes as they are now; None where it cannot be read."""
    try:
        return digest_of(read_bytes(store_fd, name))
    except (FileNotFoundError, UnusableError):
        return None


def digest_of(data: bytes) -> bytes:
    """Return what tells whether a sidecar was written since it was read."""
    return hashlib.blake2b(data, digest_size=16).digest()


def read_bytes(store_fd: int, name: str) -> bytes:
    """Read a sidecar's bytes; never through a link, never from a device.

    Raises:
        FileNotFoundError: it is gone.
        UnusableError: it is a link, no regular file, too large, or cannot be read.
    """
    try:
        fd = os.open(name, READ_FILE, dir_fd=store_fd)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENXIO}:
            raise UnusableError(BadKind.REFUSED, "is a link or no regular file") from None
        raise UnusableError(BadKind.UNREADABLE, error.strerror or "unreadable") from None
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise UnusableError(BadKind.REFUSED, "is no regular file")
        if found.st_size > MAX_SIDECAR_BYTES:
            raise UnusableError(BadKind.DAMAGED, "is over 64 MB")
        with open(fd, "rb", closefd=False) as file:
            data = file.read(found.st_size + 1)
    except OSError as error:
        raise UnusableError(BadKind.UNREADABLE, error.strerror or "unreadable") from None
    finally:
        close_quietly(fd)
    if not data.endswith(_END):  # damaged, or it grew and this client does not know it yet
        data = read_directly(store_fd, name) or data
    return data


def owner_of(place: Place, sidecar: Sidecar, naming: Naming) -> Owner:
    """Tell whose a sidecar is. A sequence's says so itself; a single file's by its name.

    Where the name is a shortened or hashed form, the path recorded inside decides.
    """
    if sidecar.sequence is not None:
        return sidecar.sequence.key
    recorded = sidecar.asset_path.rpartition("/")[2]
    stem = place.plain.removesuffix(naming.file_suffix)
    if is_file_name(recorded) and (
        says_nothing(stem) or place.plain in file_names(recorded, naming)
    ):
        return recorded
    return stem


def _owner_by_name(place: Place, naming: Naming) -> Owner | None:
    if is_sequence_name(place.plain, naming):
        return None
    return place.plain.removesuffix(naming.file_suffix)


def is_ours_by_name(place: Place, rules: Rules) -> bool:
    """Tell whether an unusable file is a sidecar of ours at all, and not somebody's own JSON."""
    if place.mode is SidecarMode.SUBDIR or is_sequence_name(place.plain, rules.naming):
        return True
    return rules.is_media(place.plain.removesuffix(rules.naming.file_suffix))


def _united(copies: list[tuple[Place, Sidecar, bytes]]) -> Record:
    """Unite the copies of one asset's sidecar that a crash may have left; the newest wins.

    One that holds all that another does and more is newer, whatever the clocks of hosts said.
    """
    words = [{verdict.said for verdict in sidecar.verdicts} for _, sidecar, _ in copies]

    def age(copy: tuple[Place, Sidecar, bytes]) -> tuple[int, str]:
        said = {verdict.said for verdict in copy[1].verdicts}
        return sum(other < said for other in words), copy[1].qc_time

    copies.sort(key=age, reverse=True)
    sidecar = copies[0][1]
    for _, older, _ in copies[1:]:
        sidecar = unite(sidecar, older)
    return Record(sidecar, tuple(c[0] for c in copies), tuple(c[2] for c in copies))


def reread(folder: Folder, record: Record, naming: Naming) -> Record | None:
    """Read a record again, as it is now; None where it is gone.

    Raises:
        RecordError: it is there and cannot be used any more.
    """
    found: list[tuple[Place, bytes]] = []
    try:
        for place in record.places:
            with open_store(folder, place.mode) as fd:
                found.append((place, read_bytes(fd, place.name)))
        if tuple(digest_of(data) for _, data in found) == record.digests:
            return record
        copies = [(place, _decoded(data), digest_of(data)) for place, data in found]
    except FileNotFoundError:
        return None
    except (NewerSchemaError, UnusableError) as error:
        raise RecordError(f"the sidecar {error}") from None
    owners = {owner_of(place, sidecar, naming) for place, sidecar, _ in copies}
    if len(owners) > 1 or owners != {owner_of(record.place, record.sidecar, naming)}:
        raise RecordError("the sidecar is of another asset now")
    return _united(copies)
