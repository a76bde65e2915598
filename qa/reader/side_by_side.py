"""Chooses between the amounts that the clauses of a sentence give side by side.

40 percent was spent as wages, and 12 percent as rent
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.question import Question
from index.split import sentences_of
from index.types import Article, Hit, Span
from index.view import plain, shown
from qa.reader.amounts import (
    MIN_AMOUNTS,
    amounts_of,
    asks_for_amount,
    fits,
    unit_of,
    words_needed,
)
from qa.reader.kinds import kind_of
from qa.reader.proofs import PASSAGES_TO_READ, Proof, found_in, words_above

PROBABILITY = 0.75
"""In [0, 1], of the amount in the clause that the question names."""
MIN_WORDS = 2
"""Words of the question that the sentence itself must have."""

_BORDER = re.compile(r"[,;:]\s+(?:and\s+|or\s+|but\s+)?|\s+(?:and|while|whereas|but|or)\s+")


def in_clause(question: Question, hits: Sequence[Hit]) -> Proof | None:
    """Return the amount in the clause that a question names; None if it names none or several.

    All words of the question must be in the clause, in the sentence, in the title or in a heading.
    Another clause must have an amount in the same unit. A count has no unit.
    """
    if not asks_for_amount(question) or kind_of(question) == "count":
        return None
    for hit in hits[:PASSAGES_TO_READ]:
        article = hit.passage.article
        for sentence in sentences_of(article, hit.passage.span):
            if found := _named(question, article, sentence):
                return Proof(hit, (found,), PROBABILITY, (sentence,))
    return None


def _named(question: Question, article: Article, sentence: Span) -> Span | None:
    """Return the amount in the clause of a sentence that a question names."""
    clauses = _clauses(article, sentence)
    texts = [shown(article, clause) for clause in clauses]
    if sum(any(map(str.isdigit, text)) for text in texts) < MIN_AMOUNTS:
        return None
    whole, above = shown(article, sentence), words_above(article, sentence)
    in_sentence, in_above, *own = found_in(question.words, [whole, above, *texts])
    needed = words_needed(question)
    if not needed <= in_sentence | in_above or len(needed & in_sentence) < MIN_WORDS:
        return None
    amounts = amounts_of(article, clauses, own)
    named = {n: {word for word in own[n] if not word.isdigit()} for n in amounts}
    best = _best(named)
    if best is None or not unit_of(article, amounts[best]):
        return None
    # A clause without an amount may belong to any of them.
    others = set().union(*(own[n] for n in range(1, len(own)) if n not in amounts))
    if others - own[best] - named[min(named)]:
        return None
    return amounts[best] if fits(question, article, amounts[best]) else None


def _clauses(article: Article, sentence: Span) -> list[Span]:
    """Return the parts of a sentence between commas and conjunctions, without cut brackets."""
    view = plain(article, sentence)
    borders = [match.span() for match in _BORDER.finditer(view.text)]
    starts = [0, *(end for _, end in borders)]
    ends = [*(start for start, _ in borders), len(view.text)]
    return [
        clause
        for start, end in zip(starts, ends, strict=True)
        if view.text.count("(", start, end) == view.text.count(")", start, end)
        and (clause := view.span(start, end))
    ]


def _best(named: dict[int, set[str]]) -> int | None:
    """Return which clause has most words of the question; None if several have.

    What the first clause says often holds for the others, too, as "was spent" in "40 percent was
    spent as wages, and 12 percent as rent".
    """
    if not named:
        return None
    first = min(named)
    sizes = {number: len(words | named[first]) for number, words in named.items()}
    if max(sizes.values()) == sizes[first]:
        others = (words for number, words in named.items() if number != first)
        return first if named[first] - set().union(*others) else None
    best = max(sizes, key=lambda number: sizes[number])
    return best if list(sizes.values()).count(sizes[best]) == 1 else None
