"""Write down what the tracker answered: in the sidecars, under the lock of their folder."""

from typing import NamedTuple

from ..errors import never
from ..files.atomic import explain
from ..files.folder import Folder
from ..files.lock import HeldLock, Patience
from ..listing import Rules
from ..model import Sidecar
from ..outbox import told
from ..qcstate import current_schema
from ..sequences.walk import list_folder
from ..sidecar.codec import encode
from ..sidecar.recorded import Record
from ..sidecar.records import owner_of, read_records, reread
from ..sidecar.store import Writer
from .context import Context
from .errands import Conversation
from .record import Recording, record


class Marked(NamedTuple):
    """A conversation, and the asset's sidecar as it is now."""

    conversation: Conversation
    sidecar: Sidecar


def mark(
    folder: Folder, conversations: list[Conversation], context: Context, seconds: float
) -> Recording[Marked]:
    """Write the answers into the sidecars; wait so long for the folder's lock.

    What cannot be written is sent once more by a later run, under the same key: nothing is lost.
    A run that is asked to stop still writes down what it was told.
    """
    changed = [conversation for conversation in conversations if conversation.changed]
    answers = _Answers(folder, context.rules)
    return record(folder, answers, changed, context.full, Patience(seconds, never))


class _Answers:
    """The sidecars of one folder, of which only the tracker's answers are written."""

    unfinished = False

    def __init__(self, folder: Folder, rules: Rules) -> None:
        self._folder = folder
        self._rules = rules
        self._writer = Writer(folder)

    def open(self, lock: HeldLock) -> None:
        """Each sidecar is read again when it is its turn."""

    def distrust(self) -> None:
        """Nothing is remembered that could be wrong by now."""

    def settle(self, item: Conversation, lock: HeldLock) -> Marked | None:
        """Carry the answers over to the sidecar as it is now; None where there is none any more.

        Raises:
            LockLostError: the lock is not ours any more.
            RecordError: it cannot be written.
        """
        try:
            now = self._now(item.errand.record)
            if now is None:
                return None
            after = told(now.sidecar, item.errand.record.sidecar, item.after)
            if after != now.sidecar:
                durable = now.sidecar.holds_a_persons_word
                data = encode(current_schema(after))
                self._writer.write(now.place, data, lock, durable=durable)
        except OSError as error:
            raise explain(error) from error
        return Marked(item, after)

    def _now(self, known: Record) -> Record | None:
        """Read an asset's sidecar again; it may have been moved meanwhile."""
        naming = self._rules.naming
        now = reread(self._folder, known, naming)
        if now is None:
            records = read_records(
                self._folder, list_folder(self._folder, self._rules), self._rules
            )
            now = records.of(owner_of(known.place, known.sidecar, naming))
        return now

    def sync(self) -> None:
        """Make what a person said durable."""
        self._writer.sync()

    def close(self) -> None:
        """Close what was opened to write in."""
        self._writer.close()
