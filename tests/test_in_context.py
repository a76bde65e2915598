"""A follow-up is read with and without its context, and near the last answer."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from index.question import Question
from index.types import Article, Hit, Passage, Span
from qa.reader.decide import Calibration, Candidate
from qa.reader.in_context import NEARNESS_WEIGHT, READING_WEIGHT, added_by
from qa.reader.spans import SpanReader
from qa.types import Context

TEXT = "Ann was arrested in 1999. Bo was arrested in 2005. Cy was arrested in 2021. Rain fell."
ARTICLE = Article("a.txt", "/a.txt", "A", TEXT, "0" * 64)
SENTENCES = [Span(0, 25), Span(26, 50), Span(51, 75), Span(76, 86)]
FOLLOW_UP = Question("When was she arrested?")
CALIBRATION = Calibration(
    score_diff_weight=0.03,
    span_score_weight=0.0,
    coefficients={"intercept": 0.0, "score_diff": 0.5},
    min_confidence=0.2,
    min_answered=0.5,
    sufficient_confidence=0.9,
)


def hits(*scores: float) -> list[Hit]:
    return [
        Hit(Passage(ARTICLE, span), rank, score, 0.5, 0.0)
        for rank, (span, score) in enumerate(zip(SENTENCES, scores, strict=False), start=1)
    ]


class Reader(SpanReader):
    """Finds any year; with the context, that of the sentence with a word of the question."""

    def __init__(self) -> None:
        super().__init__(Runner(), CALIBRATION)
        self.asked: list[str] = []

    def candidates(self, question: Question, hits: Sequence[Hit]) -> list[Candidate]:
        self.asked.append(question.text)
        found = []
        for hit in hits:
            text = hit.passage.text
            if " in " in text:
                is_named = text.split()[0] in question.text
                score_diff = 9.0 if is_named or len(question.words) < 2 else -9.0
                start = hit.passage.span.start + text.index(" in ") + 4
                rank_score = CALIBRATION.rank_score(hit.score, score_diff, 0.0)
                found.append(Candidate(hit, Span(start, start + 4), score_diff, rank_score, 0.0))
        return found


class Runner:
    def run(self, question: str, texts: Sequence[str]) -> list[object]:
        raise AssertionError("candidates are made by the test")

    def part_read(self, question: str) -> str:
        return question


@pytest.mark.parametrize(("name", "year"), [("Ann", "1999"), ("Bo", "2005"), ("Cy", "2021")])
def test_the_passage_that_both_readings_find_comes_first(name: str, year: str) -> None:
    reader = Reader()
    asked = hits(0.5, 0.5, 0.5, 0.4)
    reading = reader.read(FOLLOW_UP, asked, Context(f"Who is {name}?"))
    assert reading.quoted[0].text == year
    assert reading.hits[0].passage.text.startswith(name)
    assert reader.asked[0] == f"Who is {name}? When was she arrested?"
    assert set(reader.asked[1:]) == {FOLLOW_UP.text}


def test_what_the_context_adds_is_in_terms_of_the_ranking() -> None:
    added = added_by(
        Context("Who is Bo?"), FOLLOW_UP, hits(0.5, 0.4, 0.3, 0.2), Reader().candidates
    )
    worst, best = (READING_WEIGHT * CALIBRATION.rank_score(0, x, 0) for x in (-9.0, 9.0))
    assert added == pytest.approx({1: worst, 2: best, 3: worst, 4: worst})


def test_the_passage_of_the_last_answer_is_preferred_and_the_next_one_a_little() -> None:
    def none(_: Question, __: Sequence[Hit]) -> list[Candidate]:
        return []

    context = Context("Who is Bo?", "a.txt", Span(26, 28))
    added = added_by(context, FOLLOW_UP, hits(0.5, 0.5, 0.5, 0.5), none)
    assert added[2] == NEARNESS_WEIGHT > added[1] > added[3] > added[4] > 0
    elsewhere = Context("Who is Bo?", "b.txt", Span(26, 28))
    assert set(added_by(elsewhere, FOLLOW_UP, hits(0.5, 0.5), none).values()) == {0.0}
    assert added_by(context, FOLLOW_UP, [], none) == {}


def test_without_context_nothing_else_is_read() -> None:
    reader = Reader()
    reader.read(FOLLOW_UP, hits(0.5, 0.4))
    assert set(reader.asked) == {FOLLOW_UP.text}
