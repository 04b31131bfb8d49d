"""QC Asset Tracker: find media, hash it, and keep its QC state in sidecars beside it.

`crawl(roots, settings, on_event=...) -> CrawlReport` is the library's door. Importing the package
reads no file and no environment, sets up no logging and touches no signal.
"""

from typing import TYPE_CHECKING

from .version import __version__

if TYPE_CHECKING:
    from .crawler import CrawlReport, crawl
    from .settings import Settings

__all__ = ["CrawlReport", "Settings", "__version__", "crawl"]


def __getattr__(name: str) -> object:
    """Import the engine when it is first asked for: `--help` does not need it."""
    if name == "Settings":
        from .settings import Settings  # noqa: PLC0415

        return Settings
    if name in {"crawl", "CrawlReport"}:
        from . import crawler  # noqa: PLC0415

        return getattr(crawler, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
