"""`python -m faults`: try to break the tool, and print what came of it."""

import argparse
import sys
import tempfile
from pathlib import Path

from .campaign import ROWS
from .commands import let_commands_hang_up
from .report import markdown
from .rows import Outcome, attempt


def main() -> int:
    """Run the campaign; the table goes to stdout, everything else to stderr. 1: something broke."""
    options = _options()
    let_commands_hang_up()
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory(prefix="qc-faults-", dir=options.dir) as temp:
        for number, row in enumerate(row for row in ROWS if options.only in row.name):
            where = Path(temp, str(number))
            where.mkdir()
            print(f"{row.name}:", file=sys.stderr)
            goal = options.tries or (row.long if options.long else row.short)
            outcomes.append(attempt(row, where, seed=options.seed, goal=goal, say=_say))
            _say(_in_words(outcomes[-1]))
    print(markdown(outcomes), end="")
    return 1 if any(outcome.faults for outcome in outcomes) else 0


def _in_words(outcome: Outcome) -> str:
    if outcome.missing:
        return f"not run: {outcome.missing}"
    return f"{outcome.tries:,} tries, {len(outcome.faults)} faults, {outcome.seconds:.0f} s"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m faults", description=__doc__)
    parser.add_argument("--long", action="store_true", help="as often as docs/reliability.md says")
    parser.add_argument("--only", metavar="TEXT", default="", help="rows whose name contains it")
    parser.add_argument("--tries", type=int, metavar="N", help="try every row so often")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="other random numbers")
    parser.add_argument("--dir", metavar="DIR", help="where the trees are made (default: temp)")
    return parser.parse_args()


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped")
