"""What one folder has to tell the tracker: from its sidecars, and back into them."""

import time
from collections import deque
from typing import NamedTuple

from ..files.folder import Folder
from ..outbox import Debts, debts_of, sum_debts
from ..sequences.walk import list_folder
from .context import Context
from .errands import Conversation, Errand, Request, holds_several, plan_errands
from .gather import gather_records
from .marks import mark
from .place import FolderPlace
from .plan import excluded_sequences, meant
from .report import FolderTold, Problem, ProblemKind

_MOST_UNWRITTEN = 64
_WRITE_EVERY_SECONDS = 1.0
_MOST_BUSY_SECONDS = 10.0


class Turn(NamedTuple):
    """What is planned now: what failed the last time has its turn after everything else."""

    request: Request
    failed: bool = False


class FolderDelivery:
    """One folder whose errands are being run. Used by one thread; whoever opened it closes it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.errands: deque[Errand] = deque()
        self.under_way = 0
        self.postponed = False
        self._answered: list[Conversation] = []
        self._since = 0.0
        self._busy_since: float | None = None

    def plan(self, place: FolderPlace, debts: Debts, context: Context, turn: Turn) -> FolderTold:
        """Read what is recorded, and plan the errands of this turn; tell what is owed.

        What cannot be read is named, and the `debts` that were counted before stand.

        Raises:
            StopRequestedError: asked to stop.
        """
        listing = list_folder(self.folder, context.rules, context.stopped)
        scan = gather_records(listing, place.root.only, context)
        concerned = meant(scan.records, scan.resolution, place.root.only)
        excluded = excluded_sequences(listing.passed_over, context.settings)
        several = holds_several(scan.records, scan.resolution, excluded)
        for errand in plan_errands(concerned, several, turn.request, self.folder.join):
            if debts_of(errand.sidecar).only_failed is turn.failed:
                self.errands.append(errand)
            elif not turn.failed:
                self.postponed = True
        if scan.problems or turn.failed:
            return FolderTold(problems=scan.problems)
        return FolderTold(was=debts, owes=sum_debts(record.sidecar for _, record in concerned))

    def take(self, conversation: Conversation) -> None:
        """Take what one errand came to."""
        if not self._answered:
            self._since = time.monotonic()
        self._answered.append(conversation)
        self.under_way -= 1

    @property
    def has_open_errands(self) -> bool:
        """Whether something is still to be asked or told."""
        return bool(self.errands or self.under_way)

    @property
    def finished(self) -> bool:
        """Whether everything is asked, told and written down."""
        return not (self.has_open_errands or self._answered)

    @property
    def ripe(self) -> bool:
        """Whether it is time to write down what was answered."""
        if not self._answered:
            return False
        waited = time.monotonic() - self._since
        if self._busy_since is not None:
            return waited >= _WRITE_EVERY_SECONDS
        full = len(self._answered) >= _MOST_UNWRITTEN
        return not self.has_open_errands or full or waited >= _WRITE_EVERY_SECONDS

    def write_down(self, context: Context, seconds: float, *, finally_: bool = False) -> FolderTold:
        """Write the answers into the sidecars; wait so long for the folder's lock.

        Where somebody else holds it, it is tried again for a while, unless it is the last time.
        """
        conversations, self._answered = self._answered, []
        recording = mark(self.folder, conversations, context, seconds)
        marked, problems = recording.results, recording.problems
        if self._may_try_again(problems) and not finally_:
            written = {id(one.conversation) for one in marked}
            self._answered = [c for c in conversations if c.changed and id(c) not in written]
            self._since = time.monotonic()
            problems = []
        done = [c for c in conversations if c not in self._answered]
        return FolderTold(
            was=sum_debts(one.conversation.errand.record.sidecar for one in marked),
            owes=sum_debts(one.sidecar for one in marked),
            delivered=sum(one.conversation.delivered for one in marked),
            looked_up=sum(conversation.looked_up for conversation in done),
            notices=tuple(notice for c in done for notice in c.notices),
            problems=tuple(problem._replace(detail=_detail(problem)) for problem in problems),
        )

    def _may_try_again(self, problems: list[Problem]) -> bool:
        """Tell whether it was only the lock, and not for so long."""
        if not problems or any(problem.kind is not ProblemKind.BUSY for problem in problems):
            self._busy_since = None
            return False
        self._busy_since = self._busy_since or time.monotonic()
        return time.monotonic() - self._busy_since < _MOST_BUSY_SECONDS


def _detail(problem: Problem) -> str:
    return f"{problem.detail}; Trak's answer is not written down, and is asked for again"
