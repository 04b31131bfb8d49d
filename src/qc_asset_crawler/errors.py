"""Errors that have a name, because somebody up the stack answers to it."""

from collections.abc import Callable


class QCError(Exception):
    """An expected error: its text is one clear line for the person at the terminal."""


class UsageError(QCError):
    """A wrong option, configuration value or ROOT; raised before anything starts."""


class RecordError(QCError):
    """Something could not be written beside the media."""


class VolumeError(RecordError):
    """The volume takes no more writes: full, over quota, or read-only."""


class BusyError(RecordError):
    """Another crawler holds the folder, or the asset changed while it was examined."""


class LockLostError(BusyError):
    """The folder's lock was taken over while it was held; the write in hand was called off."""


class DecoderError(QCError):
    """Pictures cannot be decoded here; that says nothing of the picture."""


class StopRequestedError(QCError):
    """The run was asked to stop (Ctrl-C, SIGTERM); what is done is kept."""


Stopped = Callable[[], bool]
"""Tells whether the run was asked to stop."""


def never() -> bool:
    """Never ask to stop: the default of whoever can be stopped."""
    return False


def go_on(stopped: Stopped) -> None:
    """Go on, unless the run was asked to stop.

    Raises:
        StopRequestedError: it was.
    """
    if stopped():
        raise StopRequestedError("interrupted")
