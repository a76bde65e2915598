"""A session with a helper: two questions at a time, with the answers of one at a time."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from index.errors import StoreError
from index.types import Notify
from qa.corpus import Corpus
from qa.events import Answered, Cancelled
from qa.serving import OpenCorpus
from tests.support.encoder import HashedWordsEncoder
from tests.support.notes import opens, write_notes
from tests.support.surface import PATIENCE_SECONDS, Surface

if TYPE_CHECKING:
    from index.types import Vector

BUILT = "When was the bridge built?"
QUESTIONS = [
    BUILT, "Who burned down the castle?", "What does the mill grind?", "Who owns the castle?",
    "What leads to the mill?", "What does the bridge span?", "What is photosynthesis?", " ",
]  # fmt: skip


class MeetingEncoder(HashedWordsEncoder):
    """Lets a thread go on only if something happens that is waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.barrier: threading.Barrier | None = None
        """Where so many threads have to meet."""
        self.helps = threading.Event()
        """Set when the helper has begun."""
        self.may_help = threading.Event()
        self.may_help.set()

    def encode_query(self, question: str) -> Vector:
        if self.barrier and question == BUILT:  # passages are encoded in the same way
            self.barrier.wait(PATIENCE_SECONDS)
        if threading.current_thread().name == "helper":
            self.helps.set()
            assert self.may_help.wait(PATIENCE_SECONDS)
        return super().encode_query(question)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_notes(tmp_path / "notes")


@pytest.fixture
def encoder() -> MeetingEncoder:
    return MeetingEncoder()


@pytest.fixture
def about_notes(tmp_path: Path, notes: Path, encoder: MeetingEncoder) -> OpenCorpus:
    return opens(tmp_path / "stores", notes, encoder=encoder)


@pytest.fixture
def surface(about_notes: OpenCorpus) -> Iterator[Surface]:
    """A session with a helper, which is not started yet: what is asked waits."""
    surface = Surface(about_notes, is_helped=True)
    yield surface
    assert surface.session.stop(PATIENCE_SECONDS), "both threads end"


def ask_all(surface: Surface) -> list[object]:
    """Ask all questions, and return their ends without turns and times, in order."""
    for turn, question in enumerate(QUESTIONS):
        surface.session.ask(turn, question, alone=True)
    surface.session.start()
    ends = {}
    while len(ends) < len(QUESTIONS):
        event = surface.next()
        turn = getattr(event, "turn", None)
        if turn is not None and not type(event).__name__.startswith("Indexing"):
            assert turn not in ends, "each ends once"
            ends[turn] = event
    return [_comparable(ends[turn]) for turn in range(len(QUESTIONS))]


def _comparable(end: object) -> object:
    if isinstance(end, Answered):
        return replace(end.response, timings_ms={}), set(end.articles)
    return end


def test_two_questions_are_answered_at_a_time(surface: Surface, encoder: MeetingEncoder) -> None:
    encoder.barrier = threading.Barrier(2)  # breaks, and fails both, if they do not meet
    for turn in (1, 2):
        surface.session.ask(turn, BUILT, alone=True)
    surface.session.start()
    surface.until(Answered)
    surface.until(Answered)
    assert surface.threads == {"session", "helper"}


def test_the_answers_are_those_of_one_at_a_time(surface: Surface, about_notes: OpenCorpus) -> None:
    helped = ask_all(surface)
    assert "helper" in surface.threads
    alone = Surface(about_notes)
    assert helped == ask_all(alone)
    assert alone.threads == {"session"}
    alone.session.stop(PATIENCE_SECONDS)


def test_a_file_that_changes_while_the_helper_reads_it_is_read_again(
    surface: Surface, encoder: MeetingEncoder, notes: Path
) -> None:
    encoder.may_help.clear()
    for turn in (1, 2):
        surface.session.ask(turn, BUILT, alone=True)
    surface.session.start()
    assert encoder.helps.wait(PATIENCE_SECONDS)
    surface.until(Answered, lambda event: event.turn == 2)
    (notes / "bridge.txt").write_text("The bridge was built in 1955.\n", "utf-8")
    encoder.may_help.set()
    response = surface.until(Answered, lambda event: event.turn == 1).response
    assert [answer.text for answer in response.answers] == ["The bridge was built in 1955."]


def test_without_a_store_for_the_helper_all_is_answered_by_the_session(
    about_notes: OpenCorpus,
) -> None:
    def open_once(notify: Notify) -> Corpus:
        if threading.current_thread().name == "helper":
            raise StoreError("The store cannot be opened twice.")
        return about_notes(notify)

    surface = Surface(open_once, is_helped=True)
    helped = ask_all(surface)
    surface.session.stop(PATIENCE_SECONDS)
    alone = Surface(about_notes)
    assert helped == ask_all(alone)
    alone.session.stop(PATIENCE_SECONDS)


def test_a_question_that_is_cancelled_while_the_helper_answers_it_ends_once(
    surface: Surface, encoder: MeetingEncoder
) -> None:
    encoder.may_help.clear()
    for turn in (1, 2):
        surface.session.ask(turn, BUILT, alone=True)
    surface.session.start()
    assert encoder.helps.wait(PATIENCE_SECONDS)
    surface.session.cancel(1)
    encoder.may_help.set()
    assert isinstance(surface.until_ended(1), Cancelled)


def test_a_follow_up_is_never_handed_over(surface: Surface) -> None:
    for turn in (1, 2, 3):
        surface.session.ask(turn, BUILT)
    surface.session.start()
    surface.until_ended(3)
    assert surface.threads == {"session"}
