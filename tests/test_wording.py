"""Wording changed by rules: what a question or a sentence becomes."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.train.wording import (
    contains,
    has_opposite,
    names,
    negated_question,
    negated_sentence,
    numbers,
    opposite,
    replaced,
    with_other_question_word,
)

NOT = re.compile(r"\bnot\b|n't\b|\bnever\b|\bfailed to\b")


def all_negations(question: str) -> set[str | None]:
    return {negated_question(question, random.Random(seed)) for seed in range(100)}


@pytest.mark.parametrize(
    ("question", "one"),
    [
        ("Who was exempt from taxes?", "Who was not exempt from taxes?"),
        ("When was the charter adopted?", "When was the charter not adopted?"),
        ("What did Japan lift in March 1974?", "What did Japan not lift in March 1974?"),
        ("Who won the war?", "Who did not won the war?"),  # no grammar, see the module
        ("What causes the crisis?", "What does not cause the crisis?"),
        ("What can antibodies do?", "What can't antibodies do?"),
    ],
)
def test_a_question_that_affirms_denies(question: str, one: str) -> None:
    made = all_negations(question)
    assert one in made
    assert all(text and len(NOT.findall(text)) == 1 for text in made)


@pytest.mark.parametrize(
    ("question", "affirmed"),
    [
        ("Who was not the engineer?", "Who was the engineer?"),
        ("Who didn't open it?", "Who did open it?"),
        ("What can't it cross?", "What can it cross?"),
        ("What won't it cross?", "What will it cross?"),
        ("What cannot be seen?", "What can be seen?"),
        ("Who never came?", "Who came?"),
    ],
)
def test_a_question_that_denies_affirms(question: str, affirmed: str) -> None:
    assert all_negations(question) == {affirmed}


def test_what_has_no_verb_to_negate_is_left_alone() -> None:
    assert all_negations("Ethics a branch of what?") == {None}
    assert negated_sentence("A branch of it") is None


def test_a_sentence_denies_and_affirms_again() -> None:
    assert negated_sentence("It was built in 1932") == "It was not built in 1932"
    assert negated_sentence("It was not built in 1932") == "It was built in 1932"
    assert negated_sentence("They can't see") == "They can see"
    assert negated_sentence("Won't she come") == "Will she come"


@given(
    st.sampled_from(["Who", "When", "What", "In which year"]),
    st.sampled_from(["was", "did", "can", "will", "have"]),
    st.lists(st.sampled_from("the old Duke river built opened of Kelm in".split()), max_size=7),
    st.integers(),
)
def test_nothing_is_changed_but_by_a_not(
    asked: str, auxiliary: str, rest: list[str], seed: int
) -> None:
    question = " ".join([asked, auxiliary, *rest]) + "?"
    made = negated_question(question, random.Random(seed))
    assert made is not None
    affirmed = re.sub(r"\s+(?:not|never)\b|n't\b", "", made.replace("can't", "can"))
    assert affirmed.replace("won't", "will").replace("wo", "will") == question
    assert negated_question(made, random.Random(seed)) == question


def test_opposites_are_each_others_opposites() -> None:
    for word in ("before", "most", "increased"):
        assert has_opposite(word)
        others = {opposite(word, random.Random(seed), is_word) for seed in range(20)}
        for other in others:
            assert word in {opposite(other, random.Random(seed), is_word) for seed in range(50)}


def is_word(word: str) -> bool:
    return word in ("overrepresented", "favourable", "likely")


def test_other_words_get_another_prefix_where_that_makes_a_word() -> None:
    chance = random.Random(0)
    assert opposite("underrepresented", chance, is_word) == "overrepresented"
    assert opposite("unfavourable", chance, is_word) == "favourable"
    for word in ("holiday", "university", "property", "president"):
        assert not has_opposite(word)
        made = opposite(word, chance, is_word)
        assert made.endswith(word)
        assert made != word


def test_another_question_word_is_all_that_changes() -> None:
    made = {with_other_question_word("When was it?", random.Random(seed)) for seed in range(50)}
    assert made == {"Who was it?", "Why was it?", "How many was it?"}
    assert with_other_question_word("Was it?", random.Random(0)) is None


def test_names_are_not_the_first_words_of_sentences() -> None:
    assert names("Anna met the Duke of Kelm. Then she left Berta.") == ["Duke of Kelm", "Berta"]
    assert numbers("In 1,932 the 3rd of 4.5.") == ["1,932", "3rd", "4.5"]


def test_whole_words_are_replaced_whatever_their_case() -> None:
    assert replaced("Bridge, bridges, bridge", "bridge", "tunnel") == "Tunnel, bridges, tunnel"
    assert contains("The C++ book", "c++")
    assert not contains("bridges", "bridge")
