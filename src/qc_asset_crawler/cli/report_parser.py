"""The arguments of `qc-report`."""

import argparse

from ..errors import UsageError
from .parser import Parser, add_progress

_EPILOG = """\
examples:
  qc-report /jobs/show                         a table by folder, and what needs attention
  qc-report --html show.html /jobs/show        one page for the browser, and for the producer
  qc-report --quiet --csv show.csv /jobs/show  a table for the spreadsheet
  qc-report --merge shard-*.json               what the shards of a run come to

Only sidecars are read: what is shown is what qc-crawl has recorded. Nothing is written but FILE.

exit status:
  0    done; what needs attention is named
  1    internal error
  2    usage or configuration, or a ROOT that does not exist; nothing was written
  3    something could not be read or written, or a ROOT holds no sidecars
       (is it mounted? --allow-empty accepts it); with --merge also: a shard is
       missing, or ended with 3; 4, 5: a shard ended so
  130  interrupted (Ctrl-C); 143 terminated (SIGTERM); 129 the terminal is gone
       (SIGHUP); no FILE was written
"""


def build_parser() -> Parser:
    """Build the parser of `qc-report`."""
    parser = Parser(
        "qc-report",
        "Report what the sidecars below a folder say: how each asset stands, and what "
        "needs attention, the worst first.",
        _EPILOG,
    )
    parser.add_roots("*")
    _add_merging(parser.add_argument_group("several machines"))
    _add_output(parser.add_argument_group("what is shown and written"))
    _add_search(parser.add_argument_group("what is looked at"))
    parser.add_env_file()
    return parser


def _add_merging(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--merge",
        nargs="+",
        metavar="FILE",
        help="also sum up the runs of shards, by what each printed with --json, and say which "
        "are missing; ROOT, if given, comes before it (default: theirs)",
    )


def check(options: argparse.Namespace) -> None:
    """Check that there is something to report of.

    Raises:
        UsageError: there is not.
    """
    if not (options.roots or options.merge):
        raise UsageError("which ROOT? Give a folder, a media file or a pattern")


def _add_output(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--html", metavar="FILE", help="write one page that opens from disk (.html)")
    group.add_argument("--csv", metavar="FILE", help="write a table for spreadsheets (.csv)")
    group.add_argument("--json", action="store_true", help="one JSON document on stdout")
    group.add_argument("--quiet", action="store_true", help="no progress, no table")
    add_progress(group)


def _add_search(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="leave out names, or with a / paths below ROOT, that match; repeatable",
    )
    group.add_argument(
        "--allow-empty", action="store_true", help="a ROOT without sidecars is no error"
    )
