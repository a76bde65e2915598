"""Notices: they take lines of their own, so that they cover nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets._toast import Toast

from qa.chat.app import ChatApp
from tests.support.chat import HOSTILE, MARKED, WIDE, Chat, chatting, unsafe
from tests.support.notes import opens

AGE = "How old is Rygor Kastusev?"
SIZES = [(40, 15), (60, 20), (80, 24), (100, 30), (140, 45)]
TEXTS = ["Saved as x.md", "The article has gone. " * 9, HOSTILE]

at_each_size = pytest.mark.parametrize(
    "size",
    [SIZES[0], *(pytest.param(size, marks=pytest.mark.slow) for size in SIZES[1:])],
    ids=lambda size: "{}x{}".format(*size),
)


@pytest.fixture
def sample(tmp_path: Path) -> ChatApp:
    return ChatApp(opens(tmp_path / "stores"), title="sample article", passages=3)


PARTS = ("StatusBar", "Transcript", "QuestionInput", "ArticleView", "KeyBar")


def rows_of_notices(chat: Chat) -> set[int]:
    """Return the rows of the terminal in which a notice is on top."""
    screen = chat.app.screen
    return {
        y for y in range(chat.app.size.height) if isinstance(screen.get_widget_at(2, y)[0], Toast)
    }


@at_each_size
async def test_notices_cover_nothing(sample: ChatApp, size: tuple[int, int]) -> None:
    async with chatting(sample, size, draws_notices=True) as chat:
        await chat.ask(AGE)
        for text in TEXTS:
            sample.notify_user(text, error=text == TEXTS[1])
            await chat.until(lambda: rows_of_notices(chat))
            await chat.pilot.pause(0.1)
            taken = rows_of_notices(chat)
            for part in [part for name in PARTS for part in chat.app.query(name)]:
                assert not taken.intersection(range(part.region.y, part.region.bottom)), part
            assert chat.transcript.region.height >= size[1] // 4
            assert chat.question.region.area
        assert "67-year-old" in chat.screen()
        assert not unsafe(chat.screen())


async def test_the_latest_notice_is_seen_and_all_are_safe(sample: ChatApp) -> None:
    async with chatting(sample, WIDE, draws_notices=True) as chat:
        await chat.until(chat.is_ready)
        sample.notify_user(HOSTILE)
        await chat.until(lambda: " ".join(MARKED.split()) in chat.screen())
        assert not unsafe(chat.screen())


async def test_notices_that_are_closed_leave_no_gap(sample: ChatApp) -> None:
    async with chatting(sample, WIDE, draws_notices=True) as chat:
        await chat.ask(AGE)
        height = chat.transcript.region.height
        for key in ("ctrl+y", "f7", "f8"):
            await chat.press(key)
            await chat.until(lambda: chat.transcript.region.height == height - 1)
        await chat.press("escape")
        await chat.until(lambda: chat.transcript.region.height == height)
        assert not chat.notices


async def test_a_notice_does_not_move_what_the_user_has_scrolled_to(sample: ChatApp) -> None:
    async with chatting(sample, (60, 20), draws_notices=True) as chat:
        for _ in range(3):
            await chat.ask(AGE)
        chat.transcript.scroll_home(animate=False)
        await chat.pilot.pause(0.1)
        sample.notify_user("Saved as x.md")
        await chat.pilot.pause(0.1)
        assert chat.transcript.scroll_offset.y == 0


async def test_who_presses_control_c_is_told_how_to_quit(sample: ChatApp) -> None:
    async with chatting(sample, WIDE) as chat:
        await chat.press("ctrl+c")
        assert chat.notices[-1].startswith("^Q quits.")
