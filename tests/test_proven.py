"""What the structure of a text proves to be the answer, with and without a reader."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.question import Question
from index.types import Article, Hit, Passage, Span
from qa.reader.asked import echoes
from qa.reader.decide import Candidate
from qa.reader.edges import with_edges
from qa.reader.proven import proven
from tests.support.articles import article_of, unstructured
from tests.support.proofs import QUESTIONS, TEXTS

SURE = 0.95


def hits_of(article: Article) -> list[Hit]:
    return [Hit(Passage(article, Span(0, len(article.text))), 1, 0.8, 0.6, 4.0)]


def read_in(
    article: Article, *words: str, confidence: float = 0.4
) -> list[tuple[Candidate, float]]:
    """Return what a reader finds that is equally sure of each of these words."""
    (hit,) = hits_of(article)
    spans = [Span(article.text.index(each), article.text.index(each) + len(each)) for each in words]
    return [(Candidate(hit, span, 5.0, 0.9), confidence) for span in spans]


def proven_in(name: str, question: str, *words: str, confidence: float = 0.4) -> list[str]:
    """Return the words that answer, best first. words: what the reader finds."""
    article = article_of(TEXTS[name], name)
    read = read_in(article, *words, confidence=confidence)
    found = proven(Question(question), hits_of(article), read)
    return [candidate.text for candidate, _ in found]


WITH_A_READER = {
    "Which scale did the survey use for damp?": "Lindqvist",
    "Under which title was a short history printed in 1931?": "Cold Rooms",
}


@pytest.mark.parametrize(("name", "question", "answers"), QUESTIONS)
def test_the_structure_proves_an_answer_or_nothing(
    name: str, question: str, answers: tuple[str, ...]
) -> None:
    words = WITH_A_READER.get(question)
    found = proven_in(name, question, *([words] if words else []))
    bare = {answer.rstrip(".!") for answer in answers}
    if answers:
        assert found[:1] and found[0].rstrip(".!") in bare
    else:
        assert not found


ABOUT_THINGS = [row for row in QUESTIONS if not row[1].endswith(("stand for?", "short for?"))]
"""Without the questions for which the reader is not trusted with just any words."""


@pytest.mark.parametrize(("name", "question", "answers"), ABOUT_THINGS)
def test_a_reader_that_is_surer_of_something_else_keeps_it(
    name: str, question: str, answers: tuple[str, ...]
) -> None:
    elsewhere = TEXTS[name].split()[1]  # of the title
    assert proven_in(name, question, elsewhere, confidence=SURE)[0] == elsewhere


def test_a_reply_is_answered_with_what_the_reader_finds_in_it() -> None:
    question = "Who drew the first chart of the bay?"
    assert proven_in("safety.md", question, "bay", "old Captain Orr")[0] == "old Captain Orr"


def test_a_reply_that_denies_is_not_the_answer() -> None:
    question = "What kind of rope holds in ice?"
    assert proven_in("safety.md", question, "hemp")[0] == "Anna Lind uses\nnylon."


def test_the_words_of_a_question_in_the_text_do_not_answer() -> None:
    article = article_of(TEXTS["safety.md"], "safety.md")
    whole = Span(0, len(article.text))
    found = echoes(Question("Which rope holds in ice?"), article, whole)
    asked = [article.text[span.start : span.end] for span in found]
    assert asked == ["The only question is this: what kind of rope holds in ice?"]
    assert echoes(Question("Why does rope hold in ice?"), article, whole) == []


@pytest.mark.parametrize(
    ("question", "likely"),
    [("How do I turn off the audio guide?", True), ("How do I turn on the audio guide?", False)],
)
def test_the_reply_to_the_opposite_question_is_not_likely(question: str, likely: bool) -> None:
    article = article_of(TEXTS["faq.md"], "faq.md")
    read = read_in(article, "Hold the red button for three seconds.", confidence=SURE)
    ((_, probability),) = proven(Question(question), hits_of(article), read)
    assert (probability == SURE) is likely
    assert (probability < 0.5) is not likely


def test_an_amount_in_another_clause_of_the_same_sentence_is_not_the_answer() -> None:
    question = "Which share of the money was spent as rent?"
    found = proven_in("grants.md", question, "60 percent", confidence=SURE)
    assert found == ["25 percent", "60 percent"]


@pytest.mark.parametrize(("words", "likely"), [("the Red Nun", True), ("The lamp", False)])
def test_what_an_abbreviation_stands_for_begins_with_its_letter(words: str, likely: bool) -> None:
    article = article_of(f"{words} (RNL) is red.")
    read = read_in(article, words, confidence=SURE)
    ((_, probability),) = proven(Question("What does RNL stand for?"), hits_of(article), read)
    assert (probability == SURE) is likely
    assert (probability < 0.5) is not likely


@pytest.mark.parametrize(
    ("question", "likely"),
    [("What is a bollard?", True), ("What is a bollard rope?", False), ("Who is it?", False),
     ("What is the rope?", True)],
)  # fmt: skip
def test_the_entry_of_another_term_does_not_say_what_a_term_is(question: str, likely: bool) -> None:
    article = article_of(TEXTS["glossary.md"], "glossary.md")
    read = read_in(article, "A post that waits for a rope.", confidence=SURE)
    ((_, probability),) = proven(Question(question), hits_of(article), read)
    assert (probability == SURE) is likely
    assert (probability < 0.5) is not likely


def test_records_of_two_articles_do_not_answer_what_names_neither() -> None:
    articles = [
        article_of(f"# {name}\n\nAuthor: {author}\nPages: 12\n", f"{name}.md")
        for name, author in (("Herons", "Ann Lake"), ("Gulls", "Bo Strand"))
    ]
    hits = [hit for article in articles for hit in hits_of(article)]
    assert proven(Question("Who is the author?"), hits, []) == []
    (found,) = proven(Question("Who is the author of Gulls?"), hits, [])
    assert found[0].text == "Bo Strand"


def test_the_start_of_an_article_says_who_wrote_it() -> None:
    article = article_of(TEXTS["kestrel.md"], "kestrel.md")
    last = Span(article.text.index("Sidecars"), len(article.text))
    hits = [Hit(Passage(article, last), 1, 0.8, 0.6, 4.0)]
    (found,) = proven(Question("Who is the author?"), hits, [])
    assert found[0].text == "Mara Lind"


@pytest.mark.parametrize(
    ("text", "question", "read", "answer"),
    [
        ("Attach Form C to it.", "Which form must be attached?", "C", "Form C"),
        ("It was in room 12.", "In which room was it?", "12", "12"),
        ("In Year 1865 it opened.", "In which city did it open?", "1865", "1865"),
        ("Back it up on a weekly basis.", "How often is it backed up?", "weekly basis",
         "on a weekly basis"),
        ("On a weekly basis, it rains.", "How much does it rain?", "weekly basis", "weekly basis"),
        ("It is at 800 feet in elevation.", "At what elevation is it?", "800 feet in elevation",
         "800 feet"),
        ("He was born in elevation.", "At what elevation is it?", "born in elevation",
         "born in elevation"),
    ],
)  # fmt: skip
def test_an_answer_has_what_belongs_to_it(text: str, question: str, read: str, answer: str) -> None:
    ((found, _),) = with_edges(Question(question), read_in(article_of(text), read))
    assert found.text == answer


WORDS = ["\n\n", "\n- ", "\n# ", "\nKey: ", "–", *"? . : n. if you Form C 12 crowns".split()]
WORDS += "What Who is the a cost of Kestrel pier".split()


@given(
    st.lists(st.sampled_from(WORDS), max_size=40).map(lambda words: " ".join(["Pier", *words])),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join),
    st.sampled_from((article_of, unstructured)),
)
def test_what_is_proven_is_words_of_the_article(
    text: str, question: str, make: Callable[[str], Article]
) -> None:
    article = make(text)
    for candidate, probability in proven(Question(question), hits_of(article), []):
        assert 0 <= candidate.span.start < candidate.span.end <= len(article.text)
        assert any(map(str.isalnum, candidate.text))
        assert 0.5 < probability < 1
