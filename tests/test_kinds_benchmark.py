"""The benchmark of kinds of questions: its questions fit its articles, and it judges as it says."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from qa.types import Outcome
from tests.benchmark.kinds import ARTICLES, SILENT, Given, KindQuestion, read_questions

TEXTS = {file.name: file.read_bytes().decode("utf-8") for file in ARTICLES.iterdir()}
QUESTIONS = read_questions()


def asked(kind: str, *golds: tuple[str, ...]) -> KindQuestion:
    return KindQuestion("1", "tune", kind, "a.md", "?", golds, {})


def test_every_gold_text_is_a_slice_of_its_article() -> None:
    golds = [(one.article, wording) for one in QUESTIONS for gold in one.golds for wording in gold]
    assert [(article, gold) for article, gold in golds if gold not in TEXTS[article]] == []


def test_every_id_is_unique_and_no_question_is_asked_of_an_article_twice() -> None:
    assert len({one.id for one in QUESTIONS}) == len(QUESTIONS)
    assert len({(one.article, one.question) for one in QUESTIONS}) == len(QUESTIONS)


def test_each_article_is_of_article_length_and_belongs_to_one_half() -> None:
    assert {one.article for one in QUESTIONS} == set(TEXTS)
    assert all(500 <= len(text.split()) <= 900 for text in TEXTS.values())
    assert len({(one.article, one.half) for one in QUESTIONS}) == len(TEXTS)


def test_each_article_is_asked_questions_of_every_kind() -> None:
    counts = Counter((one.article, one.kind) for one in QUESTIONS)
    kinds = {one.kind for one in QUESTIONS}
    assert all(counts[article, kind] >= 2 for article in TEXTS for kind in kinds)


def test_only_questions_that_the_article_does_not_answer_have_no_gold_text() -> None:
    assert all(bool(one.golds) == (one.kind not in SILENT) for one in QUESTIONS)
    assert all(all(gold) for one in QUESTIONS for gold in one.golds)


def test_a_misspelt_question_has_the_misspelt_word_and_its_article_the_right_one() -> None:
    for one in QUESTIONS:
        assert bool(one.corrections) == (one.kind == "misspelt")
        for misspelt, word in one.corrections.items():
            assert misspelt in one.question
            assert misspelt.casefold() not in TEXTS[one.article].casefold()
            assert word.casefold() in TEXTS[one.article].casefold()


@pytest.mark.parametrize(
    ("kind", "answers", "verdict"),
    [
        ("span", ["an old mill by the river"], "right"),
        ("span", ["the barn"], "wrong"),
        ("span", ["the barn", "in an old mill by the river"], "wrong"),
        ("why_how", ["They slept in an old mill because it rained."], "right"),
        ("yes_no", ["old mill"], "wrong"),
        ("yes_no", ["They slept in an old mill " + "and so on " * 20], "wrong"),
    ],
)
def test_the_first_answer_counts(kind: str, answers: list[str], verdict: str) -> None:
    question = asked(kind, ("in an old mill by the river", "slept in an old mill"))
    assert Given(question, "answered", tuple(answers), 0.9).verdict == verdict


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (["salt", "rye flour", "yeast"], "right"),
        (["Mix salt, rye flour and yeast."], "right"),
        (["salt", "flour", "yeast", "an oven"], "right"),
        (["salt", "flour", "yeast", "an oven", "a tin"], "wrong"),
        (["salt", "yeast"], "partly"),
        (["salt"], "wrong"),
        (["salt", "an oven", "a tin"], "wrong"),
    ],
)
def test_a_list_has_all_items_and_at_most_one_other(answers: list[str], verdict: str) -> None:
    question = asked("list", ("salt",), ("rye flour", "flour"), ("yeast",))
    assert Given(question, "answered", tuple(answers), 0.9).verdict == verdict


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (["The mill burnt down.", "Nobody was hurt.", "It rained."], "right"),
        (["The mill burnt down.", "It rained.", "It was May."], "wrong"),
        (["The mill burnt down.", "Nobody was hurt."], "wrong"),
        (["The mill burnt down.", "Nobody was hurt.", *"abcd"], "wrong"),
    ],
)
def test_a_summary_has_three_to_five_sentences_and_two_central_ones(
    answers: list[str], verdict: str
) -> None:
    question = asked("about", ("The mill burnt down.",), ("Nobody was hurt.",))
    assert Given(question, "answered", tuple(answers), 0.9).verdict == verdict


@pytest.mark.parametrize("outcome", ["unsure", "not_found"])
def test_without_an_answer_only_silent_questions_come_out_right(outcome: Outcome) -> None:
    quoted = ("a barn",) if outcome == "unsure" else ()
    assert Given(asked("silent"), outcome, quoted, 0.1).verdict == "right"
    assert Given(asked("silent"), "answered", ("a barn",), 0.9).verdict == "wrong"
    assert Given(asked("span", ("a barn",)), outcome, quoted, 0.1).verdict == outcome


def test_the_closest_words_can_be_right_without_being_called_an_answer() -> None:
    question = asked("span", ("a barn",))
    assert Given(question, "unsure", ("a barn",), 0.4).closest_is_right
    assert not Given(question, "unsure", ("a mill",), 0.4).closest_is_right
    assert not Given(question, "answered", ("a barn",), 0.9).closest_is_right
    assert not Given(asked("silent"), "unsure", ("a barn",), 0.4).closest_is_right


@pytest.mark.parametrize(
    ("corrections", "right"),
    [({"Frog": "fog"}, True), ({}, False), ({"frog": "fig"}, False), ({"a": "b"}, False)],
)
def test_a_correction_is_right_if_it_has_the_word_of_the_article(
    corrections: dict[str, str], right: bool
) -> None:
    question = replace(asked("misspelt", ("a barn",)), corrections={"frog's": "Fog"})
    one = Given(question, "answered", ("a barn",), 0.9, corrections=corrections)
    assert one.correction_is_right == right
