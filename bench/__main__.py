"""`python -m bench`: make the trees, run the rivals in turns, print the table."""

import argparse
import signal
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from .cases import CASES
from .report import Row, document, markdown
from .rounds import in_turns
from .targets import Case, MissingError
from .trees import drop


def main() -> int:
    """Run the benchmark; the table goes to stdout, everything else to stderr."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="qc-bench-", dir=options.dir) as temp:
        where = Path(options.keep or temp)
        where.mkdir(parents=True, exist_ok=True)
        for case in chosen(CASES, only=options.only, quick=options.quick):
            print(f"{case.name}:", file=sys.stderr)
            rows.append(_measure(case, where, options.rounds))
            if case.own_tree and not options.keep:
                drop(case.own_tree, where)
    print(markdown(rows), end="")
    if options.json:
        Path(options.json).write_text(document(rows))
    return 0


def _measure(case: Case, where: Path, rounds: int) -> Row:
    if case.rounds is not None:
        rounds = min(rounds, case.rounds)
    try:
        with case.around(where):
            return Row(case, tuple(in_turns(case.prepare(where), rounds, _say)))
    except MissingError as error:
        _say(f"left out: {error}")
        return Row(case, (), str(error))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small trees: under a minute")
    parser.add_argument("--only", metavar="TEXT", help="cases whose name contains it")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="counted rounds")
    parser.add_argument("--dir", metavar="DIR", help="where the trees are made (default: temp)")
    parser.add_argument("--keep", metavar="DIR", help="make the trees there, and keep them")
    parser.add_argument("--json", metavar="FILE", help="write all samples")
    return parser.parse_args()


def chosen(cases: Iterable[Case], *, only: str | None, quick: bool) -> list[Case]:
    """Return the rows to measure: those whose name contains a text, or the quick or full form."""
    if only:
        return [case for case in cases if only in case.name]
    return [case for case in cases if case.quick is quick or case.name == "start"]


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("stopped")
