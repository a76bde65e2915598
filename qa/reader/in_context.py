"""What the context of a follow-up says about passages: read with it, and near the last answer.

A follow-up alone, such as "When was he arrested?", is answered by many passages. Together with the
questions and answers before it, the model finds fewer, but reads less exactly. So the answer is
read without the context, in passages that are ranked by both readings.

The weights were fitted by `tests/benchmark/followups_fit.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from index.question import Question
from index.types import Hit
from qa.reader.decide import Candidate
from qa.types import Context

READING_WEIGHT = 0.67
"""Weight of what was read with the context; what was read without it has weight 1."""
NEARNESS_WEIGHT = 0.2
"""Added to the score of the passage that the last answer is in."""
NEARNESS_CHARS = 400
"""At this distance from the last answer, a passage gets 1/e of that."""

ReadCandidates = Callable[[Question, Sequence[Hit]], list[Candidate]]
"""Returns the candidates in passages; see `SpanReader.candidates`."""


def added_by(
    context: Context, question: Question, hits: Sequence[Hit], candidates: ReadCandidates
) -> dict[int, float]:
    """Return what the context of a follow-up adds to the score of each passage, by its rank."""
    read: dict[int, float] = {}
    for one in candidates(Question(f"{context.text} {question.text}"), hits):
        # Without the score of the search, which already counts the context.
        value = one.rank_score - one.hit.score
        read[one.hit.rank] = max(value, read.get(one.hit.rank, -math.inf))
    return {
        hit.rank: READING_WEIGHT * read.get(hit.rank, min(read.values(), default=0.0))
        + NEARNESS_WEIGHT * nearness(context, hit)
        for hit in hits
    }


def nearness(context: Context, hit: Hit) -> float:
    """Return how near a passage is to the last answer, in [0, 1]; 1 if the answer is in it."""
    if context.span is None or hit.passage.article.id != context.article:
        return 0.0
    passage = hit.passage.span
    if passage.contains(context.span):
        return 1.0
    chars = min(abs(passage.start - context.span.end), abs(context.span.start - passage.end))
    return math.exp(-chars / NEARNESS_CHARS)
