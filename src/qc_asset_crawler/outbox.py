"""What the asset tracker has to be told, and what its answers change in a sidecar. Pure.

The sidecars are the outbox: a verdict carries its own `tracker_status`, and whoever reads the
sidecar next knows what is still to be sent. `docs/trak.md` explains the rules.
"""

from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

from .model import Sidecar, Told, TrackerStatus, Verdict
from .settings import QCResult
from .text import is_asset_id

WAITING = frozenset({Told.QUEUED, Told.UNAUTHORIZED, Told.ERROR})
PARKED = frozenset({Told.REJECTED, Told.NOT_FOUND})
_FAILED = frozenset({Told.UNAUTHORIZED, Told.ERROR})


class Fault(Enum):
    """Whose fault it is that a call came to nothing: the tracker's, or the configuration's.

    `OURS`: nobody waited for the answer; it says nothing of anybody.
    """

    NONE = auto()
    TRAK = auto()
    SETUP = auto()
    OURS = auto()


class Answer(NamedTuple):
    """What a call came to. `detail` is for people; `asset_id` is what a look-up found.

    With a `fault` it says nothing about the asset that was asked for.
    """

    status: Told
    http_code: int | None = None
    detail: str = ""
    asset_id: str | None = None
    fault: Fault = Fault.NONE


NOT_ASKED = Answer(Told.QUEUED, fault=Fault.OURS)


class Debts(NamedTuple):
    """What is still to be sent: verdicts that wait, look-ups that are owed.

    `parked` verdicts were refused. `failed` counts those of the first two that cannot get on before
    something that the tracker could not digest the last time.
    """

    verdicts: int = 0
    lookups: int = 0
    rejected: int = 0
    not_found: int = 0
    failed: int = 0

    def __bool__(self) -> bool:
        return bool(self.verdicts or self.lookups)

    # Debts add up; a tuple would be appended.
    def __add__(self, other: "Debts") -> "Debts":  # type: ignore[override]
        return Debts(
            self.verdicts + other.verdicts,
            self.lookups + other.lookups,
            self.rejected + other.rejected,
            self.not_found + other.not_found,
            self.failed + other.failed,
        )

    def __sub__(self, other: "Debts") -> "Debts":
        return Debts(
            self.verdicts - other.verdicts,
            self.lookups - other.lookups,
            self.rejected - other.rejected,
            self.not_found - other.not_found,
            self.failed - other.failed,
        )

    @property
    def parked(self) -> int:
        """How many verdicts are sent again only on request."""
        return self.rejected + self.not_found

    @property
    def only_failed(self) -> bool:
        """Whether nothing of this is worth trying before everything else was."""
        return 0 < self.failed == self.verdicts + self.lookups


NO_DEBTS = Debts()


def debts_of(sidecar: Sidecar) -> Debts:
    """Count what one asset's sidecar still has to be sent."""
    top = sidecar.tracker_status
    if top.status not in WAITING and not sidecar.verdicts:
        return NO_DEBTS
    told = [verdict.tracker_status for verdict in sidecar.verdicts]
    waiting = [status for status in told if status.status in WAITING]
    lookup = owes_look_up(sidecar)
    stuck = _has_failed(top) if lookup else bool(waiting) and _has_failed(waiting[0])
    return Debts(
        verdicts=len(waiting),
        lookups=int(lookup),
        rejected=sum(status.status == Told.REJECTED for status in told),
        not_found=sum(status.status == Told.NOT_FOUND for status in told),
        failed=len(waiting) + lookup if stuck else 0,
    )


def undelivered(sidecar: Sidecar) -> int:
    """Count the verdicts that the tracker should have and has not, refused ones among them.

    A state that is not known here counts too: nobody can tell that it means "delivered". Where a
    result stands without a verdict, its state is the sidecar's own.
    """
    told = [verdict.tracker_status.status for verdict in sidecar.verdicts]
    if not told and sidecar.qc_result != QCResult.PENDING:
        told = [sidecar.tracker_status.status]
    return sum(status not in {Told.OK, Told.DISABLED} for status in told)


def _has_failed(status: TrackerStatus) -> bool:
    """Tell whether the tracker was asked, and could not digest it."""
    return status.status in _FAILED or status.http_code is not None


def sum_debts(sidecars: Iterable[Sidecar]) -> Debts:
    """Count what several sidecars still have to be sent."""
    total = NO_DEBTS
    for sidecar in sidecars:
        debts = debts_of(sidecar)
        if debts is not NO_DEBTS:
            total += debts
    return total


def known_id(sidecar: Sidecar) -> str | None:
    """Return the asset's id, if it is one: a sidecar may have been edited."""
    known = sidecar.asset_id
    return known if known is not None and is_asset_id(known) else None


def owes_look_up(sidecar: Sidecar) -> bool:
    """Tell whether the tracker was never successfully asked which asset this is.

    Where the id is known and verdicts wait, what failed was a verdict, not the look-up.
    """
    waits = next_post(sidecar) is not None
    if known_id(sidecar) is None and waits:
        return True
    return sidecar.tracker_status.status in WAITING and not waits


def next_post(sidecar: Sidecar) -> int | None:
    """Return which verdict is to be sent next: the oldest that waits."""
    for at, verdict in enumerate(sidecar.verdicts):
        if verdict.tracker_status.status in WAITING:
            return at
    return None


def requeued(sidecar: Sidecar) -> Sidecar:
    """Queue again the verdicts that the tracker has refused."""
    verdicts = tuple(
        _marked(verdict, Told.QUEUED, None) if verdict.tracker_status.status in PARKED else verdict
        for verdict in sidecar.verdicts
    )
    return sidecar._replace(verdicts=verdicts)


def settled(sidecar: Sidecar) -> Sidecar:
    """Settle the withdrawals that are not to be sent: there is nothing at the tracker to withdraw.

    Behind a verdict that waits, a withdrawal waits; behind a refused one it shares its fate, so
    that both are sent again in their order.
    """
    verdicts: list[Verdict] = []
    for verdict in sidecar.verdicts:
        told = {earlier.tracker_status.status for earlier in verdicts}
        withdraws = verdict.qc_result == QCResult.PENDING
        if (
            withdraws
            and verdict.tracker_status.status in WAITING
            and Told.OK not in told
            and not told & WAITING
        ):
            refused = [v.tracker_status for v in verdicts if v.tracker_status.status in PARKED]
            status = refused[-1].status if refused else Told.DISABLED
            verdicts.append(_marked(verdict, status, None))
        else:
            verdicts.append(verdict)
    return sidecar._replace(verdicts=tuple(verdicts))


def after_look_up(sidecar: Sidecar, answer: Answer) -> Sidecar:
    """Take over what a look-up came to; an id that is known stays where there is no other."""
    top = _as(sidecar.tracker_status, answer.status, answer.http_code)
    after = sidecar._replace(tracker_status=top, asset_id=answer.asset_id or sidecar.asset_id)
    if known_id(after) is None and answer.status is Told.NOT_FOUND:
        return after._replace(verdicts=tuple(_parked(v, answer) for v in after.verdicts))
    return after


def _parked(verdict: Verdict, answer: Answer) -> Verdict:
    if verdict.tracker_status.status not in WAITING:
        return verdict
    return _marked(verdict, answer.status, answer.http_code)


def after_post(sidecar: Sidecar, at: int, answer: Answer) -> Sidecar:
    """Take over what posting a verdict came to."""
    verdicts = list(sidecar.verdicts)
    verdicts[at] = _marked(verdicts[at], answer.status, answer.http_code)
    top = _as(sidecar.tracker_status, answer.status, answer.http_code)
    return sidecar._replace(tracker_status=top, verdicts=tuple(verdicts))


def told(now: Sidecar, before: Sidecar, after: Sidecar) -> Sidecar:
    """Carry what a conversation changed over to the sidecar as it is by now.

    What somebody else wrote meanwhile stays; a verdict that is known to be delivered stays so.
    Where somebody said meanwhile which asset this is, only what was delivered counts.
    """
    same_id = now.asset_id == before.asset_id
    changed = {
        new.said: new.tracker_status
        for old, new in zip(before.verdicts, after.verdicts, strict=True)
        if new.tracker_status != old.tracker_status
        and (same_id or new.tracker_status.status == Told.OK)
    }
    verdicts = tuple(
        verdict._replace(tracker_status=changed[verdict.said])
        if verdict.said in changed and verdict.tracker_status.status != Told.OK
        else verdict
        for verdict in now.verdicts
    )
    last = after.tracker_status
    overtaken = (
        last == before.tracker_status
        or now.tracker_status.status == Told.OK != before.tracker_status.status
        or not (same_id or last.status == Told.OK)
    )
    return now._replace(
        verdicts=verdicts,
        asset_id=after.asset_id if same_id else now.asset_id,
        tracker_status=now.tracker_status if overtaken else last,
    )


def _marked(verdict: Verdict, status: str, http_code: int | None) -> Verdict:
    return verdict._replace(tracker_status=_as(verdict.tracker_status, status, http_code))


def _as(before: TrackerStatus, status: str, http_code: int | None) -> TrackerStatus:
    return before._replace(status=status, http_code=http_code)
