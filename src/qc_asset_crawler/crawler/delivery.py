"""What one folder has to tell the tracker: from its sidecars, and back into them."""

import time
from collections import deque
from collections.abc import Callable

from ..files.folder import Folder
from ..outbox import Debts, sum_debts
from ..sequences.walk import list_folder
from ..sidecar.records import read_records
from .context import Context
from .errands import Conversation, Errand, Request, holds_several, plan_errands
from .marks import mark
from .place import FolderPlace
from .plan import meant, resolve
from .report import FolderTold

_MOST_UNWRITTEN = 64
_WRITE_EVERY_SECONDS = 1.0


class FolderDelivery:
    """One folder whose errands are being run. Used by one thread; whoever opened it closes it."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.errands: deque[Errand] = deque()
        self.under_way = 0
        self._answered: list[Conversation] = []
        self._since = 0.0

    def plan(
        self, place: FolderPlace, context: Context, request: Request, stopped: Callable[[], bool]
    ) -> Debts:
        """Read what is recorded, plan the errands, and return what is owed.

        Raises:
            StopRequestedError: asked to stop.
        """
        rules = context.rules
        listing = list_folder(self.folder, rules, place.below_root, stopped)
        records = read_records(self.folder, listing, rules, stopped)
        resolution = resolve(listing.files, listing.passed_over, records, context.settings)
        concerned = meant(records, resolution, place.root.only)
        several = holds_several(records, resolution)
        self.errands.extend(plan_errands(concerned, several, request, self.folder.join))
        return sum_debts(record.sidecar for _, record in concerned)

    def take(self, conversation: Conversation) -> None:
        """Take what one errand came to."""
        if not self._answered:
            self._since = time.monotonic()
        self._answered.append(conversation)
        self.under_way -= 1

    @property
    def finished(self) -> bool:
        """Whether no errand is open any more."""
        return not (self.errands or self.under_way)

    @property
    def ripe(self) -> bool:
        """Whether it is time to write down what was answered."""
        if not self._answered:
            return False
        waited = time.monotonic() - self._since
        full = len(self._answered) >= _MOST_UNWRITTEN
        return self.finished or full or waited >= _WRITE_EVERY_SECONDS

    def write_down(self, context: Context) -> FolderTold:
        """Write the answers into the sidecars."""
        conversations, self._answered = self._answered, []
        recording = mark(self.folder, conversations, context.rules, context.full)
        marked = recording.results
        return FolderTold(
            was=sum_debts(one.conversation.errand.record.sidecar for one in marked),
            owes=sum_debts(one.sidecar for one in marked),
            delivered=sum(one.conversation.delivered for one in marked),
            looked_up=sum(conversation.looked_up for conversation in conversations),
            notices=tuple(notice for c in conversations for notice in c.notices),
            problems=tuple(recording.problems),
        )
