"""Which questions are follow-ups, and what they are searched for with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa import Conversation, open_corpus
from qa.corpus import Corpus
from qa.followup import is_follow_up
from qa.reader.sentences import SentenceReader
from qa.settings import Settings
from tests.benchmark.followups import QUESTIONS
from tests.support.corpora import corpus_of
from tests.support.paths import SEED

FOLLOW_UPS = """
When was he arrested?
What was his crime?
Why?
By whom?
And in 1998?
What about Norway?
Who else was released?
How many?
What happened afterwards?
What did Lukashenko tell them?
Where does it lie?
When was that building finished?
Who responded to that?
Which group did he start?
What colour is it?
What was the title of his book?
Which one was older?
WHEN DID SHE DIE?
"""
STANDALONE = """
Who is Rygor Kastusev?
When did Rollo sign his treaty?
What did the Normans call their dukes?
How long does it take to cross the strait?
Is there a fee for visitors?
Who said that many prisoners are still in jail?
Which opposition leader tore up her passport?
What is it that limits the efficiency of the cycle?
What did Washington hand to Saint-Pierre when he dined with him?
How often does it rain in Istanbul?
What is another word for tuples?
Who gave a sermon in which he asked for peace?
Why do manufacturers coat their saxophones?
What did the government say this year?
bridge opening date
"""


@pytest.mark.parametrize("question", FOLLOW_UPS.strip().splitlines())
def test_a_question_without_a_subject_of_its_own_is_a_follow_up(question: str) -> None:
    assert is_follow_up(question)


@pytest.mark.parametrize("question", STANDALONE.strip().splitlines())
def test_a_question_that_names_its_subject_is_not_a_follow_up(question: str) -> None:
    assert not is_follow_up(question)


def test_no_standalone_question_of_the_test_set_is_a_follow_up() -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    alone = [row["question"] for row in rows if row["standalone"]]
    assert len(alone) > 400
    assert [question for question in alone if is_follow_up(question)] == []


@given(st.text())
def test_any_text_is_judged(question: str) -> None:
    assert is_follow_up(question) in (True, False)


@pytest.fixture
def corpus(tmp_path: Path) -> Corpus:
    text = tmp_path / "rivers.txt"
    text.write_text(
        "The Vilnia is a short river. It rises near the village of Vileika.\n\n"
        + "The Nemunas is a long river. It rises in the hills of Belarus.\n\n"
        + "The Bug is a third river, and it ends in the lake.\n"
    )
    return corpus_of(text, stores=tmp_path / "s", reader=SentenceReader(0.0, 0.0))


def test_a_follow_up_is_searched_with_what_came_before_it(corpus: Corpus) -> None:
    conversation = Conversation(corpus)
    first = conversation.ask("Where is the Nemunas?")
    then = conversation.ask("Where does it rise?")
    assert first.context == ""
    assert then.context.startswith("Where is the Nemunas?")
    assert first.quoted[0].text in then.context
    assert then.question == "Where does it rise?"
    assert "Nemunas" in then.hits[0].passage.text


def test_a_question_that_stands_alone_gets_the_response_it_gets_without_a_conversation(
    corpus: Corpus,
) -> None:
    conversation = Conversation(corpus)
    conversation.ask("Where is the Nemunas?")
    within = conversation.ask("Where does the Vilnia rise?")
    alone = corpus.ask("Where does the Vilnia rise?")
    assert (within.context, within.hits, within.answers) == ("", alone.hits, alone.answers)


@pytest.mark.parametrize(("answered", "unsure"), [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0)])
def test_a_follow_up_refers_to_what_was_quoted_even_if_it_was_not_sure(
    corpus: Corpus, answered: float, unsure: float
) -> None:
    corpus.reader = SentenceReader(answered, unsure)
    conversation = Conversation(corpus)
    first = conversation.ask("Where is the long river?")
    then = conversation.ask("Where does it rise?")
    words = [quoted.text for quoted in first.quoted[:1]]
    assert bool(words) == (first.outcome != "not_found") == (unsure == 0)
    assert then.context == " ".join(["Where is the long river?", *words])


def test_later_questions_keep_the_subject_of_the_one_that_named_it(corpus: Corpus) -> None:
    conversation = Conversation(corpus)
    conversation.ask("Where is the Nemunas?")
    conversation.ask("Where does it rise?")
    third = conversation.ask("How long is it?")
    assert third.context.startswith("Where is the Nemunas? Where does it rise?")
    conversation.ask("Where does the Bug end?")
    assert "Nemunas" not in conversation.ask("Is it long?").context


def test_the_first_question_has_no_context(corpus: Corpus) -> None:
    assert Conversation(corpus).ask("Where does it rise?").context == ""


def test_a_question_may_be_asked_as_it_stands(corpus: Corpus) -> None:
    conversation = Conversation(corpus)
    conversation.ask("Where is the Nemunas?")
    assert conversation.ask("Where does it rise?", alone=True).context == ""


def test_a_remembered_question_is_context_like_one_that_was_asked(corpus: Corpus) -> None:
    asked, resumed = Conversation(corpus), Conversation(corpus)
    first = asked.ask("Where is the Nemunas?")
    resumed.remember(first.question, first.quoted[0].text, follow_up=False)
    assert resumed.ask("Where does it rise?").context == asked.ask("Where does it rise?").context


def test_the_sample_article_answers_a_follow_up(cache: Path) -> None:
    with open_corpus(SEED, settings=Settings(cache=cache)) as corpus:
        conversation = Conversation(corpus)
        conversation.ask("Who is Rygor Kastusev?")
        response = conversation.ask("When was he arrested?")
    assert "2021" in response.answers[0].text
