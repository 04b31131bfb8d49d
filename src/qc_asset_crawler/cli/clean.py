"""`qc-clean`: parse, resolve, look, ask, remove."""

from collections.abc import Mapping
from pathlib import Path

from .clean_parser import build_parser, check

COMMAND = "qc-clean"


def main(argv: list[str], environ: Mapping[str, str], checkout: Path | None) -> int:
    """Run `qc-clean` and return its exit status.

    Raises:
        UsageError: an argument, a configuration value or a ROOT is wrong.
    """
    options = build_parser().parse_args(argv)
    check(options)
    # What is not needed to answer `--help` and `--version` is imported after them.
    from ..config import resolve  # noqa: PLC0415
    from .clean_arguments import raw_arguments  # noqa: PLC0415

    resolved = resolve(raw_arguments(options), environ, checkout)

    from .clean_run import CleanRun  # noqa: PLC0415 - `--help` and a typo answer at once
    from .console import Console  # noqa: PLC0415
    from .ending import finish  # noqa: PLC0415
    from .signals import interruptible  # noqa: PLC0415

    console = Console(COMMAND, level=resolved.log_level)
    for warning in resolved.warnings:
        console.say("WARNING", warning)
    with interruptible(console) as interruption:
        ending = CleanRun(options, resolved, console, interruption, environ.get("TERM", "")).run()
    return finish(ending, console)
