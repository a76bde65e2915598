"""The mouse does what the keys do, and selects text."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.widget import Widget

from qa.answers.history import History
from qa.chat.app import ChatApp
from qa.chat.dialogs.conversations import Conversations
from qa.chat.key_bar import KeyBar
from qa.chat.welcome import Sample
from tests.support.chat import NARROW, Chat, chatting
from tests.support.notes import opens, write_notes
from tests.support.responses import saved_response

BUILT = "When was the bridge built?"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_notes(tmp_path / "notes")


@pytest.fixture
def app(notes: Path, tmp_path: Path) -> ChatApp:
    return app_of(notes, tmp_path)


def app_of(notes: Path, tmp_path: Path, history: History | None = None) -> ChatApp:
    return ChatApp(
        opens(tmp_path / "stores", notes),
        title="notes",
        passages=3,
        paths=[str(notes)],
        history=history,
    )


async def drag(chat: Chat, widget: Widget, start: tuple[int, int], end: tuple[int, int]) -> None:
    """Drag the mouse inside a widget; as in a terminal, a click follows."""
    await chat.pilot.mouse_down(widget, offset=start)
    await chat.pilot.hover(widget, offset=end)
    await chat.pilot._post_mouse_events([events.MouseUp, events.Click], widget, end, button=1)
    await chat.pilot.pause()


async def click_key(chat: Chat, words: str) -> None:
    """Click on a key at the bottom of the window."""
    (shown,) = chat.shown("#keys")
    await chat.pilot.click(KeyBar, offset=(1 + shown.index(words), 0))


async def test_selecting_words_of_a_card_does_not_choose_it(app: ChatApp) -> None:
    async with chatting(app, NARROW) as chat:
        await chat.ask(BUILT)
        chosen = chat.transcript.chosen
        first, second, *_ = chat.cards
        await drag(chat, first, (1, 0), (11, 0))
        await chat.press("ctrl+c")
        assert app.clipboard == "The bridge"
        await drag(chat, second, (4, 0), (9, 0))
        assert chat.transcript.chosen == chosen
        assert not chat.view.region.area
        await chat.pilot.click(second)
        await chat.until(lambda: chat.view.region.area)
        assert chat.transcript.chosen == second.citation


async def test_selecting_words_of_a_sample_question_does_not_ask_it(app: ChatApp) -> None:
    async with chatting(app) as chat:
        await chat.until(lambda: list(app.query(Sample)))
        await drag(chat, app.query(Sample).first(), (2, 0), (9, 0))
        assert not chat.transcript.entries
        assert app.screen.get_selected_text()


async def test_matches_are_found_by_clicks(app: ChatApp) -> None:
    async with chatting(app) as chat:
        await chat.ask(BUILT)
        await chat.press("ctrl+f", *"the")
        number, total = chat.view.match_number
        assert total > 1
        await click_key(chat, "Next")
        assert chat.view.match_number == (number % total + 1, total)
        await click_key(chat, "Previous")
        assert chat.view.match_number == (number, total)
        await click_key(chat, "Done")
        assert app.focused is chat.view
        assert chat.view.match_number == (0, 0)


async def test_a_conversation_is_deleted_and_another_resumed_by_clicks(
    notes: Path, tmp_path: Path
) -> None:
    history = History(tmp_path / "history")
    for question in ("Who rang the bell?", BUILT):
        history.add(history.begin(), [str(notes)], saved_response(question))
    app = app_of(notes, tmp_path, history)
    async with chatting(app) as chat:
        await chat.press("f4")
        await chat.until(lambda: isinstance(app.screen, Conversations) and chat.listed())
        for _ in range(2):
            (hints,) = chat.shown(".dialog-hint")
            await chat.pilot.click(".dialog-hint", offset=(hints.index("delete"), 0))
        await chat.until(lambda: len(chat.listed()) == 1)
        await chat.pilot.click("#saved", offset=(0, 0))
        await chat.until(lambda: chat.turns)
        assert len(list(history.all())) == 1
