"""Group made-up names once, and say what that alone took: a rival of the grouping rows.

    group.py ours|shuffled|fileseq KIND COUNT

Starting Python, importing and making the names is left out: it is the same for all.
"""

import json
import random
import sys
import time
from collections.abc import Callable

Found = tuple[int, int]
"""How many sequences and files without a frame number there are, and how many files in all."""


def names(kind: str, count: int) -> list[str]:
    """Make names: frames of so many sequences (a number), or unrelated `stills`; sorted.

    The crawler sorts what a folder lists before it groups. Half of the stills end in digits.
    """
    if kind == "stills":
        chance = random.Random(count)  # noqa: S311 (nothing is secret here)
        ends = ("k", "_7")
        return sorted(f"scan{chance.getrandbits(64):016x}{ends[n % 2]}.tif" for n in range(count))
    many = int(kind)
    share = count // many
    return [f"shot{at:04d}_plate.{n:07d}.exr" for at in range(many) for n in range(share)]


def expected(kind: str, count: int) -> Found:
    """Return what is to be found in `names`."""
    return (count if kind == "stills" else int(kind)), count


def ours(given: list[str]) -> Callable[[], Found]:
    """Group as the crawler does. Names that are `shuffled` come in no order."""
    from qc_asset_crawler.sequences.grouping import group_frames  # noqa: PLC0415

    sequences, rest = group_frames(given)
    return lambda: (
        len(sequences) + len(rest),
        sum(len(sequence.frames) for sequence in sequences) + len(rest),
    )


def theirs(given: list[str]) -> Callable[[], Found]:
    """Group by fileseq's function for a list of strings.

    `yield_sequences_in_list` does the same work. Its template (`using`) is quicker, but must be
    told the name of the sequence beforehand, and finds no other. Padding and subframes are left at
    their defaults, which are the quickest.
    """
    import fileseq  # noqa: PLC0415

    found = fileseq.findSequencesInList(given)
    return lambda: (len(found), sum(map(len, found)))


RIVALS = {"ours": ours, "shuffled": ours, "fileseq": theirs}


def main() -> int:
    """Run one rival; wrong numbers are a failure."""
    rival, kind, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    group, given = RIVALS[rival], names(kind, count)
    if rival == "shuffled":
        random.Random(1).shuffle(given)  # noqa: S311
    group(given[:10])  # imports
    started, busy = time.perf_counter(), time.process_time()
    found = group(given)
    taken = {"wall": time.perf_counter() - started, "cpu": time.process_time() - busy}
    if found() != expected(kind, count):
        sys.exit(f"{rival} found {found()}, but there are {expected(kind, count)}")
    print(json.dumps(taken))
    return 0


if __name__ == "__main__":
    sys.exit(main())
