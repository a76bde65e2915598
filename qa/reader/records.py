"""Answers from records and tables: a question names the article or the row, and the key or column.

Such as "Under which licence is Kestrel?" from `Licence: MIT` in the article Kestrel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from index.fillers import FUNCTION_WORDS
from index.place import column_names
from index.question import Question
from index.types import Article, Hit, Span
from index.view import shown
from qa.reader.kinds import bare, kind_of
from qa.reader.proofs import PASSAGES_TO_READ, Proof, asked_words, found_in, parts_of, words_above
from qa.reader.whole import whole

PROBABILITY = 0.85
"""In [0, 1], of the value of a record, or of a cell, that the question names in full."""
MAX_KEY_CHARS = 60
"""A longer key or name of a row is text."""
MAX_START_CHARS = 600
"""Of an article, for what it says about itself."""
MAX_VALUES = 200
"""Values in the first passages that are compared with the question."""

_WHEN = r"(?:on )?(?:when|(?:what|which) (?:date|day))\b"
_ASKED_AS = (
    (r"who\b|by whom\b", "wrote written author", "author authors byline"),
    (_WHEN, "published posted issued dated written wrote", "date published posted issued"),
    (_WHEN, "updated modified revised changed", "updated modified revised"),
    (r"how\b", "big large", "size"),
    (r"how\b", "high tall", "height elevation altitude"),
    (r"how\b", "deep", "depth"),
    (r"how\b", "wide", "width"),
    (r"how\b", "heavy", "weight mass"),
    (r"how\b", "old", "age"),
    (r"how\b", "cost costs", "price cost fee"),
    (r"how\b", "long take takes last lasts", "duration length"),
    (r"(?:in )?(?:what|which)\b", "language languages", "written language languages"),
    (r"where\b", "located held", "location place venue address"),
    (r"who\b|which\b|what\b", "website site publisher published", "site publisher"),
    (r"(?:under )?(?:what|which|how)\b", "license licence licensed", "license licence"),
)
"""How questions begin, a word that they then have, and the keys of the records that answer."""
_QUALIFIERS = frozenset("first full initial main name original".split())
"""Words of a key that a question need not have."""
_GENERIC = frozenset(
    """article available document file full given have latest list listed mentioned page
    paper record report run say stated text use used whole""".split()
)
"""Words of a question that neither a title nor a record need have."""
_PREPOSITIONS = frozenset("at by for from in of on to with".split())
"""A key that ends with one, such as "Written in", is asked for with it."""
_KINDS = ("span", "count", "list")
_ASKS = re.compile(r"(?:\w+ )?(?:what|which|who|whom|whose|when|where|how)\b", re.IGNORECASE)
_DENIES = re.compile(r"\b(?:not|never|no|without|except)\b|n['’]t\b", re.IGNORECASE)
_WANTS_NUMBER = re.compile(r"(?:\w+ )?(?:when|how|(?:what|which) (?:year|date))\b", re.IGNORECASE)
_WANTS_NAME = re.compile(r"(?:\w+ )?(?:who|whom|whose)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Value:
    """The value of a record, or a cell of a table, with the words that say what it is."""

    hit: Hit
    span: Span
    key: str
    """Of the record; or the name of the column."""
    row: str
    """The first cell of the row; empty for a record."""

    @property
    def article(self) -> Article:
        return self.hit.passage.article

    @property
    def text(self) -> str:
        return shown(self.article, self.span)


def recorded(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return the value of the record or cell that a question names; None if there is no such one.

    All words of the key are in the question, and all words of the question are in the key, in the
    name of the row, in the title or in a heading. None if more than one value is named.
    """
    text = bare(question.asked)
    if not _ASKS.match(text) or _DENIES.search(text) or kind_of(question) not in _KINDS:
        return None
    words = asked_words(question)
    values = list(islice(_values(hits), MAX_VALUES))
    if not words or not values:
        return None
    found = {(each.article.id, each.text): each for each in _named(text, words, values, hits)}
    if len(found) != 1:
        return None
    (value,) = found.values()
    span = whole(value.article, value.span)
    return Proof(value.hit, (span,), PROBABILITY) if span else None


def _values(hits: Sequence[Hit]) -> Iterator[_Value]:
    """Yield the values of records and tables in the first passages, and at their articles' start.

    There is what an article says about itself, such as its author.
    """
    for hit in hits[:PASSAGES_TO_READ]:
        article = hit.passage.article
        structure = article.structure
        start = Span(0, min(MAX_START_CHARS, hit.passage.span.start))
        for part in [*parts_of(article, start), *parts_of(article, hit.passage.span)]:
            cells = structure.cells(part.span) if part.kind == "row" else []
            if len(cells) < 2 or part.number is None:
                continue
            header, first = structure[part.number].header, shown(article, cells[0])
            if len(first) > MAX_KEY_CHARS:
                continue
            if header is not None:
                names = column_names(article, structure[header].span)
                for key, cell in zip(names[1:], cells[1:], strict=False):
                    yield _Value(hit, cell, key, first)
            elif len(cells) == 2:
                yield _Value(hit, cells[1], first, "")


def _named(
    text: str, words: Sequence[str], values: Sequence[_Value], hits: Sequence[Hit]
) -> list[_Value]:
    """Return the values that a question names; of several rows, those named in full.

    words: of the question, without those that only ask.
    """
    asked, keys = _asked_as(text)
    names = {name: _content(name) for value in values for name in (value.key, value.row)}
    every = sorted({word for each in names.values() for word in each})
    (known,) = found_in(every, [text])
    candidates = [
        value for value in values if _fits(text, value) and _is_asked(text, value.key, known, keys)
    ]
    if not candidates:
        return []
    texts = [each for value in candidates for each in (value.key, value.row)]
    above = [words_above(value.article, value.span) for value in candidates]
    needed = [word for word in words if word not in _GENERIC]
    in_names, in_above = found_in(needed, texts), found_in(needed, above)
    is_one_article = len({hit.passage.article.id for hit in hits}) == 1
    found = []
    for number, value in enumerate(candidates):
        in_key, in_row = in_names[2 * number : 2 * number + 2]
        consumed = asked if keys.intersection(names[value.key]) else set()
        rest = set(needed) - in_key - in_row - in_above[number] - consumed
        is_row = bool(in_row - in_key - in_above[number])
        is_here = is_one_article or bool(in_above[number])
        if not rest and (is_row if value.row else is_here):
            found.append(value)
    in_full = [value for value in found if known.issuperset(names[value.row])]
    return in_full or found


def _asked_as(text: str) -> tuple[set[str], set[str]]:
    """Return the words of a question that stand for keys of records, and these keys."""
    asked, keys = set(), set()
    words = set(re.findall(r"\w+", text.lower()))
    for begins, named, meant in _ASKED_AS:
        if re.match(begins, text, re.IGNORECASE) and (both := words & set(named.split())):
            asked |= both
            keys |= set(meant.split())
    return asked, keys


def _is_asked(text: str, key: str, known: set[str], keys: set[str]) -> bool:
    """Return whether a question with this text asks for the value of a key.

    known: the words of keys that are in the question. keys: those that other words stand for.
    """
    words = _content(key)
    needed = [word for word in words if word not in _QUALIFIERS]
    if not needed or not all(word in known or word in keys for word in needed):
        return False
    last = key.lower().split()[-1]
    if last == "by" and _WANTS_NAME.match(text):
        return True
    return last not in _PREPOSITIONS or last in text.lower().split()


def _content(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"\w+", name) if word.lower() not in FUNCTION_WORDS]


def _fits(text: str, value: _Value) -> bool:
    """Return whether a value can be what a question with this text asks for."""
    if not value.text.strip():
        return False
    if _WANTS_NUMBER.match(text):
        return any(map(str.isdigit, value.text))
    return not _WANTS_NAME.match(text) or any(word[0].isupper() for word in value.text.split())
