"""What Trak's replies mean. Pure; nothing that a server says is believed before it is checked."""

from codecs import BOM_UTF8
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

from ..model import Told
from ..outbox import Answer, Fault
from ..settings import Secret
from ..text import is_asset_id, show
from .transport import MAX_REPLY_BYTES, NoReply, Reply

_MAX_SHOWN = 200
_TRANSIENT = frozenset({429, 502, 503, 504})
_REFUSED = frozenset({400, 409, 422})


def look_up_answer(outcome: Reply | NoReply, key: Secret) -> Answer:
    """Read the reply to a look-up: ``items[0].asset_id``, else ``asset_id``."""
    if isinstance(outcome, NoReply) or not _accepted(outcome):
        return _failure(outcome, key)
    content = outcome.json()
    if not isinstance(content, dict):
        return _not_trak(outcome, "a JSON object")
    items = content.get("items", [])
    first = items[0] if isinstance(items, list) and items else {}
    if not isinstance(items, list) or not isinstance(first, dict):
        return _not_trak(outcome, "a list of assets")
    found = first.get("asset_id")
    if found is None:
        found = content.get("asset_id")
    if found is None and not items and content.keys() & {"items", "asset_id"}:
        return Answer(Told.NOT_FOUND, outcome.http_code, "knows no such asset")
    why = "gave an asset id that cannot be used"
    if isinstance(found, str) and is_asset_id(found):
        if not _holds(found, key):
            return Answer(Told.OK, outcome.http_code, asset_id=found)
        why += ": the key is in it"
    return Answer(Told.ERROR, outcome.http_code, why)


def post_answer(outcome: Reply | NoReply, key: Secret) -> Answer:
    """Read the reply to a verdict: 2xx means that it was taken."""
    if isinstance(outcome, NoReply):
        return _failure(outcome, key)
    if _is_page(outcome) and (_accepted(outcome) or outcome.http_code in {404, *_REFUSED}):
        return _not_trak(outcome, "JSON")  # a login page, say: whoever answered was not Trak
    if _accepted(outcome):
        return Answer(Told.OK, outcome.http_code)
    answer = _failure(outcome, key)
    code = answer.http_code
    if code in _REFUSED:
        return Answer(Told.REJECTED, code, answer.detail)
    if code == 404:
        return Answer(Told.NOT_FOUND, code, answer.detail)
    return answer


def version_answer(outcome: Reply | NoReply, key: Secret) -> tuple[str, str] | str:
    """Read assembly and environment; or say in words why that cannot be done."""
    if isinstance(outcome, NoReply) or not _accepted(outcome):
        return _failure(outcome, key).detail
    content = outcome.json()
    if isinstance(content, dict):
        assembly, environment = content.get("runningAssembly"), content.get("environmentName")
        if isinstance(assembly, str) and isinstance(environment, str):
            return _quoted(assembly, key), _quoted(environment, key)
    return _not_trak(outcome, "its version").detail


def _accepted(reply: Reply) -> bool:
    return 200 <= reply.http_code < 300


def _is_page(reply: Reply) -> bool:
    kind = reply.headers.get("Content-Type", "").lower()
    return "html" in kind or reply.body.removeprefix(BOM_UTF8).lstrip()[:1] == b"<"


def _not_trak(reply: Reply, expected: str) -> Answer:
    got = f"over {MAX_REPLY_BYTES:,} bytes" if reply.cut else "something else"
    if _is_page(reply):
        got = "a web page"
    detail = f"answered {reply.http_code} with {got}, not {expected}: is TRAK_BASE_URL right?"
    return Answer(Told.ERROR, reply.http_code, detail, fault=Fault.TRAK)


def _failure(outcome: Reply | NoReply, key: Secret) -> Answer:
    """Read what is no success; what it means for a verdict, `post_answer` knows."""
    if isinstance(outcome, NoReply):
        fault = Fault.OURS if outcome.given_up else Fault.TRAK
        return Answer(Told.QUEUED, None, outcome.why, fault=fault)
    code = outcome.http_code
    said = _message(outcome, key)
    if 300 <= code < 400:
        target = _target(outcome.headers.get("Location", ""), key)
        detail = f"redirects to {target} ({code}), which is not followed: is TRAK_BASE_URL right?"
        return Answer(Told.QUEUED, code, detail, fault=Fault.SETUP)
    if code == 401:
        detail = f"does not take the key (401{said}): see TRAK_ASSET_TRACKER_API_KEY"
        return Answer(Told.UNAUTHORIZED, code, detail, fault=Fault.SETUP)
    if code == 403:
        return Answer(Told.UNAUTHORIZED, code, f"does not permit it (403{said})", fault=Fault.TRAK)
    if code in _TRANSIENT:
        return Answer(Told.QUEUED, code, f"is not available ({code}{said})", fault=Fault.TRAK)
    fault = Fault.NONE if code in _REFUSED else Fault.TRAK
    return Answer(Told.ERROR, code, f"answered {code}{said}", fault=fault)


def _message(reply: Reply, key: Secret) -> str:
    """Return what Trak says of a refusal, where it says it in one of the usual ways."""
    content = reply.json()
    if not isinstance(content, Mapping):
        return ""
    said = (content.get(name) for name in ("error", "message", "detail"))
    message = next((text for text in said if isinstance(text, str) and text), "")
    return f": {_quoted(message, key)}" if message else ""


def _quoted(text: str, key: Secret) -> str:
    """Make a server's words fit to be shown; never the key, should it be in them."""
    if _holds(text, key):
        return "(not shown: the key is in it)"
    return show(text[:_MAX_SHOWN]) + ("…" if len(text) > _MAX_SHOWN else "")


def _holds(text: str, key: Secret) -> bool:
    """Tell whether the key is in a text, also in other case or percent-encoded."""
    secret = key.reveal().lower()
    return secret in text.lower() or secret in unquote(text).lower()


def _target(location: str, key: Secret) -> str:
    """Name where a redirect leads, without what follows a question mark."""
    try:
        parts = urlsplit(location)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "somewhere"
    host = parts.hostname or ""
    host = f"[{host}]" if ":" in host else host
    scheme = f"{parts.scheme}://" if parts.scheme else "//"
    where = f"{scheme}{host}{port}{parts.path}" if host else parts.path
    return _quoted(where, key) if where and not _holds(where, key) else "somewhere"
