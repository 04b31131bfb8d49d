"""Lists that fit on a screen."""

MOST_LISTED = 20


def capped(lines: list[str], total: int | None = None) -> list[str]:
    """Cut a list off where it would scroll away what comes before it; `total`: of so many."""
    more = max(len(lines), total or 0) - MOST_LISTED
    if more <= 0:
        return lines
    return [*lines[:MOST_LISTED], f"  … and {more:,} more"]


def printable(detail: str) -> str:
    """Return a detail; the names in it are escaped already, the rest is ours."""
    return "".join(char for char in detail if char.isprintable())
