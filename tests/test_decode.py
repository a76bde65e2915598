"""Which spans of the article a reader's logits can become."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from index.question import Question
from index.types import Article, Passage, Span
from qa.reader.decode import PassageReading
from qa.reader.onnx import WindowLogits
from tests.support.articles import article_of, unstructured


def answer(article: Article, first: str, last: str, question: str = "Which?") -> str | None:
    """Return the best answer if a model says that it starts with one word and ends with another."""
    passage = Passage(article, Span(0, len(article.text)))
    reading = PassageReading.of(passage, Question(question))
    text = reading.view.text
    begin, end = text.rindex(first), text.rindex(last)
    spans = [(begin, begin + len(first)), (end, end + len(last))]
    offsets = spans if first != last else spans[:1]
    starts = np.array([9.0, 1.0][: len(offsets)], np.float32)
    ends = starts[::-1].copy()
    window = WindowLogits(0, offsets, list(range(len(offsets))), starts, ends, 0.0)
    found = next(reading.spans(window, 1), None)
    return article.text[found[0].start : found[0].end] if found else None


NOTES = "# Changes\n\n## Version 2.1\n\n### Fixed\n\nThe bell rings.\n"


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("2.1", "Version 2.1"),  # a heading answers as a whole
        ("Version", "Version 2.1"),
        ("Fixed", None),  # without a number, it only names what is below it
        ("Changes", None),
    ],
)
def test_only_a_heading_with_a_number_answers(word: str, found: str | None) -> None:
    assert answer(article_of(NOTES, "notes.md"), word, word) == found


def test_the_title_does_not_answer_even_if_it_has_a_number() -> None:
    assert answer(article_of("# Route 66\n\nIt is long.\n", "road.md"), "66", "66") is None


@pytest.mark.parametrize("make", [article_of, unstructured])
def test_an_answer_stays_in_its_sentence(make: Callable[[str], Article]) -> None:
    article = make("Ann left Kelm. Bob came to Prenn.")
    assert answer(article, "Kelm", "Bob") in ("Kelm", "Bob")


def test_the_key_of_a_record_does_not_answer_if_the_question_has_it() -> None:
    article = article_of("Model: Larkspur\nChannel: 44\n", "router.txt")
    assert answer(article, "Channel", "Channel", "Which channel is it?") is None
    assert answer(article, "44", "44", "Which channel is it?") == "44"
