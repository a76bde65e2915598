"""What comes out of a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from index.types import Hit, Passage, Span

Outcome = Literal["answered", "not_found"]


@dataclass(frozen=True, slots=True)
class Answer:
    """The words of a passage that answer a question."""

    passage: Passage
    span: Span
    """Of the article's text, inside the passage."""
    score: float
    """Probability in [0, 1] that the text answers the question here."""

    def __post_init__(self) -> None:
        if not self.passage.span.contains(self.span):
            raise ValueError("an answer must lie inside its passage")

    @property
    def text(self) -> str:
        """The article's text inside the span, to the letter."""
        return self.passage.article.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Response:
    """What the articles say to one question."""

    question: str
    outcome: Outcome
    answers: tuple[Answer, ...]
    """Best first; empty when the outcome is "not_found"."""
    hits: tuple[Hit, ...]
    """The passages that fit best, or come nearest; best first, rank from 1."""
    confidence: float
    """Probability in [0, 1] that the best passages answer the question, whatever the outcome."""
    unknown_words: tuple[str, ...]
    """Words of the question that occur in no article, in no form."""
    timings_ms: Mapping[str, float]
    """How long each step took, in milliseconds."""
    context: str = ""
    """What was searched for together with the question, which leans on it; empty where it stands
    alone.
    """

    def rank_of(self, answer: Answer) -> int:
        """Return the rank of the passage that an answer stands in, from 1."""
        return next(hit.rank for hit in self.hits if hit.passage == answer.passage)
