"""What every stage of one run shares: values that do not change, and a few thread-safe doors."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple

from ..findings.values import Looks
from ..hashing import Algorithms, available_algorithms
from ..identity import new_stamp
from ..listing import Rules
from ..qcstate import Signature
from ..reading import Readers
from ..settings import Settings
from .pace import Pace

if TYPE_CHECKING:
    from ..decoding.decoder import Decoder


class FullVolumes:
    """The volumes that take no more writes; each is told by any open folder on it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reasons: dict[int, str] = {}

    def add(self, folder_fd: int, reason: str) -> None:
        """Remember that nothing can be written there for the rest of the run."""
        with suppress(OSError):  # which volume it is cannot even be asked: so it will be anew
            device = os.fstat(folder_fd).st_dev
            with self._lock:
                self._reasons.setdefault(device, reason)

    def reason(self, folder_fd: int) -> str | None:
        """Return why nothing is written on a folder's volume, or None."""
        try:
            return self._reasons.get(os.fstat(folder_fd).st_dev)
        except OSError as error:  # the storage went away while the folder was open
            return error.strerror or "input/output error"


class Context(NamedTuple):
    """One run: its settings, signature, threads, and how to stop it."""

    settings: Settings
    rules: Rules
    algorithms: Algorithms
    signature: Signature
    pool: ThreadPoolExecutor
    stopped: Callable[[], bool]
    readers: Readers
    pace: Pace
    full: FullVolumes


def _checks() -> Looks:
    """Bring in what looks at media; where nothing is read, nothing of it is even imported."""
    from ..findings.checks import looker  # noqa: PLC0415

    return looker()


def _decoders(stop: Callable[[], bool]) -> "Callable[[], Decoder]":
    """Bring in what decodes pictures.

    Raises:
        UsageError: they cannot be decoded here.
    """
    from ..decoding.decoder import Decoder, need_decoder  # noqa: PLC0415

    need_decoder()
    return lambda: Decoder(stop)


@contextmanager
def open_context(
    settings: Settings, stop: Callable[[], bool], on_bytes: Callable[[int], None], pace: Pace
) -> Iterator[Context]:
    """Resolve what all stages of a run share; its reading threads start when they are needed.

    Raises:
        UsageError: pictures are to be decoded, and cannot be.
    """
    signature = Signature(
        run_id=new_stamp().qc_id,
        policy=settings.policy,
        operator=settings.operator,
        signing=settings.signing,
        asset_id=settings.asset_id,
        tells_trak=settings.trak is not None,
    )
    readers = Readers(
        stop,
        on_bytes,
        _checks if settings.findings else lambda: None,
        _decoders(stop) if settings.decode else lambda: None,
    )
    with (
        closing(readers),
        ThreadPoolExecutor(settings.workers, thread_name_prefix="qc-read") as pool,
    ):
        yield Context(
            settings=settings,
            rules=Rules.of(settings),
            algorithms=available_algorithms(),
            signature=signature,
            pool=pool,
            stopped=stop,
            readers=readers,
            pace=pace,
            full=FullVolumes(),
        )
