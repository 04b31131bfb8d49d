"""Remember the hashes of one directory's files in `.qc.hashcache.json`.

A cache may be lost, never wrong: whatever is damaged, foreign, newer or hostile is dropped with a
warning and built again. The file is JSON of three lines: a header with a checksum over the second
line, the entries, and the closing brace.
"""

import errno
import hashlib
import json
import os
import stat
from types import NoneType
from typing import NamedTuple

from .files.atomic import replace_file
from .files.folder import READ_FILE, close_quietly
from .findings.values import CHECKERS, Facts, Kind, Look
from .model import FileStat, is_content_hash

FORMAT = 2
_HEAD = b'{"qc_hashcache": '
_SLACK_BYTES = 64 << 20
_BYTES_PER_NAME = 2048
_KINDS = frozenset(Kind)
_ENTRY_TYPES = (int, int, int, str, bool)
_FACT_TYPES = ((str,), *((int, NoneType),) * 2, *((str, NoneType),) * 3)
_ENTRIES_AT_ONCE = 4096


class Entry(NamedTuple):
    """What was known of a file when it was hashed; `racy`: too young then to be trusted later.

    `look` is what its bytes told beside their hash; None where nobody looked.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    content_hash: str
    racy: bool
    look: Look | None = None

    def same_file(self, found: FileStat, *, ignore_ctime: bool) -> bool:
        """Tell whether the file's stamps are all equal to those recorded."""
        return (
            self.size == found.size
            and self.mtime_ns == found.mtime_ns
            and (ignore_ctime or self.ctime_ns == found.ctime_ns)
        )

    def trusted(self, found: FileStat, algorithm: str, *, ignore_ctime: bool) -> bool:
        """Tell whether the recorded hash may stand for the file's content."""
        return (
            not self.racy
            and self.same_file(found, ignore_ctime=ignore_ctime)
            and self.content_hash.startswith(f"{algorithm}:")
        )

    def silent_if_changed(self, found: FileStat) -> bool:
        """Tell whether another hash would mean a change that size and mtime do not show."""
        return not self.racy and self.same_file(found, ignore_ctime=True)


Entries = dict[str, Entry]


class BadCacheError(Exception):
    """The cache is not used; the text says why."""


def load(folder_fd: int, name: str, names_in_folder: int) -> dict[str, Entry]:
    """Read a directory's cache; an absent one is empty.

    Raises:
        BadCacheError: it is there and cannot be used.
    """
    try:
        fd = os.open(name, READ_FILE, dir_fd=folder_fd)
    except FileNotFoundError:
        return {}
    except OSError as error:
        linked = error.errno == errno.ELOOP
        raise BadCacheError("is a link" if linked else error.strerror or "unreadable") from None
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise BadCacheError("is no regular file")
        if found.st_size > _SLACK_BYTES + _BYTES_PER_NAME * names_in_folder:
            raise BadCacheError("is far too large for this folder")
        with open(fd, "rb", closefd=False) as file:
            data = file.read(found.st_size + 1)
    except OSError as error:
        raise BadCacheError(error.strerror or "unreadable") from None
    finally:
        close_quietly(fd)
    return parse(data)


def parse(data: bytes) -> dict[str, Entry]:
    """Read the bytes of a cache file.

    What other checkers told is dropped: nobody looked. What a decoder said stays.

    Raises:
        BadCacheError: they are damaged, foreign, newer or hostile.
    """
    head, _, rest = data.partition(b"\n")
    body, _, tail = rest.partition(b"\n")
    try:
        header = json.loads(head + b"null}")
    except (ValueError, RecursionError):
        raise BadCacheError("is damaged") from None
    if not isinstance(header, dict) or header.get("qc_hashcache") != FORMAT:
        raise BadCacheError("is of another format or a newer version")
    if tail != b"}\n" or header.get("checksum") != _checksum(body):
        raise BadCacheError("is damaged")
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        raise BadCacheError("is damaged") from None
    if not isinstance(raw, dict):
        raise BadCacheError("is damaged")
    looks: dict[Look, Look] = {}
    entries = {name: _entry(value, looks) for name, value in raw.items()}
    if header.get("checkers") == CHECKERS:
        return entries
    return {name: _unseen(entry) for name, entry in entries.items()}


def _unseen(entry: Entry) -> Entry:
    decoded = entry.look is not None and entry.look.kind is Kind.UNREADABLE
    return entry if decoded else entry._replace(look=None)


def _entry(value: object, looks: dict[Look, Look]) -> Entry:
    """Read an entry; `looks` are those read before, for most files tell the same."""
    if not isinstance(value, list) or (*map(type, value[:-1]),) != _ENTRY_TYPES:
        raise BadCacheError("is damaged")
    look = None if value[-1] is None else _look(value[-1])
    entry = Entry._make([*value[:-1], looks.setdefault(look, look) if look else None])
    if not is_content_hash(entry.content_hash):
        raise BadCacheError("is damaged")
    return entry


def _look(value: object) -> Look:
    match value:
        case [None | list() as facts, None | str() as kind, str() as detail]:
            if kind is None or kind in _KINDS:
                return Look(_facts(facts), Kind(kind) if kind else None, detail)
    raise BadCacheError("is damaged")


def _facts(value: list[object] | None) -> Facts | None:
    if value is None:
        return None
    if len(value) != len(_FACT_TYPES) or not all(map(_is_one_of, value, _FACT_TYPES)):
        raise BadCacheError("is damaged")
    return Facts._make(value)


def _is_one_of(value: object, types: tuple[type, ...]) -> bool:
    return type(value) in types


def _checksum(body: bytes | bytearray) -> str:
    return f"blake2b:{hashlib.blake2b(body, digest_size=32).hexdigest()}"


def compose(entries: Entries, algorithm: str) -> bytearray:
    """Write entries as the bytes of a cache file; the same entries give the same bytes."""
    data = _body(entries)
    header = {
        "qc_hashcache": FORMAT,
        "checkers": CHECKERS,
        "algorithm": algorithm,
        "checksum": _checksum(data),
    }
    data[:0] = json.dumps(header)[:-1].encode() + b', "entries":\n'
    data += b"\n}\n"
    return data


def _body(entries: Entries) -> bytearray:
    """Write entries as JSON, some at a time: all at once would take three times the room."""
    names = sorted(entries)
    body = bytearray(b"{")
    for start in range(0, len(names), _ENTRIES_AT_ONCE):
        some = {name: entries[name] for name in names[start : start + _ENTRIES_AT_ONCE]}
        body += b"," if start else b""
        body += json.dumps(some, separators=(",", ":"))[1:-1].encode()
    body += b"}"
    return body


def is_cache(head: bytes) -> bool:
    """Tell by its first bytes (a hundred will do) whether a file is a cache, of any version.

    An empty one is: a system that went down may leave it so.
    """
    return not head or head.startswith(_HEAD)


def save(folder_fd: int, name: str, entries: Entries, algorithm: str) -> None:
    """Write a directory's cache, whole or not at all.

    Raises:
        BadCacheError: the name is taken by a link or something else that is no file.
        OSError: it cannot be written; the old one is untouched.
    """
    try:
        found = os.stat(name, dir_fd=folder_fd, follow_symlinks=False)
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISREG(found.st_mode):
            raise BadCacheError("is no regular file")
    replace_file(folder_fd, name, compose(entries, algorithm), durable=False)
