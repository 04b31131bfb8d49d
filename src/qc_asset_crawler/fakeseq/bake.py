"""The bytes of each frame of a plan, damage and padding included. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ..errors import StopRequestedError, UsageError
from .damage import cut_in_pixels, without_magic
from .plan import FakePlan
from .request import Damage
from .shape import Maker


class Baked(NamedTuple):
    """The bytes of one file: `data`, good until the next is baked, then so many zeros."""

    data: bytes | bytearray
    padding: int

    @property
    def size(self) -> int:
        """The size of the file."""
        return len(self.data) + self.padding


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large the files of a sequence are: together, and each, if they are all alike."""

    total: int
    each: int | None


class Bakery:
    """Bakes the frames of one plan."""

    def __init__(self, plan: FakePlan) -> None:
        """Prepare what the frames have in common.

        Raises:
            UsageError: the format needs a library that is not installed.
        """
        self._plan = plan
        self._harm = {number: harm.kind for harm in plan.harm for number in harm.frames}
        self._whole: Maker | None = None
        self._odd: Maker | None = None
        if plan.file_bytes != 0:
            self._whole = plan.format.make(plan.shape)
            if any(harm.kind is Damage.RESOLUTION for harm in plan.harm):
                self._odd = plan.format.make(plan.odd_shape)

    def bake(self, number: int) -> Baked:
        """Return the file of a frame; a negative padding says that it is too large."""
        kind = self._harm.get(number)
        maker = self._odd if kind is Damage.RESOLUTION else self._whole
        if maker is None or kind is Damage.ZERO:
            return Baked(b"", 0)
        shown = number - 1 if kind is Damage.FROZEN else number
        data = maker.make(self._plan.stamp(shown))
        if kind is Damage.TRUNCATED:
            return Baked(cut_in_pixels(data, maker.pixels), 0)
        wanted = self._plan.file_bytes
        padding = 0 if wanted is None else wanted - len(data)
        if kind is Damage.HEADER:
            data = without_magic(data)
        return Baked(data, padding)

    @property
    def sizes_are_known(self) -> bool:
        """Whether sizes can be told without making every frame."""
        return self._whole is None or self._whole.fixed_size

    def measure(self, stopped: Callable[[], bool]) -> Sizes:
        """Tell how large the files will be.

        Raises:
            UsageError: a frame is larger than the size that files are padded to.
            StopRequestedError: `stopped` said so before the end.
        """
        total = needed = 0
        each: set[int] = set()
        for baked, count in self._examples():
            if stopped():
                raise StopRequestedError("interrupted")
            total += baked.size * count
            needed = max(needed, len(baked.data) if baked.padding < 0 else 0)
            each = each if len(each) > 1 else each | {baked.size}
        if needed:
            raise UsageError(
                f"--bytes {self._plan.file_bytes} is too little: the image needs {needed}"
            )
        return Sizes(total, each.pop() if len(each) == 1 else None)

    def _examples(self) -> Iterator[tuple[Baked, int]]:
        """Bake one frame of each size; say how many have it."""
        frames, harm = self._plan.frames, self._plan.harm
        if not self.sizes_are_known:
            for number in frames:
                yield self.bake(number), 1
            return
        whole = next((number for number in frames if number not in self._harm), None)
        if whole is not None:
            yield self.bake(whole), len(frames) - len(self._harm)
        for one in harm:
            yield self.bake(one.frames[0]), len(one.frames)
