"""What travels between Trak and its callers, and what the contract says of a request.

The contract is docs/trak-openapi.yaml; here it is by hand, so that the stand-in needs no library.
"""

import hashlib
import json
import re
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

ASSET_ID = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,128}\Z")
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
HASH = re.compile(r"[a-z0-9]{1,20}:[0-9a-f]{64}\Z")
RESULTS = ("pass", "fail", "pending")
VERDICT_KEYS = frozenset(
    (
        "schema_version",
        "tool_version",
        "policy_version",
        "qc_id",
        "qc_time",
        "qc_result",
        "notes",
        "operator",
        "asset_id",
        "asset_path",
        "content_hash",
        "content_state",
        "prev_content_hash",
        "verdicts",
        "findings",
        "sequence",
        "tracker_status",
        "run_id",
    )
)
Headers = tuple[tuple[str, str], ...]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; `at` is of the monotonic clock, `path` as it was on the wire."""

    number: int
    connection: int
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: bytes
    at: float

    def __str__(self) -> str:
        size = f" ({len(self.body)} bytes)" if self.body else ""
        return f"#{self.number} connection {self.connection}: {self.method} {self.path}{size}"

    @property
    def call(self) -> str:
        """Which of the three calls it is: version, lookup or verdict; else other."""
        endings = {
            "/server-info/app-version": "version",
            "/asset/asset-search": "lookup",
            "/qc": "verdict",
        }
        return next((call for end, call in endings.items() if self.path.endswith(end)), "other")

    def values(self, name: str) -> list[str]:
        """Return every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next(iter(self.values(name)), None)

    def json(self) -> Any:
        """Return the body as the JSON it holds."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer before it is on the wire."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Headers = field(default=())

    @classmethod
    def of(cls, status: int, value: object, *headers: tuple[str, str]) -> "Reply":
        """Make the answer that says a JSON value."""
        return cls(status, json.dumps(value).encode(), headers=headers)

    @classmethod
    def error(cls, status: int, text: str, *headers: tuple[str, str]) -> "Reply":
        """Make the answer of a request that is refused, or has failed."""
        return cls.of(status, {"error": text}, *headers)

    def head(self, length: int | None = None) -> bytes:
        """Return status line and headers; the length is the body's unless another is given."""
        framed = any(name == "Transfer-Encoding" for name, _ in self.headers)
        size = len(self.body) if length is None else length
        lines = [
            f"HTTP/1.1 {self.status} {_phrase(self.status)}",
            f"Content-Type: {self.content_type}",
            *([] if framed else [f"Content-Length: {size}"]),
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    def wire(self) -> bytes:
        """Return the whole answer as bytes."""
        return self.head() + self.body


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


class Breach(Exception):  # noqa: N818 - it is the caller's error, not this program's
    """A request breaks the contract; says with which status it is refused, and why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verdict that was processed."""

    asset_id: str
    key: str
    body: Json


def asset_id_of(path: str) -> str:
    """Return the id that an asset has here unless a test says otherwise."""
    return "asset-" + hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def read_object(request: Request) -> Json:
    """Return the JSON object that a request must hold."""
    media_type = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Breach(415, f"content type {media_type!r}")
    try:
        value = json.loads(request.body.decode("utf-8"), parse_constant=_no_constant)
    except ValueError as error:
        raise Breach(400, f"body is no JSON: {error}") from error
    if not isinstance(value, dict):
        raise Breach(400, "body is no JSON object")
    return value


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_search(request: Request) -> str:
    """Return the path that a search asks for; all else of it must be exactly as agreed."""
    body = read_object(request)
    path = body.get("assetPath")
    if not isinstance(path, str) or not path.startswith("/"):
        raise Breach(400, f"assetPath is no absolute path: {path!r}")
    agreed = {
        "searchPage": {"pageSize": 100},
        "assetSearchType": 2,
        "includeCustomer": False,
        "assetPath": path,
        "tagIds": [],
    }
    if json.dumps(body, sort_keys=True) != json.dumps(agreed, sort_keys=True):
        raise Breach(400, f"search is not as agreed: {body!r}")
    return path


def read_delivery(request: Request, asset_id: str) -> Delivery:
    """Return the verdict that a request delivers, with the key that names it."""
    if not ASSET_ID.match(asset_id):
        raise Breach(400, f"asset id {asset_id!r} is malformed")
    keys = request.values("Idempotency-Key")
    if len(keys) != 1 or not UUID.match(keys[0]):
        raise Breach(400, f"Idempotency-Key is not one UUID: {keys}")
    body = read_object(request)
    missing = VERDICT_KEYS - body.keys()
    if body.get("sequence") is None and "cheap_fp" not in body:
        missing |= {"cheap_fp"}
    if missing:
        raise Breach(422, f"body lacks {', '.join(sorted(missing))}")
    if body["qc_id"] != keys[0]:
        raise Breach(422, f"qc_id {body['qc_id']!r} is not the Idempotency-Key {keys[0]}")
    if body["qc_result"] not in RESULTS:
        raise Breach(422, f"qc_result {body['qc_result']!r}")
    _check_texts(body)
    return Delivery(asset_id, keys[0], body)


def _check_texts(body: Json) -> None:
    for name in ("notes", "operator", "qc_time", "asset_path"):
        if not isinstance(body[name], str):
            raise Breach(422, f"{name} is no text: {body[name]!r}")
    content = body["content_hash"]
    if content is not None and not (isinstance(content, str) and HASH.match(content)):
        raise Breach(422, f"content_hash {content!r}")
