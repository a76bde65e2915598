"""Answers have the shape that a question asks for: a sentence, all items of a list, a count."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.question import Question
from index.split import sentences_of
from index.types import Article, Hit, Passage, Span
from qa.reader.clauses import MAX_SENTENCE_WORDS
from qa.reader.counts import MAX_UNSUPPORTED
from qa.reader.decide import Candidate
from qa.reader.enumerations import enumeration
from qa.reader.lists import uncontested
from qa.reader.shaped import Read, shaped

TEXT = (
    "The storm came at night. The dike broke because its core was of sand, and the sea ran in. "
    "Twelve farms were flooded. Anna Vos, Piet Maas and Jan Smit lost their houses. "
    "In all, 340 sheep drowned; 25 cows were saved. The lock was not damaged."
)


def read_in(text: str, *words: str, confidence: float = 0.4) -> list[Read]:
    """Return what a reader finds that is equally sure of each of these words."""
    article = Article("a.txt", "/a.txt", "The flood", text, "0" * 64)
    hit = Hit(Passage(article, Span(0, len(text))), 1, 0.8, 0.6, 4.0)
    spans = [Span(text.index(each), text.index(each) + len(each)) for each in words]
    return [(Candidate(hit, span, 5.0, 0.9), confidence) for span in spans]


def given_for(question: str, *words: str, text: str = TEXT) -> list[tuple[str, float]]:
    found = shaped(Question.parse(question), read_in(text, *words))
    return [(candidate.text, probability) for candidate, probability in found]


@pytest.mark.parametrize(
    ("question", "words", "answer"),
    [
        ("Was the lock damaged?", "not damaged", "The lock was not damaged."),
        ("Did any cows survive?", "25 cows", "In all, 340 sheep drowned; 25 cows were saved."),
        (
            "Why did the dike break?",
            "of sand",
            "The dike broke because its core was of sand, and the sea ran in.",
        ),
        ("What happened at night?", "The storm", "The storm came at night."),
        ("Which people lost their houses?", "Piet Maas", "Anna Vos, Piet Maas and Jan Smit"),
        ("Who lost a house?", "Piet Maas", "Piet Maas"),
        ("When did it happen?", "at night", "at night"),
    ],
)
def test_an_answer_has_the_shape_that_the_question_asks_for(
    question: str, words: str, answer: str
) -> None:
    assert given_for(question, words)[0][0] == answer


def test_what_contains_several_spans_is_more_probable_than_each_of_them() -> None:
    question = "Was the lock damaged?"
    ((alone, probability),) = given_for(question, "damaged")
    ((both, probability_of_both),) = given_for(question, "The lock", "damaged")
    assert alone == both
    assert probability < probability_of_both < 1


@pytest.mark.parametrize(
    ("question", "other", "words"),
    [
        ("Was the lock damaged?", "Was the lock of Ghent damaged?", "not damaged"),
        ("Was the lock damaged?", "Was the ferry sunk?", "not damaged"),
    ],
)
def test_the_more_of_a_question_a_sentence_has_the_surer_it_settles_it(
    question: str, other: str, words: str
) -> None:
    assert given_for(question, words)[0][1] > given_for(other, words)[0][1]


def test_a_sentence_that_says_that_it_gives_a_reason_is_surer_to_say_why() -> None:
    reason = given_for("Why did the dike break?", "of sand")[0][1]
    assert reason > 0.4 > given_for("Why did the storm come?", "at night")[0][1]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The core was of sand. That is why the dike broke. It was night.", "the dike broke"),
        ("The dike broke for two reasons. It was old, and it was low.", "two reasons"),
    ],
)
def test_the_reason_is_given_with_a_sentence_that_only_refers_to_it(text: str, words: str) -> None:
    ((answer, _),) = given_for("Why did the dike break?", words, text=text)
    assert answer == text.removesuffix(" It was night.")


def test_a_number_of_things_is_not_sure_to_be_the_things() -> None:
    ((_, probability),) = shaped(
        Question.parse("Which farms were flooded?"), read_in(TEXT, "Twelve", confidence=0.9)
    )
    assert probability == MAX_UNSUPPORTED


@given(st.data())
def test_the_evidence_for_yes_or_no_is_whole_sentences(data: st.DataObject) -> None:
    words = list(re.finditer(r"\w+", TEXT))
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, min(first + 6, len(words) - 1)))
    ((candidate, confidence),) = read_in(TEXT, "storm")
    span = Span(words[first].start(), words[last].end())
    ((found, _),) = shaped(Question("Was it so?"), [(replace(candidate, span=span), confidence)])
    sentences = sentences_of(candidate.hit.passage.article, Span(0, len(TEXT)))
    assert found.span.start in {sentence.start for sentence in sentences}
    assert found.span.end in {sentence.end for sentence in sentences}
    assert found.span.contains(span)


def test_of_a_long_sentence_the_clauses_near_the_words_are_given() -> None:
    clause = "the miller of the village went to the town and bought a stone, "
    text = (
        f"It began when {clause * 8}because the old one had cracked in the frost, {clause * 8}so."
    )
    (answer,) = [answer for answer, _ in given_for("Why did it begin?", "cracked", text=text)]
    assert "because the old one had cracked in the frost" in answer
    assert len(answer.split()) <= MAX_SENTENCE_WORDS


@pytest.mark.parametrize(
    ("sentence", "item", "items"),
    [
        ("Flour, oats and honey are sold here.", "oats", "Flour, oats and honey"),
        ("They grow barley, rye or oats.", "rye", "barley, rye or oats"),
        (
            "It closed in May, in July, and twice in August.",
            "July",
            "May, in July, and twice in August",
        ),
        (
            "Her pupils were Ida Bell, Tom Rowe and, from 1933, her niece Ann Lee.",
            "Tom Rowe",
            "Ida Bell, Tom Rowe and, from 1933, her niece Ann Lee",
        ),
        ("Present: Ida Bell, Tom Rowe, Ann Lee.", "Ida Bell", "Ida Bell, Tom Rowe, Ann Lee"),
        ("Lots 3, 9 and 22 are free.", "3", "3, 9 and 22"),
        ("We need milk and cow feed by noon.", "milk and cow", "milk and cow feed"),
        ("He also said two men and two women were freed.", "two women", "two men and two women"),
        ("Two tugs and a raft took part in it.", "a raft", "Two tugs and a raft"),
        ("Two tugs and the raft Odin took part.", "raft Odin", "Two tugs and the raft Odin"),
        ("He met Ida in Rome, and then she left.", "Rome", "Rome"),
        ("Harald, the king of Norway, died in 1066.", "Harald", "Harald"),
        ("The vote was held on Sunday.", "Sunday", "Sunday"),
        ("Cranes are birds of the marsh, and eat frogs.", "Cranes", "Cranes"),
        ("It is found in reptiles and causes fever.", "reptiles", "reptiles"),
        ("Riots broke out, mainly in the south, between 1621 and 1629.", "Riots", "Riots"),
        ("Ida Bell, Countess of Ayr, invited Germans.", "Countess of Ayr", "Countess of Ayr"),
    ],
)
def test_an_item_is_extended_to_all_of_its_enumeration(
    sentence: str, item: str, items: str
) -> None:
    start = sentence.index(item)
    begin, end = enumeration(sentence, start, start + len(item))
    assert sentence[begin:end] == items


@given(st.text(alphabet='aA1,;. and or\n"é', max_size=80), st.data())
def test_an_enumeration_contains_its_item(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    begin, stop = enumeration(text, start, end)
    assert 0 <= begin <= start <= end <= stop <= len(text)


def test_a_number_out_of_another_is_one_count_but_a_list_of_numbers_is_none() -> None:
    text = "Three out of twenty frogs died. Lots 3, 9 and 22 are free."
    for question, words, expected in [
        ("How many frogs died?", "Three out of twenty", 0.9),
        ("How many lots are there?", "3, 9 and 22", MAX_UNSUPPORTED),
    ]:
        ((_, probability),) = shaped(Question.parse(question), read_in(text, words, confidence=0.9))
        assert probability == expected


@pytest.mark.parametrize(
    ("question", "number", "is_sure"),
    [
        ("How many farms were flooded?", "Twelve", True),
        ("How many sheep drowned in total?", "340", True),
        ("How many cows were saved?", "25", True),
        ("How many cows were saved in total?", "25", True),
        ("How many times did the sea come in?", "Twelve", True),
        ("How many farms were flooded in total?", "Twelve", False),
        ("How many horses drowned?", "340", False),
        ("How many houses were lost?", "Anna Vos", False),
    ],
)
def test_a_number_is_only_sure_if_it_counts_what_is_asked_for(
    question: str, number: str, is_sure: bool
) -> None:
    article = read_in(TEXT, number, confidence=0.9)
    ((_, probability),) = shaped(Question.parse(question), article)
    assert probability == (0.9 if is_sure else MAX_UNSUPPORTED)


@given(st.lists(st.tuples(st.floats(0.01, 0.99), st.floats(0.01, 0.99)), min_size=1, max_size=6))
def test_items_of_a_list_do_not_make_each_other_less_probable(
    scores: list[tuple[float, float]],
) -> None:
    names = ["Twelve", "Anna", "Piet", "In all", "The lock", "The dike"][: len(scores)]
    ranked = sorted((score for score, _ in scores), reverse=True)
    read = [(one, p) for (one, _), p in zip(read_in(TEXT, *names), ranked, strict=True)]
    found = uncontested(read, [alone for _, alone in scores])
    assert found[0] == read[0]
    assert {one for one, _ in found} == {one for one, _ in read}
    assert dict(found).keys() == dict(read).keys()
    for one, probability in found:
        assert dict(read)[one] <= probability <= max(ranked[0] + 1e-9, dict(read)[one])


def test_an_item_as_good_as_the_best_one_alone_is_as_probable() -> None:
    (best, _), (other, _), (number, _) = read_in(TEXT, "Anna Vos", "Piet Maas", "340")
    read = [(best, 0.6), (other, 0.1), (number, 0.1)]
    assert dict(uncontested(read, [0.8, 0.8, 0.8])) == pytest.approx(
        {best: 0.6, other: 0.6, number: 0.1}
    )
