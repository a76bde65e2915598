"""The results of a question: its answers, what was read in the passages, and the response."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

from index.question import Question
from index.spelling import corrected
from index.types import Hit, Passage, Span
from index.view import shown

if TYPE_CHECKING:
    from index.web.snapshots import About

Outcome = Literal["answered", "unsure", "not_found"]
"""Unsure: some words may answer, but it is not probable enough to call them an answer."""
MIN_ANSWERED = 0.5
"""Nothing less probable than this is ever called an answer, whatever a model or a user sets."""
Kind = Literal["span", "yes_no", "explain", "list", "count", "about"]
"""What a question wants: the words that answer; the sentence that settles it; the clause or
sentence that says why, how or what happened; all answers; a number; what a text is about."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The words of a passage that answer a question."""

    passage: Passage
    span: Span
    """Of the article's text, inside the passage."""
    score: float
    """Probability in [0, 1] that the span answers the question."""

    def __post_init__(self) -> None:
        if not self.passage.span.contains(self.span):
            raise ValueError("an answer must be inside its passage")

    @property
    def text(self) -> str:
        """The article's text inside the span, character for character."""
        return self.passage.article.text[self.span.start : self.span.end]

    @property
    def shown(self) -> str:
        """The answer as people read it: without markup, page furniture and line-end hyphens.

        On one line, unless it is code.
        """
        return shown(self.passage.article, self.span)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found in the passages."""

    answers: tuple[Answer, ...]
    """Best first; steps, items of a list and sentences of a summary are in the order of the text.
    Empty unless the passages answer.
    """
    confidence: float
    """Probability in [0, 1] that the best candidate answers, even if `answers` is empty."""
    hits: tuple[Hit, ...]
    """All passages, reranked by what was read in them, rank from 1. If an answer crosses the
    boundary of its passage, the passage is extended.
    """
    words_read: int | None = None
    """How many words of the question were read; None if all of them."""
    closest: Answer | None = None
    """The words that may answer, if it is not sure that they do."""

    def __post_init__(self) -> None:
        if self.answers and self.closest:
            raise ValueError("only an unsure reading has closest words")
        if self.answers and self.confidence < MIN_ANSWERED:
            raise ValueError(f"an answer must have a probability of at least {MIN_ANSWERED}")

    @property
    def outcome(self) -> Outcome:
        """Whether the question is answered, unsure or not found."""
        if self.answers:
            return "answered"
        return "unsure" if self.closest else "not_found"

    @property
    def quoted(self) -> tuple[Answer, ...]:
        """The answers, or the closest words if unsure."""
        return (self.closest,) if self.closest else self.answers

    def shown(self, passages: int) -> tuple[Hit, ...]:
        """Return the hits to show, ranked from 1: those that are quoted, and the first others.

        passages: how many to show, unless there is an answer in more of them.
        """
        answering = [answer.passage for answer in self.quoted]
        kept = [hit for hit in self.hits if hit.rank <= passages or hit.passage in answering]
        while len(kept) > passages and any(hit.passage not in answering for hit in kept):
            kept.remove([hit for hit in kept if hit.passage not in answering][-1])
        return tuple(replace(hit, rank=rank) for rank, hit in enumerate(kept, start=1))


@dataclass(frozen=True, slots=True)
class Context:
    """What a follow-up refers to."""

    text: str
    """The earlier questions and answers that it is searched with."""
    article: str = ""
    """Id of the article that the last answer is from; empty if there was none."""
    span: Span | None = None
    """The last answer, as a span of that article's text."""


class Reader(Protocol):
    """Finds the answer to a question in passages."""

    passages_to_read: int
    """How many passages to pass to it; it does not read more."""

    def read(
        self, question: Question, hits: Sequence[Hit], context: Context | None = None
    ) -> Reading:
        """Return what answers the question.

        hits: sorted by rank. context: of a follow-up; None for other questions.
        """


@dataclass(frozen=True, slots=True)
class Response:
    """What the articles say about one question."""

    question: str
    outcome: Outcome
    answers: tuple[Answer, ...]
    """Best first; steps, items of a list and sentences of a summary are in the order of the text.
    Empty unless the outcome is "answered".
    """
    hits: tuple[Hit, ...]
    """The passages that fit the question best; best first, rank from 1."""
    confidence: float
    """Probability in [0, 1] that the best passages answer the question, whatever the outcome."""
    unknown_words: tuple[str, ...]
    """Words of the question that do not occur in the articles, in any form, nor were corrected."""
    timings_ms: Mapping[str, float]
    """How long each step took, in milliseconds."""
    context: str = ""
    """The earlier words that a follow-up was searched with; empty for other questions."""
    kind: Kind = "span"
    """What kind of answer the question wants."""
    closest: Answer | None = None
    """The words that may answer, if the outcome is "unsure"; otherwise None."""
    corrections: Mapping[str, str] = field(default_factory=dict)
    """Misspelt words of the question, and what was searched for instead."""
    snapshots: Mapping[str, About] = field(default_factory=dict)
    """Of the articles among `hits` that are web pages: what was fetched and when, by id."""

    def __post_init__(self) -> None:
        if (bool(self.answers), self.closest is not None) != (
            self.outcome == "answered",
            self.outcome == "unsure",
        ):
            raise ValueError("the outcome contradicts the answers or the closest words")

    @property
    def quoted(self) -> tuple[Answer, ...]:
        """The answers, or the closest words if unsure."""
        return (self.closest,) if self.closest else self.answers

    @property
    def searched(self) -> str:
        """The question that was searched for: without misspelt words."""
        return corrected(self.question, self.corrections)

    def _repr_html_(self) -> str:
        """Return a card, which notebooks show: each answer in its sentence, with its place."""
        from qa.notebook import Quoted, card

        quoted = [Quoted(each.passage, each.span, each.score) for each in self.quoted]
        nearest = [hit.passage for hit in self.hits]
        return card(self.question, self.outcome, quoted, nearest, self.unknown_words)

    def rank_of(self, answer: Answer) -> int:
        """Return the rank of the passage that an answer is in, from 1."""
        return next(hit.rank for hit in self.hits if hit.passage == answer.passage)
