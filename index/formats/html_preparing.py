"""Changes a page where trafilatura would lose text, or take long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.formats.html_elements import BLOCKS, HEADINGS

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MIN_PROSE_CHARS = 40
MAX_PROSE_CHARS = 5_000
"""More is not looked at."""
_CONTAINERS = ("body", "div", "article", "section", "main", "center", "font", "form", "td")
_PARAGRAPHS = ("p", "li", "dd", "td")
_SENTENCE_END = re.compile(r"[.!?。！？][\"'”’»)]*$")


def prepare(tree: HtmlElement) -> None:
    """Change a page before trafilatura reads it."""
    for cell in tree.iter("td", "th"):  # it repeats a cell for each column that it spans
        cell.attrib.pop("colspan", None)
    for address in tree.iter("address"):  # it drops these
        address.tag = "p" if _has_no_blocks(address) else "div"
    for element in list(tree.iter("div")):  # beside paragraphs, it loses text that is in none
        if _has_no_blocks(element) and _is_prose(element):
            element.tag = "p"
    for heading in tree.iter(*HEADINGS[1:]):
        below = heading.getnext()
        while below is not None and below.tag == "div" and _has_no_blocks(below):
            below.tag = "p"
            below = below.getnext()
    for element in list(tree.iter(*_CONTAINERS)):
        texts = (element.text, *(child.tail for child in element))
        if any(map(_is_sentence, texts)):
            _put_into_paragraphs(element)
    for time in tree.iter("time"):  # it drops the paragraph, taking it for a date line
        around = next(time.iterancestors(*_PARAGRAPHS), None)
        if around is not None and _is_prose(around):
            time.tag = "span"


def _has_no_blocks(element: HtmlElement) -> bool:
    return next(element.iterdescendants(*BLOCKS), None) is None


def _put_into_paragraphs(element: HtmlElement) -> None:
    """Put all that is directly in an element into paragraphs, except blocks."""
    paragraph = element.makeelement("p")
    paragraph.text, element.text = element.text, None
    for child in list(element):
        if next(child.iter(*BLOCKS), None) is None:
            paragraph.append(child)
            continue
        if paragraph.text or len(paragraph):
            child.addprevious(paragraph)
        paragraph = element.makeelement("p")
        paragraph.text, child.tail = child.tail, None
    if paragraph.text or len(paragraph):
        element.append(paragraph)


def _is_sentence(text: str | None) -> bool:
    words = (text or "").strip()
    return len(words) >= MIN_PROSE_CHARS and _SENTENCE_END.search(words) is not None


def _is_prose(element: HtmlElement) -> bool:
    """Return whether the text of an element ends like a sentence."""
    words = ""
    for text in element.itertext():
        words += text
        if len(words) > MAX_PROSE_CHARS:
            return True
    words = " ".join(words.split())
    return len(words) >= MIN_PROSE_CHARS and _SENTENCE_END.search(words) is not None
