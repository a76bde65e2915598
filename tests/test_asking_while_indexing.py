"""Questions are answered while articles are being indexed, from what is indexed so far."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.errors import ModelError, StoreDamaged
from index.question import Question
from index.store.files import writer_lock
from index.types import Hit
from qa.corpus import Corpus
from qa.events import (
    Added,
    Answered,
    Cancelled,
    Failed,
    Indexing,
    Listed,
    Opened,
    Ready,
    RequestFailed,
    SoFar,
)
from qa.reader.sentences import SentenceReader
from qa.scope import Scope
from qa.serving import OpenCorpus
from qa.types import Reading
from tests.support.encoder import GatedEncoder
from tests.support.notes import opens
from tests.support.surface import ENDS, PATIENCE_SECONDS, Surface

if TYPE_CHECKING:
    from index.types import Vector

SHIPS = 6
Run = Callable[[OpenCorpus], Surface]


def about(number: int) -> str:
    return f"The ship number {number} carried salt{number} to the harbour.\n"


def question(number: int) -> str:
    return f"What did the ship number {number} carry, salt{number}?"


@pytest.fixture(autouse=True)
def every_file_is_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Index file by file, as if each were large, and older than it is."""
    monkeypatch.setattr("index.comparing.RACY_NS", 0)
    monkeypatch.setattr("tests.support.encoder.HashedWordsEncoder.passages_at_once", 1)
    monkeypatch.setattr("qa.answering.AWAITED_BYTES", 0)


@pytest.fixture
def ships(tmp_path: Path) -> Path:
    folder = tmp_path / "ships"
    folder.mkdir()
    for number in range(SHIPS):
        (folder / f"{number}.txt").write_text(about(number))
    return folder


@pytest.fixture
def gated() -> Iterator[GatedEncoder]:
    encoder = GatedEncoder()
    yield encoder
    encoder.open()


@pytest.fixture
def run() -> Iterator[Run]:
    running: list[Surface] = []

    def start(open_corpus: OpenCorpus) -> Surface:
        running.append(Surface(open_corpus))
        running[-1].session.start()
        return running[-1]

    yield start
    for surface in running:
        surface.session.stop(PATIENCE_SECONDS)


@pytest.fixture
def surface(run: Run, ships: Path, tmp_path: Path, gated: GatedEncoder) -> Surface:
    """A session of the ships, none of which is indexed until the test says so."""
    return run(opens(tmp_path / "stores", ships, encoder=gated))


def indexed(surface: Surface, gated: GatedEncoder, files: int) -> None:
    """Have files indexed, and wait until the next one is being encoded."""
    for _ in range(files):
        assert gated.held.wait(PATIENCE_SECONDS)
        gated.held.clear()
        gated.batches.release()
    assert gated.held.wait(PATIENCE_SECONDS)


def ended(surface: Surface, turn: int, gated: GatedEncoder) -> Answered:
    """Return the answer that comes once one more file is indexed."""
    gated.held.clear()
    gated.batches.release()
    answered = surface.until_ended(turn)
    assert isinstance(answered, Answered), answered
    return answered


def articles_in(answered: Answered) -> set[str]:
    return {passage.citation.article for passage in answered.response.passages}


def test_a_question_is_answered_from_what_is_indexed_and_says_how_much_that_is(
    surface: Surface, gated: GatedEncoder
) -> None:
    indexed(surface, gated, 2)
    surface.session.ask(1, question(0), passages=SHIPS)
    answered = ended(surface, 1, gated)
    assert answered.so_far in (SoFar(2, SHIPS), SoFar(3, SHIPS))
    assert answered.response.answers[0].text == about(0).strip()
    assert articles_in(answered) == {f"{number}.txt" for number in range(answered.so_far.indexed)}
    assert surface.kinds() == ["Indexing", "Answered"]
    gated.open()
    ready = surface.until(Ready)
    assert (ready.articles, ready.completed) == (SHIPS, {1})
    assert surface.comes_nothing()


def test_an_answer_from_all_articles_says_nothing_about_a_part(
    surface: Surface, gated: GatedEncoder
) -> None:
    gated.open()
    assert surface.until(Ready).completed == frozenset()
    answered = surface.answer(1, question(5))
    assert answered.so_far is None
    assert answered.response.answers[0].text == about(5).strip()


def test_a_question_waits_until_anything_is_indexed(surface: Surface, gated: GatedEncoder) -> None:
    surface.session.ask(1, question(0))
    surface.until(Indexing)
    assert gated.held.wait(PATIENCE_SECONDS)
    assert not [event for event in surface.events if isinstance(event, ENDS)]
    assert ended(surface, 1, gated).so_far == SoFar(1, SHIPS)


def test_questions_are_answered_in_their_order_and_each_from_more(
    surface: Surface, gated: GatedEncoder
) -> None:
    for turn in range(1, SHIPS):
        surface.session.ask(turn, question(0))
    indexed(surface, gated, 1)
    parts = []
    for turn in range(1, SHIPS):
        answered = surface.until_ended(turn)
        assert isinstance(answered, Answered)
        assert answered.so_far is not None
        parts.append(answered.so_far.indexed)
    assert parts == sorted(parts)


def test_a_question_about_some_articles_waits_until_one_of_them_is_indexed(
    surface: Surface, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface.session.ask(1, question(3), scope=Scope.of("3.txt"))
    surface.session.ask(2, question(0))
    indexed(surface, gated, 1)
    assert isinstance(surface.until_ended(2), Answered)
    gated.open()
    answered = surface.until_ended(1)
    assert isinstance(answered, Answered)
    assert articles_in(answered) == {"3.txt"}
    assert not any(isinstance(event, Failed) for event in surface.events)


def test_a_question_about_articles_that_do_not_exist_fails_once_all_are_indexed(
    surface: Surface, gated: GatedEncoder
) -> None:
    surface.session.ask(1, question(3), scope=Scope.of("nowhere/*"))
    gated.open()
    failed = surface.until_ended(1)
    assert isinstance(failed, Failed)
    assert "No article matches nowhere/*" in failed.message
    assert "Ready" in surface.kinds()


def test_follow_ups_refer_to_answers_from_a_part(surface: Surface, gated: GatedEncoder) -> None:
    indexed(surface, gated, 2)
    surface.session.ask(1, question(0))
    surface.session.ask(2, "Where did it go?")
    gated.batches.release()
    assert isinstance(surface.until_ended(1), Answered)
    then = surface.until_ended(2)
    assert isinstance(then, Answered)
    assert then.so_far is not None
    assert then.response.context.startswith(question(0))


def test_a_question_that_finds_much_to_index_is_answered_at_once(
    surface: Surface, ships: Path, gated: GatedEncoder
) -> None:
    gated.batches.release(SHIPS)
    surface.until(Ready)
    gated.held.clear()
    surface.events.clear()
    for number in range(1, SHIPS):
        (ships / f"{number}.txt").write_text(about(number).replace("carried", "lost"))
    surface.session.ask(1, question(0), passages=SHIPS)
    answered = surface.until_ended(1)  # before any of them is encoded
    assert isinstance(answered, Answered)
    assert answered.so_far == SoFar(1, SHIPS)
    assert articles_in(answered) == {"0.txt"}  # no changed article is quoted as it was
    assert surface.kinds() == ["Indexing", "Answered"]
    gated.open()
    assert surface.until(Ready).completed == {1}
    (answer, *_) = surface.answer(2, question(3)).response.answers
    assert answer.text == about(3).replace("carried", "lost").strip()


def test_a_file_that_was_deleted_is_not_quoted_while_others_are_indexed(
    surface: Surface, ships: Path, gated: GatedEncoder
) -> None:
    gated.batches.release(SHIPS)
    surface.until(Ready)
    (ships / "0.txt").unlink()
    (ships / "9.txt").write_text(about(9))
    surface.session.ask(1, question(0), passages=SHIPS)
    answered = surface.until_ended(1)
    assert isinstance(answered, Answered)
    assert articles_in(answered) == {f"{number}.txt" for number in range(1, SHIPS)}


def test_a_file_that_changes_after_it_was_indexed_is_not_quoted(
    surface: Surface, ships: Path, gated: GatedEncoder
) -> None:
    indexed(surface, gated, 3)
    (ships / "0.txt").write_text("Nothing is known of it.\n")
    surface.session.ask(1, question(0), passages=SHIPS)
    assert "0.txt" not in articles_in(ended(surface, 1, gated))


def test_no_part_of_an_article_is_asked_before_it_is_whole(
    run: Run, tmp_path: Path, ships: Path, gated: GatedEncoder
) -> None:
    (ships / "5.txt").write_text("\n\n".join(f"{about(n)}{'x ' * 300}" for n in range(5, 30)))
    surface = run(opens(tmp_path / "stores", ships, encoder=gated))
    indexed(surface, gated, SHIPS)  # among them the first batch of the long one
    surface.session.ask(1, question(5), passages=100)
    answered = ended(surface, 1, gated)
    assert answered.so_far == SoFar(SHIPS - 1, SHIPS)
    assert "5.txt" not in articles_in(answered)


def test_questions_are_answered_while_another_process_indexes_the_same_articles(
    surface: Surface, ships: Path, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    gated.batches.release(SHIPS)
    surface.until(Ready)
    (ships / "9.txt").write_text(about(9))
    corpus = surface.session.corpus
    assert corpus is not None
    with writer_lock(corpus.folder):
        for turn in (1, 2):
            surface.session.ask(turn, question(0))
            answered = surface.until_ended(turn)
            assert isinstance(answered, Answered)
            assert answered.so_far == SoFar(SHIPS, SHIPS + 1)
    gated.open()
    ready = surface.until(Ready)
    assert (ready.articles, ready.completed) == (SHIPS + 1, {1, 2})


# Other requests


def test_articles_are_listed_and_opened_meanwhile(surface: Surface, gated: GatedEncoder) -> None:
    indexed(surface, gated, 2)
    surface.session.list_articles()
    surface.session.open_article("0.txt")
    gated.batches.release()
    assert surface.until(Listed).titles.keys() >= {"0.txt", "1.txt"}
    opened = surface.until(Opened)
    assert opened.article is not None
    assert opened.article.text == about(0)
    assert "Ready" not in surface.kinds()


def test_an_addition_waits_for_the_indexing_and_questions_do_not_wait_for_it(
    surface: Surface, tmp_path: Path, gated: GatedEncoder
) -> None:
    more = tmp_path / "more.txt"
    more.write_text(about(77))
    indexed(surface, gated, 1)
    surface.session.add(1, [str(more)])
    surface.session.ask(2, question(0))
    assert ended(surface, 2, gated).so_far
    gated.open()
    assert isinstance(surface.until_ended(1), Added)
    kinds = [type(event).__name__ for event in surface.events]
    assert kinds.index("Answered") < kinds.index("Ready") < kinds.index("Added")
    assert articles_in(surface.answer(3, question(77))) >= {"more.txt"}


def test_questions_are_answered_while_articles_are_added(
    surface: Surface, tmp_path: Path, gated: GatedEncoder
) -> None:
    gated.batches.release(SHIPS)
    surface.until(Ready)
    more = tmp_path / "more.txt"
    more.write_text(about(77))
    gated.held.clear()
    surface.session.add(1, [str(more)])
    assert gated.held.wait(PATIENCE_SECONDS)
    surface.session.ask(2, question(77), passages=100)
    answered = ended(surface, 2, gated)
    assert answered.so_far == SoFar(SHIPS, SHIPS + 1)
    assert articles_in(answered) == {f"{number}.txt" for number in range(SHIPS)}
    assert isinstance(surface.until_ended(1), Added)


# Cancelling, stopping


def test_a_question_that_is_cancelled_before_it_is_served_is_never_asked(
    surface: Surface, gated: GatedEncoder
) -> None:
    indexed(surface, gated, 1)
    surface.session.ask(1, question(0))
    surface.session.cancel(1)
    gated.batches.release()
    assert surface.until_ended(1) == Cancelled(1)
    assert question(0) not in gated.queries
    gated.open()
    assert surface.until(Ready).completed == frozenset()


def test_indexing_goes_on_after_the_question_that_began_it(
    surface: Surface, ships: Path, gated: GatedEncoder
) -> None:
    gated.batches.release(SHIPS)
    surface.until(Ready)
    (ships / "9.txt").write_text(about(9))
    surface.session.ask(1, question(0))
    assert isinstance(surface.until_ended(1), Answered)
    surface.session.cancel(1)  # too late
    gated.open()
    assert surface.until(Ready).articles == SHIPS + 1


def test_a_cancelled_addition_leaves_the_answers_given_meanwhile(
    surface: Surface, tmp_path: Path, gated: GatedEncoder
) -> None:
    gated.batches.release(SHIPS)
    surface.until(Ready)
    (tmp_path / "more.txt").write_text(about(77))
    (tmp_path / "most.txt").write_text(about(78))
    gated.held.clear()
    surface.session.add(1, [str(tmp_path / "more.txt"), str(tmp_path / "most.txt")])
    assert gated.held.wait(PATIENCE_SECONDS)
    surface.session.ask(2, question(0))
    assert ended(surface, 2, gated).so_far == SoFar(SHIPS, SHIPS + 2)
    surface.session.cancel(1)
    gated.open()
    assert surface.until_ended(1) == Cancelled(1)
    assert articles_in(surface.answer(3, question(77))) <= {f"{n}.txt" for n in range(SHIPS)}


def test_what_is_indexed_is_kept_when_the_session_is_stopped_after_an_answer(
    run: Run, surface: Surface, ships: Path, tmp_path: Path, gated: GatedEncoder
) -> None:
    indexed(surface, gated, 3)
    surface.session.ask(1, question(0))
    ended(surface, 1, gated)
    surface.session.stop(0)
    gated.open()
    assert surface.session.stop(PATIENCE_SECONDS)
    encoded = len(gated.encoded)
    assert run(opens(tmp_path / "stores", ships, encoder=gated)).until(Ready).articles == SHIPS
    assert len(gated.encoded) <= SHIPS + 1  # at most the last file was encoded twice
    assert len(gated.encoded) > encoded or encoded == SHIPS


# What goes wrong


class FailingEncoder(GatedEncoder):
    """Fails at the third batch."""

    failure: Exception = ModelError("The model is broken.", "Repair it.")

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        if len(self.encoded) == 2:
            raise self.failure
        return super().encode_passages(texts)


def test_an_error_while_indexing_is_reported_and_ends_no_question_twice(
    run: Run, ships: Path, tmp_path: Path
) -> None:
    encoder = FailingEncoder()
    surface = run(opens(tmp_path / "stores", ships, encoder=encoder))
    indexed(surface, encoder, 1)
    surface.session.ask(1, question(0))
    encoder.open()
    assert isinstance(surface.until_ended(1), Answered)
    assert surface.until(RequestFailed).message == "The model is broken."
    surface.session.ask(2, question(0))  # finds the rest, is answered, and indexing fails again
    assert isinstance(surface.until_ended(2), Answered)
    assert surface.until(RequestFailed).message == "The model is broken."
    assert surface.ended_turns() == [1, 2]


class Faulty(SentenceReader):
    """Reads nothing."""

    def read(self, question: Question, hits: Sequence[Hit], context: object = None) -> Reading:
        raise RuntimeError("unforeseen")


def test_a_fault_in_an_answer_ends_all_that_was_asked(
    run: Run, ships: Path, tmp_path: Path, gated: GatedEncoder
) -> None:
    surface = run(opens(tmp_path / "stores", ships, encoder=gated, reader=Faulty()))
    indexed(surface, gated, 1)
    for turn in (1, 2):
        surface.session.ask(turn, question(0))
    surface.session.add(3, [str(tmp_path)])
    gated.open()
    failed = [surface.until(Failed) for _ in range(4)]
    assert [event.turn for event in failed] == [None, 1, 2, 3]
    assert all("unforeseen" in event.message for event in failed)


def test_damage_that_an_answer_finds_has_the_store_rebuilt_and_the_question_answered(
    surface: Surface, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    indexed(surface, gated, 2)
    real, calls = Corpus.ask_indexed, []

    def damaged(corpus: Corpus, *arguments: object, **options: object) -> object:
        calls.append(arguments)
        if len(calls) == 1:
            return corpus._store.read(lambda _: (_ for _ in ()).throw(StoreDamaged("Damaged.")))
        return real(corpus, *arguments, **options)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(Corpus, "ask_indexed", damaged)
    surface.session.ask(1, question(0))
    gated.open()
    answered = surface.until_ended(1)
    assert isinstance(answered, Answered)
    assert answered.response.answers[0].text == about(0).strip()
    assert surface.until(Ready).articles == SHIPS
    assert surface.answer(2, question(5)).so_far is None


def test_the_progress_of_indexing_never_goes_back(surface: Surface, gated: GatedEncoder) -> None:
    gated.open()
    surface.until(Ready)
    shown = [event.progress for event in surface.events if isinstance(event, Indexing)]
    for before, after in pairwise(shown):
        assert before.indexed <= after.indexed <= after.files == SHIPS
        assert before.fraction <= after.fraction
    assert shown[-1].indexed == SHIPS
