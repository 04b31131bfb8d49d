"""The file that a report goes to: its user's own choice, but never media or one of the tool's."""

import os
import stat
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..errors import RecordError, UsageError
from ..files.atomic import replace_file, sync_folder
from ..files.folder import STORE_NAME, close_quietly, open_root
from ..listing import Rules
from ..settings import Settings
from ..text import json_text, show
from .csvout import csv_bytes
from .jsonout import report_json
from .look import load_look
from .page import page_bytes
from .values import Report


def _json_bytes(report: Report) -> bytes:
    return json_text(report_json(report)).encode()


def _html_bytes(report: Report) -> bytes:
    return page_bytes(report, load_look())


_FORMS: Mapping[str, Callable[[Report], bytes]] = {
    ".html": _html_bytes,
    ".csv": csv_bytes,
    ".json": _json_bytes,
}
FORMS = tuple(_FORMS)


class Destination(NamedTuple):
    """Where a report goes; the form is that of the extension."""

    path: str
    form: str


def destination_of(
    flag: str, path: str, settings: Settings, forms: tuple[str, ...] = FORMS
) -> Destination:
    """Check that a report can be written to a file, before anything starts.

    Raises:
        UsageError: it has another extension, is a folder, media or a file of the tool's, or its
            folder is a store of sidecars or cannot be written to.
    """
    shown = f"{flag} {show(path)}"
    folder, name = _folder_and_name(path, shown)
    form = os.path.splitext(name)[1].lower()
    if form not in forms:
        raise UsageError(f"{shown}: the name must end in {' or '.join(forms)}")
    rules = Rules.of(settings)
    if rules.is_sidecar(name) or name == rules.naming.hashcache:
        raise UsageError(f"{shown}: that is the name of a file that qc-crawl keeps")
    if rules.is_media(name):
        raise UsageError(f"{shown}: that is the name of media, which is never written")
    if STORE_NAME in os.path.realpath(folder).split("/"):
        raise UsageError(f"{shown}: that is in a folder of sidecars ({STORE_NAME})")
    if not os.path.isdir(folder):
        raise UsageError(f"{shown}: there is no folder {show(folder)}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{shown}: the folder cannot be written to")
    if _is_there_and_no_file(path):
        raise UsageError(f"{shown}: is there, and is no file")
    return Destination(os.path.join(folder, name), form)


def _folder_and_name(path: str, shown: str) -> tuple[str, str]:
    try:
        return os.path.split(os.path.abspath(path))
    except OSError as error:
        raise UsageError(f"{shown}: the current folder is gone ({error.strerror})") from None


def _is_there_and_no_file(path: str) -> bool:
    """Tell whether something else than a file has the name, or is what it links to."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except FileNotFoundError:
        return False
    except OSError:
        return True


def write_report(report: Report, destination: Destination) -> None:
    """Write a report: whole, or not at all. A link of that name is replaced, not followed.

    Raises:
        RecordError: it cannot be written.
    """
    data = _FORMS[destination.form](report)
    folder, name = os.path.split(destination.path)
    try:
        fd = open_root(folder)
        try:
            replace_file(fd, name, data, durable=True)
            sync_folder(fd)
        finally:
            close_quietly(fd)
    except OSError as error:
        raise RecordError(error.strerror or "input/output error") from None
