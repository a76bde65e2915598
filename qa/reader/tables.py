"""Chooses which rows and columns of a table to read for a question.

A reader easily takes a value from the row or the column beside the right one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.fillers import FUNCTION_WORDS
from index.place import column_names
from index.question import Question
from index.types import Article, Span
from index.view import plain
from index.wording import table_rows
from index.words import coverages

MIN_COLUMNS = 3
"""Rows with fewer cells, as in `Key: value` records, are too short to be told by their words."""
_ASKS_FOR = re.compile(
    r"\b(?:which|what|whose|how (?:many|much))\b(?:\s+(?:is|are|was|were|the|an?))*\s+(.*)",
    re.IGNORECASE | re.DOTALL,
)
_ASKS_FOR_NUMBER = re.compile(r"\b(?:when|how (?:many|much|long|old|far|high))\b", re.IGNORECASE)


def unread_parts(article: Article, span: Span, question: Question) -> set[Span]:
    """Return the rows that begin in a span, and the cells, that need not be read.

    Of rows with words of the question, only those with the most are read. Of columns and records,
    only what the question asks for by name, and the first column.
    """
    structure = article.structure
    rows = table_rows(article, span)
    if not rows or not question.words:
        return set()
    wide = [row for row in rows if len(structure.cells(row)) >= MIN_COLUMNS]
    covered = _covered(question.words, article, wide)
    unread = {row for row, share in zip(wide, covered, strict=True) if share < max(covered)}
    for row in wide:
        if row not in unread:
            unread |= _unread_columns(article, row, question)
    return unread | _unread_records(article, [row for row in rows if row not in wide], question)


def asked_for(question: str) -> list[str]:
    """Return the noun that a question asks for, such as "platform" in "Which platform …?"."""
    match = _ASKS_FOR.search(question)
    noun = []
    for word in re.findall(r"\w+", match[1] if match else ""):
        if word.lower() in FUNCTION_WORDS:
            break
        noun.append(word)
    return noun


def _unread_records(article: Article, rows: Sequence[Span], question: Question) -> set[Span]:
    """Return the rows whose keys are not asked for, if a key is."""
    noun = " ".join(asked_for(question.text))
    keys = {row: article.structure.cells(row)[:1] for row in rows}
    asked = {row for row in rows if any(_are_in(_text(article, key), noun) for key in keys[row])}
    return set(rows) - asked if asked else set()


def _unread_columns(article: Article, row: Span, question: Question) -> set[Span]:
    """Return the cells of a row that are not in a column which the question names.

    A column whose cell has words of the question, too, is what the row is chosen by, as in "Who ran
    the station opened in 1865?". If no other column is named, all are read.
    """
    structure = article.structure
    number = structure.at(row.start)
    header = None if number is None else structure[number].header
    if header is None:
        return set()
    cells = structure.cells(row)[1:]
    names = column_names(article, structure[header].span)[1:]
    noun = " ".join(asked_for(question.text))
    chosen_by = [share > 0 for share in _covered(question.words, article, cells)]
    needs_number = bool(_ASKS_FOR_NUMBER.search(question.text))
    candidates = [
        (cell, name)
        for cell, name, is_known in zip(cells, names, chosen_by, strict=False)
        if not is_known and (not needs_number or any(map(str.isdigit, _text(article, cell))))
    ]
    for asked in (noun, question.text):
        named = {cell for cell, name in candidates if _are_in(name, asked)}
        if named:
            return {
                cell
                for cell, is_known in zip(cells, chosen_by, strict=False)
                if cell not in named and not is_known
            }
    return set()


def _are_in(name: str, text: str) -> bool:
    """Return whether a text has all content words of a name, in any form; false without any."""
    words = [word for word in re.findall(r"\w+", name) if word.lower() not in FUNCTION_WORDS]
    return bool(words) and coverages(words, [text])[0] == 1


def _text(article: Article, span: Span) -> str:
    return plain(article, span).text


def _covered(words: Sequence[str], article: Article, spans: Sequence[Span]) -> list[float]:
    return coverages(words, [_text(article, span) for span in spans])
