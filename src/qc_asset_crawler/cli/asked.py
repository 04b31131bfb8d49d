"""What a run was asked for, as its document tells: runs of shards are one run if it is the same."""

from argparse import Namespace

from ..reports.described import Json

_ASKED = (
    "result", "note", "operator", "min_seq", "exclude", "allow_empty", "verify", "rehash",
    "ignore_ctime", "expect", "fail_on", "no_findings", "decode", "sidecar_mode", "no_trak",
    "deliver", "retry_rejected", "dirs_from",
)  # fmt: skip


def asked(options: Namespace) -> Json:
    """Name the options that were given, of those that matter to what is found and recorded."""
    return {name: getattr(options, name) for name in _ASKED if getattr(options, name)}
