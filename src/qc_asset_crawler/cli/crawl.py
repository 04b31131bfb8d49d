"""`qc-crawl`: parse, resolve, run."""

from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError
from .parser import build_parser, check

if TYPE_CHECKING:
    from .command import InHand
    from .ending import Ending

COMMAND = "qc-crawl"


def main(argv: list[str], environ: Mapping[str, str], checkout: Path | None) -> int:
    """Run `qc-crawl` and return its exit status.

    Raises:
        UsageError: an argument, a configuration value or a ROOT is wrong.
    """
    options = build_parser().parse_args(argv)
    check(options)
    # What is not needed to answer `--help` and `--version` is imported after them.
    from ..config import resolve  # noqa: PLC0415
    from .crawl_arguments import raw_arguments  # noqa: PLC0415

    resolved = resolve(raw_arguments(options), environ, checkout)

    if resolved.settings.trak is None and not options.trak_check:
        _need_trak(options)
    # The engine is imported once it is sure to be needed: `--help` and a typo answer at once.
    from .console import Console  # noqa: PLC0415
    from .ending import finish  # noqa: PLC0415
    from .signals import interruptible  # noqa: PLC0415

    console = Console(COMMAND, level=resolved.log_level)
    for warning in resolved.warnings:
        console.say("WARNING", warning)
    with interruptible(console) as interruption:
        if options.trak_check:
            from .trak_check import trak_check  # noqa: PLC0415

            ending = trak_check(resolved.trak, console, interruption, as_json=options.json)
        else:
            in_hand = (options, resolved, console, interruption, environ.get("TERM", ""))
            ending = _ending_of(options, in_hand)
    return finish(ending, console)


def _ending_of(options: Namespace, in_hand: "InHand") -> "Ending":
    """Run what is asked for; what only verifies is imported by who verifies."""
    if options.verify:
        from .verify_run import VerifyRun  # noqa: PLC0415

        return VerifyRun(*in_hand).verify()
    from .run import Run  # noqa: PLC0415

    run = Run(*in_hand)
    return run.dry() if options.dry_run else run.record()


def _need_trak(options: Namespace) -> None:
    """Refuse what makes no sense without Trak.

    Raises:
        UsageError: it was asked for.
    """
    for flag, given in (
        ("--deliver", options.deliver),
        ("--retry-rejected", options.retry_rejected),
    ):
        if given:
            raise UsageError(f"{flag} needs Trak: set TRAK_BASE_URL and TRAK_ASSET_TRACKER_API_KEY")
