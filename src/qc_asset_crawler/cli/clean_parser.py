"""The arguments of `qc-clean`."""

import argparse

from ..errors import UsageError
from .parser import Parser, add_progress

_EPILOG = """\
examples:
  qc-clean /jobs/show/shot                 list what would go, and ask
  qc-clean --dry-run /jobs/show | less     only list it
  qc-clean --yes --cache-only /jobs/show   drop the hash caches, from a script

Media is never touched, and neither is a file that is not the tool's own. Sidecars with a
verdict or a note stay unless --include-verdicts is given.

exit status:
  0    done
  1    internal error
  2    usage or configuration, or nothing was removed because nobody said yes
  3    something could not be examined or removed, or a ROOT holds nothing at all
       (is it mounted? --allow-empty accepts it)
  130  interrupted (Ctrl-C); 143 terminated (SIGTERM); 129 the terminal is gone
       (SIGHUP); what was removed is gone
"""


def build_parser() -> Parser:
    """Build the parser of `qc-clean`."""
    parser = Parser(
        "qc-clean",
        "Remove what qc-crawl left beside the media: sidecars, hash caches, and locks "
        "and temp files of crawlers that were killed.",
        _EPILOG,
    )
    parser.add_roots()
    _add_what(parser.add_argument_group("what is removed"))
    _add_how(parser.add_argument_group("how"))
    parser.add_env_file()
    return parser


def _add_what(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--cache-only", action="store_true", help="hash caches and nothing else")
    group.add_argument(
        "--include-verdicts",
        action="store_true",
        help="also sidecars that hold a verdict or a note; they cannot be had back",
    )
    group.add_argument(
        "--discard-unsent",
        action="store_true",
        help="with --include-verdicts: also those with a verdict that Trak has not got",
    )
    group.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="leave names, or with a / paths below ROOT, that match, and their sidecars; "
        "repeatable",
    )
    group.add_argument("--allow-empty", action="store_true", help="a ROOT with nothing is no error")


def _add_how(group: argparse._ArgumentGroup) -> None:
    group.add_argument("--dry-run", action="store_true", help="list what would go; remove nothing")
    group.add_argument("--yes", action="store_true", help="do not ask")
    group.add_argument("--json", action="store_true", help="one JSON document on stdout")
    group.add_argument("--quiet", action="store_true", help="no progress, no list, no summary")
    add_progress(group)


def check(options: argparse.Namespace) -> None:
    """Check which options go together.

    Raises:
        UsageError: some do not.
    """
    if options.discard_unsent and not options.include_verdicts:
        raise UsageError("--discard-unsent goes with --include-verdicts: it allows still more")
    if options.cache_only and options.include_verdicts:
        raise UsageError("--cache-only and --include-verdicts exclude each other")
