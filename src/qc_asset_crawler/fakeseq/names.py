"""What the frames are called. Pure."""

from ..errors import UsageError
from ..model import SequenceKey
from ..sequences.grouping import DIGITS, parse_pattern, split_frame
from ..text import is_file_name, show
from .frames import Frames
from .request import Naming

_MOST_BYTES = 255
_DEFAULT_EXT = "exr"
_DEFAULT_PAD = 4


def name_sequence(asked: Naming, frames: Frames) -> SequenceKey:
    """Decide the prefix, the extension and the padding; `pad` is what rebuilds the names.

    Raises:
        UsageError: no file could be called so, or the crawler would not take it for a frame.
    """
    if (asked.base is None) == (asked.like is None):
        raise UsageError("give either --base NAME or --like SAMPLE")
    sample = _like(asked.like) if asked.like is not None else _based(asked.base or "")
    pad = asked.pad if asked.pad is not None else sample.pad
    if not 1 <= pad <= _MOST_BYTES:
        raise UsageError(f"--pad is 1 to {_MOST_BYTES}, not {pad}")
    # Numbers that are wider than asked make the padding that a reader of the names derives.
    pad = max(pad, len(str(frames.first)))
    key = SequenceKey(sample.prefix, asked.ext if asked.ext is not None else sample.ext, pad)
    longest = len(key.name(frames.last).encode("utf-8", "surrogateescape"))
    if longest > _MOST_BYTES:
        raise UsageError(f"the names would be {longest} bytes long; the most is {_MOST_BYTES}")
    return key


def _based(base: str) -> SequenceKey:
    if not base:
        raise UsageError("--base is empty")
    if not is_file_name(base):
        raise UsageError(f"--base is one name, without / or NUL: {show(base)}")
    if base.startswith("."):
        raise UsageError(f"--base begins with a dot: such files are hidden: {show(base)}")
    return SequenceKey(f"{base}.", _DEFAULT_EXT, _DEFAULT_PAD)


def _like(sample: str) -> SequenceKey:
    """Take prefix, padding and extension from a name, a path or a printf pattern."""
    name = sample.rpartition("/")[2]
    key = parse_pattern(name) or _cut(name)
    if key is None:
        hint = "; write the number as printf does: plate.%04d.exr" if "#" in name else ""
        raise UsageError(f"--like needs a frame number before the extension: {show(sample)}{hint}")
    if not is_file_name(name):
        raise UsageError(f"--like is no name of a file: {show(sample)}")
    if name.startswith("."):
        raise UsageError(f"--like begins with a dot: such files are hidden: {show(sample)}")
    if key.prefix and key.prefix[-1] in DIGITS:
        raise UsageError(f"--like has a digit right before the frame number: {show(sample)}")
    return key


def _cut(name: str) -> SequenceKey | None:
    cut = split_frame(name)
    return None if cut is None else SequenceKey(cut.prefix, cut.ext, len(cut.digits))
