"""What a text is about is said by the sentences that represent it best, in its own words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.central import MAX_ARTICLES, central_parts, parts_about
from index.question import Question
from index.split import sentences_of
from index.types import Span
from qa.conversation import Conversation
from qa.reader.about import CONFIDENCE, MAX_SENTENCES, MIN_SENTENCES, summary
from qa.types import Response
from tests.support.corpora import corpus_of
from tests.support.examples import examples
from tests.support.memory_store import MemoryStore
from tests.support.stored import ENCODER, entry

LEAD = "The ferry across the Torne sank on Friday, and the harbour stayed closed for two days."
STORY = f"""# Ferry sinks

{LEAD}

Divers found the wreck of the ferry near the harbour in nine metres of water. The weather was fine.

| Time | What the ferry did in the harbour |
| --- | --- |
| 10:04 | The ferry left the harbour across the Torne and it sank in the harbour on Friday. |

    the ferry sank in the harbour: on Friday, and the ferry in the harbour.

The ferry had crossed the Torne between the harbour and the mill since the spring of 1962.
Its captain said that the ferry had been loaded with gravel for the harbour by mistake.
Bread is baked in the village on every other Wednesday by two brothers from Karelia.
A new ferry for the harbour has been ordered, and it will cross the Torne from August on.
"""
OTHERS = {
    "bread.txt": "Bread of rye is baked in every village of the valley. It is dark, flat and hard.",
    "clock.txt": "The clock of the church was made by a smith in 1731. It has only one hand.",
    "dance.txt": "On midsummer night the whole valley dances on the bridge until the morning.",
    "eagle.txt": "Two eagles nest above the lake, and the ringing of their young is a feast.",
    "frost.txt": "Frost can come in any month of the year, so that potatoes are often covered.",
    "gorge.txt": "The gorge was cut by water of a lake that burst through its wall of ice.",
}


def asked(question: str, folder: Path, stores: Path, **scope: str) -> Response:
    with corpus_of(folder, stores=stores) as corpus:
        return corpus.ask(question, **scope)


@pytest.fixture
def story(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "ferry.md").write_text(STORY, "utf-8")
    return folder


@pytest.mark.parametrize(
    "question",
    ["What is this about?", "Summarise the article, please.", "tl;dr", "What are the main points?"],
)
def test_an_article_is_represented_by_sentences_of_its_prose(
    story: Path, tmp_path: Path, question: str
) -> None:
    response = asked(question, story, tmp_path / "stores")
    assert (response.outcome, response.kind) == ("answered", "about")
    assert MIN_SENTENCES <= len(response.answers) <= MAX_SENTENCES
    starts = [answer.span.start for answer in response.answers]
    assert starts == sorted(set(starts))
    assert response.answers[0].text == LEAD
    for answer in response.answers:
        article = answer.passage.article
        number = article.structure.at(answer.span.start)
        assert number is not None
        assert article.structure[number].kind == "paragraph"
        assert answer.span in sentences_of(article, Span(0, len(article.text)))
        assert response.rank_of(answer)
        assert "ferry" in answer.text
        assert answer.score == response.confidence == CONFIDENCE


def test_several_articles_have_a_sentence_each(story: Path, tmp_path: Path) -> None:
    for name, text in OTHERS.items():
        (story / name).write_text(text, "utf-8")
    whole = asked("What is this about?", story, tmp_path / "stores")
    names = [answer.passage.article.id for answer in whole.answers]
    assert names == sorted(set(names))
    assert len(names) == MAX_ARTICLES
    two = asked("What are they about?", story, tmp_path / "stores", only="*e*y*.md", exclude="x")
    assert {answer.passage.article.id for answer in two.answers} == {"ferry.md"}
    some = asked("What is this about?", story, tmp_path / "stores", only="[bc]*.txt")
    assert {answer.passage.article.id for answer in some.answers} == {"bread.txt", "clock.txt"}


def test_a_topic_is_looked_up(story: Path, tmp_path: Path) -> None:
    for name, text in OTHERS.items():
        (story / name).write_text(text, "utf-8")
    eagles = asked("Give me an overview of the eagles", story, tmp_path / "stores")
    assert [answer.passage.article.id for answer in eagles.answers] == ["eagle.txt"]
    absent = asked("Give me an overview of the penguins", story, tmp_path / "stores")
    assert absent.unknown_words == ("penguins",)
    assert not absent.answers or absent.answers[0].score != CONFIDENCE


def test_of_one_article_only_what_it_says_of_a_topic_is_quoted(story: Path, tmp_path: Path) -> None:
    bread = asked("Tell me about the bread", story, tmp_path / "stores")
    assert bread.kind == "about"
    assert [answer.text.split()[0] for answer in bread.answers] == ["Bread"]
    named = asked("Tell me about Karelia", story, tmp_path / "stores")
    assert all("Karelia" in answer.text for answer in named.answers)
    title = asked("Tell me about the ferry", story, tmp_path / "stores")
    assert title.answers[0].text == LEAD
    assert len(title.answers) >= MIN_SENTENCES


def test_what_has_no_prose_is_not_summed_up(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "list.csv").write_text("Station,Opened\nNetherby,1865\nAldon,1870\n", "utf-8")
    response = asked("What is this about?", folder, tmp_path / "stores")
    assert response.outcome == "not_found"
    assert response.hits


def test_a_summary_is_not_sure_enough_for_a_higher_threshold(story: Path, tmp_path: Path) -> None:
    with corpus_of(story, stores=tmp_path / "stores", min_confidence=0.95) as corpus:
        response = corpus.ask("What is this about?")
    assert response.outcome == "unsure"
    assert response.closest is not None
    assert response.closest.text == LEAD


words = st.sampled_from("ferry harbour river bread clock dance eagle frost gorge winter".split())
sentences = st.lists(words, min_size=7, max_size=14).map(lambda own: f"The {' '.join(own)}.")
texts = st.lists(sentences, min_size=1, max_size=9).map("\n\n".join)


@given(st.dictionaries(st.sampled_from(["a.txt", "b.txt", "c.txt"]), texts))
@examples(20)
def test_a_summary_depends_on_the_articles_alone(articles: dict[str, str]) -> None:
    found = []
    for order in (sorted(articles), sorted(articles, reverse=True)):
        store = MemoryStore()
        for name in order:
            store.put([entry(name, articles[name])], {})
        with store.snapshot() as view:
            parts = central_parts(view)
            reading = summary(parts, ENCODER) if parts else None
        quoted = reading.quoted if reading else ()
        found.append([(answer.passage.article.id, answer.span) for answer in quoted])
    assert found[0] == found[1]
    assert found[0] == sorted(found[0])
    assert bool(found[0]) == bool(articles)
    for name in articles:
        assert len([own for own, _ in found[0] if own == name]) <= MAX_SENTENCES


def test_nothing_is_about_what_the_articles_lack() -> None:
    store = MemoryStore()
    with store.snapshot() as view:
        assert parts_about(view, ENCODER, Question("Summarise"), []) == []
    store.put([entry("a.txt", LEAD)], {})
    with store.snapshot() as view:
        question = Question("Give me an overview of penguins.")
        assert parts_about(view, ENCODER, question, ["penguins"]) == []
        assert len(parts_about(view, ENCODER, Question("Summarise the text"), [])) == 1


def test_what_everything_is_about_is_no_follow_up(story: Path, tmp_path: Path) -> None:
    with corpus_of(story, stores=tmp_path / "stores") as corpus:
        conversation = Conversation(corpus)
        conversation.ask("Who baked the bread?")
        response = conversation.ask("What is this about?")
        assert response.kind == "about"
        assert response.context == ""
