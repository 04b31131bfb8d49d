"""A report as one page that opens from disk and asks nothing of the network. Pure."""

import hashlib
from base64 import b64encode
from string import Template
from typing import NamedTuple

from ..version import TOOL_VERSION
from . import page_parts as parts
from .page_data import page_data
from .values import Report

_POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; img-src data:; "
    "base-uri 'none'; form-action 'none'"
)


class Look(NamedTuple):
    """What a page is made of besides its report: HTML with gaps, a style sheet, a script."""

    html: str
    css: str
    js: str


def page_bytes(report: Report, look: Look) -> bytes:
    """Compose the page; what it may do is what these very scripts and styles do."""
    policy = _POLICY.format(script=_digest(look.js), style=_digest(look.css))
    page = Template(look.html).substitute(
        policy=policy,
        css=look.css,
        js=look.js,
        tool=parts.text(TOOL_VERSION),
        title=parts.title(report),
        roots=parts.roots(report),
        made=parts.made(report),
        headline=parts.headline(report),
        bar=parts.bar(report),
        counts=parts.counts(report),
        notes=parts.notes(report),
        first=parts.first_page(report),
        attention=parts.urgent(report),
        folders=parts.folders(report),
        data=page_data(report),
    )
    return page.encode()


def _digest(text: str) -> str:
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
