"""What the options of `qc-clean` leave to configuration."""

import argparse

from ..config import RawArguments


def raw_arguments(options: argparse.Namespace) -> RawArguments:
    """Take from the parsed options what configuration resolves; Trak is not spoken to."""
    return RawArguments(
        roots=tuple(options.roots),
        exclude=tuple(options.exclude),
        allow_empty=options.allow_empty,
        env_file=options.env_file,
        no_trak=True,
    )
