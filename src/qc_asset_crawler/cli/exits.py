"""The exit statuses, in one place; `docs/exit-codes.md` explains them."""

from enum import IntEnum


class Exit(IntEnum):
    """What a command ends with."""

    DONE = 0
    INTERNAL = 1
    USAGE = 2
    INCOMPLETE = 3
    REFUSED = 4
    UNTOLD = 5
    HUNG_UP = 129
    INTERRUPTED = 130
    TERMINATED = 143


HELP = """\
exit status:
  0    done
  1    internal error
  2    usage or configuration, or nothing was signed; nothing was written
  3    something could not be examined or recorded, or a ROOT holds neither
       media nor sidecars (is it mounted? --allow-empty accepts it)
  4    something is there that --fail-on names, or --verify found a difference
  5    all is recorded here, but Trak has not been told: verdicts wait
  130  interrupted (Ctrl-C); 143 terminated (SIGTERM); 129 the terminal is gone
       (SIGHUP); the next run goes on from there, but a --verify begins anew
"""
