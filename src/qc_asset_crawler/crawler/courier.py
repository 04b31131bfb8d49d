"""Carry what is owed to the asset tracker, beside the crawl, without ever holding it up.

The thread that called `crawl` hands over folders, and takes what became of them. One thread, the
desk, opens the folders, hands out errands and writes down what was answered. A few threads more
talk to the tracker.
"""

import errno
import os
import queue
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import ExitStack, suppress
from types import TracebackType

from ..errors import StopRequestedError
from ..outbox import Debts, next_post
from ..settings import Trak
from .breaker import Breaker
from .context import Context
from .delivery import FolderDelivery, Turn
from .errands import Errand, Request
from .place import FolderPlace
from .report import FolderTold, Problem, ProblemKind
from .senders import MOST, Senders

_TICK_SECONDS = 0.05
_GRACE_SECONDS = 1.0
# What breaking off the open calls and writing down the last answers takes.
_WIND_UP_SECONDS = 0.3
# How long the desk stands at folders that somebody else has locked, before it tries again later.
_LOCK_SECONDS = 0.6
_MOST_LOCKED = 16
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
News = FolderTold | str
Parcel = tuple[FolderPlace, Debts]


class Courier:
    """Delivers what folders owe. A context manager: left by an error, it gives up at once."""

    def __init__(self, trak: Trak, context: Context) -> None:
        self._trak = trak
        self._news: queue.SimpleQueue[News] = queue.SimpleQueue()
        self._inbox: queue.SimpleQueue[Parcel | None] = queue.SimpleQueue()
        self._desk = _Desk(trak, context, self._inbox, self._news)

    def __enter__(self) -> "Courier":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._desk.abandon()

    def take(self, place: FolderPlace, debts: Debts) -> None:
        """Take a folder's debts, if it has any that are to be paid in this run."""
        if debts or (debts.parked and self._trak.retry_rejected):
            self._inbox.put((place, debts))
            self._desk.start()

    def drain(self, tell: Callable[[News], None]) -> None:
        """Tell what there is to tell so far."""
        while not self._news.empty():
            tell(self._news.get())

    def finish(self, seconds: float | None, tick: Callable[[], None]) -> str | None:
        """Deliver the rest; return in words why calls were given up, if they were.

        It is over after `seconds` (None: no matter how long it takes), but for verdicts, as long
        as they are taken promptly. `tick` is called several times a second.
        """
        self._inbox.put(None)
        if seconds is not None:
            self._desk.close_at(time.monotonic() + max(seconds - _WIND_UP_SECONDS, seconds / 2))
        self._desk.wait(tick)
        tick()
        return self._desk.why


class _Desk:
    """The thread that opens folders, hands out errands and writes down the answers."""

    def __init__(
        self,
        trak: Trak,
        context: Context,
        inbox: queue.SimpleQueue[Parcel | None],
        news: queue.SimpleQueue[News],
    ) -> None:
        signature = context.signature
        self._context = context
        self._inbox = inbox
        self._news = news
        self._turn = Turn(
            Request(signature.run_id, signature.asset_id is not None, trak.retry_rejected)
        )
        self._breaker = Breaker()
        self._senders: Senders[FolderDelivery] = Senders(
            trak, self._breaker, self._given_up, news.put
        )
        self._thread: threading.Thread | None = None
        self._closing_at: float | None = None
        self._closed = self._over = self._late = False
        self._later: deque[Parcel] = deque()
        self._deliveries: list[FolderDelivery] = []
        self._under_way = 0
        self._error: BaseException | None = None

    def start(self) -> None:
        """Begin to work, at the first folder."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="qc-trak-desk", daemon=True)
            self._thread.start()

    def close_at(self, when: float) -> None:
        """Wait no longer than until then, by the monotonic clock; but for prompt answers."""
        self._closing_at = when

    def abandon(self) -> None:
        """Give up at once; what is under way is written down, if that is quick."""
        self._over = True
        if self._thread is not None:
            self._thread.join(2 * _GRACE_SECONDS)

    def wait(self, tick: Callable[[], None]) -> None:
        """Wait until everything is delivered or given up."""
        while self._thread is not None and self._thread.is_alive():
            tick()
            self._thread.join(_TICK_SECONDS)
        if self._error is not None:
            raise self._error

    @property
    def why(self) -> str | None:
        """Why calls were given up, in words."""
        if self._breaker.why is not None:
            return self._breaker.why
        return "answers too slowly to be waited for" if self._late else None

    def _given_up(self) -> bool:
        """Tell whether no further call is made, and none waited for. Asked by every thread."""
        if self._over or self._context.stopped() or self._breaker.why is not None:
            return True
        return self._is_closing() and not self._breaker.is_prompt()

    def _is_closing(self) -> bool:
        return self._closing_at is not None and time.monotonic() >= self._closing_at

    def _run(self) -> None:
        with ExitStack() as ending:
            ending.push(self._keep_error)
            ending.callback(self._close_folders)
            ending.callback(self._senders.stop)
            while not self._given_up() and self._has_work():
                self._hand_out()
                self._collect()
                self._write_down()
            self._wind_up()

    def _has_work(self) -> bool:
        """Tell whether to go on; once the time is up, locks that others hold are not waited for."""
        if any(delivery.has_open_errands for delivery in self._deliveries):
            return True
        more = not self._closed or bool(self._later)
        if self._is_closing():
            return more and self._may_open()
        return more or bool(self._deliveries)

    def _may_open(self) -> bool:
        """Tell whether to open one more folder: not with too many waiting for their locks."""
        locked = sum(not delivery.has_open_errands for delivery in self._deliveries)
        return locked < _MOST_LOCKED

    def _keep_error(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        """Let an unexpected error end the run, in the thread that waits for this one."""
        self._error = error
        return True

    def _close_folders(self) -> None:
        for delivery in self._deliveries:
            delivery.folder.close()

    def _hand_out(self) -> None:
        """Keep the senders busy, with as few open folders as that takes."""
        while self._under_way < 2 * MOST and not self._given_up():
            delivery = next((one for one in self._deliveries if one.errands), None)
            if delivery is None:
                if not (self._may_open() and self._open_next()):
                    return
                continue
            errand = delivery.errands.popleft()
            if not self._is_too_late(errand):
                delivery.under_way += 1
                self._under_way += 1
                self._senders.run(delivery, errand)

    def _is_too_late(self, errand: Errand) -> bool:
        """Tell whether an errand is left to the next run: after the crawl, only verdicts count."""
        late = self._is_closing() and next_post(errand.sidecar) is None
        self._late = self._late or late
        return late

    def _open_next(self) -> bool:
        """Open the next folder and plan its errands; tell whether there was one."""
        parcel = self._next()
        if parcel is None:
            return False
        place, debts = parcel
        if self._is_closing() and not (debts.verdicts or debts.parked):
            self._late = True
            return True
        try:
            delivery = FolderDelivery(place.open())
            self._deliveries.append(delivery)
            os.fstat(delivery.folder.fd)  # a folder that went stale meanwhile is named
        except OSError as error:
            self._news.put(_unopened(place, error))
            return True
        if self._context.full.reason(delivery.folder.fd) is not None:
            return True  # no answer could be written down
        with suppress(StopRequestedError):
            context = self._context._replace(stopped=self._given_up)
            self._news.put(delivery.plan(place, debts, context, self._turn))
        if delivery.postponed:
            self._later.append((place, debts))
        return True

    def _next(self) -> Parcel | None:
        """Take the next folder; those of which something failed the last time come once more.

        Not before every other call has come back: their failures could open the breaker, and then
        nobody waits for it any more.
        """
        if not self._closed:
            try:
                parcel = self._inbox.get_nowait()
            except queue.Empty:
                return None
            self._closed = parcel is None
            if parcel is not None:
                return parcel
        if not self._later or (self._under_way and not self._turn.failed):
            return None
        self._turn = self._turn._replace(failed=True)
        return self._later.popleft()

    def _collect(self) -> None:
        """Take what was answered; wait a moment for it."""
        patience = _TICK_SECONDS if self._under_way or not self._closed else 0.0
        try:
            item = self._senders.answered.get(timeout=patience)
            while True:
                if isinstance(item, BaseException):
                    raise item
                delivery, conversation = item
                delivery.take(conversation)
                self._under_way -= 1
                item = self._senders.answered.get_nowait()
        except queue.Empty:
            return

    def _write_down(self) -> None:
        """Write down what was answered, and close the folders that are done.

        Once the time is up nobody stands at a locked folder while others wait for their turn.
        """
        until = time.monotonic() + (0.0 if self._is_closing() else _LOCK_SECONDS)
        for delivery in tuple(self._deliveries):
            if delivery.ripe:
                patience = max(0.0, until - time.monotonic())
                self._news.put(delivery.write_down(self._context, patience))
            if delivery.finished:
                self._deliveries.remove(delivery)
                delivery.folder.close()

    def _wind_up(self) -> None:
        """Leave what is open to a later run; what is under way comes back at once, or never."""
        left = not self._closed or any(one.has_open_errands for one in self._deliveries)
        self._late = self._late or (left and self._is_closing())
        self._over = True
        until = time.monotonic() + _GRACE_SECONDS
        while self._under_way and time.monotonic() < until:
            self._collect()
        for delivery in self._deliveries:
            patience = max(0.0, until - time.monotonic())
            self._news.put(delivery.write_down(self._context, patience, finally_=True))


def _unopened(place: FolderPlace, error: OSError) -> FolderTold:
    """Name a folder that cannot be opened again; one that went meanwhile is a live tree's."""
    kind = ProblemKind.UNSTABLE if error.errno in _GONE else ProblemKind.UNREADABLE
    problem = Problem(kind, place.path, error.strerror or "cannot be opened")
    return FolderTold(problems=(problem,))
