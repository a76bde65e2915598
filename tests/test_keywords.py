"""Keywords are read as the question that they stand for; questions are read as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.question import Question
from qa.reader.keywords import as_question
from tests.test_kinds import CASES


@pytest.mark.parametrize(
    ("keywords", "question"),
    [
        ("lighthouse height", "what is the lighthouse height?"),
        ("lighthouse height?", "what is the lighthouse height?"),
        ("the lighthouse keeper", "what is the lighthouse keeper?"),
        ("museum opening hours", "what are the museum opening hours?"),
        ("year of the flood", "what is the year of the flood?"),
        ("names of the dogs", "what are the names of the dogs?"),
        ("number of visitors", "what is the number of visitors?"),
        ("E2 meaning", "what is the E2 meaning?"),
    ],
)
def test_keywords_are_read_as_the_question_they_stand_for(keywords: str, question: str) -> None:
    assert as_question(Question.parse(keywords)) == question


@pytest.mark.parametrize(
    "text",
    [question for question, kind in CASES if question[-1] == "?" and kind != "count"]
    + ["Anna Vos", "And in 1912?", "in the harbour", "The keeper left.", "list the exhibits"],
)
def test_questions_sentences_and_names_are_read_as_they_are(text: str) -> None:
    assert as_question(Question.parse(text)) == text


@given(st.text(min_size=1))
def test_no_word_is_lost(text: str) -> None:
    asked = Question(text.strip() or "?")
    read = as_question(asked)
    assert read == asked.asked or read.endswith(
        f"{asked.asked.split(maxsplit=1)[-1].rstrip(' ?.!')}?"
    )
