"""Look at what lies beside the media of one folder. Writes nothing, follows no link."""

import errno
import os
from collections.abc import Callable
from typing import NamedTuple

from ..crawler.report import Problem, ProblemKind
from ..errors import StopRequestedError
from ..files.atomic import temp_owner
from ..files.folder import STORE_NAME, Folder
from ..files.lock import LOCK_NAME, is_dead, parse_owner
from ..hashcache import is_cache
from ..listing import Listing, Rules, is_set_aside
from ..model import Owner, Sidecar, label_of
from ..settings import SidecarMode
from ..sidecar.names import is_sequence_name
from ..sidecar.recorded import Place
from ..sidecar.records import is_ours_by_name, open_store, owner_of
from .content import Head, read_content, read_head
from .exclusion import Exclusion, names_of_asset
from .judge import Allowance, judge_cache, judge_mark, judge_sidecar
from .values import Artifact, Content, Flaw, FlawKind, Kind, Mark, Ruling, Standing

_ASK_EVERY = 64
_LINKED = {errno.ELOOP, errno.ENOTDIR}
_EXCLUDED = Ruling(Standing.EXCLUDED)
_ASIDE = Ruling(Standing.SET_ASIDE, "could not be read, and was set aside by a crawler")


class Looked(NamedTuple):
    """What lies in one folder; `.qc` comes after what is in it."""

    artifacts: tuple[Artifact, ...] = ()
    problems: tuple[Problem, ...] = ()


class Look:
    """One look at one folder; with `only` just at one asset's sidecars. `now_ns`: since 1970."""

    def __init__(
        self,
        listing: Listing,
        only: str | None,
        rules: Rules,
        now_ns: int,
        stopped: Callable[[], bool],
    ) -> None:
        self.listing = listing
        self.only = only
        self.rules = rules
        self.now_ns = now_ns
        self.stopped = stopped
        self.exclusion = Exclusion(listing, rules)

    @property
    def folder(self) -> Folder:
        """The folder that is looked at."""
        return self.listing.folder

    def all(self, allowance: Allowance) -> Looked:
        """Look at everything that `allowance` is about; it tells what will be left of `.qc`, too.

        Raises:
            StopRequestedError: asked to stop.
        """
        if self.listing.error:
            return Looked(problems=(self._problem(self.folder.path, self.listing.error),))
        found: list[Artifact | None] = []
        if self.only is None and self.listing.has_cache:
            found.append(self._cache())
        problems: list[Problem] = []
        if not allowance.cache_only:
            found += [self._beside(name) for name in self.listing.sidecars]
            if self.only is None:
                found += [Artifact(Kind.SIDECAR, name, _ASIDE) for name in self.listing.set_aside]
                found += [self.mark(self.folder.fd, name) for name in self.listing.leftovers]
            if self.listing.has_store:
                found += self._store_or_trouble(allowance, problems)
        return Looked(tuple(one for one in found if one is not None), tuple(problems))

    def _store_or_trouble(
        self, allowance: Allowance, problems: list[Problem]
    ) -> list[Artifact | None]:
        if self.exclusion.covers(STORE_NAME):
            return [Artifact(Kind.STORE, STORE_NAME, _EXCLUDED)]
        try:
            return self._store(allowance)
        except FileNotFoundError:
            return []  # it went meanwhile
        except OSError as error:
            if error.errno in _LINKED:
                return [self._strange_store()]
            detail = f"{STORE_NAME}: {error.strerror or 'cannot be read'}"
            problems.append(self._problem(self.folder.path, detail))
            return []

    @staticmethod
    def _problem(path: str, detail: str) -> Problem:
        return Problem(ProblemKind.UNREADABLE, path, detail)

    def _strange_store(self) -> Artifact | None:
        ruling = Ruling(Standing.FOREIGN, "is a link or no folder; never followed")
        return Artifact(Kind.STORE, STORE_NAME, ruling) if self.only is None else None

    def _store(self, allowance: Allowance) -> list[Artifact | None]:
        """Look into `.qc`; where nothing of it stays, the folder itself may go, too.

        Raises:
            OSError: it cannot be read, is a link or no folder.
        """
        with open_store(self.folder, SidecarMode.SUBDIR) as fd:
            names = sorted(os.listdir(fd))
            found = [self._inside(fd, name, at) for at, name in enumerate(names)]
        if sum(one is not None and allowance.permits(one) for one in found) < len(names):
            return found
        return [*found, Artifact(Kind.STORE, STORE_NAME, Ruling(Standing.OURS))]

    def _inside(self, fd: int, name: str, number: int) -> Artifact | None:
        if not number % _ASK_EVERY and self.stopped():
            raise StopRequestedError
        if self.rules.is_sidecar(name):
            return self.sidecar(fd, Place(SidecarMode.SUBDIR, name))
        if self.only is not None:
            return None
        shown = f"{STORE_NAME}/{name}"
        if temp_owner(name):
            return self.mark(fd, name, f"{STORE_NAME}/")
        if is_set_aside(name):
            return Artifact(Kind.SIDECAR, shown, _ASIDE)
        return Artifact(Kind.OTHER, shown, Ruling(Standing.FOREIGN, "is not named like ours"))

    def _beside(self, name: str) -> Artifact | None:
        mode = SidecarMode.DOT if name.startswith(".") else SidecarMode.INLINE
        return self.sidecar(self.folder.fd, Place(mode, name))

    def sidecar(self, store_fd: int, place: Place) -> Artifact | None:
        """Look at a file that is named like a sidecar; None: it is gone, or of another asset."""
        content = read_content(store_fd, place.name)
        if content is None:
            return None
        owner = self._owner(place, content)
        if not self._is_meant(place, owner):
            return None
        name, ruling = place.below_folder, self._rule(place, content, owner)
        return Artifact(Kind.SIDECAR, name, ruling, content.size, content.digest, place)

    def _rule(self, place: Place, content: Content, owner: Owner | None) -> Ruling:
        exclusion = self.exclusion
        if exclusion.covers(place.below_folder) or exclusion.covers_media_of(place.plain, owner):
            return _EXCLUDED
        found = content.sidecar
        empty = isinstance(found, Flaw) and found.kind is FlawKind.EMPTY
        return judge_sidecar(
            content,
            by_name=is_ours_by_name(place, self.rules),
            beside_media=empty and exclusion.has_media_for(place.plain),
        )

    def _is_meant(self, place: Place, owner: Owner | None) -> bool:
        """Tell whether a sidecar is of the one asset that is asked for, or could be."""
        if self.only is None:
            return True
        if owner is None:
            return place.plain in names_of_asset(self.only, self.rules.naming)
        return label_of(owner) == self.only

    def _owner(self, place: Place, content: Content) -> Owner | None:
        naming, found = self.rules.naming, content.sidecar
        if isinstance(found, Sidecar):
            return owner_of(place, found, naming)
        if found.key is not None:
            return found.key
        if is_sequence_name(place.plain, naming) or self.only is not None:
            return None  # also a shortened name of a file: only a readable content would tell
        return place.plain.removesuffix(naming.file_suffix)

    def lock(self) -> Artifact | None:
        """Look at the folder's lock, as it is now."""
        return self.mark(self.folder.fd, LOCK_NAME)

    def mark(self, fd: int, name: str, below: str = "") -> Artifact | None:
        """Look at a lock or temp file. Its age is by this host's clock: nothing is written yet."""
        kind = Kind.LOCK if name == LOCK_NAME else Kind.TEMP
        head = read_head(fd, name)
        if head is None:
            return None
        ruling = judge_mark(kind, self._weigh(kind, name, head))
        excluded = self.exclusion.covers(below + name)
        return Artifact(kind, below + name, _EXCLUDED if excluded else ruling, head.size)

    def _weigh(self, kind: Kind, name: str, head: Head) -> Mark:
        """Find out whose a lock or temp file is; what a temp file holds does not matter."""
        age_ns = self.now_ns - head.mtime_ns
        if isinstance(head.data, Flaw):
            if kind is Kind.LOCK or head.data.kind is FlawKind.NO_FILE:
                return Mark(flaw=head.data)
            return Mark(is_dead(temp_owner(name)), age_ns)
        if kind is Kind.TEMP:
            return Mark(is_dead(temp_owner(name)), age_ns)
        owner = parse_owner(head.data)
        if owner is None and head.data:
            return Mark(flaw=Flaw(FlawKind.NO_SIDECAR, "is no lock of ours"))
        return Mark(is_dead(owner), age_ns)

    def _cache(self) -> Artifact | None:
        name = self.rules.naming.hashcache
        head = read_head(self.folder.fd, name)
        if head is None:
            return None
        ours = not isinstance(head.data, Flaw) and is_cache(head.data)
        excluded = self.exclusion.covers(name)
        ruling = _EXCLUDED if excluded else judge_cache(head.data, is_ours=ours)
        return Artifact(Kind.CACHE, name, ruling, head.size)
