"""Chooses the item of a list by the condition that a question names.

- $4,213 if you have one child
- $6,960 if you have two children
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from index.question import Question
from index.types import Article, Hit, Span
from index.view import shown
from qa.reader.amounts import MIN_AMOUNTS, amounts_of, asks_for_amount, fits, words_needed
from qa.reader.proofs import PASSAGES_TO_READ, Proof, found_in, parts_of, words_above

PROBABILITY = 0.85
"""In [0, 1], of the amount in the item whose condition the question names."""
MAX_ITEMS = 20
"""Before and after a passage that are compared with those in it."""

_CONDITION = re.compile(
    r"\b(?:if|for|when|who|whose|with|without|unless|under|over|aged?|up to|per)\b", re.IGNORECASE
)
_NONE = re.compile(r"\b(?:no|without)\b", re.IGNORECASE)


def conditional(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return the amount whose condition a question names; None if it names none or several.

    One item must have a condition and more words of the question than each of the others, and all
    words of the question must be in it, in the block that introduces the list, in the title or in a
    heading. Another item must have an amount in the same unit.
    """
    if not asks_for_amount(question):
        return None
    for hit in hits[:PASSAGES_TO_READ]:
        article = hit.passage.article
        for lead, items in _lists(hit):
            if len(items) >= MIN_AMOUNTS and (found := _named(question, article, lead, items)):
                return Proof(hit, (found,), PROBABILITY, tuple(items))
    return None


def _lists(hit: Hit) -> Iterator[tuple[str, list[Span]]]:
    """Yield the items of the lists that a passage touches, with the block before each list."""
    article = hit.passage.article
    structure = article.structure
    numbers = structure.overlapping(hit.passage.span)
    if not numbers:
        return
    first, last = numbers[0], numbers[-1]
    while first and structure[first].kind == "item" and numbers[0] - first < MAX_ITEMS:
        first -= 1
    while last + 1 < len(structure) and structure[last + 1].kind == "item":
        if last - numbers[-1] == MAX_ITEMS:
            break
        last += 1
    lead = ""
    parts = parts_of(article, Span(structure[first].span.start, structure[last].span.end))
    for kind, group in groupby(parts, key=lambda part: part.kind):
        spans = [part.span for part in group]
        if kind == "item":
            yield lead, spans
        lead = shown(article, spans[-1])


def _named(question: Question, article: Article, lead: str, items: Sequence[Span]) -> Span | None:
    """Return the amount of the only item that has most words of the question."""
    texts = [_NONE.sub("without", shown(article, item)) for item in items]
    words = [*question.words, *(["without"] if _NONE.search(question.asked) else [])]
    around, *own = found_in(words, [f"{lead} {words_above(article, items[0])}", *texts])
    amounts = amounts_of(article, items, own)
    sizes = {number: len(own[number]) for number in amounts}
    best = max(sizes, key=lambda number: sizes[number], default=None)
    if best is None or list(sizes.values()).count(sizes[best]) > 1:
        return None
    is_named = _CONDITION.search(texts[best]) and words_needed(question) <= own[best] | around
    return amounts[best] if is_named and fits(question, article, amounts[best]) else None
