"""The bytes of each frame of a plan, damage and padding included. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

from ..errors import Stopped, UsageError, go_on, never
from .damage import cut_in_pixels, without_magic
from .filling import Baked
from .plan import FakePlan
from .request import Damage
from .shape import Maker


class Sizes(NamedTuple):
    """How large the files of a sequence are: together, and each, if they are all alike."""

    total: int
    each: int | None


class Bakery:
    """Bakes the frames of one plan."""

    def __init__(self, plan: FakePlan, stopped: Stopped = never) -> None:
        """Prepare what the frames have in common.

        Raises:
            UsageError: the format needs a library that is not installed.
            StopRequestedError: `stopped` said so, which it is asked again and again.
        """
        self._stopped = stopped
        self._plan = plan
        self._harm = {number: harm.kind for harm in plan.harm for number in harm.frames}
        self._whole: Maker | None = None
        self._odd: Maker | None = None
        if plan.file_bytes != 0:
            self._whole = plan.format.make(plan.shape, stopped)
            if any(harm.kind is Damage.RESOLUTION for harm in plan.harm):
                self._odd = plan.format.make(plan.odd_shape, stopped)

    def bake(self, number: int) -> Baked:
        """Return the file of a frame.

        Raises:
            UsageError: it is larger than the size that files are filled up to.
            StopRequestedError: `stopped` said so before the end.
        """
        data, wanted = self._unfilled(number)
        if len(data) > wanted:
            raise self._too_little(len(data))
        return self._plan.format.fill(data, wanted - len(data))

    def _unfilled(self, number: int) -> tuple[bytes | bytearray, int]:
        """Return what a file has to hold, and the size that it is to be filled up to."""
        kind = self._harm.get(number)
        maker = self._odd if kind is Damage.RESOLUTION else self._whole
        if maker is None or kind is Damage.ZERO:
            return b"", 0
        shown = number - 1 if kind is Damage.FROZEN else number
        data = maker.make(self._plan.stamp(shown))
        if kind is Damage.TRUNCATED:
            data = cut_in_pixels(data, maker.pixels)
            return data, len(data)
        if kind is Damage.HEADER:
            data = without_magic(data)
        wanted = self._plan.file_bytes
        return data, len(data) if wanted is None else wanted

    def _too_little(self, needed: int) -> UsageError:
        return UsageError(
            f"--bytes {self._plan.file_bytes} is too little: the image needs {needed}"
        )

    @property
    def sizes_are_known(self) -> bool:
        """Whether sizes can be told without making every frame."""
        return self._whole is None or self._whole.fixed_size

    def measure(self) -> Sizes:
        """Tell how large the files will be.

        Raises:
            UsageError: a frame is larger than the size that files are filled up to.
            StopRequestedError: `stopped` said so before the end.
        """
        total = needed = 0
        each: set[int] = set()
        for number, count in self._examples():
            data, size = self._unfilled(number)
            go_on(self._stopped)
            total += size * count
            needed = max(needed, len(data) if len(data) > size else 0)
            each = each if len(each) > 1 else each | {size}
        if needed:
            raise self._too_little(needed)
        return Sizes(total, each.pop() if len(each) == 1 else None)

    def _examples(self) -> Iterator[tuple[int, int]]:
        """Name one frame of each size, and how many have it."""
        frames, harm = self._plan.frames, self._plan.harm
        if not self.sizes_are_known:
            for number in frames:
                yield number, 1
            return
        whole = next((number for number in frames if number not in self._harm), None)
        if whole is not None:
            yield whole, len(frames) - len(self._harm)
        for one in harm:
            yield one.frames[0], len(one.frames)
