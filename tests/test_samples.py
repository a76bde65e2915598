"""Sample questions: made from sentences of a few articles, and asked before they are shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sampling import sample, spread
from index.types import Article, Passage, Span
from qa.samples import (
    MAX_QUESTION_CHARS,
    SAMPLED_ARTICLES,
    SAMPLED_PASSAGES,
    in_order,
    is_answered,
    samples_in,
    samples_of,
)
from tests.support.articles import article_of, unstructured
from tests.support.chat import HOSTILE
from tests.support.corpora import corpus_of
from tests.support.memory_store import MemoryStore, MemoryView
from tests.support.stored import entry


def passage_of(text: str, id: str = "a.md") -> Passage:
    article = article_of(text, id)
    return Passage(article, Span(0, len(article.text)))


def questions(text: str, id: str = "a.md") -> list[str]:
    return [sample.question for sample in samples_in([passage_of(text, id)])]


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("The bridge was built in 1932 by Anna Holm.", "When was the bridge built?"),
        ("Then Rygor Kastusev was arrested in May 2021.", "When was Rygor Kastusev arrested?"),
        ("It named 67-year-old Rygor Kastusev.", "How old is Rygor Kastusev?"),
        ("Rygor Kastusev, leader of the party, left.", "Who is Rygor Kastusev?"),
        ("Minsk has 1,400 political prisoners.", "How many political prisoners are there?"),
        ("The lighthouse of Ilkley was built in 1723.", "When was the lighthouse of Ilkley built?"),
        ("Born in 1984 in Vessin.", "When was Casper Ulm born?"),
        ("Usable space: 17.2 TB", "What is the usable space of Casper Ulm?"),
        ("Nothing else.", "What is this article about?"),
    ],
)
def test_a_sentence_makes_the_question_that_it_answers(text: str, question: str) -> None:
    assert question in questions(f"---\ntitle: Casper Ulm\n---\n\n{text}\n")


@pytest.mark.parametrize(
    "text",
    [
        "He was arrested in 2021.",
        "Then it was built in 1932.",
        "It took 45 minutes and 30 days.",
        "A bridge in New Ilkley was built in 1932.",
        "Both mills near the Ouse were burnt in 1932.",
        "# The bridge was built in 1932",
        "    The bridge was built in 1932.",
    ],
)
def test_what_names_nothing_and_what_is_no_sentence_makes_no_question(text: str) -> None:
    assert questions(text) == ["What is this article about?"]


@given(st.text() | st.just(HOSTILE), st.text(max_size=30) | st.just(HOSTILE))
def test_questions_are_short_and_safe_whatever_they_are_made_from(text: str, title: str) -> None:
    made = f"{title} was built in 1932. {text}, leader of. 67-year-old A{title}.\nB: {title}\n"
    article = unstructured(made)
    passage = Passage(article, Span(0, len(made)))
    for question in (one.question for one in samples_in([passage])):
        assert question.isprintable()
        assert len(question) <= MAX_QUESTION_CHARS


def test_questions_of_each_kind_come_before_a_second_one() -> None:
    text = "The bridge was built in 1932. The mill was built in 1833. Ann Bo, baker of the town."
    passages = [passage_of(text)]
    ordered = in_order(list(samples_in(passages)), passages)
    assert [one.kind for one in ordered] == ["when", "who", "when", "about"]


def test_only_what_its_own_sentence_answers_is_a_sample(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("The bridge was built in 1932.\n")
    (tmp_path / "b.txt").write_text("The mill was built in 1833.\n")
    with corpus_of(tmp_path, stores=tmp_path / "stores") as corpus:
        corpus.sync()
        made = {one.question: one for one in samples_of(corpus)}
        assert is_answered(corpus, made["When was the bridge built?"])
        elsewhere = made["When was the mill built?"]
        (tmp_path / "b.txt").write_text("The mole was bought in 1833.\n")
        corpus.sync()
        assert not is_answered(corpus, elsewhere)


def test_a_large_corpus_is_not_read() -> None:
    entries = [entry(f"{n:04}.txt", f"The bridge {n} was built.") for n in range(300)]
    store, read = MemoryStore(), []
    store.put(entries, {})

    class Counting(MemoryView):
        def article(self, id: str) -> Article:
            read.append(id)
            return super().article(id)

        def titles(self) -> dict[str, str]:
            raise AssertionError("all titles were read")

    with store.snapshot() as view:
        passages = sample(Counting(view._state), SAMPLED_ARTICLES, SAMPLED_PASSAGES)
    assert len(passages) == len(read) == SAMPLED_ARTICLES
    assert read[0] == "0000.txt"


@given(st.lists(st.integers()), st.integers(1, 20))
def test_what_is_spread_is_short_in_order_and_begins_at_the_first(
    values: list[int], most: int
) -> None:
    found = spread(values, most)
    assert len(found) <= most
    assert found[:1] == values[:1]
    positions = [i for i in range(len(values)) if i % max(1, -(-len(values) // most)) == 0]
    assert found == [values[i] for i in positions]
