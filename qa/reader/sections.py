"""Answers questions for what a section lists, as in "What was fixed in 4.2.0?", with its items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.place import context_of
from index.question import Question
from index.types import Hit, Span
from index.words import words_found
from qa.reader.decide import Candidate
from qa.reader.tables import asked_for
from qa.reader.whole import whole

PASSAGES_TO_READ = 3
PROBABILITY = 0.6
"""In [0, 1]. Set by hand: there are too few such questions to fit it on."""
_ASKS_WHAT = re.compile(r"\s*(?:what|which)\b", re.IGNORECASE)
_LIST_THEM = re.compile(
    r"\s*(?:please )?(?:list|name)(?: me)?(?: all)?(?: of)? the ", re.IGNORECASE
)
_GENERIC = frozenset(
    """chapter item items list name need needed needs part release releases required section used
    version""".split()
)
"""Words of a question that the heading of a section need not have."""


def with_items(
    question: Question, hits: Sequence[Hit], read: Sequence[tuple[Candidate, float]]
) -> list[tuple[Candidate, float]]:
    """Return what may answer, best first: the items of the section that a question names.

    A section is named if its last heading has the noun that is asked for, and its headings and the
    title have all other words of the question.

    read: what the reader finds, best first, with probabilities in [0, 1].

    Returns: `read` if no section is named, or if the reader is surer of something else than an
    item. All items have the same probability.
    """
    text = _LIST_THEM.sub("What are the ", question.text, count=1)
    noun = asked_for(text)
    if not noun or not _ASKS_WHAT.match(text):
        return list(read)
    words = [word for word in question.words if word not in _GENERIC]
    asked = {word for word in words if word in {each.lower() for each in noun}}
    for hit in hits[:PASSAGES_TO_READ]:
        for path, items in _sections(hit):
            in_path, in_last = words_found(words, [" ".join(path), path[-1]])
            if asked and asked <= in_last and in_path.issuperset(words):
                return _listed(hit, items, read)
    return list(read)


def _listed(
    hit: Hit, items: Sequence[Span], read: Sequence[tuple[Candidate, float]]
) -> list[tuple[Candidate, float]]:
    """Return the items as what may answer, or `read` if the reader is surer of something else."""
    probability = read[0][1] if read else 0.0
    if probability > PROBABILITY and not any(read[0][0].meets(hit, item) for item in items):
        return list(read)
    rank_score = max((one.rank_score for one, _ in read), default=hit.score) + 1e-6
    score_diff = max((one.score_diff for one, _ in read), default=0.0)
    return [
        (Candidate(hit, item, score_diff, rank_score), max(probability, PROBABILITY))
        for item in items
    ]


def _sections(hit: Hit) -> Iterator[tuple[tuple[str, ...], list[Span]]]:
    """Yield the sections of a passage that have list items: title and headings, and the items."""
    article, structure = hit.passage.article, hit.passage.article.structure
    items: dict[tuple[str, ...], list[Span]] = {}
    for number in structure.overlapping(hit.passage.span):
        block = structure[number]
        if block.kind == "item" and hit.passage.span.contains(block.span):
            path = context_of(article, block.span)
            if path and (item := whole(article, block.span)):
                items.setdefault(path, []).append(item)
    yield from items.items()
