"""Look at what lies beside the media of one folder. Writes nothing, follows no link."""

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass

from ..crawler.report import Problem, ProblemKind
from ..errors import StopRequestedError
from ..files.atomic import temp_owner
from ..files.folder import Folder
from ..files.lock import LOCK_NAME, is_dead, read_owner
from ..hashcache import is_cache
from ..listing import STORE_NAME, Listing, Rules
from ..model import Owner, Sidecar, label_of
from ..sequences.walk import is_set_aside
from ..settings import SidecarMode
from ..sidecar.names import is_sequence_name
from ..sidecar.recorded import Place
from ..sidecar.records import is_ours_by_name, open_store, owner_of
from .content import no_file, read_content, read_head
from .exclusion import Exclusion
from .judge import Allowance, judge_cache, judge_mark, judge_sidecar
from .values import Artifact, Content, Flaw, FlawKind, Kind, Mark, Ruling, Standing

_ASK_EVERY = 64
_LINKED = {errno.ELOOP, errno.ENOTDIR}
_ASIDE = Ruling(Standing.SET_ASIDE, "could not be read, and was set aside by a crawler")


@dataclass(frozen=True, slots=True)
class Looked:
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
        """Look at everything; `allowance` tells whether anything is left of `.qc`.

        Raises:
            StopRequestedError: asked to stop.
        """
        if self.listing.error:
            return Looked(problems=(self._problem(self.folder.path, self.listing.error),))
        found = [self._beside(name) for name in self.listing.sidecars]
        if self.only is None:
            found += [self._aside(name) for name in self.listing.set_aside]
            found += [self._mark(self.folder.fd, name, "") for name in self.listing.leftovers]
            found += [self._cache()] if self.listing.has_cache else []
        problems: list[Problem] = []
        if self.listing.has_store:
            try:
                found += self._store(allowance)
            except FileNotFoundError:
                pass  # it went meanwhile
            except OSError as error:
                if error.errno not in _LINKED:
                    detail = f"{STORE_NAME}: {error.strerror or 'cannot be read'}"
                    problems.append(self._problem(self.folder.path, detail))
                else:
                    found.append(self._strange_store())
        return Looked(tuple(one for one in found if one is not None), tuple(problems))

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
            return self._mark(fd, name, f"{STORE_NAME}/")
        if is_set_aside(name):
            return Artifact(Kind.SIDECAR, shown, _ASIDE)
        return Artifact(Kind.OTHER, shown, Ruling(Standing.FOREIGN, "is not named like ours"))

    def _beside(self, name: str) -> Artifact | None:
        mode = SidecarMode.DOT if name.startswith(".") else SidecarMode.INLINE
        return self.sidecar(self.folder.fd, Place(mode, name))

    def _aside(self, name: str) -> Artifact:
        return Artifact(Kind.SIDECAR, name, _ASIDE)

    def sidecar(self, store_fd: int, place: Place) -> Artifact | None:
        """Look at a file that is named like a sidecar; None: it is gone, or of another asset."""
        content = read_content(store_fd, place.name)
        if content is None:
            return None
        owner = self._owner(place, content)
        if self.only is not None and (owner is None or label_of(owner) != self.only):
            return None
        if self.exclusion.covers(place.plain, owner):
            ruling = Ruling(Standing.EXCLUDED)
        else:
            found = content.sidecar
            empty = isinstance(found, Flaw) and found.kind is FlawKind.EMPTY
            ruling = judge_sidecar(
                content,
                by_name=is_ours_by_name(place, self.rules),
                beside_media=empty and self.exclusion.has_media_for(place.plain),
            )
        name = place.below_folder
        return Artifact(Kind.SIDECAR, name, ruling, content.size, content.digest, place)

    def _owner(self, place: Place, content: Content) -> Owner | None:
        naming = self.rules.naming
        if isinstance(content.sidecar, Sidecar):
            return owner_of(place, content.sidecar, naming)
        if is_sequence_name(place.plain, naming):
            return None
        return place.plain.removesuffix(naming.file_suffix)

    def _mark(self, fd: int, name: str, below: str) -> Artifact | None:
        """Look at a lock or temp file. Its age is by this host's clock: nothing is written yet."""
        kind = Kind.LOCK if name == LOCK_NAME else Kind.TEMP
        try:
            found = os.stat(name, dir_fd=fd, follow_symlinks=False)
            regular = stat.S_ISREG(found.st_mode)
            owner = temp_owner(name)
            foreign = "" if regular else no_file(found.st_mode)
            if kind is Kind.LOCK and regular:
                owner = read_owner(fd, name)
                foreign = "is no lock of ours" if owner is None and found.st_size else ""
        except FileNotFoundError:
            return None
        mark = Mark(is_dead(owner), self.now_ns - found.st_mtime_ns, foreign)
        return Artifact(kind, below + name, judge_mark(kind, mark), found.st_size)

    def _cache(self) -> Artifact | None:
        name = self.rules.naming.hashcache
        head = read_head(self.folder.fd, name)
        if head is None:
            return None
        size, data = head
        ours = not isinstance(data, Flaw) and is_cache(data)
        return Artifact(Kind.CACHE, name, judge_cache(data, is_ours=ours), size)
