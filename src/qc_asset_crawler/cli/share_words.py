"""What of its roots a run was about, in words and as JSON; `docs/json.md` explains the keys."""

from ..crawler.finding import Share
from ..reports.described import Json
from ..text import plural


def share_words(share: Share) -> list[str]:
    """Say what was left to others; nothing where the run was about everything."""
    shard, listed = share.part.shard, share.part.listed
    lines = []
    if listed is not None:
        lines.append(f"{plural(len(listed), 'folder')} listed by --dirs-from, nothing below them")
    if shard is not None:
        elsewhere = f"{plural(share.elsewhere, 'folder')} left to others"
        lines.append(f"shard {shard.number} of {shard.of}: {elsewhere}")
    if share.not_entered:
        hidden = plural(share.not_entered, "listed folder")
        lines.append(f"{hidden} not entered: hidden or excluded")
    return lines


def share_json(share: Share) -> Json:
    """Describe it."""
    shard, listed = share.part.shard, share.part.listed
    return {
        "shard": None if shard is None else shard._asdict(),
        "listed": None if listed is None else len(listed),
        "elsewhere": share.elsewhere,
        "not_entered": share.not_entered,
    }
