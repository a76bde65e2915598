"""Helpers for the chat's tests: the real app with real articles, and a user at its keyboard."""

from __future__ import annotations

import unicodedata
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from unittest.mock import patch

import pytest
from textual.notifications import Notification
from textual.pilot import Pilot
from textual.widgets import Static

from qa.chat.app import ChatApp
from qa.chat.article import ArticleView
from qa.chat.card import Card
from qa.chat.listing import Listing
from qa.chat.pane import ArticlePane
from qa.chat.question import QuestionInput
from qa.chat.transcript import Transcript
from qa.chat.turn import Turn
from qa.show.text import visible

SIZES = [(60, 20), (80, 24), (140, 45)]
NARROW, WIDE = SIZES[0], SIZES[-1]


def _at(*sizes: tuple[int, int]) -> pytest.MarkDecorator:
    """Run a test at each size; all but the first are marked as slow."""
    first, *others = sizes
    slow = [pytest.param(size, marks=pytest.mark.slow) for size in others]
    return pytest.mark.parametrize("size", [first, *slow], ids=lambda size: "{}x{}".format(*size))


at_every_size = _at(*SIZES)
narrow_and_wide = _at(NARROW, WIDE)

HOSTILE = "[bold]x[/bold] [/ \x1b[2J\x1b]52;c;aGk=\x07 \u202egpj\u202c \u200bz\u2060 \t \x9b31m"
MARKED = visible(HOSTILE)
PATIENCE_SECONDS = 60
_UNSAFE = frozenset("Cc Cf Zl Zp Cs Co".split())


class Chat:
    """A user of the app, who types, looks at the screen, and waits."""

    def __init__(self, app: ChatApp, pilot: Pilot[int]) -> None:
        self.app = app
        self.pilot = pilot
        self.press = pilot.press

    @property
    def question(self) -> QuestionInput:
        return self.app.query_one(QuestionInput)

    @property
    def transcript(self) -> Transcript:
        return self.app.query_one(Transcript)

    @property
    def pane(self) -> ArticlePane:
        return self.app.query_one(ArticlePane)

    @property
    def view(self) -> ArticleView:
        return self.app.query_one(ArticleView)

    @property
    def turns(self) -> list[Turn]:
        return list(self.app.query(Turn))

    @property
    def cards(self) -> list[Card]:
        return list(self.app.query(Card))

    @property
    def answers(self) -> list[str]:
        """The sentences with an answer, as they are shown, oldest first."""
        return [str(card.sentences) for card in self.cards if card.quoted and not card.unsure]

    @property
    def state(self) -> str:
        (state,) = self.shown("#state")
        return state

    @property
    def notices(self) -> list[str]:
        """The texts of the notifications, oldest first."""
        return [notice.message for notice in self.app._notifications]

    def shown(self, selector: str) -> list[str]:
        """Return the texts of the widgets on the active screen that match a selector."""
        found = self.app.screen.query(selector).results(Static)
        return [str(widget.render()) for widget in found]

    @property
    def article_title(self) -> str:
        """What is written above the article: its title, and the place of the passage."""
        return " · ".join(filter(None, self.shown("#article-title Static")))

    def screen(self) -> str:
        """Return the whole terminal as text."""
        return "\n".join(row.text for row in self.app.screen._compositor.render_strips())

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until a condition is true."""
        waited = 0.0
        while not condition():
            if waited > PATIENCE_SECONDS:
                pytest.fail(f"waited for {PATIENCE_SECONDS} s; on the screen:\n{self.screen()}")
            await self.pilot.pause(0.01)
            waited += 0.01
        await self.pilot.pause()

    async def submit(self, question: str) -> int:
        """Ask, and return the number of the question without waiting for its answer."""
        self.question.value = question
        self.question.focus()
        before = set(self.transcript.entries)
        await self.press("enter")
        await self.until(lambda: set(self.transcript.entries) - before)
        (number,) = set(self.transcript.entries) - before
        return number

    async def ask(self, question: str) -> Turn:
        """Ask, wait until the answer and its article are shown, and return the turn."""
        number = await self.submit(question)
        await self.until(lambda: self.is_shown(number))
        turn = self.transcript.turn(number)
        assert turn is not None
        return turn

    def listed(self) -> list[str]:
        """Return the rows of the dialog's list that are on the screen, with single spaces."""
        listing = self.app.screen.query_one(Listing)
        rows = [listing.render_line(y).text for y in range(listing.size.height)]
        return [" ".join(row.split()) for row in rows if row.strip()]

    async def highlight(self, at: int) -> None:
        """Move to a row of the dialog's list, counted from 0, by keyboard."""
        listing = self.app.screen.query_one(Listing)
        while listing.highlighted is not None and listing.highlighted != at:
            await self.press("down" if listing.highlighted < at else "up")
        assert listing.highlighted == at

    def is_shown(self, number: int) -> bool:
        """Return whether a question is answered, and the article of its best citation is open."""
        entry, chosen = self.transcript.entries[number], self.transcript.chosen
        if entry.response is None or chosen is None or chosen.turn != number:
            return False
        card, article = self.transcript.card(), self.view.article
        return (
            card is not None and article is not None and article.id == card.passage.citation.article
        )

    def is_ready(self) -> bool:
        """Return whether the corpus is open and no question is running."""
        return "ready" in self.state

    def shows_chosen_passage(self) -> bool:
        """Return whether the article highlights the chosen citation."""
        card, passage, article = self.transcript.card(), self.view.passage, self.view.article
        if card is None or passage is None or article is None:
            return False
        cited = card.passage.citation
        return (article.id, passage.start, passage.end) == (
            cited.article,
            cited.start,
            cited.end,
        )


@asynccontextmanager
async def chatting(
    app: ChatApp, size: tuple[int, int] = SIZES[1], *, draws_notices: bool = False
) -> AsyncIterator[Chat]:
    """Run the app in a terminal. size: columns and rows."""
    with patch.object(Notification, "time_left", 3600.0):  # shown however slow the machine is
        async with app.run_test(size=size, notifications=draws_notices) as pilot:
            yield Chat(app, pilot)
            # Pilot removes the widgets while messages are still handled; the program does not.
            app._session.stop(0)
            if app.is_running:
                await pilot.pause()


def unsafe(text: str) -> set[str]:
    """Return the characters that a terminal could act on."""
    return {c for c in text if unicodedata.category(c) in _UNSAFE and c != "\n"}
