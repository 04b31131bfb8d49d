"""Trees of media to be crawled, and changes to them as a facility would make them."""

from collections.abc import Iterable
from pathlib import Path
from random import Random

_FOLDERS, _FRAMES, _SINGLES = 3, 12, 2


def make_tree(root: Path, *, folders: int = _FOLDERS, frames: int = _FRAMES) -> None:
    """Make folders inside each other, each with a sequence with a hole and some single files."""
    at = root
    for number in range(folders):
        at = at / f"shot{number:02d}"
        make_frames(at, f"plate{number}", [n for n in range(1001, 1001 + frames) if n != 1004])
        for single in range(_SINGLES):
            make_file(at / f"cut{number}-{single}.mov")


def make_frames(folder: Path, base: str, frames: Iterable[int], size: int = 256) -> list[Path]:
    """Make the frames of a sequence, each with bytes of its own."""
    return [make_file(folder / f"{base}.{n:04d}.exr", f"{base} {n} ", size) for n in frames]


def make_file(path: Path, text: str = "", size: int = 256) -> Path:
    """Make a media file whose bytes follow from the text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    word = (text or path.name).encode("utf-8", "surrogateescape")
    path.write_bytes((word * (size // len(word) + 1))[:size])
    return path


def media_of(root: Path) -> list[Path]:
    """Name the media of a tree."""
    return sorted(path for path in root.rglob("*") if path.suffix in {".exr", ".mov"})


def change_some(root: Path, random: Random, share: float = 0.3) -> None:
    """Render some files anew, with other bytes."""
    for path in media_of(root):
        if random.random() < share:
            path.write_bytes(random.randbytes(256))
