"""The mouse does what the keys do, and selects text."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events
from textual.widget import Widget

from qa.chat.app import ChatApp
from qa.chat.key_bar import KeyBar
from qa.chat.welcome import Sample
from tests.support.chat import NARROW, Chat, chatting
from tests.support.notes import opens, write_notes

BUILT = "When was the bridge built?"


@pytest.fixture
def app(tmp_path: Path) -> ChatApp:
    notes = write_notes(tmp_path / "notes")
    return ChatApp(opens(tmp_path / "stores", notes), title="notes", passages=3, paths=[str(notes)])


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
