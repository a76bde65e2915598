"""The chat while articles are being indexed: answers say what they are from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import ProgressBar, Static

from qa.chat.app import ChatApp
from qa.chat.status_bar import StatusBar
from tests.support.chat import Chat, at_every_size, chatting
from tests.support.encoder import GatedEncoder
from tests.support.notes import opens, write_notes

BUILT = "When was the bridge built?"


@pytest.fixture
def gated() -> Iterator[GatedEncoder]:
    encoder = GatedEncoder()
    yield encoder
    encoder.open()


@pytest.fixture
def app(tmp_path: Path, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch) -> ChatApp:
    """A chat that indexes its three articles one by one, as if they were large."""
    monkeypatch.setattr("index.comparing.RACY_NS", 0)
    monkeypatch.setattr("tests.support.encoder.HashedWordsEncoder.passages_at_once", 1)
    monkeypatch.setattr("qa.answering.AWAITED_BYTES", 0)
    notes = write_notes(tmp_path / "notes")
    return ChatApp(opens(tmp_path / "stores", notes, encoder=gated), title="notes", passages=3)


async def asked_early(chat: Chat, gated: GatedEncoder) -> None:
    """Ask once one of three articles is indexed, and wait for the answer."""
    number = await chat.submit(BUILT)
    gated.batches.release()
    await chat.until(lambda: chat.is_shown(number))


@at_every_size
async def test_an_answer_from_a_part_says_so_and_later_offers_to_ask_again(
    app: ChatApp, gated: GatedEncoder, size: tuple[int, int]
) -> None:
    async with chatting(app, size) as chat:
        await asked_early(chat, gated)
        assert chat.shown(".so-far") == ["1 of 3 files indexed so far"]
        assert "1 of 3 files indexed so far" in chat.screen()
        assert "indexing 1 / 3" in chat.state
        gated.open()
        await chat.until(chat.is_ready)
        (offered,) = chat.shown(".so-far")
        assert offered == "From 1 of 3 files; ^R asks all of them"
        await chat.press("ctrl+r")
        await chat.until(lambda: chat.is_shown(2))
        assert chat.transcript.entries[2].question == BUILT
        assert chat.shown("#turn-2 .so-far") == []
        assert len(chat.transcript.entries[2].response.passages) == 3  # type: ignore[union-attr]


async def test_a_follow_up_answered_from_a_part_is_asked_again_as_a_follow_up(
    app: ChatApp, gated: GatedEncoder
) -> None:
    async with chatting(app) as chat:
        await asked_early(chat, gated)
        number = await chat.submit("Who built it?")
        gated.batches.release()
        await chat.until(lambda: chat.is_shown(number))
        gated.open()
        await chat.until(chat.is_ready)
        await chat.press("ctrl+r")
        await chat.until(lambda: chat.is_shown(3))
        again = chat.transcript.entries[3].response
        assert again is not None
        assert again.question == "Who built it?"
        assert again.context.startswith(BUILT)


async def test_the_list_of_articles_opens_while_others_are_indexed(
    app: ChatApp, gated: GatedEncoder
) -> None:
    async with chatting(app) as chat:
        await asked_early(chat, gated)
        await chat.press("f3")
        gated.batches.release()
        await chat.until(lambda: bool(chat.shown("#count")))
        assert chat.shown("#count")[0].startswith(("1 article", "2 articles"))


async def test_progress_that_is_reported_before_the_status_bar_is_laid_out_is_shown_then() -> None:
    bar = StatusBar("notes", id="status")
    bar.show("indexing 1 / 2", fraction=0.5)
    bar.show_scope("one article")

    class Window(App[None]):
        def compose(self) -> ComposeResult:
            yield bar

    async with Window().run_test():
        said = str(bar.query_one("#state", Static).render())
        assert said == "asking one article · indexing 1 / 2 · notes"
        assert bar.query_one(ProgressBar).display
        assert bar.query_one(ProgressBar).progress == 0.5


async def test_there_must_be_a_question_to_ask_again(app: ChatApp) -> None:
    async with chatting(app) as chat:
        await chat.press("ctrl+r")
        assert chat.notices == ["No question to ask again yet."]
