"""`qc-crawl --trak-check`: which Trak is this, and where does its configuration come from?"""

import time
from threading import Thread

from ..config import TrakSetup
from ..settings import Secret, Trak
from ..text import json_text
from ..trak_client import ServerInfo, TrakClient
from .console import Console
from .ending import Ending
from .exits import Exit
from .signals import Interruption

_SHOWN = 4
_LONG_ENOUGH = 16
_TICK_SECONDS = 0.05
_GRACE_SECONDS = 0.5


def trak_check(
    setup: TrakSetup, console: Console, interruption: Interruption, *, as_json: bool
) -> Ending:
    """Ask Trak for its version; tell that, and the origin of URL and key."""
    trak = setup.trak
    found: ServerInfo | str = "is not configured"
    if trak is not None:
        found = _ask(trak, interruption)
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
        why = None if isinstance(found, ServerInfo) else f"Trak {found}"
        console.result(json_text({**facts, "ok": why is None, "why": why}))
    else:
        console.result("".join(f"{name.replace('_', ' ')}: {facts[name]}\n" for name in facts))
    if isinstance(found, ServerInfo):
        return Ending(Exit.DONE)
    return Ending(Exit.INTERNAL, words=f"Trak {found}")


def _ask(trak: Trak, interruption: Interruption) -> ServerInfo | str:
    """Ask in a thread: what waits for a name server cannot be interrupted, and need not be."""
    found: list[ServerInfo | str] = []
    thread = Thread(
        target=lambda: found.append(TrakClient(trak, interruption).server_info()), daemon=True
    )
    thread.start()
    until = time.monotonic() + trak.deadline_seconds + _GRACE_SECONDS
    while thread.is_alive() and not interruption() and time.monotonic() < until:
        thread.join(_TICK_SECONDS)
    return found[0] if found else f"gave no answer within {trak.deadline_seconds:g} s"


def masked(key: Secret) -> str:
    """Show as much of a key as tells it from another: nothing of a short one."""
    text = key.reveal()
    return "****" + (text[-_SHOWN:] if len(text) >= _LONG_ENOUGH else "")
