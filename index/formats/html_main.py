"""Chooses the pieces of a page that are its main text, with trafilatura.

trafilatura decides which texts belong to it, but loses some of what is around them: white space
between words, captions, code, lists in cells, headings. So its texts are looked up among the
pieces.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from index.formats.html_elements import pieces_of
from index.formats.html_piece import Piece
from index.formats.html_preparing import prepare
from index.formats.html_texts import MIN_RUN_CHARS, Texts, letters_of, main_texts

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

MIN_MAIN_CHARS = 250
"""If the main text is shorter, and all of the page's text is much longer, that is read instead."""
MIN_TIMES_LONGER = 2
MAX_SHORT_CHARS = 1_000
"""Of a short page with little main text, all text is read: there is not enough to choose from."""
MAX_COMPARED_ELEMENTS = 6_000
"""In larger pages, trafilatura compares its result with no other, which takes quadratic time."""
MIN_MENU_LINKS = 3
"""So many links with nothing in between are navigation."""
MIN_FOUND = 0.6
"""Share of the main text that must be among the pieces; else it was not taken from them."""
_TAGS = {
    "list": "ul",
    "item": "li",
    "table": "table",
    "row": "tr",
    "cell": "td",
    "quote": "blockquote",
    "lb": "br",
    "hi": "span",
    "ref": "a",
}
"""Of trafilatura's elements, in HTML."""


def main_pieces(pieces: Sequence[Piece], tree: HtmlElement) -> tuple[Sequence[Piece], str]:
    """Return the pieces of a page that are its main text, and a note for the user if that failed.

    tree: the page; it may be changed.
    """
    body = _main_body(tree)
    main = _found(pieces, body) if body is not None else []
    if _size(main) >= MIN_MAIN_CHARS:
        return main, ""
    visible = visible_pieces(pieces)
    if _size(visible) <= MAX_SHORT_CHARS:
        return visible or main, ""
    if _size(visible) > MIN_TIMES_LONGER * _size(main):
        return visible, "no main text was found, so all of the page's text is read"
    # Of a short page, trafilatura takes all for the main text, navigation too, as one paragraph.
    letters = letters_of(" ".join(piece.words for piece in main))
    has_all = all(letters_of(piece.words) in letters for piece in visible)
    return (visible if has_all and visible else main), ""


def visible_pieces(pieces: Sequence[Piece]) -> Sequence[Piece]:
    """Return the pieces of a page that are shown, without navigation if there are others."""
    visible = [piece for piece in pieces if not piece.region]
    visible = visible or [piece for piece in pieces if piece.region != "hidden"] or list(pieces)
    unlinked = []
    for is_menu, run in groupby(visible, key=lambda piece: piece.is_linked):
        part = list(run)
        if not is_menu or len(part) < MIN_MENU_LINKS:
            unlinked += part
    first = next((n for n, piece in enumerate(unlinked) if not piece.is_linked), 0)
    return unlinked[first:] or visible  # a link above all else is to the start of the site


def _size(pieces: Iterable[Piece]) -> int:
    return sum(len(piece.words) for piece in pieces)


def _main_body(tree: HtmlElement) -> _Element | None:
    """Return the main text as trafilatura finds it; None if it does not."""
    from trafilatura import bare_extraction

    prepare(tree)
    fast = sum(1 for _ in tree.iter()) > MAX_COMPARED_ELEMENTS
    try:
        found = bare_extraction(tree, fast=fast, include_comments=False, include_formatting=True)
    except Exception:  # noqa: BLE001 (on broken pages it raises whatever its parsers do)
        return None
    return getattr(found, "body", None)


def _found(pieces: Sequence[Piece], body: _Element) -> Sequence[Piece]:
    """Return the pieces that are in the main text. body: as trafilatura returns it."""
    headings, texts, size = main_texts(body)
    letters = [letters_of(piece.words) for piece in pieces]
    found = [
        (headings if piece.kind == "heading" else texts).have(own)
        or (piece.kind == "row" and _has_cells(texts, piece.cells))
        for piece, own in zip(pieces, letters, strict=True)
    ]
    long = [n for n, own in enumerate(letters) if found[n] and len(own) >= MIN_RUN_CHARS]
    found_chars = sum(len(own) for n, own in enumerate(letters) if found[n])
    if not long or found_chars < MIN_FOUND * size:
        return pieces_of(_as_html(body))
    first = next((n for n in long if not pieces[n].is_linked), long[0])  # links can be a menu
    last = long[-1]
    while first and found[first - 1] and not pieces[first - 1].is_linked:
        first -= 1
    first = _first(pieces, first)
    for number in range(last + 1, len(pieces)):  # sections of short items and rows
        if not found[number]:
            break
        last = last if pieces[number].kind == "heading" else number
    tables = _found_tables(pieces, found)
    shown = {own for n, own in enumerate(letters) if found[n] and not pieces[n].region}
    return [
        piece
        for n, piece in enumerate(pieces[first : last + 1], first)
        if (found[n] and not (piece.region and (letters[n] in shown or piece.kind == "heading")))
        or (piece.kind == "row" and piece.table in tables)
        or _belongs(pieces, found, n)
    ]


def _found_tables(pieces: Sequence[Piece], found: Sequence[bool]) -> set[int]:
    """Return the tables of which most rows were found."""
    surplus = Counter[int]()
    for piece, is_found in zip(pieces, found, strict=True):
        if piece.kind == "row":
            surplus[piece.table] += 1 if is_found else -1
    return {table for table, count in surplus.items() if count > 0}


def _has_cells(texts: Texts, cells: Sequence[str]) -> bool:
    filled = [own for cell in cells if (own := letters_of(cell))]
    return sum(texts.have(own) for own in filled) > len(filled) / 2


def _first(pieces: Sequence[Piece], number: int) -> int:
    """Return the number of the first of the headings that a piece is directly under."""
    while number and pieces[number - 1].kind == "heading" and _leads(pieces, number - 1):
        number -= 1
    return number


def _leads(pieces: Sequence[Piece], number: int) -> bool:
    """Return whether a heading has text below it, or a heading of a deeper level."""
    heading, following = pieces[number], pieces[number + 1] if number + 1 < len(pieces) else None
    if heading.region or following is None:
        return False
    return following.kind != "heading" or following.level > heading.level


def _belongs(pieces: Sequence[Piece], found: Sequence[bool], number: int) -> bool:
    """Return whether a piece that trafilatura lost belongs to those around it."""
    piece = pieces[number]
    if piece.region:
        return False
    if piece.kind == "heading":
        while number < len(pieces) and pieces[number].kind == "heading":
            if not _leads(pieces, number):
                return False
            number += 1
        return found[number]
    if piece.term == "dt":
        return number + 1 < len(pieces) and pieces[number + 1].term == "dd" and found[number + 1]
    return piece.kind in ("caption", "code")


def _as_html(body: _Element) -> _Element:
    """Rename the elements of the main text to those of HTML."""
    for element in body.iter():
        if element.tag == "head":
            rend = element.get("rend") or "h2"
            element.tag = rend if re.fullmatch("h[1-6]", rend) else "h2"
        elif element.tag == "cell" and element.get("role") == "head":
            element.tag = "th"
        elif element.tag == "code" and (parent := element.getparent()) is not None:
            element.tag = "pre" if parent is body else "span"
        elif isinstance(element.tag, str):
            element.tag = _TAGS.get(element.tag, element.tag)
    return body
