"""What the asset tracker was told, and what it was not, in words."""

from ..crawler.report import TrakReport
from ..text import plural, show
from .lists import capped, printable


def told(trak: TrakReport) -> list[str]:
    """Say what the tracker was told and asked."""
    done = [
        *([f"{plural(trak.delivered, 'verdict')} delivered"] if trak.delivered else []),
        *([f"{plural(trak.looked_up, 'asset')} looked up"] if trak.looked_up else []),
    ]
    return [f"Trak: {', '.join(done)}"] if done else []


def notices(trak: TrakReport) -> list[str]:
    """List what was refused."""
    return capped(
        [f"  {n.status}  {show(n.path)}: Trak {printable(n.detail)}" for n in trak.notices]
    )


def waiting(trak: TrakReport, roots: str) -> list[str]:
    """Say what waits, why, and which command sends it; what was refused, likewise."""
    lines, owes = [], trak.owes
    if owes.lookups and trak.on:
        why = f" (Trak {printable(trak.given_up)})" if trak.given_up else ""
        lines.append(f"{plural(owes.lookups, 'look-up')} in Trak left to the next run{why}")
    if owes.parked:
        counts = [(owes.rejected, "rejected"), (owes.not_found, "not found")]
        kinds = ", ".join(f"{count:,} {kind}" for count, kind in counts if count)
        them = "it" if owes.parked == 1 else "them"
        lines.append(
            f"{plural(owes.parked, 'verdict')} refused by Trak ({kinds}); "
            f"to send {them} again: qc-crawl --deliver --retry-rejected {roots}"
        )
    if owes.verdicts and trak.on:
        why = f" (Trak {printable(trak.given_up)})" if trak.given_up else ""
        verb, them = ("waits", "it") if owes.verdicts == 1 else ("wait", "them")
        lines.append(
            f"{plural(owes.verdicts, 'verdict')} {verb} for Trak{why}; "
            f"to send {them}: qc-crawl --deliver {roots}"
        )
    elif owes.verdicts:
        verb, them = ("waits", "it") if owes.verdicts == 1 else ("wait", "them")
        lines.append(
            f"{plural(owes.verdicts, 'verdict')} {verb} for Trak, which this run is without"
        )
    return lines
