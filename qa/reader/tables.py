"""Chooses which rows and columns of a table to read for a question.

A reader easily takes a value from the row or the column beside the right one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.fillers import FUNCTION_WORDS
from index.place import column_names, context_of
from index.question import Question
from index.types import Article, Span
from index.view import plain
from index.wording import table_rows
from index.words import coverages, words_found

MIN_COLUMNS = 3
"""Rows with fewer cells, such as `Key: value` records, have too few words to be chosen by them."""
_ASKS_FOR = re.compile(
    r"\b(?:which|what|whose|how (?:many|much))\b(?:\s+(?:is|are|was|were|the|an?))*\s+(.*)",
    re.IGNORECASE | re.DOTALL,
)
_ASKS_FOR_NUMBER = re.compile(r"\b(?:when|how (?:many|much|long|old|far|high))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Focus:
    """What a question is about in the tables and records of a passage."""

    unread: frozenset[Span]
    """Rows and cells that need not be read."""
    no_answer: frozenset[Span]
    """Cells that are read, but are not what the question asks for."""


def focus_on(article: Article, span: Span, question: Question) -> Focus:
    """Return what to read of the rows that begin in a span.

    Of rows with words of the question, only those with the most are read; words that the title has
    count only between equals. Of columns and records, only what the question asks for by name is
    read, with the first column or the key.
    """
    structure = article.structure
    rows = table_rows(article, span)
    unread: set[Span] = set()
    no_answer: set[Span] = set()
    if rows and question.words:
        wide = [row for row in rows if len(structure.cells(row)) >= MIN_COLUMNS]
        covered = list(
            zip(
                _covered(_words_below(article, span, question), article, wide),
                _covered(question.words, article, wide),
                strict=True,
            )
        )
        unread = {row for row, shares in zip(wide, covered, strict=True) if shares < max(covered)}
        read = [row for row in wide if row not in unread]
        for row, (asked, known) in zip(read, _asked_cells(article, read, question), strict=True):
            first, *others = structure.cells(row)
            if asked:
                unread |= {cell for cell in others if cell not in asked and cell not in known}
                no_answer |= {first, *known} - asked
        records = [row for row in rows if len(structure.cells(row)) < MIN_COLUMNS]
        keys = _asked_keys(article, records, question)
        if keys:
            unread |= set(records) - keys.keys()
            no_answer |= set(keys.values())
    return Focus(frozenset(unread), frozenset(no_answer))


def asked_for(question: str) -> list[str]:
    """Return the noun that a question asks for, such as "platform" in "Which platform …?"."""
    match = _ASKS_FOR.search(question)
    noun = []
    for word in re.findall(r"\w+", match[1] if match else ""):
        if word.lower() in FUNCTION_WORDS:
            break
        noun.append(word)
    return noun


def _words_below(article: Article, span: Span, question: Question) -> list[str]:
    """Return the words of a question that the title and the headings do not have."""
    above = " ".join([article.title, *context_of(article, span)])
    known = words_found(question.words, [above])[0]
    return [word for word in question.words if word not in known]


def _asked_keys(article: Article, rows: Sequence[Span], question: Question) -> dict[Span, Span]:
    """Return the keys of the records that a question asks for, by record."""
    keys = {row: cells[0] for row in rows if (cells := article.structure.cells(row))}
    names = {row: _text(article, key) for row, key in keys.items()}
    (asked,) = _named(names.values(), [" ".join(asked_for(question.text))])
    return {row: key for row, key in keys.items() if names[row] in asked}


def _asked_cells(
    article: Article, rows: Sequence[Span], question: Question
) -> list[tuple[set[Span], set[Span]]]:
    """Return the cells of each row that the question asks for, and those by which it finds the row.

    A cell with words of the question is what the row is found by, as in "Who ran the station opened
    in 1865?". The others are asked for if the question names their column, first of all as the noun
    after "which" or "what". If that is unclear, none is.
    """
    needs_number = bool(_ASKS_FOR_NUMBER.search(question.text))
    noun = "" if needs_number else " ".join(asked_for(question.text))
    columns = _columns(article, rows)
    names = [name for row in columns for name in row.values()]
    as_noun, anywhere = _named(names, [noun, question.text])
    cells = [cell for row in columns for cell in row]
    covered = dict(zip(cells, _covered(question.words, article, cells), strict=True))
    found = []
    for row in columns:
        known = {cell for cell in row if covered[cell]}
        others = {
            cell: name
            for cell, name in row.items()
            if cell not in known and (not needs_number or _may_be_number(_text(article, cell)))
        }
        asked = {cell for cell, name in others.items() if name in as_noun}
        if not asked and next(iter(row), None) not in others:
            named = {cell: len(_content(name)) for cell, name in others.items() if name in anywhere}
            asked = {cell for cell, size in named.items() if size == max(named.values())}
        found.append((asked, known))
    return found


def _may_be_number(text: str) -> bool:
    """Return whether a cell has a digit, or nothing: then the table does not answer."""
    return not text.strip() or any(map(str.isdigit, text))


def _columns(article: Article, rows: Sequence[Span]) -> list[dict[Span, str]]:
    """Return for each row its cells with the names of their columns; none without a header row.

    A cell that no column name is known for has an empty name.
    """
    structure = article.structure
    names: dict[int, list[str]] = {}
    columns: list[dict[Span, str]] = []
    for row in rows:
        number = structure.at(row.start)
        header = None if number is None else structure[number].header
        if header is None:
            columns.append({})
            continue
        if header not in names:
            names[header] = column_names(article, structure[header].span)
        cells = structure.cells(row)
        unnamed = [""] * (len(cells) - len(names[header]))
        columns.append(dict(zip(cells, [*names[header], *unnamed], strict=False)))
    return columns


def _named(names: Iterable[str], texts: Sequence[str]) -> list[set[str]]:
    """Return for each text the names of which it has all content words, in any form."""
    words = {name: _content(name) for name in names}
    every = dict.fromkeys(word for each in words.values() for word in each)
    return [
        {name for name, each in words.items() if each and found.issuperset(each)}
        for found in words_found(list(every), texts)
    ]


def _content(name: str) -> list[str]:
    return [word for word in re.findall(r"\w+", name) if word.lower() not in FUNCTION_WORDS]


def _text(article: Article, span: Span) -> str:
    return plain(article, span).text


def _covered(words: Sequence[str], article: Article, spans: Sequence[Span]) -> list[float]:
    return coverages(words, [_text(article, span) for span in spans])
