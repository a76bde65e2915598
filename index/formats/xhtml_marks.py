"""What in a chapter of a book is no text: marks of notes, page numbers, line numbers, contents."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.formats.xml_tree import attribute, local, words

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

MAX_PAGE_CHARS = 20
"""Of a page number; what is longer has a class of that name for its looks."""
MIN_CONTENTS_LINKS = 5
MIN_LINKED = 0.8
"""Share of the text of a table of contents that is in links."""
_SKIPPED = frozenset(
    "annotation annotation-xml audio canvas head iframe nav noscript object rp rt script style svg "
    "template video".split()
)
_NOTE_MARKS = frozenset(
    "noteref doc-noteref footnote-ref footnoteref endnote-ref fnref backlink doc-backlink "
    "footnote-back".split()
)
_PAGES = frozenset("pagebreak doc-pagebreak pagenum pageno page-number page_number".split())
_LINE_NUMBERS = frozenset("lnum linenum line-number lineno linenumber".split())
_NOT_SHOWN = re.compile(r"display\s*:\s*none")
_LISTS = ("ul", "ol", "table")
_NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,4}|[*†‡§¶#]{1,4}|[a-z])[\])]?")
_BACK_LINK = re.compile(r"[\[( ]*[↩↵↑⏎^⬑⤴]+[\ufe0e\ufe0f\]) ]*")
_PAGE = re.compile(r"(\d+|(?<![^\W_])[ivxlcdm]+)\W*\Z", re.IGNORECASE)


def is_no_text(name: str, element: Element) -> bool:
    """Return whether an element is not read."""
    if name in _SKIPPED or "hidden" in element.attrib:
        return True
    if _NOT_SHOWN.search(attribute(element, "style")):
        return True
    if name in _LISTS:
        is_inner = any(local(each) in _LISTS for each in element.iterancestors())
        return not is_inner and is_contents(element)
    types = _types(element)
    if types & _PAGES and len(words(element)) <= MAX_PAGE_CHARS:
        return True
    if name == "a":
        return _is_note_link(element)
    if name == "sup":
        link = element[0] if len(element) == 1 else None
        return link is not None and local(link) == "a" and _is_note_link(link, is_raised=True)
    return bool(types & _LINE_NUMBERS) and words(element).isdecimal()


def page_of(element: Element) -> str:
    """Return the label of the page that an element says begins there; empty if it says none."""
    if not _types(element) & _PAGES:
        return ""
    named = (attribute(element, name) for name in ("title", "aria-label", "value"))
    for candidate in (*named, words(element), attribute(element, "id")):
        if label := page_label(candidate):
            return label
    return ""


def page_label(name: str) -> str:
    """Return the label of a page from what names it, such as "[Pg 12]"; empty if nothing does."""
    found = _PAGE.search(name.strip()[-MAX_PAGE_CHARS:])
    return f"page {found[1]}" if found else ""


def is_contents(element: Element) -> bool:
    """Return whether an element is a table of contents: nearly all of it is links in the book."""
    links = [
        words(each)
        for each in element.iter()
        if local(each) == "a" and "://" not in attribute(each, "href", "://")
    ]
    if len(links) < MIN_CONTENTS_LINKS:
        return False
    return sum(map(len, links)) >= MIN_LINKED * len(words(element))


def _is_note_link(link: Element, *, is_raised: bool = False) -> bool:
    if _types(link) & _NOTE_MARKS:
        return True
    if "#" not in attribute(link, "href"):
        return False
    shown = words(link)
    if _BACK_LINK.fullmatch(shown):
        return True
    is_raised = is_raised or (len(link) == 1 and local(link[0]) == "sup" and not link.text)
    return is_raised and _NOTE_MARK.fullmatch(shown) is not None


def _types(element: Element) -> set[str]:
    """Return what an element says about itself: its types, its role and its classes."""
    said = (
        value
        for key, value in element.attrib.items()
        if key in ("class", "role", "epub:type") or key.endswith("}type")
    )
    return set(" ".join(said).lower().split())
