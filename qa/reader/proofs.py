"""What the structure of a text proves to be the answer, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.inflections import forms_of
from index.paragraphs import paragraphs
from index.question import Question
from index.structure import Kind
from index.types import Article, Hit, Span
from index.view import shown
from index.words import words_found

PASSAGES_TO_READ = 3
"""Of the passages found: what answers is among the first three nearly always."""
MAX_BLOCK_CHARS = 2_000
"""How much of a block is looked at."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the structure of a text proves to be the answer."""

    hit: Hit
    spans: tuple[Span, ...]
    """Of the article's text; several if all of them answer. At least one."""
    probability: float
    """In [0, 1]."""
    rivals: tuple[Span, ...] = ()
    """What is like the answer, next to it, and proven not to be the answer."""


@dataclass(frozen=True, slots=True)
class Part:
    """A block of an article, or a paragraph of an article without known blocks."""

    span: Span
    kind: Kind
    number: int | None
    """Of the block; None for a paragraph of an article without known blocks."""


def parts_of(article: Article, span: Span) -> Iterator[Part]:
    """Yield the blocks that a span touches, in full but for what is beyond MAX_BLOCK_CHARS."""
    structure = article.structure
    if not len(structure):
        for paragraph in paragraphs(article.text, span):
            yield Part(paragraph, "paragraph", None)
    for number in structure.overlapping(span):
        block = structure[number]
        end = min(block.span.end, block.span.start + MAX_BLOCK_CHARS)
        yield Part(Span(block.span.start, end), block.kind, number)


def next_parts(article: Article, part: Part, count: int) -> list[Part]:
    """Return up to `count` blocks after one; none without known blocks."""
    if part.number is None:
        return []
    following = range(part.number + 1, min(len(article.structure), part.number + 1 + count))
    return [Part(article.structure[n].span, article.structure[n].kind, n) for n in following]


def words_above(article: Article, span: Span) -> str:
    """Return the title and all headings above a span."""
    structure = article.structure
    inside = structure.overlapping(span)
    above = structure.headings(inside[0]) if inside else []
    return " ".join([article.title, *(shown(article, structure[n].span) for n in above)])


def asked_words(question: Question) -> list[str]:
    """Return the words of a question in lower case, without those that only ask."""
    return [word.lower() for term in question.terms for word in term.words]


def found_in(words: Sequence[str], texts: Sequence[str]) -> list[set[str]]:
    """Return for each text the words that it has in any form, irregular ones such as wrote too."""
    forms = {word: {word, *forms_of(word)} for word in words}
    every = sorted(set().union(*forms.values())) if forms else []
    return [
        {word for word, each in forms.items() if each & found}
        for found in words_found(every, texts)
    ]
