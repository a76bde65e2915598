"""What a page says about itself: title, author, date, site and address."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_CHARS = 300
"""Longer ones are not what they seem to be."""
_LAST_DATE = "2100-01-01"
"""A page from the future is read like any other. By default, the result depends on today's date."""


@dataclass(frozen=True, slots=True)
class About:
    """What a page says about itself; empty where it says nothing."""

    title: str = ""
    window: str = ""
    """The title of the browser's window: often that of the page, then that of the site."""
    author: str = ""
    date: str = ""
    """Of publication, as in "2024-03-01"."""
    site: str = ""
    address: str = ""


def about(tree: HtmlElement, address: str) -> About:
    """Return what a page says about itself. address: if it does not say its own."""
    from trafilatura import extract_metadata

    # An extensive search takes any date in the text for the page's own.
    dates = {"original_date": True, "extensive_search": False, "max_date": _LAST_DATE}
    window = " ".join((tree.findtext(".//title") or "").split())
    try:
        found = extract_metadata(tree, date_config=dates)
    except Exception:  # noqa: BLE001 (on broken pages it raises whatever its parsers do)
        return About(window, window, address=address)
    return About(
        _short(found.title) or window,
        window,
        _short(found.author).replace("; ", ", "),
        _short(found.date),
        _short(found.sitename),
        _short(found.url) or _short(address),
    )


def _short(words: str | None) -> str:
    collapsed = " ".join((words or "").split())
    return collapsed if len(collapsed) <= MAX_CHARS else ""
