"""How a passage is worded for the encoder, the word search and the reader, with its context."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from index.place import column_names, columns_above, context_of, headings_above, title_above
from index.question import Question
from index.types import Article, Encoder, Span
from index.view import Draft, View, plain, shown
from index.words import searchable

SETTINGS = "2"
"""Identifies how passages are worded; a store with another wording is rebuilt.

To be changed whenever `encoded_text` or `searched_words` returns something else for any article: a
word index forgets a passage only by exactly the words that it was added with.
"""
CONTEXT_SEPARATOR = " › "
MAX_CONTEXT_CHARS = 240
"""Of title, headings and column names together, so that a passage keeps most of its vector."""
MAX_CONTEXT_TOKENS = 64
"""Tokens that splitting leaves free for them."""


@dataclass(frozen=True, slots=True)
class Searched:
    """The words by which a passage is found, by field."""

    text: str
    title: str
    """The article's title and the name of its file."""
    path: str
    """The headings above the passage, the names of its columns, its labels, and the folders."""


def encoded_text(article: Article, span: Span) -> str:
    """Return the text that a passage's vector is made of: its context, then the passage."""
    above = CONTEXT_SEPARATOR.join(context_of(article, span))
    names = ", ".join(columns_above(article, span))
    context = "\n".join(part for part in (above, names) if part)[:MAX_CONTEXT_CHARS]
    text = plain(article, span).text
    return f"{context}\n{text}" if context else text


def words_encoded(encoder: Encoder, question: Question) -> int | None:
    """Return how many words of a question its vector is made of; None if of all of them."""
    limit = encoder.max_tokens
    if len(question.asked) <= limit:  # a token has at least one character
        return None
    (tokens,) = encoder.count_tokens([question.asked])
    return None if tokens <= limit else len(question.asked.split()) * limit // tokens


def searched_words(article: Article, span: Span) -> Searched:
    """Return the words by which a passage is found."""
    folders, name = os.path.split(article.id)
    labels = [label.text for label in article.structure.labels(span)]
    headings = [plain(article, heading).text for heading in headings_above(article, span)]
    return Searched(
        searchable(plain(article, span).text),
        searchable(f"{article.title} {os.path.splitext(name)[0]}"),
        searchable(" ".join([*headings, *columns_above(article, span), *labels, folders])),
    )


def reading_view(
    article: Article, span: Span, skipped: Collection[Span] = (), *, with_title: bool = True
) -> View:
    """Return what a reader reads of a passage.

    The title and the headings above it come first, on a line of their own. The headings are quoted
    from the article; the title is not. Each table row has its column names before its cells.

    skipped: table rows and cells that are not read.
    with_title: whether to read the title if it is not in the passage.
    """
    draft = Draft(article)
    title = title_above(article, span)
    if title and with_title:
        draft.add(title)
    for heading in headings_above(article, span):
        if not with_title and shown(article, heading) == article.title:
            continue
        if draft.length:
            draft.add(CONTEXT_SEPARATOR)
        draft.quote(heading)
    if draft.length:
        draft.add("\n")
    position = span.start
    for row in _rows(article, span):
        draft.quote(Span(position, max(position, row.span.start)))
        if row.is_read and row.span not in skipped:
            _add_row(draft, row, skipped)
        position = row.span.end
    draft.quote(Span(position, max(position, span.end)))
    return draft.view()


def table_rows(article: Article, span: Span) -> list[Span]:
    """Return the rows of tables that begin in a span, without the rows that name the columns."""
    return [row.span for row in _rows(article, span) if row.is_read]


class _Row(NamedTuple):
    span: Span
    header: Span | None
    """The row that names its columns."""
    is_read: bool
    """False for a row that names the columns of others: its names are read with each of them."""


def _rows(article: Article, span: Span) -> list[_Row]:
    """Return the rows that begin in a span. If it begins inside a row, that is read as it is."""
    structure = article.structure
    numbers = [number for number in structure.overlapping(span) if structure[number].kind == "row"]
    headers = {structure[number].header for number in numbers}
    rows = []
    for number in numbers:
        block = structure[number]
        if block.span.start >= span.start:
            header = None if block.header is None else structure[block.header].span
            part = Span(block.span.start, min(block.span.end, span.end))
            rows.append(_Row(part, header, number not in headers))
    return rows


def _add_row(draft: Draft, row: _Row, skipped: Collection[Span]) -> None:
    """Add a row with the names of its columns, as in `Station: Netherby; Opened: 1865`."""
    if row.header is None:
        draft.quote(row.span)
        return
    article = draft.article
    names = column_names(article, row.header)
    separator = ""
    for number, cell in enumerate(_cells(article, row.span)):
        if cell in skipped or not article.text[cell.start : cell.end].strip():
            continue
        draft.add(separator)
        if number < len(names) and names[number]:
            draft.add(f"{names[number]}: ")
        draft.quote(cell)
        separator = "; "


def _cells(article: Article, row: Span) -> list[Span]:
    """Return the cells of a row or of its beginning; the last one may be cut off, too."""
    cells = article.structure.cells(row)
    last = article.structure.cell_at(row.end - 1)
    return [*cells, Span(last.start, row.end)] if last and last.end > row.end else cells
