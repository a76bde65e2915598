"""The benchmark of formats judges answers, passages and places as it says."""

from __future__ import annotations

import pytest

from index.types import Hit, Passage, Span
from qa.types import Answer, Response
from tests.benchmark.formats import FileQuestion, Outcome, outcome, pages_of
from tests.support.parsed import parsed

PAGE = """<!doctype html><title>Mill</title><h1>The mill</h1>
<p>The mill stands by the river.</p>
<h2>Owner’s house</h2><p>Hester Quill built the house in 1861 for her father.</p>"""
ARTICLE = parsed(PAGE, "mill.html")


def span_of(words: str) -> Span:
    start = ARTICLE.text.index(words)
    return Span(start, start + len(words))


def judged(words: str, *golds: str, place: str | None = None, is_sure: bool = True) -> Outcome:
    """Return the outcome where the answer is `words`, of the passage about the house."""
    passage = Passage(ARTICLE, Span(span_of("Hester").start, len(ARTICLE.text)))
    answers = (Answer(passage, span_of(words), 0.9),) if words else ()
    response = Response(
        question="?",
        outcome="not_found" if not words else "answered" if is_sure else "unsure",
        answers=answers if is_sure else (),
        hits=(Hit(passage, rank=1, score=0.9, cosine=0.9, bm25=1.0),),
        confidence=0.9 if words else 0.0,
        unknown_words=(),
        timings_ms={},
        closest=None if is_sure else answers[0],
    )
    return outcome(FileQuestion("mill.html", "?", golds, place), response)


@pytest.mark.parametrize(
    ("words", "is_right", "is_exact"),
    [
        ("1861", True, True),
        ("in 1861", True, False),
        ("Hester Quill built the house in 1861 for her father", False, False),
        ("Hester Quill", False, False),
        ("", False, False),
    ],
)
def test_an_answer_is_right_with_few_words_besides(
    words: str, is_right: bool, is_exact: bool
) -> None:
    one = judged(words, "1861")
    assert (one.is_right, one.is_exact) == (is_right, is_exact)


def test_right_words_that_are_unsure_are_not_answered() -> None:
    one = judged("1861", "1861", is_sure=False)
    assert one.is_right and not one.is_answered


def test_a_question_without_an_answer_is_right_unless_it_is_answered() -> None:
    assert judged("").is_right
    assert judged("1861", is_sure=False).is_right
    assert not judged("1861").is_right


def test_a_gold_text_must_be_in_the_passages() -> None:
    assert judged("", "her father").has_passage
    assert not judged("", "by the river").has_passage


def test_the_place_is_any_heading_above_the_answer() -> None:
    for place in ("Owner's house", "The mill", None):
        assert judged("1861", "1861", place=place).has_place
    assert not judged("1861", "1861", place="Owner").has_place


def test_pages_are_those_of_the_file_or_counted_by_length() -> None:
    assert 0 < pages_of(ARTICLE) < 0.1
