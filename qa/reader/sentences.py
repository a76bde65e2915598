"""Chooses the sentence that answers by the words it shares with the question, without a model.

A question that asks how is answered with a command or steps instead, where these are found.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index.question import Question
from index.split import sentences_of
from index.types import Article, Hit, Span
from index.view import plain
from index.words import coverages
from qa.reader.howto import with_commands
from qa.reader.thresholds import Thresholds
from qa.types import MIN_ANSWERED, Answer, Context, Reading

PASSAGES_TO_READ = 3
_SILENT = ("heading", "comment", "furniture")

# Logistic regression of "the chosen sentence contains a gold answer" on two features: the best
# cosine and the share of the question's words in the sentence. Fitted by
# tests/benchmark/decision.py on half of the articles, with questions about their own article, 64
# articles and another article, and unanswerable ones. On the other half, MIN_CONFIDENCE abstains
# from 5.2 % of the questions about their own article (5 % on the fitted half), from 99.1 % of those
# about another article, and from 8.1 % of the unanswerable ones written to mislead, which only a
# reading model can recognise.
COSINE_COEFFICIENT = 3.31
COVERAGE_COEFFICIENT = 4.04
INTERCEPT = -4.83
MIN_CONFIDENCE = 0.159


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentence that fits a question best."""

    hit: Hit
    span: Span
    """Of the article's text."""
    coverage: float
    """Share of the question's words that the sentence contains, in [0, 1]."""
    cosine: float
    """Of the question and the nearest passage, in [-1, 1]."""


class SentenceReader:
    """Answers with the sentence that shares most words with the question."""

    def __init__(
        self, min_answered: float = MIN_ANSWERED, min_confidence: float = MIN_CONFIDENCE
    ) -> None:
        """Create a reader.

        min_answered: probability in [0, 1] below which a sentence is not called an answer; see
            `Thresholds`.
        min_confidence: probability in [0, 1] below which a sentence is not even shown as unsure.
        """
        self.thresholds = Thresholds(min_answered, min_confidence)
        self.passages_to_read = PASSAGES_TO_READ

    def read(
        self, question: Question, hits: Sequence[Hit], context: Context | None = None
    ) -> Reading:
        """See `Reader`. Returns a sentence, or commands and steps; keeps the order of the hits.

        The context is not used: it has already decided which passages are found.
        """
        commands = with_commands(question, hits, [])
        if commands and commands[0][1] >= self.thresholds.unsure:
            return self._reading(
                [Answer(one.hit.passage, one.span, score) for one, score in commands], hits
            )
        choice = choose_sentence(question, hits)
        if choice is None:
            return Reading((), 0.0, tuple(hits))
        confidence = self.probability(choice.cosine, choice.coverage)
        return self._reading([Answer(choice.hit.passage, choice.span, confidence)], hits)

    def _reading(self, found: Sequence[Answer], hits: Sequence[Hit]) -> Reading:
        """Return a reading with what was found, best first, as far as it is probable enough."""
        confidence = found[0].score
        outcome = self.thresholds.outcome(confidence)
        answers = tuple(found) if outcome == "answered" else ()
        closest = found[0] if outcome == "unsure" else None
        return Reading(answers, confidence, tuple(hits), closest=closest)

    @staticmethod
    def probability(cosine: float, coverage: float) -> float:
        """Return the probability in [0, 1] that the chosen sentence answers; see `Choice`."""
        logit = COSINE_COEFFICIENT * cosine + COVERAGE_COEFFICIENT * coverage + INTERCEPT
        return 1 / (1 + math.exp(-logit))


def choose_sentence(question: Question, hits: Sequence[Hit]) -> Choice | None:
    """Return the best sentence of the first passages; None if they have no sentence."""
    read = hits[:PASSAGES_TO_READ]
    candidates = [
        (hit, span)
        for hit in read
        for span in sentences_of(hit.passage.article, hit.passage.span)
        if _can_answer(hit.passage.article, span)
    ]
    if not candidates:
        return None
    texts = [plain(hit.passage.article, span).text for hit, span in candidates]
    covered = coverages(question.words, texts)
    # On a tie, take the earlier one: from the better passage, or the first in the passage.
    best = max(
        range(len(candidates)),
        key=lambda number: (covered[number] + candidates[number][0].score, -number),
    )
    return Choice(*candidates[best], covered[best], max(hit.cosine for hit in read))


def _can_answer(article: Article, span: Span) -> bool:
    """Return whether a sentence says something: a heading only names what is said below it."""
    number = article.structure.at(span.start)
    return number is None or article.structure[number].kind not in _SILENT
