"""`qc-report`: parse, resolve, read, show and write."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from .report_parser import build_parser, check

if TYPE_CHECKING:
    from ..reports.shards import Merged

COMMAND = "qc-report"


def main(argv: list[str], environ: Mapping[str, str], checkout: Path | None) -> int:
    """Run `qc-report` and return its exit status.

    Raises:
        UsageError: an argument, a configuration value, a ROOT or a FILE is wrong.
    """
    options = build_parser().parse_args(argv)
    check(options)
    # What is not needed to answer `--help` and `--version` is imported after them.
    from ..config import resolve  # noqa: PLC0415
    from .clean_arguments import raw_arguments  # noqa: PLC0415

    merged = _merged(options)
    raw = raw_arguments(options)
    if merged and not raw.roots:
        raw = raw._replace(roots=merged.runs[0].roots)
    resolved = resolve(raw, environ, checkout)

    from .colours import painter  # noqa: PLC0415 - `--help` and a typo answer at once
    from .console import Console  # noqa: PLC0415
    from .ending import finish  # noqa: PLC0415
    from .report_run import ReportRun  # noqa: PLC0415
    from .signals import interruptible  # noqa: PLC0415

    console = Console(COMMAND, level=resolved.log_level)
    for warning in resolved.warnings:
        console.say("WARNING", warning)
    paint = painter(console.out, environ)
    with interruptible(console) as interruption:
        run = ReportRun(options, resolved, console, interruption, environ.get("TERM", ""))
        ending = run.run(paint, merged)
    return finish(ending, console)


def _merged(options: Namespace) -> "Merged | None":
    """Take together what the shards of a run have printed.

    Raises:
        UsageError: a document does not exist, or they are not of one run.
    """
    if options.merge is None:
        return None
    from ..reports.documents import read_documents  # noqa: PLC0415 - not needed by most reports
    from ..reports.shards import merge  # noqa: PLC0415

    documents = read_documents(options.merge)
    return merge(documents, allow_empty=options.allow_empty, anywhere=bool(options.roots))
