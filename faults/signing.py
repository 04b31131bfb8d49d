"""Keep account of what was acknowledged: a verdict is, once the tool has said so."""

from collections.abc import Iterator
from pathlib import Path

from .checks import acknowledged_by, lost


class Ledger:
    """The notes of acknowledged verdicts, each asset's in the order in which they were given."""

    def __init__(self) -> None:
        self._notes: dict[str, list[str]] = {}
        self._given = 0

    def next_note(self) -> str:
        """Make up a note that no other verdict has."""
        self._given += 1
        return f"note {self._given}"

    def take(self, out: str, note: str) -> int:
        """Take down what a run with `--json-lines` acknowledged; return of how many assets."""
        assets = list(acknowledged_by(out))
        for asset in assets:
            self._notes.setdefault(asset, []).append(note)
        return len(assets)

    def lost(self, root: Path) -> Iterator[str]:
        """Name what is not there any more."""
        return lost(root, self._notes)

    def forget(self) -> None:
        """Begin anew: the sidecars were removed on purpose."""
        self._notes.clear()

    def __len__(self) -> int:
        return sum(map(len, self._notes.values()))
