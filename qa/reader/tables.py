"""Chooses which rows and columns of a table to read for a question.

A reader easily takes a value from the row or the column beside the right one.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.place import column_names
from index.question import Question
from index.types import Article, Span
from index.view import plain
from index.wording import table_rows
from index.words import coverages

MIN_COLUMNS = 3
"""With fewer, as in `Key: value` records, a row is too short to be told by its words."""


def unread_cells(article: Article, span: Span, question: Question) -> set[Span]:
    """Return the rows of tables that begin in a span, and cells, that need not be read.

    If rows have words of the question, only those with the most are read. If names of columns have
    such words, only these columns are read, and the first one. A column whose cell has such words,
    too, is what the row is chosen by, as in "Who ran the station opened in 1865?": if no other
    column is named, all are read.
    """
    structure = article.structure
    rows = [row for row in table_rows(article, span) if len(structure.cells(row)) >= MIN_COLUMNS]
    if not rows or not question.words:
        return set()
    covered = _covered(question, article, rows)
    unread = {row for row, share in zip(rows, covered, strict=True) if share < max(covered)}
    for row in rows:
        if row not in unread:
            unread |= _unread_columns(article, row, question)
    return unread


def _unread_columns(article: Article, row: Span, question: Question) -> set[Span]:
    structure = article.structure
    number = structure.at(row.start)
    header = None if number is None else structure[number].header
    if header is None:
        return set()
    cells = structure.cells(row)
    names = column_names(article, structure[header].span)
    named = [share > 0 for share in coverages(question.words, names)]
    chosen_by = [share > 0 for share in _covered(question, article, cells)]
    columns = list(zip(cells, named, chosen_by, strict=False))[1:]
    if not any(is_named and not holds_words for _, is_named, holds_words in columns):
        return set()
    return {cell for cell, is_named, holds_words in columns if not is_named and not holds_words}


def _covered(question: Question, article: Article, spans: Sequence[Span]) -> list[float]:
    return coverages(question.words, [plain(article, span).text for span in spans])
