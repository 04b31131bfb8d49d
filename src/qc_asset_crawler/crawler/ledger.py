"""The sidecars of one folder while they are being written, under its lock."""

import os
from contextlib import suppress

from ..errors import BusyError, RecordError
from ..files.atomic import explain
from ..files.clock import read_clock
from ..files.folder import STORE_NAME
from ..files.lock import HeldLock
from ..identity import new_stamp
from ..model import Owner, SequenceKey, Sidecar
from ..qcstate import Content, Gone, decide
from ..reading import lstat_files
from ..sequences.walk import list_folder
from ..settings import SidecarMode
from ..sidecar.codec import encode
from ..sidecar.names import Siblings, choose_name, stored_name
from ..sidecar.recorded import Place, Record, Records
from ..sidecar.records import find_places, is_damaged, open_store, read_records, reread
from ..sidecar.store import Writer, remove_sidecar, set_aside
from ..stats import Stats
from .context import Context
from .decisions import Item, Outcome, must_move, result_of, target_mode
from .gather import FolderScan
from .occupied import Occupied
from .plan import Resolution, resolve
from .report import AssetResult


class Ledger:
    """What is recorded in one folder, kept in step with the disk while the lock is held."""

    def __init__(self, scan: FolderScan, context: Context) -> None:
        self._scan = scan
        self._context = context
        self._folder = scan.listing.folder
        self._media = scan.listing.media
        self._occupied = Occupied(scan.records.places)
        self._take(scan.records, scan.resolution)
        self._writer = Writer(scan.listing.folder)
        self._distrusted = False
        self._damaged = list(scan.damaged)

    @property
    def unfinished(self) -> bool:
        """Whether damaged sidecars are still to be set aside."""
        return bool(self._damaged)

    def open(self, lock: HeldLock) -> None:
        """Look again at what is there, and set aside what is damaged.

        Raises:
            RecordError: the folder cannot be read any more.
            LockLostError: the lock is not ours any more.
        """
        self._refresh()
        self._set_damaged_aside(lock)

    def _refresh(self) -> None:
        """Look again at what is there; somebody may have written since it was gathered.

        Raises:
            RecordError: the folder cannot be read any more.
        """
        context = self._context
        listing = list_folder(self._folder, context.rules)
        if listing.error:
            raise RecordError(listing.error)
        if listing.has_store:
            self._have_store_listed_anew()
        places = find_places(self._folder, listing, context.rules)
        records = self._records
        same_places = places == self._occupied.places and not self._distrusted
        if same_places and listing.media == self._media:
            return
        if not same_places:
            records = read_records(self._folder, listing, context.rules)
            if records.trouble:
                raise RecordError(records.trouble)
        self._media = listing.media
        self._take(records, resolve(listing.media, listing.passed_over, records, context.settings))
        self._occupied = Occupied(places)
        self._distrusted = False

    def _have_store_listed_anew(self) -> None:
        """Make and remove a file in `.qc`, so that this client asks the server what is in it.

        Some remember a listing (sshfs for 20 s) until they change that directory themselves; the
        lock has seen to the folder. Where nothing can be written nothing will be.
        """
        with suppress(OSError), open_store(self._folder, SidecarMode.SUBDIR) as fd:
            read_clock(fd)

    def distrust(self) -> None:
        """Read everything anew at the next refresh: somebody else held the lock meanwhile."""
        self._distrusted = True

    def _take(self, records: Records, resolution: Resolution) -> None:
        """Take over what is recorded and what the names of the folder come to."""
        self._records = records
        self._usual_mode = records.usual_mode()
        self._resolution = resolution
        self._matches = {match.asset.identity: match for match in resolution.matches}
        known = (*self._matches, *records.sequences)
        self._siblings = Siblings(key for key in known if isinstance(key, SequenceKey))

    def _set_damaged_aside(self, lock: HeldLock) -> None:
        """Rename sidecars whose content proved unreadable out of the way.

        Raises:
            LockLostError: the lock is not ours any more.
        """
        for bad in self._damaged:
            with suppress(FileNotFoundError), open_store(self._folder, bad.place.mode) as fd:
                if is_damaged(fd, bad.place):
                    set_aside(fd, bad.place, lock, self._context.rules.naming)
                    self._occupied.discard(bad.place)
        self._damaged.clear()

    def settle(self, item: Item, lock: HeldLock) -> AssetResult | None:
        """Decide an asset on what is recorded now, and write it; None: there is no more to do.

        Raises:
            BusyError: it changed while it was examined, or the lock was lost.
            RecordError: it cannot be written; `VolumeError`: nothing can, on this volume.
        """
        try:
            return self._settle(item, lock)
        except OSError as error:
            raise explain(error) from error

    def _settle(self, item: Item, lock: HeldLock) -> AssetResult | None:
        record = self._record_now(item)
        if isinstance(item.now, Gone) and item.owner not in self._resolution.gone:
            return None
        if _other_than(record, item.record) and not self._still_as_examined(item):
            raise BusyError("was recorded by somebody else while its media changed")
        before = record.sidecar if record else None
        decision = decide(before, _as_known(item, before), self._context.signature, new_stamp())
        after = decision.sidecar or before
        if after is None:
            return None
        place = self._place_for(item, record)
        moving = record is not None and must_move(record, item.now, self._context.settings)
        if decision.sidecar or moving:
            self._write(after, place, record, lock)
        outcome = Outcome(decision, after, before, place, moving)
        return result_of(item, outcome, self._scan, self._context.settings)

    def _write(self, sidecar: Sidecar, place: Place, old: Record | None, lock: HeldLock) -> None:
        """Write a sidecar; others of the same asset go once the new one is safe."""
        copies = zip(old.places, old.digests, strict=True) if old else ()
        others = [(there, digest) for there, digest in copies if there != place]
        durable = sidecar.holds_a_persons_word or bool(others)
        data = encode(sidecar)
        self._writer.write(place, data, lock, durable=durable)
        self._occupied.add(place)
        if others:
            self.sync()
            self.close()  # `.qc` may go
            self._remove(others, lock)

    def _remove(self, copies: list[tuple[Place, bytes]], lock: HeldLock) -> None:
        """Remove sidecars that stand elsewhere now, and `.qc` with the last of them."""
        for place, digest in copies:
            with suppress(FileNotFoundError), open_store(self._folder, place.mode) as fd:
                remove_sidecar(fd, place, digest, lock, self._context.rules.naming)
            self._occupied.discard(place)
        if any(place.mode is SidecarMode.SUBDIR for place, _ in copies):
            with suppress(OSError):  # somebody's files are in it yet
                os.rmdir(STORE_NAME, dir_fd=self._folder.fd)

    def _record_now(self, item: Item) -> Record | None:
        owner = item.owner
        if item.plan is not None:
            match = self._matches.get(owner)
            if match is None:
                raise BusyError("was regrouped while it was examined")
            if match.blocked is not None:
                raise RecordError(f"its sidecar {match.blocked.detail}")
            if match.owner is None:
                return None
            owner = match.owner
        record = self._records.of(owner)
        return None if record is None else reread(self._folder, record, self._context.rules.naming)

    def _still_as_examined(self, item: Item) -> bool:
        """Tell whether the files are what was examined; else somebody else's record is newer."""
        if item.plan is None:
            return True
        found = Stats()
        try:
            odd = lstat_files(self._folder.fd, item.plan.asset.names, found)
        except FileNotFoundError:
            return False
        return odd is None and found == item.stats

    def _place_for(self, item: Item, record: Record | None) -> Place:
        """Choose where a sidecar stands: where it is, unless it is new or asked to move."""
        settings = self._context.settings
        own = record.places if record else ()
        if record is not None:
            mode = target_mode(record, settings)
            if mode is record.place.mode:
                return record.place
            if not self._occupied.takes(record.place.plain, own):
                return Place(mode, stored_name(record.place.plain, mode))
        else:
            mode = settings.sidecar_mode or self._usual_mode
        name = choose_name(
            item.owner,
            settings.naming,
            lambda wanted: self._occupied.takes(wanted, own),
            self._siblings_of(item.owner),
        )
        return Place(mode, stored_name(name, mode))

    def _siblings_of(self, owner: Owner) -> Siblings:
        """Return the other sequences of the folder; single files have none to be told from."""
        if not isinstance(owner, SequenceKey):
            return self._siblings
        match = self._matches.get(owner)
        return self._siblings.without({owner, match.owner if match else None})

    def sync(self) -> None:
        """Make what a person said durable, before it is acknowledged."""
        self._writer.sync()

    def close(self) -> None:
        """Close what was opened to write in."""
        self._writer.close()


def _as_known(item: Item, before: Sidecar | None) -> Content | Gone:
    """Return an asset's content, with the findings of a record that has gone meanwhile.

    That record is why the asset was not read, and its bytes are the same.
    """
    if before or item.record is None or isinstance(item.now, Gone) or item.now.findings is not None:
        return item.now
    return item.now._replace(findings=item.record.sidecar.findings)


def _other_than(now: Record | None, gathered: Record | None) -> bool:
    """Tell whether a record is not the one that was gathered."""
    return (now.digests if now else None) != (gathered.digests if gathered else None)
