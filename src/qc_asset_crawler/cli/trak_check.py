"""`qc-crawl --trak-check`: which Trak is this, and where does its configuration come from?"""

from ..config import TrakSetup
from ..settings import Secret
from ..text import json_text
from ..trak_client import ServerInfo, TrakClient
from .console import Console
from .exits import Ending, Exit
from .signals import Interruption

_SHOWN = 4
_LONG_ENOUGH = 16


def trak_check(
    setup: TrakSetup, console: Console, interruption: Interruption, *, as_json: bool
) -> Ending:
    """Ask Trak for its version; tell that, and the origin of URL and key."""
    trak = setup.trak
    found: ServerInfo | str = "is not configured"
    if trak is not None:
        found = TrakClient(trak, interruption).server_info()
    if interruption():
        return Ending(interruption.status)
    facts = {
        "url": trak.base_url if trak else "not set",
        "url_from": setup.url_origin or "nowhere",
        "key": masked(trak.key) if trak else "not set",
        "key_from": setup.key_origin or "nowhere",
    }
    if isinstance(found, ServerInfo):
        facts["assembly"] = found.assembly
        facts["environment"] = found.environment
        facts["latency"] = f"{found.seconds * 1000:.0f} ms"
    if as_json:
        console.result(json_text({**facts, "ok": isinstance(found, ServerInfo)}))
    else:
        console.result("".join(f"{name.replace('_', ' ')}: {facts[name]}\n" for name in facts))
    if isinstance(found, ServerInfo):
        return Ending(Exit.DONE)
    return Ending(Exit.INTERNAL, words=f"Trak {found}")


def masked(key: Secret) -> str:
    """Show as much of a key as tells it from another: nothing of a short one."""
    text = key.reveal()
    return "****" + (text[-_SHOWN:] if len(text) >= _LONG_ENOUGH else "")
