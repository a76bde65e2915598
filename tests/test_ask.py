"""The Python API: opening a corpus, asking it, and what keeps it honest."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from index.errors import ArticleError, QuestionError, StoreDamaged
from index.store.files import VECTORS
from index.store.open import open_store
from index.store.protocol import OpenStore
from index.types import Article
from qa import open_corpus, sample_article
from qa.conversation import Conversation
from qa.corpus import Corpus
from qa.settings import Settings
from tests.support.corpora import corpus_of
from tests.support.memory_store import MemoryView, open_memory_store
from tests.support.notes import write_notes
from tests.support.paths import ROOT, SEED

EASY = {
    "How old is Rygor Kastusev?": "67-year-old",
    "How many political prisoners does Viasna estimate Belarus has?": "1,400",
    "Where did Lukashenko attend a military parade?": "Minsk",
    "Who tore up her passport?": "Kolesnikova",
    "How many have died behind bars?": "six",
}
LESS_SURE = {"Which country did Lukashenko allow Russia to invade?": "Ukraine"}
"""Answered by the default model; with small word vectors, the reader is unsure."""
ELSEWHERE = [
    "What is photosynthesis?",
    "Who wrote the opera Carmen?",
    "How deep is the Pacific Ocean?",
    "When was the printing press invented?",
]


@pytest.fixture(scope="module", params=["cache", pytest.param("exported", marks=pytest.mark.slow)])
def sample(request: pytest.FixtureRequest) -> Iterator[Corpus]:
    """The sample article, searched with small word vectors or by the default model."""
    with open_corpus(settings=Settings(cache=request.getfixturevalue(request.param))) as corpus:
        yield corpus


@pytest.mark.parametrize(("question", "words"), EASY.items())
def test_the_sample_article_answers_what_it_says(sample: Corpus, question: str, words: str) -> None:
    response = sample.ask(question)
    assert response.outcome == "answered"
    assert words in response.answers[0].text
    assert response.rank_of(response.answers[0]) <= 3


@pytest.mark.parametrize(("question", "words"), LESS_SURE.items())
def test_the_closest_words_of_the_sample_article_are_those_that_answer(
    sample: Corpus, question: str, words: str
) -> None:
    response = sample.ask(question)
    assert response.outcome == ("answered" if response.answers else "unsure")
    assert [words in quoted.text for quoted in response.quoted[:1]] == [True]
    assert response.rank_of(response.quoted[0]) <= 3


@pytest.mark.parametrize("question", ELSEWHERE)
def test_the_sample_article_does_not_answer_what_it_does_not_say(
    sample: Corpus, question: str
) -> None:
    response = sample.ask(question)
    assert response.outcome == "not_found"
    assert response.answers == ()
    assert response.hits
    assert response.unknown_words


def test_an_article_of_one_passage_is_answered_from(cache: Path, tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("The old bridge was built in 1932 by Anna Weiss.\n\nShe studied in Vienna.\n")
    with open_corpus(notes, settings=Settings(cache=cache, store=tmp_path / "stores")) as corpus:
        built, fish = corpus.ask("Who built the bridge?"), corpus.ask("What do penguins eat?")
    assert [answer.text for answer in built.answers] == ["Anna Weiss"]
    assert fish.outcome == "not_found"


def test_the_sample_article_is_the_one_that_ships() -> None:
    assert sample_article() == SEED
    published = "0be807e78218447331a9922d6eafc64f5743085498491df46ea76035a51af70e"
    assert sha256(SEED.read_bytes()).hexdigest() == published


@pytest.mark.parametrize("question", ["", "  ", "\n\t"])
def test_an_empty_question_is_refused(tmp_path: Path, question: str) -> None:
    with corpus_of(SEED, stores=tmp_path) as corpus, pytest.raises(QuestionError):
        corpus.ask(question)


HARD_QUESTIONS = ["?", "😀", "NEAR(", '"', "a* OR -b:c", "the of and", "\x00", "ﷺ", "x" * 100_000]


@pytest.mark.parametrize("question", HARD_QUESTIONS, ids=range(len(HARD_QUESTIONS)))
def test_any_other_question_gets_a_response(tmp_path: Path, question: str) -> None:
    with corpus_of(SEED, stores=tmp_path) as corpus:
        assert corpus.ask(question).hits


@pytest.mark.slow
def test_how_many_passages_are_shown_does_not_change_the_answer(exported: Path) -> None:
    with open_corpus(settings=Settings(cache=exported)) as corpus:
        for question in (*EASY, *ELSEWHERE, "What is the population of Minsk?"):
            few, many = corpus.ask(question, 1), corpus.ask(question, 5)
            assert [a.text for a in few.answers] == [a.text for a in many.answers]
            assert few.confidence == many.confidence
            answering = {answer.passage for answer in few.answers}
            assert {hit.passage for hit in few.hits} == answering or len(few.hits) == 1
            assert [hit.rank for hit in few.hits] == list(range(1, len(few.hits) + 1))


@pytest.mark.parametrize("passages", [0, -1])
def test_less_than_one_passage_is_refused(tmp_path: Path, passages: int) -> None:
    with corpus_of(SEED, stores=tmp_path) as corpus, pytest.raises(QuestionError):
        corpus.ask("Why?", passages)


def test_a_path_that_is_not_there_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="No such file or folder"):
        corpus_of(tmp_path / "nothing", stores=tmp_path / "stores")
    assert not (tmp_path / "stores").exists()


def test_other_files_or_another_encoding_have_a_store_of_their_own(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("A text.")
    stores = tmp_path / "stores"
    folders = set()
    for paths, options in (
        ([tmp_path / "a.txt"], {}),
        ([tmp_path / "b.txt"], {}),
        ([tmp_path / "a.txt", tmp_path / "b.txt"], {}),
        ([tmp_path / "a.txt"], {"encoding": "latin-1"}),
    ):
        with corpus_of(*paths, stores=stores, **options) as corpus:
            folders.add(corpus.folder)
    with corpus_of(tmp_path / "b.txt", tmp_path / "a.txt", stores=stores) as corpus:
        assert corpus.folder in folders  # the order of the paths makes no other corpus
    assert len(folders) == 4


@pytest.mark.parametrize("open_store", [open_store, open_memory_store])
def test_a_corpus_answers_from_any_store(tmp_path: Path, open_store: OpenStore) -> None:
    notes, stores = write_notes(tmp_path / "notes"), tmp_path / "stores"
    with corpus_of(notes, stores=stores, open_store=open_store) as corpus:
        conversation = Conversation(corpus)
        built = conversation.ask("When was the bridge built?")
        (notes / "bridge.txt").write_text("The old bridge was rebuilt in stone in 1875.\n")
        how = conversation.ask("How was it rebuilt?")
        changed = corpus.report.changed
        only = corpus.ask("Where does the bridge lead?", only="mill.txt")
        others = corpus.search("Where does the bridge lead?", 9, exclude="mill.txt")
    assert built.answers[0].text == "The bridge was built in 1932."
    assert how.context.startswith("When was the bridge built?")
    assert how.answers[0].text == "The old bridge was rebuilt in stone in 1875."
    assert changed == ["bridge.txt"]
    assert {hit.passage.article.id for hit in only.hits} == {"mill.txt"}
    assert {hit.passage.article.id for hit in others} == {"bridge.txt", "castle.txt"}
    assert stores.exists() == (open_store is not open_memory_store)


def test_a_store_of_any_engine_is_rebuilt_when_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes, notices = write_notes(tmp_path / "notes"), list[str]()

    def damaged(view: MemoryView, id: str) -> Article:
        monkeypatch.undo()
        raise StoreDamaged(f"The text of {id} is damaged.")

    with corpus_of(
        notes, stores=tmp_path, open_store=open_memory_store, notify=notices.append
    ) as corpus:
        before = corpus.ask("When was the bridge built?")
        monkeypatch.setattr(MemoryView, "article", damaged)
        after = corpus.ask("When was the bridge built?")
    assert after.answers == before.answers
    assert notices == [
        "The text of bridge.txt is damaged. Rebuilding the index; the damaged one is gone"
    ]


def test_a_damaged_vector_file_changes_no_answer(tmp_path: Path) -> None:
    with corpus_of(SEED, stores=tmp_path) as corpus:
        before = corpus.ask("Who is Viasna?")
        file = corpus.folder / VECTORS
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with corpus_of(SEED, stores=tmp_path) as corpus:
        after = corpus.ask("Who is Viasna?")
    assert (after.answers, after.hits) == (before.answers, before.hits)


NO_NETWORK = """
import sys
from collections.abc import Iterator
from qa.corpus import Corpus
from qa import open_corpus
from qa.settings import Settings
{action}
"""

CHAT = """
import asyncio
from textual.widgets import Input
from qa.chat.app import ChatApp
from qa.chat.turn import Turn

async def chat():
    app = ChatApp(lambda notify: open_corpus(notify=notify), title="sample", passages=1)
    async with app.run_test() as pilot:
        app.query_one("#question", Input).value = "How old is Rygor Kastusev?"
        await pilot.press("enter")
        for _ in range(1000):
            await pilot.pause(0.02)
            if any(turn.entry.response for turn in app.query(Turn)):
                return
    sys.exit("no answer in 20 s")

asyncio.run(chat())
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "action",
    [
        "open_corpus().sync()",
        "open_corpus().ask('How old is Rygor Kastusev?')",
        "open_corpus(settings=Settings(device='cpu:0')).ask('How old is Rygor Kastusev?')",
        "import qa.cli; qa.cli.run(['status'])",
        CHAT,
    ],
)
def test_nothing_reaches_for_the_network(environment: dict[str, str], action: str) -> None:
    program = NO_NETWORK.format(action=action)
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert "NETWORK" not in ran.stderr
    assert ran.returncode == 0, ran.stderr


def test_the_network_guard_can_fail(environment: dict[str, str]) -> None:
    program = "import urllib.request; urllib.request.urlopen('http://192.0.2.1/', timeout=1)"
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 99
    assert "NETWORK" in ran.stderr


@pytest.fixture
def readme_examples(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the README's examples in Python, with a place where they can run."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    (tmp_path / "article-qa").mkdir()
    (tmp_path / "article-qa" / "models").symlink_to(cache / "models")
    monkeypatch.chdir(tmp_path)
    readme = (ROOT / "README.md").read_text("utf-8")
    return [each.split("```")[0] for each in readme.split("```python\n")[1:]]


def test_the_readme_example_of_asynchronous_code_runs(
    readme_examples: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    exec(readme_examples[1], {"__name__": "example"})
    lines = capsys.readouterr().out.splitlines()
    assert sorted(line.split(" answered ")[1] for line in lines) == ["['2021']", "['67-year-old']"]


def test_the_readme_example_of_the_api_runs(
    readme_examples: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    exec(readme_examples[0], {})
    shown = capsys.readouterr().out
    assert shown.startswith(f"67-year-old {SEED} ")
    assert shown.endswith("2021\n"), "the answer to the follow-up"


@pytest.mark.slow
@pytest.mark.parametrize("mark", ["?", ""])
def test_a_long_question_has_the_same_answer_wherever_it_asks_and_says_how_much_was_read(
    tmp_path: Path, cache: Path, mark: str
) -> None:
    article = tmp_path / "hall.txt"
    article.write_text("The hall of Varmund was built in 1893 by the architect Lotte Keil.\n")
    telling = "My aunt lived in this town and told me a great deal about its long winters. " * 9
    asking = f"Who built the hall of Varmund{mark or '. Please tell me.'}"
    notes: list[str] = []
    with open_corpus(article, settings=Settings(cache=cache), notify=notes.append) as corpus:
        responses = [corpus.ask(f"{asking} {telling}"), corpus.ask(f"{telling}{asking}")]
        (answer,) = {response.quoted[0].text for response in responses}
        assert "Lotte Keil" in answer
        assert len({response.quoted[0].score for response in responses}) == 1
        (note,) = set(notes)
        assert re.fullmatch(r"Only part of the question was read: .* than [5-9]\d words", note)
        notes.clear()
        corpus.ask(f"Who built the hall of Varmund{mark}")
        assert notes == []


def test_a_question_of_which_the_vector_has_only_a_part_says_so(tmp_path: Path) -> None:
    article = tmp_path / "a.txt"
    article.write_text("The bridge was built in 1932.")
    notes: list[str] = []
    with corpus_of(article, stores=tmp_path / "stores", notify=notes.append) as corpus:
        corpus.ask("When was the bridge built? " + "a b c d e " * 20)
        assert notes == []
        corpus.ask("When was the bridge built? " + "a b c d e " * 200)
        (note,) = notes
        assert "longer than 254 words" in note or "longer than 253 words" in note
