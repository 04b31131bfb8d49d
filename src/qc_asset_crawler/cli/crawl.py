"""`qc-crawl`: parse, resolve, run."""

from collections.abc import Mapping
from pathlib import Path

from ..config import resolve
from ..errors import UsageError
from .exits import Exit
from .parser import build_parser, raw_arguments

COMMAND = "qc-crawl"


def main(argv: list[str], environ: Mapping[str, str], checkout: Path | None) -> int:
    """Run `qc-crawl` and return its exit status.

    Raises:
        UsageError: an argument, a configuration value or a ROOT is wrong.
    """
    options = build_parser().parse_args(argv)
    if options.json and options.json_lines:
        raise UsageError("--json and --json-lines exclude each other")
    resolved = resolve(raw_arguments(options), environ, checkout)

    # The engine is imported once it is sure to be needed: `--help` and a typo answer at once.
    from .console import Console  # noqa: PLC0415
    from .run import Run  # noqa: PLC0415
    from .signals import interruptible  # noqa: PLC0415

    console = Console(COMMAND, level=resolved.log_level)
    for warning in resolved.warnings:
        console.say("WARNING", warning)
    with interruptible() as interruption:
        run = Run(options, resolved, console, interruption, environ.get("TERM", ""))
        ending = run.dry() if options.dry_run else run.crawl()
    console.erase()
    if ending.status != Exit.DONE:
        console.line(ending.line(COMMAND))
    return ending.status
