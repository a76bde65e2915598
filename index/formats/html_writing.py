"""Writes the pieces of a page as an article."""

from __future__ import annotations

from collections.abc import Sequence

from index.formats.base import Document
from index.formats.html_about import About
from index.formats.html_piece import Piece
from index.formats.html_texts import letters_of
from index.formats.writing import Writer

MAX_TERM_CHARS = 80
MAX_RECORD_CHARS = 400
"""A longer definition is read sentence by sentence, so it is not a record."""
MAX_BEFORE_TITLE = 5
"""How many pieces can be above the title of a page."""


def write_page(pieces: Sequence[Piece], about: About, note: str) -> Document:
    """Return an article: the title, what the page says about itself, and its pieces."""
    heading = _title_of(pieces, about)
    title = pieces[heading].words if heading is not None else about.title
    writer = Writer()
    writer.add("heading", title, level=1)
    writer.record("Author", about.author)
    writer.record("Date published" if about.is_published else "Date", about.date)
    writer.record("Site", about.site)
    writer.record("Address", about.address)
    write_pieces(writer, _below(pieces, heading))
    return writer.document(title, note=note)


def _below(pieces: Sequence[Piece], heading: int | None) -> list[Piece]:
    """Return the pieces without the title, and without headings above it, such as the site's."""
    if heading is None:
        return list(pieces)
    above = [piece for piece in pieces[:heading] if piece.kind != "heading"]
    return [*above, *pieces[heading + 1 :]]


def write_pieces(writer: Writer, pieces: Sequence[Piece], *, below: int = 0) -> None:
    """Write pieces. below: the level of the heading that they are under."""
    headers: dict[int, int] = {}  # by table: the number of the row with its column names
    number = 0
    while number < len(pieces):
        piece = pieces[number]
        if piece.kind == "row":
            header = None if piece.is_header else headers.get(piece.table)
            row = writer.row(piece.cells, header=header)
            if row is not None and piece.is_header:
                headers[piece.table] = row
        elif _is_record(pieces, number):
            number += 1
            writer.record(piece.words.removesuffix(":").rstrip(), pieces[number].words)
        else:
            deeper = below if piece.kind == "heading" else 0
            writer.add(piece.kind, piece.words, level=piece.level + deeper)
        number += 1


def _title_of(pieces: Sequence[Piece], about: About) -> int | None:
    """Return the number of the heading that is the title; None if no heading is."""
    first = [n for n, piece in enumerate(pieces[:MAX_BEFORE_TITLE]) if piece.kind == "heading"]
    window = letters_of(about.window)
    for number in first:
        own = letters_of(pieces[number].words)
        if own and window.startswith(own):
            return number
    top = [n for n, piece in enumerate(pieces) if piece.kind == "heading" and piece.level == 1]
    if len(top) == 1 and top[0] in first:
        return top[0]
    same = letters_of(about.title)
    return next((n for n in first if letters_of(pieces[n].words) == same), None)


def _is_record(pieces: Sequence[Piece], number: int) -> bool:
    """Return whether a piece is a term with one short definition below it."""
    terms = [piece.term for piece in pieces[number : number + 3]]
    if terms[:2] != ["dt", "dd"] or terms[2:] == ["dd"]:
        return False
    term, definition = pieces[number].words, pieces[number + 1].words
    is_name = len(term) <= MAX_TERM_CHARS and not term.endswith("?")
    return is_name and len(term) + len(definition) <= MAX_RECORD_CHARS
