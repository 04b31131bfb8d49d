"""The arguments of `qc-crawl`."""

import argparse
from typing import NoReturn

from ..choices import LOG_LEVELS, QCResult, SidecarMode
from ..errors import UsageError
from ..text import show
from ..version import __version__
from .exits import HELP, Exit

_EXAMPLES = """\
examples:
  qc-crawl /jobs/show/shot                       new and changed media becomes pending
  qc-crawl --result pass --note ok /jobs/show    sign off everything below a folder
  qc-crawl --result fail 'plate.%04d.exr'        fail one sequence

"""


class Parser(argparse.ArgumentParser):
    """An argument parser of one command; its errors are one printable line."""

    def __init__(self, command: str, description: str, epilog: str) -> None:
        super().__init__(
            prog=command,
            description=description,
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.add_argument("--version", action="version", version=f"{command} {__version__}")

    def add_roots(self, number: str = "+") -> None:
        """Add ROOT, which most commands share."""
        self.add_argument(
            "roots",
            nargs=number,
            metavar="ROOT",
            help="a folder; or one asset: a media file, or a pattern such as plate.%%04d.exr",
        )

    def add_env_file(self) -> None:
        """Add `--env-file`, which most commands share."""
        self.add_argument("--env-file", metavar="FILE", help="take configuration from this .env")

    def error(self, message: str) -> NoReturn:
        """End with one line that says what to do next."""
        self.exit(Exit.USAGE, f"{self.prog}: {show(message)} (see {self.prog} --help)\n")


def build_parser() -> Parser:
    """Build the parser of `qc-crawl`."""
    parser = Parser(
        "qc-crawl",
        "Find media, group frames into sequences, hash them, and keep the QC state "
        "of each asset in a sidecar beside it. What is unchanged is not read again.",
        _EXAMPLES + HELP,
    )
    parser.add_roots("*")
    _add_verdict(parser.add_argument_group("signing off"))
    _add_search(parser.add_argument_group("what is looked at"))
    _add_sharing(parser.add_argument_group("several machines"))
    _add_findings(parser.add_argument_group("what is found"))
    _add_recording(parser.add_argument_group("how it is recorded"))
    _add_trak(parser.add_argument_group("Trak, the asset tracker"))
    _add_output(parser.add_argument_group("what is shown"))
    parser.add_env_file()
    return parser


_Group = argparse._ArgumentGroup


def _add_verdict(group: _Group) -> None:
    group.add_argument(
        "--result",
        choices=[result.value for result in QCResult],
        help="what you say of every asset under ROOT, changed or not",
    )
    group.add_argument("--note", metavar="TEXT", help="a note that goes with --result")
    group.add_argument("--operator", metavar="NAME", help="who you are (default: $USER)")
    group.add_argument(
        "--asset-id", metavar="ID", help="the tracker's id of the one asset that ROOT is"
    )
    group.add_argument("--yes", action="store_true", help="do not ask before signing")


def _add_search(group: _Group) -> None:
    group.add_argument(
        "--min-seq",
        type=int,
        metavar="N",
        help="how many frames make a sequence (default: 3)",
    )
    group.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="GLOB",
        help="skip names, or with a / paths below ROOT, that match; repeatable",
    )
    group.add_argument(
        "--allow-empty", action="store_true", help="a ROOT without media is no error"
    )
    group.add_argument("--dry-run", action="store_true", help="open no media, write nothing")
    group.add_argument(
        "--verify",
        action="store_true",
        help="read everything again, trust no cache, write nothing: exit 4 where "
        "anything is other than recorded, or than passed",
    )
    group.add_argument(
        "--rehash", action="store_true", help="distrust every cache, read everything again"
    )
    group.add_argument(
        "--ignore-ctime",
        action="store_true",
        help="trust size and mtime alone, where backups or chmod disturb ctime",
    )


def _add_sharing(group: _Group) -> None:
    group.add_argument(
        "--shard",
        metavar="K/N",
        help="only the K-th of N shares of the folders: 1/8 to 8/8 are all of them",
    )
    group.add_argument(
        "--dirs-from",
        metavar="FILE",
        help="only the folders listed in FILE (- for stdin), and nothing below them: a "
        "path a line, or NUL-separated, relative to ROOT or absolute",
    )


def _add_findings(group: _Group) -> None:
    group.add_argument(
        "--expect",
        metavar="RANGE",
        help="the frames that every sequence should have, such as 1001-1100",
    )
    group.add_argument(
        "--fail-on",
        metavar="LIST",
        help="exit 4 where one of these is there: pending, fail, modified, missing, "
        "or a kind of finding, such as truncated,missing-frames",
    )
    group.add_argument(
        "--no-findings", action="store_true", help="hash media only, do not look at it"
    )
    group.add_argument(
        "--decode",
        action="store_true",
        help="read everything again and decode every pixel of pictures, which takes "
        "OpenImageIO: pip install 'qc-asset-crawler[images]'",
    )


def _add_recording(group: _Group) -> None:
    group.add_argument(
        "--sidecar-mode",
        choices=[mode.value for mode in SidecarMode],
        help="move all sidecars to this place (default: where they are, new ones in .qc)",
    )
    group.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="at most so many threads at once (default: 16; used as they pay)",
    )


def _add_trak(group: _Group) -> None:
    group.add_argument("--no-trak", action="store_true", help="neither ask nor tell Trak")
    group.add_argument(
        "--deliver",
        action="store_true",
        help="only deliver the verdicts that wait below ROOT; reads no media",
    )
    group.add_argument(
        "--retry-rejected",
        action="store_true",
        help="also send the verdicts again that Trak has refused",
    )
    group.add_argument(
        "--trak-check", action="store_true", help="ask which Trak this is, and do nothing else"
    )


def check(options: argparse.Namespace) -> None:
    """Check which options go together.

    Raises:
        UsageError: some do not.
    """
    if options.json and options.json_lines:
        raise UsageError("--json and --json-lines exclude each other")
    if options.trak_check:
        _refuse(options, "--trak-check", _NOT_WITH_CHECK)
    elif not options.roots:
        raise UsageError("which ROOT? Give a folder, a media file or a pattern")
    if options.deliver:
        _refuse(options, "--deliver", _NOT_WITH_DELIVER)
    if options.dry_run and options.fail_on:
        raise UsageError("--dry-run looks at no media: it does not go with --fail-on")
    if options.result and options.fail_on:
        raise UsageError("--result signs what --fail-on would refuse: run the gate first")
    if options.no_findings and options.fail_on:
        raise UsageError("--no-findings and --fail-on exclude each other")
    if options.no_findings and options.decode:
        raise UsageError("--no-findings and --decode exclude each other")
    if options.verify:
        _refuse(options, "--verify", _NOT_WITH_VERIFY)
    if options.dry_run and options.report:
        raise UsageError("--dry-run writes nothing: it does not go with --report")
    if options.no_trak and options.retry_rejected:
        raise UsageError("--no-trak and --retry-rejected exclude each other")


_NOT_WITH_DELIVER = (
    "result", "note", "asset_id", "yes", "dry_run", "rehash", "ignore_ctime", "sidecar_mode",
    "no_trak", "expect", "fail_on", "no_findings", "decode", "verify", "report",
)  # fmt: skip


_NOT_WITH_VERIFY = (
    "result", "note", "asset_id", "yes", "dry_run", "rehash", "sidecar_mode", "deliver",
    "retry_rejected", "expect", "fail_on", "no_findings", "decode", "report",
)  # fmt: skip


_NOT_WITH_CHECK = (
    "roots", "deliver", "retry_rejected", "exclude", "allow_empty", "min_seq", "workers",
    "operator", "json_lines", "shard", "dirs_from", *_NOT_WITH_DELIVER,
)  # fmt: skip


def _refuse(options: argparse.Namespace, flag: str, others: tuple[str, ...]) -> None:
    given = [name for name in others if getattr(options, name)]
    if given:
        names = ", ".join(_flag(name) for name in given)
        raise UsageError(f"{flag} does nothing else: it does not go with {names}")


def _flag(name: str) -> str:
    return "ROOT" if name == "roots" else f"--{name.replace('_', '-')}"


def _add_output(group: _Group) -> None:
    group.add_argument("--json", action="store_true", help="one JSON document on stdout")
    group.add_argument(
        "--json-lines", action="store_true", help="one JSON line an asset, then the summary"
    )
    group.add_argument(
        "--report",
        metavar="FILE",
        help="at the end, write what is recorded now to a file (.html, .csv or .json)",
    )
    group.add_argument("--quiet", action="store_true", help="no progress, no summary")
    add_progress(group)
    group.add_argument("--log", metavar="LEVEL", help=f"{', '.join(LOG_LEVELS)} (default: INFO)")


def add_progress(group: _Group) -> None:
    """Add `--progress`, which all commands share."""
    group.add_argument(
        "--progress",
        choices=["auto", "always", "never"],
        default="auto",
        help="the line of progress (default: auto)",
    )
