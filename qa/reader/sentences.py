"""The sentence that answers: chosen by the words it shares with the question, without a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from index.question import Question
from index.split import sentence_spans
from index.store.words import WordFinder
from index.types import Hit, Span
from qa.types import Answer, Reading

PASSAGES_TO_READ = 3


# Logistic regression of "the sentence chosen holds a gold answer" on the best cosine and the part
# of the question's words in that sentence, fitted by tests/benchmark/decision.py on one half of
# the articles: questions to their own article, to 64 articles, to another article, and
# unanswerable ones. MIN_CONFIDENCE refuses 5 % of the questions to their own article there.
# On the other half: false refusals 5.2 %; questions about another article refused 99.1 %;
# unanswerable ones written to mislead refused 8.1 %: telling those takes a model that reads.
COSINE_COEFFICIENT = 3.31
COVERAGE_COEFFICIENT = 4.04
INTERCEPT = -4.83
MIN_CONFIDENCE = 0.159


@dataclass(frozen=True, slots=True)
class Choice:
    """The sentence that fits a question best."""

    hit: Hit
    span: Span
    coverage: float
    """The part of the question's words that the sentence has, in [0, 1]."""
    cosine: float
    """Of the question and the best passage."""


class SentenceReader:
    """Answers with the sentence that shares most words with the question."""

    def __init__(self, min_confidence: float = MIN_CONFIDENCE) -> None:
        """min_confidence: candidates less probable than this, in [0, 1], are no answers."""
        self.min_confidence = min_confidence
        self.passages_to_read = PASSAGES_TO_READ

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """See `Reader`. At most one answer."""
        choice = choose_sentence(question, hits)
        if choice is None:
            return Reading((), 0.0, tuple(hits))
        confidence = self.probability(choice.cosine, choice.coverage)
        answer = Answer(choice.hit.passage, choice.span, confidence)
        answers = (answer,) if confidence >= self.min_confidence else ()
        return Reading(answers, confidence, tuple(hits))

    @staticmethod
    def probability(cosine: float, coverage: float) -> float:
        """Return the probability in [0, 1] that the sentence chosen answers; see `Choice`."""
        logit = COSINE_COEFFICIENT * cosine + COVERAGE_COEFFICIENT * coverage + INTERCEPT
        return 1 / (1 + math.exp(-logit))


def choose_sentence(question: Question, hits: Sequence[Hit]) -> Choice | None:
    """Return the sentence of the first passages that fits best; None where there is none."""
    read = hits[:PASSAGES_TO_READ]
    candidates = [
        (hit, span)
        for hit in read
        for span in sentence_spans(hit.passage.article.text, hit.passage.span)
    ]
    if not candidates:
        return None
    with WordFinder(
        [hit.passage.article.text[span.start : span.end] for hit, span in candidates]
    ) as finder:
        places = [finder.where(word) for word in question.words]
    coverages = [
        sum(number in place for place in places) / max(1, len(question.words))
        for number in range(len(candidates))
    ]
    # On a tie the earlier one: of the better passage, or the one that stands first in it.
    best = max(
        range(len(candidates)),
        key=lambda number: (coverages[number] + candidates[number][0].score, -number),
    )
    return Choice(*candidates[best], coverages[best], max(hit.cosine for hit in read))
