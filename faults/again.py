"""The first run after faults: what it keeps, and whether it makes good all that befell."""

from collections.abc import Iterable
from pathlib import Path

from .checks import left_over, misbehaved, recovered
from .commands import crawl
from .rows import Attempt
from .signing import Ledger


def run_again(
    made: Attempt,
    after: str,
    root: Path,
    ledgers: Iterable[Ledger],
    but: frozenset[str] = frozenset(),
) -> None:
    """Let a clean run go over what faults left, and leave the tree as one from scratch does.

    Half of the time it is this first run that is compared with one from scratch. That takes the
    verdicts away, so the other half is looked through for those it lost. `but` are keys of
    sidecars that need not agree.
    """
    if made.random.random() < 0.5:
        made.blame(f"a run after {after}", misbehaved(crawl(root), frozenset({0})))
        made.blame(f"a run after {after}", left_over(root))
        for ledger in ledgers:
            made.blame(f"a run after {after}", ledger.lost(root))
    made.count("verdicts acknowledged", sum(map(len, ledgers)))
    made.blame(f"recovering after {after}", recovered(root, but=but))
