"""`python -m bench`: make the trees, run the rivals in turns, print the table."""

import argparse
import sys
import tempfile
from pathlib import Path

from .cases import CASES
from .report import Row, document, markdown
from .rounds import in_turns
from .targets import Case


def main() -> int:
    """Run the benchmark; the table goes to stdout, everything else to stderr."""
    options = _options()
    chosen = [case for case in CASES if _is_wanted(case, options)]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="qc-bench-", dir=options.dir) as temp:
        where = Path(options.keep or temp)
        where.mkdir(parents=True, exist_ok=True)
        for case in chosen:
            print(f"{case.name}:", file=sys.stderr)
            runners = case.prepare(where)
            rows.append(Row(case, tuple(in_turns(runners, options.rounds, _say))))
    print(markdown(rows), end="")
    if options.json:
        Path(options.json).write_text(document(rows))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small trees: under a minute")
    parser.add_argument("--only", metavar="TEXT", help="cases whose name contains it")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="counted rounds")
    parser.add_argument("--dir", metavar="DIR", help="where the trees are made (default: temp)")
    parser.add_argument("--keep", metavar="DIR", help="make the trees there, and keep them")
    parser.add_argument("--json", metavar="FILE", help="write all samples")
    return parser.parse_args()


def _is_wanted(case: Case, options: argparse.Namespace) -> bool:
    if options.only:
        return options.only in case.name
    return case.quick is options.quick or (case.quick and case.name == "start")


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
