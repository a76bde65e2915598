"""Web pages that were saved: their main text, and what they say about themselves."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from index.formats.base import Document, Format, Unreadable
from index.formats.html_encoding import DecodedPage, decode_page
from index.formats.text import TEXT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lxml.html import HtmlElement

    from index.formats.html_piece import Piece

MAX_CHARS = 10_000_000
MAX_ELEMENTS = 40_000
"""Of larger pages, the main text is not searched for: that would take over five seconds."""
MAX_TAGS = 250_000
"""Of still larger ones, the words alone are read."""
MAX_DEPTH = 250
"""Of elements inside each other. The parser drops what is deeper."""
MAX_ATTRIBUTES = 10_000
"""Of a tag. The parser takes quadratic time for them."""
HEAD_CHARS = 10_000
"""How much of a page is searched for where it was saved from."""
WHOLE_PAGE = ", whole page"
"""How the names of formats end that read all text of pages."""
_TAG = re.compile(r"<(?:[a-z][a-z0-9]*[\s/>]|!doctype|!--|\?xml)", re.IGNORECASE)
_LONG_TAG = re.compile(rf"<[a-zA-Z][^<>]{{{2 * MAX_ATTRIBUTES},}}")
_EMBEDDED = re.compile(r"\bdata:[\w/+.-]{1,100};base64,[A-Za-z0-9+/=%]{1000,}")
"""An image or the like in an attribute. Pages that are saved as one file are mostly these."""
_ITEM = "- "
"""How `text_of_html` begins list items."""
_CONTROLS = re.compile(
    r"[\x01-\x08\x0b\x0e-\x1f\x7f]"
    r"|&#(?:0*(?:[1-8]|1[1245-9]|2[0-9]|3[01]|127)|[xX]0*(?:[1-8bBeEfF]|1[0-9a-fA-F]|7[fF]));"
)
"""Control characters, also as references: invisible, and trafilatura gives up where they are."""
_SAVED_FROM = re.compile(
    r"<!--\s*(?:saved from url=\(\d+\)|Page saved with SingleFile\s+url:\s*)"
    r"(https?://[^\s<>]{1,2000})"
)
"""Written by browsers, and by their extension SingleFile."""


def _read(content: bytes, encoding: str | None, *, whole: bool = False) -> Document:
    page = decode_page(content, encoding)
    if not _TAG.search(page.text):
        return TEXT.read(content, encoding)  # it is not a page
    return read_page(page, whole=whole)


def _read_whole(content: bytes, encoding: str | None) -> Document:
    return _read(content, encoding, whole=True)


def read_page(page: DecodedPage, address: str = "", *, whole: bool = False) -> Document:
    """Return a page as an article.

    address: where it was saved from, if the page does not say so itself.
    whole: read all text that is shown instead of the main text.

    Raises: Unreadable, if it is too large or has nothing to read.
    """
    text = _CONTROLS.sub("", _EMBEDDED.sub("", page.text))
    if len(text) > MAX_CHARS:
        raise Unreadable("too large", f"the limit is {MAX_CHARS / 1e6:.0f} million characters")
    saved_from = _SAVED_FROM.search(text, 0, HEAD_CHARS)
    tree = parsed_page(text)
    if tree is None:
        document = _words_alone(text)
    else:
        document = _article(tree, saved_from[1] if saved_from else address, whole=whole)
    note = "; ".join(filter(None, (page.note, document.note)))
    return replace(document, encoding=page.encoding, note=note)


def parsed_page(text: str) -> HtmlElement | None:
    """Parse a page, or a part of one; return None if no parser reads it as a whole."""
    too_many = any(tag[0].count("=") > MAX_ATTRIBUTES for tag in _LONG_TAG.finditer(text))
    tree = None if too_many or text.count("<") > MAX_TAGS else _tree(text)
    return None if tree is None or _is_too_deep(tree) else tree


def _tree(text: str) -> HtmlElement | None:
    """Parse a page; return None if that is impossible."""
    from lxml.etree import LxmlError
    from lxml.html import HTMLParser, document_fromstring

    parser = HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return document_fromstring(text.encode("utf-8"), parser=parser)
    except (LxmlError, ValueError):
        return None


def _is_too_deep(tree: HtmlElement) -> bool:
    from lxml.etree import iterwalk

    depth = 0
    for event, _ in iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            return True
    return False


def _article(tree: HtmlElement, address: str, *, whole: bool) -> Document:
    from index.formats.html_about import About, about
    from index.formats.html_elements import pieces_of
    from index.formats.html_main import main_pieces, visible_pieces
    from index.formats.html_marks import remove_marks
    from index.formats.html_writing import write_page

    remove_marks(tree)
    pieces, note = pieces_of(tree), ""
    is_large = sum(1 for _ in tree.iter()) > MAX_ELEMENTS
    if is_large:
        window = tree.findtext(".//title") or ""
        found = About(window, window, address=address)
    else:
        found = about(tree, address)
    chosen: Sequence[Piece]
    if whole:
        chosen = [piece for piece in pieces if piece.region != "hidden"]
    elif is_large:
        chosen, note = visible_pieces(pieces), "a large page, so all of its text is read"
    else:
        chosen, note = main_pieces(pieces, tree)
    if not chosen:
        raise Unreadable("no text", "a page without text: perhaps scripts would add it")
    return write_page(chosen, found, note)


def _words_alone(text: str) -> Document:
    """Return the text of a page that the parser cannot read whole, or takes too long for."""
    from index.formats.mail_html import text_of_html
    from index.formats.writing import Writer

    writer = Writer()
    for line in text_of_html(text).split("\n"):
        is_item = line.startswith(_ITEM)
        writer.add("item" if is_item else "paragraph", line.removeprefix(_ITEM), level=1)
    if not len(writer):
        raise Unreadable("no text", "a page without text")
    note = "too many or too deeply nested elements, so its text is read without headings"
    return writer.document(None, note=note)


HTML = Format("html 11", (".html", ".htm", ".xhtml"), _read, isolated=True)
WHOLE_HTML = Format(f"{HTML.name}{WHOLE_PAGE}", HTML.suffixes, _read_whole, isolated=True)
"""Reads all text that is shown, navigation too, instead of the main text."""
