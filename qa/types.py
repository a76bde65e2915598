"""What comes out of a question: what was read in the passages, the answers, the response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from index.question import Question
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
        """The article's text inside the span, character for character."""
        return self.passage.article.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in the passages."""

    answers: tuple[Answer, ...]
    """Best first; empty when the passages do not answer."""
    confidence: float
    """Probability in [0, 1] that the best candidate answers, whether it is among `answers` or not.
    """
    hits: tuple[Hit, ...]
    """All passages, ranked again from 1 by what was read in them. A passage whose answer crosses
    its border has grown to hold the answer.
    """


class Reader(Protocol):
    """Finds the answer to a question in passages."""

    passages_to_read: int
    """How many passages are worth passing to it; it does not read more."""

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """Return what answers the question. hits: sorted by rank."""


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
    """What a follow-up question was searched for with; empty for any other question."""

    def rank_of(self, answer: Answer) -> int:
        """Return the rank of the passage that an answer stands in, from 1."""
        return next(hit.rank for hit in self.hits if hit.passage == answer.passage)
