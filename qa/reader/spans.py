"""The exact words that answer: a model marks where they start and end, we decode and decide.

    hits -> windows -> logits -> candidates, several a passage -> merged -> ranked -> decided

The best few passages are read first; the others only where these leave doubt.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from index.models.onnx import PairRunner, ReadText
from index.question import Question
from index.split import sentence_spans, whole_graphemes
from index.store.words import WordFinder
from index.types import Hit, Passage, Span
from qa.reader.reading import Reading
from qa.types import Answer

if TYPE_CHECKING:
    from index.types import Vector

MAX_ANSWER_TOKENS = 30
CANDIDATES_A_WINDOW = 3
MAX_ANSWERS = 3
READ_FIRST = 3
READ_AT_MOST = 6
"""Reading ten finds the passage first about as often, and takes half as long again."""
MIN_RELATIVE_CONFIDENCE = 0.5
"""The part of the best answer's probability that a further one has, at least."""
MARGIN_CHARS = 300
"""How far beyond a passage that was cut inside a sentence its window reaches, at most."""
_SENTENCE_ENDS = frozenset(".!?…。！？\"”'’»)]")
_PAIRS = {")": "(", "]": "[", "}": "{", "”": "“", "»": "«"}
_CLOSERS = {opener: closer for closer, opener in _PAIRS.items()}
_LOOSE = " \t\r\n,;:"
_MARKS = ".,;:!?'\"“”‘’()[]-– "


@dataclass(frozen=True, slots=True)
class Rule:
    """How scores become a ranking and a probability, as fitted on questions with known answers."""

    gap_weight: float
    """Of the model's gap in the ranking; the retrieval score has 1."""
    coefficients: dict[str, float]
    """Of the features of a decision, by name, and "intercept"."""
    min_confidence: float
    """Probability in [0, 1] below which a candidate is no answer."""
    enough: float
    """Probability in [0, 1] of the first passages' best candidate from which no more are read."""

    @classmethod
    def read(cls, file: Path) -> Rule:
        """Return the rule that comes with a model."""
        return cls(**json.loads(file.read_text("utf-8")))

    def probability(self, features: dict[str, float]) -> float:
        """Return the probability in [0, 1] that a candidate answers."""
        logit = self.coefficients["intercept"]
        logit += sum(self.coefficients.get(name, 0.0) * value for name, value in features.items())
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit))))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A span that may answer."""

    hit: Hit
    span: Span
    """Of the article's text."""
    gap: float
    """How far its logits lie above those of "not in the text"; comparable between passages."""
    rank_score: float
    """By which passages are ordered."""

    @property
    def text(self) -> str:
        """The article's text inside the span, to the letter."""
        return self.hit.passage.article.text[self.span.start : self.span.end]


class SpanReader:
    """Answers with the span that a reading model finds most probable."""

    def __init__(
        self,
        runner: PairRunner,
        rule: Rule,
        *,
        min_confidence: float | None = None,
        read_first: int = READ_FIRST,
        passages_to_read: int = READ_AT_MOST,
    ) -> None:
        """Read with a model.

        min_confidence: instead of the rule's own.
        read_first: passages read at once; the others only where these leave doubt.
        passages_to_read: passages read at most.
        """
        self.runner = runner
        self.rule = rule
        self.min_confidence = rule.min_confidence if min_confidence is None else min_confidence
        self.read_first = read_first
        self.passages_to_read = passages_to_read

    def read(self, question: Question, hits: Sequence[Hit]) -> Reading:
        """See `Reader`. At most MAX_ANSWERS answers, none of which overlap."""
        candidates: list[Candidate] = []
        confidence = 0.0
        for batch in (hits[: self.read_first], hits[self.read_first : self.passages_to_read]):
            if not batch or confidence >= self.rule.enough:
                break
            candidates += self.candidates(question, batch)
            best = merged(candidates)
            probabilities = [self.rule.probability(f) for f in features(question, best, hits)]
            confidence = max(probabilities[:1], default=0.0)
        ranked = _reranked(hits, candidates)
        if not candidates or confidence < self.min_confidence:
            return Reading((), confidence, ranked)
        chosen = [(best[0], confidence)]
        for candidate, probability in zip(best[1:], probabilities[1:], strict=True):
            if len(chosen) == MAX_ANSWERS:
                break
            if probability >= max(
                self.min_confidence, MIN_RELATIVE_CONFIDENCE * confidence
            ) and not any(_same_sentence(candidate, other) for other, _ in chosen):
                chosen.append((candidate, probability))
        return _answered(chosen, confidence, ranked)

    def candidates(self, question: Question, hits: Sequence[Hit]) -> list[Candidate]:
        """Return the spans of some passages that may answer, several a passage."""
        windows = [window_of(hit.passage) for hit in hits]
        texts = [
            hit.passage.article.text[window.start : window.end]
            for hit, window in zip(hits, windows, strict=True)
        ]
        found: list[Candidate] = []
        for read in self.runner.run(question.text, texts):
            hit, window, text = hits[read.text], windows[read.text], texts[read.text]
            for first, last, gap in best_spans(read, CANDIDATES_A_WINDOW):
                span = _snapped(text, read, first, last)
                if span is None:
                    continue
                rank_score = hit.score + self.rule.gap_weight * gap
                moved = Span(span.start + window.start, span.end + window.start)
                found.append(Candidate(hit, moved, gap, rank_score))
        return found


def best_spans(read: ReadText, k: int) -> Iterator[tuple[int, int, float]]:
    """Yield up to k legal spans that do not overlap: first and last piece, and the gap to null.

    Legal: the end not before the start, and at most MAX_ANSWER_TOKENS pieces.
    """
    import numpy as np

    starts: Vector = read.starts.copy()
    ends = read.ends
    size = len(starts)
    if not size:
        return
    reach = min(MAX_ANSWER_TOKENS, size)
    # sums[d, i]: a span from piece i to piece i + d
    sums = np.full((reach, size), -np.inf, dtype=np.float32)
    for length in range(reach):
        sums[length, : size - length] = starts[: size - length] + ends[length:]
    for _ in range(k):
        best = int(sums.argmax())
        length, first = divmod(best, size)
        last = first + length
        score = float(sums[length, first])
        if not math.isfinite(score):
            return
        yield first, last, score - read.null
        for d in range(reach):  # whatever touches it is out
            sums[d, max(0, first - d) : last + 1] = -np.inf


def merged(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates, best first, without those that overlap or repeat a better one."""
    kept: list[Candidate] = []
    texts: set[str] = set()
    for candidate in sorted(candidates, key=lambda c: (-c.rank_score, c.hit.rank, c.span)):
        plain = " ".join(candidate.text.casefold().split()).strip(_MARKS) or candidate.text
        overlaps = any(
            candidate.hit.passage.article.id == other.hit.passage.article.id
            and candidate.span.overlap(other.span)
            for other in kept
        )
        if not overlaps and plain not in texts:
            kept.append(candidate)
            texts.add(plain)
    return kept


def features(
    question: Question, candidates: Sequence[Candidate], hits: Sequence[Hit]
) -> list[dict[str, float]]:
    """Return for each candidate the values that its probability is computed from, by name.

    candidates: all that `merged` kept, best first.
    hits: the passages found, whether they were read or not.
    """
    cosine = max((hit.cosine for hit in hits[:3]), default=0.0)
    coverages = _coverages(question, candidates)
    return [
        {
            "gap": max(-12.0, min(12.0, candidate.gap)),
            "cosine": cosine,
            "coverage": coverage,
            "score": candidate.hit.score,
            "margin": min(2.0, candidate.rank_score - _best_other(candidates, place)),
        }
        for place, (candidate, coverage) in enumerate(zip(candidates, coverages, strict=True))
    ]


def _best_other(candidates: Sequence[Candidate], place: int) -> float:
    """Return the highest rank score of the candidates but the one at `place`; -1 without others."""
    others = [*candidates[:place], *candidates[place + 1 :]]
    return max((candidate.rank_score for candidate in others), default=-1.0)


def _coverages(question: Question, candidates: Sequence[Candidate]) -> list[float]:
    """Return the share of the question's words in the sentences around each candidate, 0 to 1."""
    passages = [_grown(candidate.hit.passage, [candidate.span]) for candidate in candidates]
    sentences = {
        passage: sentence_spans(passage.article.text, passage.span) for passage in set(passages)
    }
    texts = []
    for passage, candidate in zip(passages, candidates, strict=True):
        around = _touched(sentences[passage], candidate.span)
        texts.append(passage.article.text[around.start : around.end])
    with WordFinder(texts) as finder:
        places = [finder.where(word) for word in question.words]
    return [
        sum(number in place for place in places) / max(1, len(places))
        for number in range(len(texts))
    ]


def _touched(sentences: Sequence[Span], span: Span) -> Span:
    """Return the sentences that a span touches, as one span; the span itself where it has none."""
    touched = [sentence for sentence in sentences if sentence.overlap(span)]
    return Span(touched[0].start, touched[-1].end) if touched else span


def window_of(passage: Passage) -> Span:
    """Return what is read for a passage: itself, and the rest of sentences that it cuts."""
    text, span = passage.article.text, passage.span
    start, end = span.start, span.end
    before = text[max(0, start - 2) : start].rstrip(" ")
    if before and before[-1] not in _SENTENCE_ENDS and before[-1] not in "\r\n":
        near = Span(max(0, start - MARGIN_CHARS), end)
        start = max(
            (s.start for s in sentence_spans(text, near) if s.start <= start), default=start
        )
    if text[end - 1 : end] not in _SENTENCE_ENDS and text[end : end + 1] not in ("", "\n", "\r"):
        near = Span(start, min(len(text), end + MARGIN_CHARS))
        end = min((s.end for s in sentence_spans(text, near) if s.end >= end), default=end)
    return Span(start, end)


def _snapped(text: str, read: ReadText, first: int, last: int) -> Span | None:
    """Return the span of some pieces, grown to whole words and letters, without loose ends."""
    while first and read.words[first] is not None and read.words[first - 1] == read.words[first]:
        first -= 1
    pieces = len(read.words)
    while (
        last + 1 < pieces
        and read.words[last] is not None
        and (read.words[last + 1] == read.words[last])
    ):
        last += 1
    start, end = read.offsets[first][0], read.offsets[last][1]
    if start >= end:
        return None
    return _tidied(text, whole_graphemes(text, Span(start, end)))


def _tidied(text: str, span: Span) -> Span | None:
    """Return a span without loose marks at its ends and without half a pair of brackets."""
    start, end = span.start, span.end
    while start < end:
        if text[start] in _LOOSE:
            start += 1
        elif text[end - 1] in _LOOSE:
            end -= 1
        elif (opener := _PAIRS.get(text[end - 1])) and opener not in text[start:end]:
            if text[start - 1 : start] != opener:
                end -= 1
            else:
                start -= 1
        elif (closer := _CLOSERS.get(text[start])) and closer not in text[start:end]:
            if text[end : end + 1] != closer:
                start += 1
            else:
                end += 1
        else:
            return Span(start, end)
    return None


def _same_sentence(one: Candidate, other: Candidate) -> bool:
    """Return whether `other` touches a sentence that `one` touches."""
    if one.hit.passage.article.id != other.hit.passage.article.id:
        return False
    passage = _grown(one.hit.passage, [one.span])
    sentences = sentence_spans(passage.article.text, passage.span)
    return bool(_touched(sentences, one.span).overlap(other.span))


def _reranked(hits: Sequence[Hit], candidates: Sequence[Candidate]) -> tuple[Hit, ...]:
    """Return the hits by what was read in them; those that were not read come after."""
    best: dict[int, float] = {}
    for candidate in candidates:
        rank = candidate.hit.rank
        best[rank] = max(best.get(rank, -math.inf), candidate.rank_score)
    order = sorted(hits, key=lambda hit: (-best.get(hit.rank, -math.inf), hit.rank))
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(order, start=1))


def _answered(
    chosen: Sequence[tuple[Candidate, float]], confidence: float, hits: tuple[Hit, ...]
) -> Reading:
    """Return candidates with their probabilities as answers, inside passages that hold them."""
    shown = []
    for hit in hits:
        inside = [c.span for c, _ in chosen if c.hit.passage == hit.passage]
        passage = _grown(hit.passage, inside)
        shown.append(hit if passage == hit.passage else replace(hit, passage=passage))
    answers = []
    for candidate, probability in chosen:
        holds = next(
            hit
            for hit in shown
            if hit.passage.article.id == candidate.hit.passage.article.id
            and hit.passage.span.contains(candidate.span)
        )
        answers.append(Answer(holds.passage, candidate.span, probability))
    return Reading(tuple(answers), confidence, tuple(shown))


def _grown(passage: Passage, spans: Sequence[Span]) -> Passage:
    """Return a passage that also holds these spans, from its own start or an earlier one."""
    start = min([passage.span.start, *(span.start for span in spans)])
    end = max([passage.span.end, *(span.end for span in spans)])
    return Passage(passage.article, Span(start, end))
