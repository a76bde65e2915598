"""A session with a corpus, as a surface sees it: what it reports, in which order, and when not."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from index.errors import ArticleError, StoreError
from index.question import Question
from index.types import Hit, Notify
from qa.answers.wire import PassageJson, ResponseJson
from qa.corpus import Corpus
from qa.events import (
    Answered,
    Cancelled,
    CitationKey,
    Failed,
    Indexing,
    Listed,
    Notice,
    Opened,
    QuotesChecked,
    Ready,
    RequestFailed,
)
from qa.reader.sentences import SentenceReader
from qa.scope import Scope
from qa.serving import OpenCorpus
from qa.types import Reading
from tests.support.encoder import GatedEncoder
from tests.support.notes import NOTES, opens, write_notes
from tests.support.surface import ENDS, PATIENCE_SECONDS, Surface

BUILT = "When was the bridge built?"
BURNED = "Who burned down the castle?"
GRINDS = "What does the mill grind?"
FOLLOW_UP = "Who built it?"


Run = Callable[..., Surface]


@pytest.fixture
def run() -> Iterator[Run]:
    """Start sessions, and stop them in the end."""
    running = []

    def start(open_corpus: OpenCorpus) -> Surface:
        surface = Surface(open_corpus)
        running.append(surface)
        surface.session.start()
        return surface

    yield start
    for surface in running:
        surface.session.stop(PATIENCE_SECONDS)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_notes(tmp_path / "notes")


@pytest.fixture
def about_notes(notes: Path, tmp_path: Path) -> OpenCorpus:
    return opens(tmp_path / "stores", notes)


@pytest.fixture
def gated() -> Iterator[GatedEncoder]:
    encoder = GatedEncoder()
    yield encoder
    encoder.open()


@pytest.fixture
def held(notes: Path, tmp_path: Path, gated: GatedEncoder) -> OpenCorpus:
    """The same articles; the test says when they, and questions, are encoded."""
    return opens(tmp_path / "stores", notes, encoder=gated)


def quotes(answered: Answered) -> list[tuple[CitationKey, PassageJson]]:
    return [(CitationKey(answered.turn, p.rank), p) for p in answered.response.passages]


# Order


def test_opening_is_reported_up_to_ready(run: Run, about_notes: OpenCorpus) -> None:
    surface = run(about_notes)
    ready = surface.until(Ready)
    assert (ready.articles, ready.passages, ready.skipped, ready.changed) == (3, 3, 0, frozenset())
    assert surface.kinds() == ["Indexing", "Ready"]
    first = surface.events[0]
    assert isinstance(first, Indexing)
    assert (first.progress.fraction, first.seconds_left) == (0.0, None)
    fractions = [e.progress.fraction for e in surface.events if isinstance(e, Indexing)]
    assert fractions == sorted(fractions)
    assert surface.comes_nothing()


def test_what_opening_says_is_passed_on(run: Run, about_notes: OpenCorpus) -> None:
    def open_corpus(notify: Notify) -> Corpus:
        notify("Preparing the model")
        return about_notes(notify)

    assert run(open_corpus).next() == Notice("Preparing the model")


def test_a_question_ends_in_its_answer_once_the_corpus_is_in_step(
    run: Run, about_notes: OpenCorpus
) -> None:
    surface = run(about_notes)
    surface.until(Ready)
    surface.events.clear()
    answered = surface.answer(1, BUILT)
    assert surface.kinds() == ["Indexing", "Ready", "Answered"]
    assert answered.response.question == BUILT
    assert answered.response.answers[0].text == "The bridge was built in 1932."
    cited = {passage.citation.article for passage in answered.response.passages}
    assert answered.articles.keys() == cited
    assert answered.articles["bridge.txt"].text == NOTES["bridge.txt"]
    assert surface.comes_nothing()


def test_events_come_from_the_sessions_own_thread(run: Run, about_notes: OpenCorpus) -> None:
    surface = run(about_notes)
    surface.answer(1, BUILT)
    assert surface.threads == {"session"}


def test_questions_wait_for_the_opening_and_are_answered_in_the_order_they_were_asked(
    run: Run, held: OpenCorpus, gated: GatedEncoder
) -> None:
    surface = run(held)
    for turn, question in ((7, BUILT), (3, BURNED), (5, GRINDS)):
        surface.session.ask(turn, question)
    surface.until(Indexing)
    assert surface.comes_nothing()
    gated.open()
    surface.until_ended(5)
    answered = [event for event in surface.events if isinstance(event, Answered)]
    assert [(event.turn, event.response.question) for event in answered] == [
        (7, BUILT),
        (3, BURNED),
        (5, GRINDS),
    ]


def test_a_question_takes_the_number_of_passages_and_the_articles_it_is_asked_for(
    run: Run, about_notes: OpenCorpus
) -> None:
    surface = run(about_notes)
    surface.session.ask(1, BUILT, passages=2)
    surface.session.ask(2, BUILT, scope=Scope.of("m*.txt"))
    first, second = surface.until_ended(1), surface.until_ended(2)
    assert isinstance(first, Answered)
    assert isinstance(second, Answered)
    assert len(first.response.passages) == 2
    assert second.articles.keys() == {"mill.txt"}


# Follow-ups


def context(answered: Answered) -> str:
    return answered.response.context


def test_a_follow_up_refers_to_the_question_before_unless_it_is_to_stand_alone(
    run: Run, about_notes: OpenCorpus
) -> None:
    surface = run(about_notes)
    surface.answer(1, BUILT)
    assert context(surface.answer(2, FOLLOW_UP)).startswith(BUILT)
    assert context(surface.answer(3, FOLLOW_UP, alone=True)) == ""


def test_a_new_conversation_forgets_and_an_earlier_one_goes_on(
    run: Run, about_notes: OpenCorpus
) -> None:
    surface = run(about_notes)
    earlier = surface.answer(1, BUILT).response
    surface.session.begin()
    assert context(surface.answer(2, FOLLOW_UP)) == ""
    surface.answer(3, BURNED)
    surface.session.begin([earlier])
    assert context(surface.answer(4, FOLLOW_UP)) == f"{BUILT} The bridge was built in 1932."


def test_a_resumed_conversation_goes_on_just_as_it_would_have(
    run: Run, about_notes: OpenCorpus
) -> None:
    surface = run(about_notes)
    asked: list[ResponseJson] = []
    for turn, question in enumerate([BUILT, FOLLOW_UP, "Why?"], start=1):
        asked.append(surface.answer(turn, question).response)
        goes_on = context(surface.answer(100 + 2 * turn, "And where?"))
        surface.session.begin(asked)
        assert context(surface.answer(101 + 2 * turn, "And where?")) == goes_on
        surface.session.begin(asked)


# Cancelling


def test_a_question_cancelled_while_it_waits_is_never_asked(
    run: Run, held: OpenCorpus, gated: GatedEncoder
) -> None:
    surface = run(held)
    surface.session.ask(1, BUILT)
    surface.session.ask(2, BURNED)
    surface.session.cancel(1)
    gated.open()
    surface.until_ended(1)
    assert surface.kinds() == ["Indexing", "Ready", "Cancelled"]  # the Ready of the start
    surface.events.clear()
    assert isinstance(surface.until_ended(2), Answered)
    assert surface.kinds()[-2:] == ["Ready", "Answered"]
    assert BUILT not in gated.queries
    assert BURNED in gated.queries


def test_cancelling_a_question_leaves_the_first_indexing_alone(
    run: Run, held: OpenCorpus, gated: GatedEncoder
) -> None:
    surface = run(held)
    assert gated.held.wait(PATIENCE_SECONDS)
    surface.session.ask(1, BUILT)
    surface.session.cancel(1)
    gated.open()
    assert surface.until(Ready).articles == 3
    assert surface.until_ended(1) == Cancelled(1)


def test_cancelling_a_question_ends_the_indexing_that_it_began(
    run: Run, held: OpenCorpus, gated: GatedEncoder, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.encoder.HashedWordsEncoder.passages_at_once", 1)
    gated.batches.release(3)
    surface = run(held)
    surface.until(Ready)
    gated.held.clear()
    for name in NOTES:
        (notes / name).write_text(f"Nothing is known of {name}.\n")
    surface.session.ask(1, BUILT)
    assert gated.held.wait(PATIENCE_SECONDS)
    before = len(gated.encoded)
    surface.session.cancel(1)
    surface.events.clear()
    gated.open()
    assert surface.until_ended(1) == Cancelled(1)
    assert surface.kinds()[-2:] == ["Ready", "Cancelled"]
    assert len(gated.encoded) == before + 1  # the batch that was being encoded
    articles = surface.answer(2, BUILT).articles
    assert all(article.text.startswith("Nothing is known") for article in articles.values())


def test_a_follow_up_does_not_refer_to_a_cancelled_question(
    run: Run, held: OpenCorpus, gated: GatedEncoder
) -> None:
    gated.batches.release(1_000)
    surface = run(held)
    surface.answer(1, BUILT)
    gated.held.clear()
    gated.asking.clear()
    surface.session.ask(2, BURNED)
    assert gated.held.wait(PATIENCE_SECONDS)
    surface.session.cancel(2)  # too late to end it, so that only its answer is dropped
    gated.open()
    assert surface.until_ended(2) == Cancelled(2)
    assert context(surface.answer(3, FOLLOW_UP)).startswith(BUILT)


def test_cancelling_what_has_ended_or_was_never_asked_does_nothing(
    run: Run, about_notes: OpenCorpus
) -> None:
    surface = run(about_notes)
    surface.answer(1, BUILT)
    surface.session.cancel(1)
    surface.session.cancel(99)
    assert surface.comes_nothing()
    assert isinstance(surface.answer(2, BURNED), Answered)


@pytest.mark.parametrize("seed", range(5))
def test_every_question_ends_exactly_once_whatever_is_cancelled_meanwhile(
    run: Run, about_notes: OpenCorpus, seed: int
) -> None:
    chance = random.Random(seed)
    surface = run(about_notes)
    asked = 40
    for turn in range(asked):
        surface.session.ask(turn, chance.choice([BUILT, BURNED, FOLLOW_UP, " "]))
        if chance.random() < 0.5:
            surface.session.cancel(chance.randint(0, turn))
        if chance.random() < 0.1:
            surface.session.begin()
    surface.until_ended(asked - 1)
    assert surface.comes_nothing()
    ends = Counter(event.turn for event in surface.events if isinstance(event, ENDS))
    assert ends == Counter(range(asked))


# What goes wrong


def test_a_question_that_cannot_be_asked_fails_and_the_next_is_answered(
    run: Run, about_notes: OpenCorpus
) -> None:
    surface = run(about_notes)
    surface.until(Ready)
    surface.events.clear()
    surface.session.ask(1, " ")
    failed = surface.until_ended(1)
    assert surface.kinds() == ["Ready", "Failed"]
    assert isinstance(failed, Failed)
    assert (failed.message, bool(failed.hint)) == ("The question is empty.", True)
    assert isinstance(surface.answer(2, BUILT), Answered)


def test_articles_that_cannot_be_read_are_reported_and_tried_again_with_each_question(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "broken.txt").write_bytes(b"\x00\x01\x02")
    surface = run(opens(tmp_path / "stores", folder))
    assert "broken.txt: binary" in surface.until(RequestFailed).message
    assert surface.kinds()[-1] == "RequestFailed"
    assert not [event for event in surface.events if isinstance(event, Ready)]
    assert surface.comes_nothing()
    surface.events.clear()
    surface.session.ask(1, BUILT)
    failed = surface.until_ended(1)
    assert surface.kinds()[-2:] == ["Ready", "Failed"]
    assert surface.comes_nothing()
    assert isinstance(failed, Failed)
    assert "broken.txt: binary" in failed.message
    (folder / "broken.txt").write_text(NOTES["bridge.txt"])
    assert surface.answer(2, BUILT).articles.keys() == {"broken.txt"}


def test_an_empty_folder_fails_the_start_and_each_question_in_the_promised_order(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    surface = run(opens(tmp_path / "stores", folder))
    surface.until(RequestFailed)
    assert surface.kinds()[-1] == "RequestFailed"
    assert "Ready" not in surface.kinds()
    surface.events.clear()
    surface.session.ask(1, BUILT)
    assert isinstance(surface.until_ended(1), Failed)
    assert surface.kinds()[-2:] == ["Ready", "Failed"]
    assert surface.comes_nothing()


def test_a_store_that_cannot_be_read_fails_a_question_without_further_events(
    run: Run, about_notes: OpenCorpus, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface = run(about_notes)
    surface.until(Ready)
    surface.events.clear()

    def unreadable(*_: object, **__: object) -> NoReturn:
        raise StoreError("The store cannot be read.", "Free some space.")

    monkeypatch.setattr(Corpus, "sync", unreadable)
    monkeypatch.setattr(Corpus, "ask", unreadable)
    monkeypatch.setattr(Corpus, "size", unreadable)
    surface.session.ask(1, BUILT)
    assert surface.until_ended(1) == Failed(1, "The store cannot be read.", "Free some space.")
    assert surface.kinds() == ["Failed"]
    assert surface.comes_nothing()


@pytest.mark.parametrize(
    ("error", "message", "hint"),
    [
        (ArticleError("Nothing to read.", "Give a file."), "Nothing to read.", "Give a file."),
        (
            RuntimeError("unforeseen"),
            "Unexpected error: RuntimeError('unforeseen')",
            "Please report it.",
        ),
    ],
)
def test_a_corpus_that_cannot_be_opened_fails_every_question_asked_before_and_after(
    run: Run, error: Exception, message: str, hint: str
) -> None:
    gate = threading.Event()

    def broken(_: Notify) -> Corpus:
        assert gate.wait(PATIENCE_SECONDS)
        raise error

    surface = run(broken)
    surface.session.ask(1, BUILT)
    surface.session.list_articles()
    gate.set()
    assert surface.next() == Failed(None, message, hint)
    assert surface.next() == Failed(1, message, hint)
    assert surface.next() == RequestFailed(message, hint)
    surface.session.ask(2, BUILT)
    assert surface.next() == Failed(2, message, hint)


def test_a_fault_in_the_midst_of_a_question_fails_it_and_all_that_follow(
    run: Run, notes: Path, tmp_path: Path
) -> None:
    class FaultyReader(SentenceReader):
        def read(self, question: Question, hits: Sequence[Hit], context: object = None) -> Reading:
            raise RuntimeError("unforeseen")

    surface = run(opens(tmp_path / "stores", notes, reader=FaultyReader()))
    surface.session.ask(1, BUILT)
    surface.session.ask(2, BURNED)
    failed = [surface.until(Failed) for _ in range(3)]
    assert [event.turn for event in failed] == [None, 1, 2]
    assert all("unforeseen" in event.message for event in failed)


# Articles that change


def test_articles_that_were_quoted_and_have_changed_or_gone_are_reported_once(
    run: Run, about_notes: OpenCorpus, notes: Path
) -> None:
    surface = run(about_notes)
    surface.session.ask(1, BUILT, scope=Scope.of(["bridge.txt", "castle.txt"]))
    assert isinstance(surface.until_ended(1), Answered)
    (notes / "bridge.txt").write_text("The bridge was built in 1933.\n")
    (notes / "castle.txt").unlink()
    (notes / "mill.txt").write_text("The mill stands still.\n")  # was not quoted
    surface.session.ask(2, BUILT)
    assert surface.until(Ready).changed == {"bridge.txt", "castle.txt"}
    surface.until_ended(2)
    surface.session.ask(3, BUILT)
    assert surface.until(Ready).changed == frozenset()


def test_a_change_that_a_cancelled_question_found_is_reported(
    run: Run, held: OpenCorpus, gated: GatedEncoder, notes: Path
) -> None:
    gated.batches.release(1)
    surface = run(held)
    surface.answer(1, BUILT)
    gated.held.clear()
    (notes / "bridge.txt").write_text("The bridge was built in 1933.\n")
    surface.session.ask(2, BUILT)
    assert gated.held.wait(PATIENCE_SECONDS)
    surface.session.cancel(2)
    gated.open()
    surface.session.ask(3, BUILT)
    changed = [surface.until(Ready).changed for _ in range(2)]
    assert changed.count(frozenset({"bridge.txt"})) == 1


def test_quotes_are_checked_against_the_articles_as_they_are_now(
    run: Run, about_notes: OpenCorpus, notes: Path
) -> None:
    surface = run(about_notes)
    shown = quotes(surface.answer(1, BUILT))
    surface.session.check(shown)
    assert surface.until(QuotesChecked).gone == frozenset()
    (notes / "bridge.txt").write_text(f"Ferries were lost.\n{NOTES['bridge.txt']}")
    (notes / "castle.txt").unlink()
    surface.answer(2, BUILT)
    surface.session.check(shown)
    gone = {citation for citation, p in shown if p.citation.article != "mill.txt"}
    assert len(gone) == 2
    assert surface.until(QuotesChecked).gone == gone


def test_an_article_checked_for_an_earlier_conversation_is_watched_for_changes(
    run: Run, about_notes: OpenCorpus, notes: Path, tmp_path: Path
) -> None:
    shown = quotes(run(about_notes).answer(1, BUILT))
    surface = run(about_notes)
    surface.session.check(shown)
    surface.until(QuotesChecked)
    (notes / "mill.txt").write_text("The mill stands still.\n")
    surface.session.ask(2, BUILT)
    assert surface.until(Ready).changed == {"mill.txt"}


# Articles


def test_an_article_and_the_list_of_articles_are_given_when_requested(
    run: Run, about_notes: OpenCorpus, notes: Path
) -> None:
    (notes / "picture.txt").write_bytes(b"\x89PNG\x00\x00\x00")
    surface = run(about_notes)
    surface.session.open_article("mill.txt", CitationKey(4, 2))
    opened = surface.until(Opened)
    assert opened.article is not None
    assert (opened.id, opened.article.text) == ("mill.txt", NOTES["mill.txt"])
    assert opened.citation == CitationKey(4, 2)
    surface.session.open_article("no such.txt")
    assert surface.until(Opened) == Opened("no such.txt", None, None)
    surface.session.list_articles()
    listed = surface.until(Listed)
    assert listed.titles == {"bridge.txt": "Bridge", "castle.txt": "Castle", "mill.txt": "Mill"}
    assert [(skip.id, skip.reason) for skip in listed.skipped] == [("picture.txt", "binary")]


# Stopping


def test_a_session_that_rests_stops_at_once(run: Run, about_notes: OpenCorpus) -> None:
    surface = run(about_notes)
    surface.answer(1, BUILT)
    assert surface.session.stop(PATIENCE_SECONDS)


def test_a_session_that_was_never_started_is_stopped(about_notes: OpenCorpus) -> None:
    assert Surface(about_notes).session.stop(0)


def test_a_busy_session_is_left_behind_and_reports_nothing_more(
    run: Run, held: OpenCorpus, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.encoder.HashedWordsEncoder.passages_at_once", 1)
    surface = run(held)
    surface.session.ask(1, BUILT)
    assert gated.held.wait(PATIENCE_SECONDS)
    surface.until(Indexing)
    assert not surface.session.stop(0.05)
    gated.open()
    assert surface.session.stop(PATIENCE_SECONDS)
    assert surface.comes_nothing()
    assert len(gated.encoded) == 1  # the batch that was being encoded


def test_what_was_indexed_before_the_stop_is_kept(
    run: Run, held: OpenCorpus, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.support.encoder.HashedWordsEncoder.passages_at_once", 1)
    surface = run(held)
    assert gated.held.wait(PATIENCE_SECONDS)
    gated.batches.release()
    surface.until(Indexing, lambda event: event.progress.passages == 1)
    surface.session.stop(0)
    gated.open()
    assert surface.session.stop(PATIENCE_SECONDS)
    first = gated.encoded[0]
    assert run(held).until(Ready).passages == 3
    assert gated.encoded.count(first) == 1


def test_a_question_at_hand_is_not_answered_any_more(
    run: Run, held: OpenCorpus, gated: GatedEncoder
) -> None:
    gated.batches.release(1_000)
    surface = run(held)
    surface.until(Ready)
    gated.asking.clear()
    surface.session.ask(1, BUILT)
    assert gated.held.wait(PATIENCE_SECONDS)
    surface.session.stop(0)
    gated.open()
    assert surface.session.stop(PATIENCE_SECONDS)
    assert not [event for event in surface.events if isinstance(event, ENDS)]


def test_a_session_needs_no_terminal_library() -> None:
    program = "import sys, qa.session; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    loaded = {name.split(".")[0] for name in ran.stdout.split()}
    assert not loaded & {"textual", "rich", "click", "torch"}
