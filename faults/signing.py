"""Keep account of what was acknowledged: a verdict is, once the tool has said so."""

from collections.abc import Iterator
from pathlib import Path

from .checks import acknowledged, lost
from .commands import Json


class Ledger:
    """The verdicts that were acknowledged, each asset's in the order in which they were given."""

    def __init__(self) -> None:
        self._verdicts: dict[str, list[Json]] = {}
        self._given = 0

    def next_note(self) -> str:
        """Make up a note that no other verdict has."""
        self._given += 1
        return f"note {self._given}"

    def take(self, out: str, note: str, result: str = "pass") -> int:
        """Take down what a run with `--json-lines` acknowledged; return of how many assets.

        Each must be there as it was printed, with the note and the result that were given.
        """
        signed = list(acknowledged(out))
        for asset in signed:
            verdict = {**(asset["verdict"] or {}), "notes": note, "qc_result": result}
            self._verdicts.setdefault(asset["path"], []).append(verdict)
        return len(signed)

    def lost(self, root: Path) -> Iterator[str]:
        """Name what is not there any more."""
        return lost(root, self._verdicts)

    def forget(self) -> None:
        """Begin anew: the sidecars were removed on purpose."""
        self._verdicts.clear()

    def __len__(self) -> int:
        return sum(map(len, self._verdicts.values()))
