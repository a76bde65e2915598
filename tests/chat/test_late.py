"""What arrives late: when its conversation has ended, or while a dialog is open."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from qa.chat import messages
from qa.chat.app import ChatApp
from qa.chat.dialogs.help import Help
from qa.events import Answered, Opened, QuotesChecked, Ready
from tests.support.chat import NARROW, Chat, chatting, narrow_and_wide
from tests.support.notes import opens, write_notes

BUILT = "When was the bridge built?"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return write_notes(tmp_path / "notes")


@pytest.fixture
def app(notes: Path, tmp_path: Path) -> ChatApp:
    return ChatApp(opens(tmp_path / "stores", notes), title="notes", passages=3, paths=[str(notes)])


async def test_a_citation_that_is_gone_from_an_earlier_conversation_changes_nothing(
    app: ChatApp,
) -> None:
    async with chatting(app) as chat:
        await chat.ask(BUILT)
        chosen = chat.transcript.chosen
        assert chosen is not None
        await chat.press("ctrl+n")
        for late in (Opened("bridge.txt", None, chosen), QuotesChecked(frozenset({chosen}))):
            app.post_message(messages.message_of(late))
        await chat.until(lambda: "bridge.txt no longer exists." in chat.notices)
        assert not chat.cards


async def test_a_conversation_can_be_begun_at_the_moment_of_an_answer(app: ChatApp) -> None:
    async with chatting(app) as chat:
        turn = await chat.ask(BUILT)
        response = turn.entry.response
        assert response is not None
        number = await chat.transcript.add(BUILT)
        chat.transcript.answer(number, response)
        await app.action_new()
        await chat.pilot.pause()
        assert chat.transcript.chosen is None
        assert (await chat.ask(BUILT)).entry.response is not None


@narrow_and_wide
async def test_an_article_to_read_is_shown_below_a_dialog_that_was_opened_since(
    app: ChatApp, size: tuple[int, int]
) -> None:
    async with chatting(app, size) as chat:
        turn = await chat.ask(BUILT)
        article = chat.view.article
        assert article is not None
        assert turn.entry.response is not None
        await chat.press("ctrl+n", "f1")
        await chat.until(lambda: isinstance(app.screen, Help))
        app.post_message(messages.Opened(Opened(article.id, article, None)))
        await chat.until(lambda: chat.view.article)
        await chat.press("escape")
        assert chat.view.region.area
        assert app.focused is chat.view
        assert "It spans the river" in chat.screen()


async def test_the_note_on_changed_articles_waits_for_an_answer_that_is_shown(
    app: ChatApp,
) -> None:
    async with chatting(app) as chat:
        response = (await chat.ask(BUILT)).entry.response
        assert response is not None
        cancelled = await chat.transcript.add(BUILT)
        chat.transcript.fail(cancelled, "Cancelled.")
        for late in (Ready(3, 3, 0, frozenset({"bridge.txt"})), Answered(cancelled, response, {})):
            app.post_message(messages.message_of(late))
        turn = await chat.ask("Who burned down the castle?")
        (note,) = chat.shown(f"#turn-{turn.entry.number} .above")
        assert "bridge.txt" in note


async def test_what_is_pasted_outside_of_a_field_goes_to_the_question(app: ChatApp) -> None:
    async with chatting(app, NARROW) as chat:
        await chat.ask(BUILT)
        await chat.press("f2")
        assert chat.app.focused is chat.view
        await paste(chat, "Who built it?")
        assert chat.question.value == "Who built it?"
        assert chat.question.region.area
        await chat.press("f1")
        await paste(chat, "nothing")
        await chat.press("escape")
        assert chat.question.value == "Who built it?"


async def paste(chat: Chat, text: str) -> None:
    chat.app.post_message(events.Paste(text))
    await chat.pilot.pause()
