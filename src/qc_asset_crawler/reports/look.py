"""Load what pages are made of: it ships in the package."""

from importlib.resources import files

from .page import Look


def load_look() -> Look:
    """Read the HTML, the style sheet and the script."""
    return Look(*(files(__package__).joinpath(f"page.{ext}").read_text("utf-8") for ext in _EXTS))


_EXTS = ("html", "css", "js")
