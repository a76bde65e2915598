"""Merges candidate spans, and computes how probable it is that each one answers."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.question import Question
from index.split import sentences_of
from index.types import Hit, Passage, Span
from index.wording import reading_view
from index.words import coverages
from qa.types import MIN_ANSWERED

MAX_MARGIN = 2.0
"""A higher margin counts as this."""
_MARKS = ".,;:!?'\"“”‘’()[]-– "


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may answer the question."""

    hit: Hit
    span: Span
    """Of the article's text."""
    score_diff: float
    """Its score minus the null score of its window; comparable between passages."""
    rank_score: float
    """Ranks candidates and passages; higher is better."""
    span_score: float = 0.0
    """The sum of its start and end logit; comparable between passages, and 0 means no answer, for
    a reader trained by `qa.train.losses`.
    """

    @property
    def text(self) -> str:
        """The article's text inside the span, character for character."""
        return self.hit.passage.article.text[self.span.start : self.span.end]

    def meets(self, hit: Hit, span: Span) -> bool:
        """Return whether it overlaps a span of a hit's article."""
        same_article = self.hit.passage.article.id == hit.passage.article.id
        return same_article and self.span.overlap(span) > 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """Turns scores into a ranking and a probability; fitted on questions with known answers.

    See `tests/benchmark/fit.py` for the fit.
    """

    score_diff_weight: float
    """Weight of the score difference in the ranking; the retrieval score has weight 1."""
    span_score_weight: float
    """Weight of the span's own score in the ranking."""
    coefficients: dict[str, float]
    """Of the logistic regression: one for each of `features`, by name, and "intercept"."""
    min_confidence: float
    """Probability in [0, 1] below which a candidate is not even shown as unsure."""
    min_answered: float
    """Probability in [0.5, 1] below which a candidate is not called an answer."""
    sufficient_confidence: float
    """Probability in [0, 1]: if the best candidate reaches it, no further passages are read."""

    def __post_init__(self) -> None:
        if not MIN_ANSWERED <= self.min_answered <= 1:
            raise ValueError(f"min_answered: {self.min_answered} is not in [{MIN_ANSWERED}, 1]")

    @classmethod
    def read(cls, file: Path) -> Calibration:
        """Return the calibration stored with a model. Raises: OSError, ValueError, TypeError."""
        return cls(**json.loads(file.read_text("utf-8")))

    def rank_score(self, score: float, score_diff: float, span_score: float) -> float:
        """Return what a candidate is ranked by. score: of its passage, in the retrieval."""
        read = self.score_diff_weight * score_diff + self.span_score_weight * span_score
        return score + read

    def probability(self, features: dict[str, float]) -> float:
        """Return the probability in [0, 1] that a candidate with these features answers."""
        logit = self.coefficients["intercept"]
        logit += sum(self.coefficients.get(name, 0.0) * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


def merged(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates, best first, without those that overlap or repeat a better one."""
    kept: list[Candidate] = []
    texts: set[str] = set()
    for candidate in sorted(candidates, key=lambda c: (-c.rank_score, c.hit.rank, c.span)):
        plain = " ".join(candidate.text.casefold().split()).strip(_MARKS) or candidate.text
        overlaps = any(candidate.meets(other.hit, other.span) for other in kept)
        if not overlaps and plain not in texts:
            kept.append(candidate)
            texts.add(plain)
    return kept


def features(
    question: Question, candidates: Sequence[Candidate], hits: Sequence[Hit]
) -> list[dict[str, float]]:
    """Return for each candidate the values that its probability is computed from, by name.

    candidates: all that `merged` kept, best first.
    hits: all passages found, read or not.
    """
    cosine = max((hit.cosine for hit in hits[:3]), default=0.0)
    covered = _sentence_coverages(question, candidates)
    any_answer = _log_sum([0.0, *(candidate.span_score for candidate in candidates)])
    return [
        {
            "score_diff": max(-12.0, min(12.0, candidate.score_diff)),
            "span_score": max(-20.0, min(20.0, candidate.span_score)),
            "log_share": max(-20.0, candidate.span_score - any_answer),
            "cosine": cosine,
            "coverage": coverage,
            "score": candidate.hit.score,
            "margin": min(MAX_MARGIN, candidate.rank_score - _best_other(candidates, place)),
        }
        for place, (candidate, coverage) in enumerate(zip(candidates, covered, strict=True))
    ]


def _log_sum(values: Sequence[float]) -> float:
    """Return the logarithm of the sum of the exponentials."""
    highest = max(values)
    return highest + math.log(sum(math.exp(value - highest) for value in values))


def _best_other(candidates: Sequence[Candidate], place: int) -> float:
    """Return the highest rank score except the one at `place`; -1 if there is no other."""
    others = [*candidates[:place], *candidates[place + 1 :]]
    return max((candidate.rank_score for candidate in others), default=-1.0)


def _sentence_coverages(question: Question, candidates: Sequence[Candidate]) -> list[float]:
    """Return for each candidate the share of the question's words that are in its sentences.

    In [0, 1]. The title, the headings above and the names of a table's columns count, too.
    """
    passages = [grown(candidate.hit.passage, [candidate.span]) for candidate in candidates]
    sentences = {passage: sentences_of(passage.article, passage.span) for passage in set(passages)}
    texts = []
    for passage, candidate in zip(passages, candidates, strict=True):
        around = _touched(sentences[passage], candidate.span)
        texts.append(reading_view(passage.article, around).text)
    return coverages(question.words, texts)


def _touched(sentences: Sequence[Span], span: Span) -> Span:
    """Return the sentences that a span touches, as one span; if there are none, the span itself."""
    touched = [sentence for sentence in sentences if sentence.overlap(span)]
    return Span(touched[0].start, touched[-1].end) if touched else span


def in_same_sentence(one: Candidate, other: Candidate) -> bool:
    """Return whether `other` touches a sentence that `one` touches."""
    if one.hit.passage.article.id != other.hit.passage.article.id:
        return False
    passage = grown(one.hit.passage, [one.span])
    sentences = sentences_of(passage.article, passage.span)
    return bool(_touched(sentences, one.span).overlap(other.span))


def grown(passage: Passage, spans: Sequence[Span]) -> Passage:
    """Return a passage, extended so that it contains these spans."""
    start = min([passage.span.start, *(span.start for span in spans)])
    end = max([passage.span.end, *(span.end for span in spans)])
    return Passage(passage.article, Span(start, end))
