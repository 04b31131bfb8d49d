"""Decide what the asset tracker is to be asked and told about a folder's assets. Pure.

`converse` carries one errand out, through whatever answers the calls.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol

from ..model import ImageSequence, Owner, SequenceKey, Sidecar, Told, label_of
from ..outbox import (
    NOT_ASKED,
    WAITING,
    Answer,
    Fault,
    after_look_up,
    after_post,
    debts_of,
    known_id,
    next_post,
    owes_look_up,
    requeued,
    settled,
)
from ..sidecar.codec import encode_post
from ..sidecar.recorded import Record, Records
from ..text import is_asset_id
from .plan import Resolution
from .report import Notice


class Trak(Protocol):
    """Whoever answers the calls of an errand."""

    def look_up(self, asset_path: str) -> Answer:
        """Ask for the id of the asset at a path."""

    def post_verdict(self, asset_id: str, qc_id: str, body: bytes) -> Answer:
        """Tell one verdict."""


class Errand(NamedTuple):
    """One asset that the tracker is to be asked or told about.

    `path` is for people; `look_up` the path to ask for, or None where the id is known.
    """

    path: str
    record: Record
    sidecar: Sidecar
    look_up: str | None


class Conversation(NamedTuple):
    """An errand, and the sidecar after what was answered. `looked_up`: a look-up was answered."""

    errand: Errand
    after: Sidecar
    notices: tuple[Notice, ...] = ()
    looked_up: bool = False

    @property
    def path(self) -> str:
        """What people call the asset."""
        return self.errand.path

    @property
    def delivered(self) -> int:
        """How many verdicts were taken."""
        before = self.errand.sidecar.verdicts
        return sum(
            new.tracker_status.status == Told.OK != old.tracker_status.status
            for old, new in zip(before, self.after.verdicts, strict=True)
        )

    @property
    def changed(self) -> bool:
        """Whether there is anything to write down."""
        return self.after != self.errand.record.sidecar


class Request(NamedTuple):
    """What this run wants of the tracker, besides what is owed.

    Assets signed in the run `run_id` are looked up although their id may be known, unless it was
    `id_given`.
    """

    run_id: str
    id_given: bool = False
    retry_rejected: bool = False


def plan_errands(
    records: list[tuple[Owner, Record]],
    several: bool,
    request: Request,
    join: Callable[[str], str],
) -> list[Errand]:
    """Plan the errands of a folder; what failed the last time comes last."""
    errands: list[Errand] = []
    for owner, record in records:
        sidecar = settled(requeued(record.sidecar) if request.retry_rejected else record.sidecar)
        if debts_of(sidecar) or sidecar != record.sidecar:
            asks = _asks(record.sidecar, request)
            look_up = _path_of(owner, sidecar, several) if asks else None
            errands.append(Errand(join(label_of(owner)), record, sidecar, look_up))
    errands.sort(key=lambda errand: (debts_of(errand.sidecar).only_failed, errand.path))
    return errands


def _asks(recorded: Sidecar, request: Request) -> bool:
    """Tell whether to ask which asset this is: also where a refused verdict is sent again."""
    if request.id_given:
        return False
    last = recorded.verdict
    just_signed = last is not None and last.run_id == request.run_id
    again = request.retry_rejected and debts_of(recorded).parked > 0
    return just_signed or again or owes_look_up(recorded)


def holds_several(
    records: Records, resolution: Resolution, excluded: Iterable[SequenceKey] = ()
) -> bool:
    """Tell whether a folder holds several sequences: living or missing, `excluded` or not."""
    found = {
        match.owner or match.asset.key
        for match in resolution.matches
        if isinstance(match.asset, ImageSequence)
    }
    unusable = {bad.owner for bad in records.bad if isinstance(bad.owner, SequenceKey)}
    recorded = found | records.sequences.keys() | unusable
    families = {(key.prefix, key.ext) for key in recorded if isinstance(key, SequenceKey)}
    others = {key for key in excluded if (key.prefix, key.ext) not in families}
    return len(recorded | others) > 1


def _path_of(owner: Owner, sidecar: Sidecar, several: bool) -> str:
    """Return the path the tracker knows an asset by.

    Of several sequences in a folder each is asked for with its pattern: the folder alone would
    give them all one id.
    """
    if several and isinstance(owner, SequenceKey):
        return f"{sidecar.asset_path.rstrip('/')}/{owner.pattern}"
    return sidecar.asset_path


def converse(errand: Errand, trak: Trak, go_on: Callable[[], bool]) -> Conversation:
    """Ask and tell: the look-up that is owed, then each verdict that waits, in order.

    A verdict that could not be delivered holds up the ones after it; a refused one does not. What
    nobody waited for leaves everything as it was.
    """
    sidecar, answers = errand.sidecar, list[Answer]()
    if errand.look_up is not None:
        answer = trak.look_up(errand.look_up) if go_on() else NOT_ASKED
        if answer.fault is Fault.OURS:
            return Conversation(errand, errand.record.sidecar)
        if answer.status is not Told.NOT_FOUND or next_post(sidecar) is not None:
            answers.append(answer)
        sidecar = settled(after_look_up(sidecar, answer))
    looked_up = errand.look_up is not None and answer.status in {Told.OK, Told.NOT_FOUND}
    while (at := next_post(sidecar)) is not None and (asset_id := known_id(sidecar)):
        answer = _post(sidecar, at, asset_id, trak) if go_on() else NOT_ASKED
        if answer.fault is Fault.OURS:
            sidecar = sidecar if answers else errand.record.sidecar
            break
        answers.append(answer)
        sidecar = settled(after_post(sidecar, at, answer))
        if answer.status in WAITING:
            break
    return Conversation(errand, sidecar, _notices(errand, answers), looked_up)


def _post(sidecar: Sidecar, at: int, asset_id: str, trak: Trak) -> Answer:
    verdict = sidecar.verdicts[at]
    if is_asset_id(verdict.qc_id):
        return trak.post_verdict(asset_id, verdict.qc_id, encode_post(sidecar, verdict))
    why = "was not told: the verdict's qc_id is not fit to be sent"
    return Answer(Told.REJECTED, None, why)


def _notices(errand: Errand, answers: list[Answer]) -> tuple[Notice, ...]:
    """Name what concerns this asset alone; what ails the tracker is told once for all."""
    return tuple(
        Notice(errand.path, answer.status, answer.http_code, answer.detail)
        for answer in answers
        if answer.status is not Told.OK and answer.fault is Fault.NONE
    )
