"""Finds the exact words that answer: a model marks where they start and end.

    hits -> windows -> logits -> candidates, several per passage -> merged -> ranked -> decided

The first few passages are read at once, the others only if no candidate is probable enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from index.question import Question
from index.types import Article, Hit, Passage, Span
from qa.reader.decide import Calibration, Candidate, features, grown, in_same_sentence, merged
from qa.reader.decode import PassageReading
from qa.reader.edges import with_edges
from qa.reader.howto import with_commands
from qa.reader.in_context import added_by
from qa.reader.keywords import as_question
from qa.reader.kinds import kind_of
from qa.reader.lists import MAX_ITEMS, uncontested
from qa.reader.onnx import Runner
from qa.reader.proven import proven
from qa.reader.sections import with_items
from qa.reader.shaped import shaped
from qa.reader.thresholds import Thresholds
from qa.types import Answer, Context, Reading

CANDIDATES_PER_WINDOW = 3
MAX_ANSWERS = 3
READ_FIRST = 3
PASSAGES_TO_READ = 6
"""Reading ten ranks the right passage first about as often, and takes 50 % longer."""
MAX_GROWTH_CHARS = 600
"""How far a passage is extended to contain the heading above it that answers."""
MIN_RELATIVE_CONFIDENCE = 0.5
"""Another answer must have at least this share of the best answer's probability."""


class SpanReader:
    """Answers with the span that a reading model finds most probable."""

    def __init__(
        self,
        runner: Runner,
        calibration: Calibration,
        *,
        min_answered: float | None = None,
        read_first: int = READ_FIRST,
        passages_to_read: int = PASSAGES_TO_READ,
    ) -> None:
        """Create a reader.

        min_answered: probability in [0, 1] that replaces the calibration's own; see `Thresholds`.
        read_first: how many passages to read first; if none is convincing, the others are read.
        passages_to_read: how many passages to read at most.
        """
        self.runner = runner
        self.calibration = calibration
        self.thresholds = Thresholds(
            calibration.min_answered if min_answered is None else min_answered,
            calibration.min_confidence,
        )
        self.read_first = read_first
        self.passages_to_read = passages_to_read

    def read(
        self, question: Question, hits: Sequence[Hit], context: Context | None = None
    ) -> Reading:
        """See `Reader`. At most MAX_ANSWERS answers, none of which overlap; MAX_ITEMS of a list."""
        to_read, added = hits[: self.passages_to_read], dict[int, float]()
        if context:
            added = added_by(context, question, to_read, self.candidates)
            to_read = sorted(to_read, key=lambda hit: -(hit.score + added[hit.rank]))
        candidates: list[Candidate] = []
        best: list[tuple[Candidate, float]] = []
        confidence = 0.0
        wants_all = kind_of(question) == "list"
        for batch in (to_read[: self.read_first], to_read[self.read_first :]):
            is_enough = confidence >= self.calibration.sufficient_confidence and not wants_all
            if not batch or is_enough:
                break
            found = self.candidates(question, batch)
            candidates += [
                replace(one, rank_score=one.rank_score + added.get(one.hit.rank, 0.0))
                for one in found
            ]
            read = self._probable(question, candidates, hits)
            best = with_commands(question, hits, read)
            if best == read:
                best = shaped(question, read)
                best = self._uncontested(question, best, hits) if wants_all else best
                best = with_items(question, hits, best)
            best = with_edges(question, proven(question, hits, best))
            confidence = best[0][1] if best else 0.0
        ranked = _reranked(hits, [*candidates, *(candidate for candidate, _ in best)])
        words = len(self.runner.part_read(question.asked).split())
        words_read = words if words < len(question.text.split()) else None
        return self._decided(best, ranked, words_read, wants_all=wants_all)

    def _decided(
        self,
        best: Sequence[tuple[Candidate, float]],
        hits: Sequence[Hit],
        words_read: int | None,
        *,
        wants_all: bool,
    ) -> Reading:
        """Return what is answered, if anything is.

        best: what may answer, with probabilities, best first. hits: reranked.
        wants_all: whether the question asks for a list; its items come in the order of the text.
        """
        confidence = best[0][1] if best else 0.0
        outcome = self.thresholds.outcome(confidence) if best else "not_found"
        if outcome == "not_found":
            return Reading((), confidence, tuple(hits), words_read)
        if outcome == "unsure":
            (closest,), shown = _quoted(best[:1], hits)
            return Reading((), confidence, shown, words_read, closest)
        chosen = self._chosen(best, MAX_ITEMS if wants_all else MAX_ANSWERS)
        if wants_all:
            order = {hit.passage.article.id: hit.rank for hit in reversed(hits)}
            chosen.sort(key=lambda each: (order[each[0].hit.passage.article.id], each[0].span))
        answers, shown = _quoted(chosen, hits)
        return Reading(answers, confidence, shown, words_read)

    def _probable(
        self, question: Question, candidates: Iterable[Candidate], hits: Sequence[Hit]
    ) -> list[tuple[Candidate, float]]:
        """Return the candidates, merged, with their probabilities, best first."""
        best = merged(candidates)
        values = features(question, best, hits)
        return list(zip(best, map(self.calibration.probability, values), strict=True))

    def candidates(self, question: Question, hits: Sequence[Hit]) -> list[Candidate]:
        """Return the spans in these passages that may answer, several per passage."""
        readings = [PassageReading.of(hit.passage, question) for hit in hits]
        found: list[Candidate] = []
        for logits in self.runner.run(as_question(question), [each.view.text for each in readings]):
            hit, reading = hits[logits.text_number], readings[logits.text_number]
            for span, score_diff in reading.spans(logits, CANDIDATES_PER_WINDOW):
                score = score_diff + logits.null_score
                rank_score = self.calibration.rank_score(hit.score, score_diff, score)
                found.append(Candidate(hit, span, score_diff, rank_score, score))
        return found

    def _uncontested(
        self, question: Question, best: Sequence[tuple[Candidate, float]], hits: Sequence[Hit]
    ) -> list[tuple[Candidate, float]]:
        """Return what may be items of a list, as if they did not exclude each other."""
        alone = [features(question, [candidate], hits)[0] for candidate, _ in best]
        return uncontested(best, [self.calibration.probability(values) for values in alone])

    def _chosen(
        self, best: Sequence[tuple[Candidate, float]], limit: int
    ) -> list[tuple[Candidate, float]]:
        """Return the candidates to show, with their probabilities: the best, and close others."""
        threshold = max(self.thresholds.answered, MIN_RELATIVE_CONFIDENCE * best[0][1])
        chosen = [best[0]]
        for candidate, probability in best[1:]:
            if len(chosen) == limit:
                break
            if probability >= threshold and not any(
                in_same_sentence(candidate, other) for other, _ in chosen
            ):
                chosen.append((candidate, probability))
        return chosen


def _reranked(hits: Sequence[Hit], candidates: Sequence[Candidate]) -> tuple[Hit, ...]:
    """Return the hits, ranked by their best candidate; hits that were not read come last."""
    best: dict[int, float] = {}
    for candidate in candidates:
        rank = candidate.hit.rank
        best[rank] = max(best.get(rank, -math.inf), candidate.rank_score)
    order = sorted(hits, key=lambda hit: (-best.get(hit.rank, -math.inf), hit.rank))
    return tuple(replace(hit, rank=rank) for rank, hit in enumerate(order, start=1))


def _row_around(article: Article, span: Span) -> Span:
    """Return the table row that a span is in; the span itself if it is in none."""
    number = article.structure.at(span.start)
    block = None if number is None else article.structure[number]
    return block.span if block and block.kind == "row" and block.span.contains(span) else span


def _quoted(
    chosen: Sequence[tuple[Candidate, float]], hits: Sequence[Hit]
) -> tuple[tuple[Answer, ...], tuple[Hit, ...]]:
    """Return the chosen candidates as answers, and the hits, extended to contain them.

    A heading far above its passage is a passage of its own.
    """
    shown: list[Hit] = []
    for hit in hits:
        inside = [c.span for c, _ in chosen if c.hit.passage == hit.passage]
        near = [span for span in inside if hit.passage.span.start - span.end <= MAX_GROWTH_CHARS]
        for span in inside:
            if span not in near:
                shown.append(replace(hit, passage=Passage(hit.passage.article, span)))
        rows = [_row_around(hit.passage.article, span) for span in near]
        shown.append(replace(hit, passage=grown(hit.passage, rows)))
    shown = [replace(hit, rank=rank) for rank, hit in enumerate(shown, start=1)]
    answers = []
    for candidate, probability in chosen:
        holder = next(
            hit
            for hit in shown
            if hit.passage.article.id == candidate.hit.passage.article.id
            and hit.passage.span.contains(candidate.span)
        )
        answers.append(Answer(holder.passage, candidate.span, probability))
    return tuple(answers), tuple(shown)
