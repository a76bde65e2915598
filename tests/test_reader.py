"""Choosing the sentence, and deciding whether it answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.question import Question
from index.types import Article, Hit, Passage, Span
from qa.reader.sentences import MIN_CONFIDENCE, SentenceReader, choose_sentence
from qa.types import MIN_ANSWERED
from tests.support.articles import article_of

TEXT = "The bridge was built in 1932. It is 503 metres long. Ships pass below the bridge at night."


def hits(text: str = TEXT, cosine: float = 0.6) -> list[Hit]:
    article = Article(id="a.txt", path="/a.txt", title="A", text=text, sha256="0" * 64)
    return [Hit(Passage(article, Span(0, len(text))), 1, 1.0, cosine, 1.0)]


def test_the_sentence_that_shares_most_words_answers() -> None:
    reading = SentenceReader().read(Question("When was the bridge built?"), hits())
    assert [answer.text for answer in reading.answers] == ["The bridge was built in 1932."]
    assert reading.answers[0].score == reading.confidence


def test_other_forms_of_a_word_count_as_the_word() -> None:
    (answer,) = SentenceReader().read(Question("Which ship passes?"), hits()).answers
    assert answer.text == "Ships pass below the bridge at night."


def test_a_question_far_from_the_text_is_not_answered_but_has_a_confidence() -> None:
    reading = SentenceReader().read(Question("What is photosynthesis?"), hits(cosine=0.05))
    assert reading.outcome == "not_found"
    assert 0 < reading.confidence < MIN_CONFIDENCE


def test_the_threshold_decides() -> None:
    question, found = "When was the bridge built?", hits()
    confidence = SentenceReader().read(Question(question), found).confidence
    for answered, unsure, outcome in [
        (confidence, 0.0, "answered"),
        (confidence + 1e-9, confidence, "unsure"),
        (confidence + 1e-9, confidence + 1e-9, "not_found"),
    ]:
        reading = SentenceReader(answered, unsure).read(Question(question), found)
        assert reading.outcome == outcome
        assert reading.confidence == confidence
        words = reading.quoted
        assert [one.text for one in words] == (
            [] if outcome == "not_found" else ["The bridge was built in 1932."]
        )


@given(st.floats(-1, 1), st.floats(0, 1))
def test_an_answer_is_at_least_as_likely_right_as_wrong(cosine: float, threshold: float) -> None:
    reading = SentenceReader(threshold, 0.0).read(
        Question("Which ship is long?"), hits(TEXT, cosine)
    )
    assert (reading.outcome == "answered") == (reading.confidence >= max(MIN_ANSWERED, threshold))
    assert reading.outcome != "not_found"


def test_nothing_to_read_is_no_answer() -> None:
    assert SentenceReader().read(Question("Anything?"), []).answers == ()


def test_only_the_first_three_passages_are_read() -> None:
    far = [Hit(hit.passage, rank, 0.1, 0.1, 0.0) for rank in (1, 2, 3) for hit in hits("No. No.")]
    choice = choose_sentence(Question("When was the bridge built?"), [*far, *hits()])
    assert choice is not None
    assert choice.hit.passage.article.text == "No. No."


@given(st.text(max_size=200), st.text(min_size=1, max_size=60), st.floats(-1, 1))
def test_an_answer_is_always_a_slice_of_its_passage(text: str, asked: str, cosine: float) -> None:
    reading = SentenceReader(0.0, 0.0).read(Question(asked), hits(text, cosine))
    for answer in reading.quoted:
        assert answer.text
        assert answer.text == text[answer.span.start : answer.span.end] == answer.text.strip()


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1))
def test_nearer_and_better_covered_is_never_less_probable(
    cosine: float, other: float, coverage: float, more: float
) -> None:
    low = SentenceReader.probability(min(cosine, other), min(coverage, more))
    high = SentenceReader.probability(max(cosine, other), max(coverage, more))
    assert 0 <= low <= high <= 1


@pytest.mark.parametrize("question", ["?!", "😀", "who is she", '"(NEAR *', "\x00"])
def test_questions_without_proper_words_are_read_without_a_fault(question: str) -> None:
    assert 0 <= SentenceReader().read(Question(question), hits()).confidence <= 1


def test_headings_and_comments_do_not_answer() -> None:
    text = (
        "## The ferry\n\n<!-- Who ran the ferry? Bo ran the ferry. -->\n\nAnn ran it for years.\n"
    )
    article = article_of(text, "village.md")
    passage = Passage(article, Span(0, len(article.text)))
    choice = choose_sentence(Question("Who ran the ferry?"), [Hit(passage, 1, 1.0, 0.6, 1.0)])
    assert choice is not None
    assert article.text[choice.span.start : choice.span.end] == "Ann ran it for years."


def test_a_sentence_ends_with_its_list_item() -> None:
    article = article_of("- The mill\n- The ferry of Kelm\n- The inn\n", "places.md")
    passage = Passage(article, Span(0, len(article.text)))
    choice = choose_sentence(Question("Which ferry?"), [Hit(passage, 1, 1.0, 0.6, 1.0)])
    assert choice is not None
    shown = article.text[choice.span.start : choice.span.end]
    assert shown.removeprefix("- ") == "The ferry of Kelm"
