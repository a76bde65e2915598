"""What the chat writes to the history: which conversation a response belongs to."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.errors import StoreError
from qa.answers.history import History
from qa.chat.recorder import Recorder
from tests.support.responses import saved_response

PATHS = ("/notes", "/letters")
FIRST, SECOND, THIRD = map(saved_response, ("First?", "Second?", "Third?"))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "kept")


def test_responses_up_to_a_new_conversation_are_kept_together(history: History) -> None:
    recorder = Recorder(history, PATHS)
    recorder.add(FIRST)
    recorder.add(SECOND)
    recorder.begin()
    recorder.add(THIRD)
    kept = sorted((saved.responses for saved in history.all()), key=len)
    assert kept == [(THIRD,), (FIRST, SECOND)]
    assert {saved.paths for saved in history.all()} == {PATHS}


def test_a_resumed_conversation_about_the_same_paths_grows(history: History) -> None:
    Recorder(history, PATHS).add(FIRST)
    (saved,) = history.all()
    recorder = Recorder(history, PATHS[::-1])
    assert recorder.is_about_same_paths(saved)
    recorder.resume(saved)
    recorder.add(SECOND)
    (saved,) = history.all()
    assert saved.responses == (FIRST, SECOND)


def test_a_resumed_conversation_about_other_paths_stays_as_it_was(history: History) -> None:
    Recorder(history, PATHS).add(FIRST)
    (saved,) = history.all()
    recorder = Recorder(history, ["/elsewhere"])
    assert not recorder.is_about_same_paths(saved)
    recorder.resume(saved)
    recorder.add(SECOND)
    kept = sorted((saved.responses for saved in history.all()), key=str)
    assert kept == [(FIRST,), (SECOND,)]


def test_without_a_history_nothing_is_written() -> None:
    recorder = Recorder(None, PATHS)
    recorder.begin()
    recorder.add(FIRST)


def test_a_failure_is_raised_once_and_nothing_is_written_from_then_on(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.write_text("no folder")
    recorder = Recorder(History(folder), PATHS)
    with pytest.raises(StoreError):
        recorder.add(FIRST)
    folder.unlink()
    recorder.add(SECOND)
    assert not folder.exists()
