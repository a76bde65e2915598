"""Removes marks from a page that are not its text: those of notes, of headings and for editing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NOTE = re.compile(r"\s*[\[(]?\s*(?:\d{1,3}|[a-zA-Z]|[*†‡§¶]+|note \d{1,3})\s*[\])]?\s*")
_WORD = re.compile(r"\w")
_EDITING = "mw-editsection"
"""Class of the links of MediaWiki to edit a section."""


def remove_marks(tree: HtmlElement) -> None:
    """Remove the marks from a page."""
    for element in list(tree.iter("sup", "a", "span")):
        if _is_mark(element):
            element.drop_tree()  # the text after it stays


def _is_mark(element: HtmlElement) -> bool:
    if element.getparent() is None:
        return False
    if element.tag == "span":
        return _EDITING in (element.get("class") or "").split()
    if element.tag == "a" and len(element) == 0:  # a heading's link to itself
        return _is_inside(element) and not _WORD.search(element.text or "")
    if len(element) != 1 or {element.tag, element[0].tag} != {"a", "sup"}:
        return False
    link = element if element.tag == "a" else element[0]
    return _is_inside(link) and _NOTE.fullmatch("".join(element.itertext())) is not None


def _is_inside(link: HtmlElement) -> bool:
    """Return whether a link is to a place in a page."""
    return "#" in (link.get("href") or "")
