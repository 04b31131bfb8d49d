"""One HTTP exchange with Trak: bounded in time and size, never redirected, one key, one place."""

import json
import logging
import ssl
import time
from collections.abc import Callable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import NamedTuple

import requests
from urllib3.exceptions import HTTPError

from ..settings import Trak
from ..version import TOOL_VERSION
from .guard import GivenUpError, Guard, guarded_adapter

MAX_REPLY_BYTES = 1 << 20
_CHUNK = 1 << 16
_MAX_CAUSES = 10
# It quotes headers that it cannot parse, and the key may be in them.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class Call(NamedTuple):
    """What is asked: a path below the base URL, the JSON to send, if any."""

    path: str
    body: bytes | None = None
    idempotency_key: str | None = None


class Reply(NamedTuple):
    """What was answered, as far as it was read; `cut`: the body was over the limit."""

    http_code: int
    headers: Mapping[str, str]
    body: bytes
    cut: bool = False

    def json(self) -> object:
        """Return the body as JSON; None where it is none."""
        try:
            return None if self.cut else json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class NoReply(NamedTuple):
    """Why there was no answer. `sent`: the server may have got, and processed, the request.

    `given_up`: nobody waited for one.
    """

    why: str
    sent: bool
    repeatable: bool = True
    given_up: bool = False


class _Session(requests.Session):
    """A session to which nothing is a redirect: it would read the body, and parse the target."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class Transport:
    """One session with Trak, for one thread."""

    def __init__(self, trak: Trak, given_up: Callable[[], bool]) -> None:
        self._trak = trak
        self._given_up = given_up
        self._guard = Guard(trak.connect_seconds, trak.read_seconds, given_up)
        session = _Session()
        # No proxy, no ~/.netrc, no cookie: the key goes to Trak, and nothing else goes with it.
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers.clear()
        scheme = trak.base_url.partition("://")[0].lower()
        session.adapters.clear()
        session.mount(f"{scheme}://", guarded_adapter(self._guard, tls=scheme == "https"))
        session.verify = trak.ca_bundle or True
        self._session = session

    def send(self, call: Call, until: float) -> Reply | NoReply:
        """Make one exchange, over at `until` by the monotonic clock."""
        self._guard.start(until)
        try:
            with self._request(call) as response:
                if response.status_code < 200:
                    # The answer it announces would be taken for that to the next question.
                    response.raw.close()
                    return NoReply(f"answered {response.status_code} only", sent=True)
                body = self._read(response)
                cut = len(body) > MAX_REPLY_BYTES
                return Reply(response.status_code, response.headers, body, cut)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return self._explain(error, until)

    def _request(self, call: Call) -> requests.Response:
        trak = self._trak
        headers = {
            "x-api-key": trak.key.reveal(),
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": TOOL_VERSION,
        }
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.idempotency_key is not None:
            headers["Idempotency-Key"] = call.idempotency_key
        return self._session.request(
            "GET" if call.body is None else "POST",
            f"{trak.base_url}/{call.path}",
            data=call.body,
            headers=headers,
            timeout=trak.read_seconds,  # each step is limited by the guard
            allow_redirects=False,
            stream=True,
        )

    def _read(self, response: requests.Response) -> bytes:
        """Read a body as it was sent, never unpacked, and not much beyond the limit."""
        body = bytearray()
        while chunk := response.raw.read(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > MAX_REPLY_BYTES:
                response.raw.close()
                break
        return bytes(body)

    def _explain(self, error: Exception, until: float) -> NoReply:
        """Say in words of our own what went wrong: a library's might quote the request."""
        causes = _causes(error)
        for cause in causes:
            if isinstance(cause, ssl.SSLCertVerificationError):
                why = f"has a certificate that is not trusted ({cause.verify_message})"
                return NoReply(why, sent=False, repeatable=False)
        if self._given_up():
            why = "was not waited for any longer"
            return NoReply(why, self._guard.began, repeatable=False, given_up=True)
        return NoReply(self._why(causes, until), self._guard.began)

    def _why(self, causes: list[BaseException], until: float) -> str:
        trak, sent = self._trak, self._guard.began
        if any(isinstance(cause, GivenUpError) for cause in causes) or time.monotonic() >= until:
            return f"gave no answer within {trak.deadline_seconds:g} s"
        if any(isinstance(cause, TimeoutError) for cause in causes):
            if sent:
                return f"was silent for {trak.read_seconds:g} s"
            return f"took no call within {trak.connect_seconds:g} s"
        reasons = [cause.strerror for cause in causes if isinstance(cause, OSError)]
        reason = next((reason for reason in reasons if isinstance(reason, str)), None)
        if sent:
            return f"broke off ({reason or 'connection closed'})"
        return f"cannot be reached ({reason or 'no connection'})"


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and what lies behind it; the libraries hand it over in several ways."""
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(found) < _MAX_CAUSES:
        cause = waiting.pop(0)
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            waiting += [cause.__cause__, cause.__context__, getattr(cause, "reason", None)]
            waiting += cause.args
    return found
