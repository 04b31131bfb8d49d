"""What the end-to-end tests of Trak share: the configured command, and what came of it."""

import os
import re
import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from support import Json, Tool, files_below, said, sidecars
from trak_server import Behaviour, Request, TrakServer

KEY = "zq7f3a9c51e2-secret"
PASS = ("--result", "pass", "--operator", "anna", "--yes")
FAIL = ("--result", "fail", "--operator", "bert", "--yes")
WITHDRAW = ("--result", "pending", "--operator", "carl", "--yes")
# No time for a second attempt: for tests in which it could change nothing.
AT_ONCE = {"TRAK_DEADLINE": "0.2"}
Status = tuple[str, int | None]
_OFFER = re.compile(r"to send (?:it|them)(?P<again> again)?: (?P<command>.*)")


def configured(qc: Tool, trak: TrakServer) -> Tool:
    """Return the command with Trak configured, and with limits that suit a test."""
    more = {
        "TRAK_BASE_URL": trak.url,
        "TRAK_ASSET_TRACKER_API_KEY": trak.key,
        "TRAK_READ_TIMEOUT": "1",
        "TRAK_DEADLINE": "5",
    }
    return replace(qc, env={**qc.env, **more})


def always(name: str, arg: object = None, call: str = "") -> Callable[[Request], Behaviour | None]:
    """Misbehave in one way, at one of the calls or at all."""
    behaviour = Behaviour(name, arg)
    return lambda request: behaviour if call in ("", request.call) else None


def well(_: Request) -> None:
    """Misbehave at nothing."""


def asked(trak: TrakServer) -> list[str]:
    """Return the paths that were looked up, in order."""
    return [request.json()["assetPath"] for request in trak.requests if request.call == "lookup"]


def posts(trak: TrakServer) -> list[Request]:
    """Return the requests that told a verdict, in order."""
    return [request for request in trak.requests if request.call == "verdict"]


def delivered(trak: TrakServer) -> list[tuple[str, str]]:
    """Return which result was processed for which content, in order."""
    return [(one.body["qc_result"], one.body["content_hash"]) for one in trak.delivered]


def statuses(sidecar: Json) -> list[Status]:
    """Return what each verdict of an asset came to, oldest first."""
    return [_status(verdict) for verdict in sidecar["verdicts"]]


def top(sidecar: Json) -> Status:
    """Return what the last request for an asset came to."""
    return _status(sidecar)


def _status(owner: Json) -> Status:
    return owner["tracker_status"]["status"], owner["tracker_status"]["http_code"]


def all_statuses(root: Path) -> set[Status]:
    """Return what the verdicts below a folder came to."""
    found = sidecars(root).values()
    assert all(said(sidecar) for sidecar in found), "an asset has no verdict"
    return {status for sidecar in found for status in statuses(sidecar)}


def offered(out: str, *, again: bool = False) -> list[str]:
    """Return the arguments of the command by which a summary offers to send what is not told.

    With `again` what was refused, else what waits.
    """
    offers = [match for match in map(_OFFER.search, out.splitlines()) if match]
    (offer,) = [match["command"] for match in offers if bool(match["again"]) is again]
    command, *arguments = shlex.split(offer)
    assert command == "qc-crawl"
    return arguments


def holders(needle: str, root: Path, *texts: str) -> list[str]:
    """Name the files below a folder, and the texts, in which something is found."""
    files = [path for path in files_below(root) if needle.encode() in path.read_bytes()]
    names = [path for path in files_below(root) if needle in os.fspath(path)]
    return [*map(str, files), *map(str, names), *(text for text in texts if needle in text)]
