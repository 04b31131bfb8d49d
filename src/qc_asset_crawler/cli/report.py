"""`qc-report`: parse, resolve, read, show and write."""

from collections.abc import Mapping
from pathlib import Path

from .report_parser import build_parser

COMMAND = "qc-report"


def main(argv: list[str], environ: Mapping[str, str], checkout: Path | None) -> int:
    """Run `qc-report` and return its exit status.

    Raises:
        UsageError: an argument, a configuration value, a ROOT or a FILE is wrong.
    """
    options = build_parser().parse_args(argv)
    # What is not needed to answer `--help` and `--version` is imported after them.
    from ..config import resolve  # noqa: PLC0415
    from .clean_arguments import raw_arguments  # noqa: PLC0415

    resolved = resolve(raw_arguments(options), environ, checkout)

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
        ending = run.run(paint)
    return finish(ending, console)
