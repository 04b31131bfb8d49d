"""What the options of `qc-crawl` leave to configuration."""

import argparse

from ..config import RawArguments
from .dirs_from import read_list


def raw_arguments(options: argparse.Namespace) -> RawArguments:
    """Take from the parsed options what configuration resolves.

    Raises:
        UsageError: the list of folders cannot be read.
    """
    return RawArguments(
        roots=tuple(options.roots),
        operator=options.operator,
        workers=options.workers,
        log=options.log,
        min_seq=options.min_seq,
        sidecar_mode=options.sidecar_mode,
        result=options.result,
        note=options.note,
        asset_id=options.asset_id,
        exclude=tuple(options.exclude),
        ignore_ctime=options.ignore_ctime,
        rehash=options.rehash,
        allow_empty=options.allow_empty,
        env_file=options.env_file,
        no_trak=options.no_trak,
        retry_rejected=options.retry_rejected,
        no_findings=options.no_findings,
        decode=options.decode,
        expect=options.expect,
        fail_on=options.fail_on,
        shard=options.shard,
        folder_list=None if options.dirs_from is None else read_list(options.dirs_from),
    )
