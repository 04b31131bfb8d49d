"""Decide all of a fake sequence before anything is written. Pure."""

from typing import NamedTuple

from ..errors import UsageError
from ..model import SequenceKey
from .formats import Format, choose_compression, choose_depth, choose_endian, find_format
from .frames import Frames, number_frames
from .harm import Harm, choose_harm
from .names import name_sequence
from .picture import draw
from .request import Damage, FakeRequest, Look
from .shape import Shape
from .stamp import Stamp, printable_ascii

_MOST_PIXELS = 1 << 26
_MOST_SEED = 2**63 - 1


class FakePlan(NamedTuple):
    """What is to be made: the names, the frames, what each is like and what is wrong with it.

    `odd_shape` is that of the frames whose resolution is unlike the rest. `file_bytes` is what
    files are padded to, or None.
    """

    key: SequenceKey
    frames: Frames
    format: Format
    shape: Shape
    odd_shape: Shape
    file_bytes: int | None
    harm: tuple[Harm, ...]
    seed: int

    def stamp(self, number: int) -> Stamp:
        """Return what the header of a frame says."""
        return Stamp(number, f"{number:0{self.key.pad}d}", self.key.name(number))


def make_plan(asked: FakeRequest) -> FakePlan:
    """Decide what is to be made.

    Raises:
        UsageError: what is asked is impossible or contradicts itself.
    """
    if not 0 <= asked.seed <= _MOST_SEED:
        raise UsageError(f"--seed is 0 to {_MOST_SEED}, not {asked.seed}")
    frames = number_frames(asked.numbering, asked.seed)
    key = name_sequence(asked.naming, frames)
    found = find_format(key.ext)
    _check_look(asked.look, found)
    harm = choose_harm(frames, asked.damage, asked.seed)
    if asked.look.bytes == 0 and any(one.kind is not Damage.ZERO for one in harm):
        raise UsageError("--bytes 0 makes empty files: no --damage but zero befalls them")
    width, height = asked.look.width, asked.look.height
    return FakePlan(
        key=key,
        frames=frames,
        format=found,
        shape=_shape(asked, found, key, frames, (width, height)),
        odd_shape=_shape(asked, found, key, frames, _other_size(width, height)),
        file_bytes=asked.look.bytes,
        harm=harm,
        seed=asked.seed,
    )


def _check_look(look: Look, found: Format) -> None:
    if look.width < 1 or look.height < 1:
        raise UsageError(f"--size is at least 1x1, not {look.width}x{look.height}")
    if look.width * look.height > _MOST_PIXELS or max(look.width, look.height) > found.most_side:
        raise UsageError(
            f"--size {look.width}x{look.height} is too large for {found.name}: at most "
            f"{_MOST_PIXELS:,} pixels, {found.most_side:,} a side"
        )
    if look.bytes is not None and look.bytes < 0:
        raise UsageError(f"--bytes is at least 0, not {look.bytes}")


def _other_size(width: int, height: int) -> tuple[int, int]:
    """Return half the size, or twice where that would be the same."""
    if width == height == 1:
        return 2, 2
    return max(1, width // 2), max(1, height // 2)


def _shape(
    asked: FakeRequest, found: Format, key: SequenceKey, frames: Frames, size: tuple[int, int]
) -> Shape:
    last = key.name(frames.last)
    digits = len(last) - len(key.prefix) - len(key.ext) - 1
    return Shape(
        picture=draw(*size, digits, asked.seed),
        depth=choose_depth(found, asked.look.depth),
        compression=choose_compression(found, asked.look.compression),
        endian=choose_endian(found, asked.look.endian),
        title=key.base,
        digits=digits,
        name_bytes=len(printable_ascii(last)),
        file_bytes=asked.look.bytes,
    )
