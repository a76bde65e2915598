"""Pictures of the chat, compared with those in `__snapshots__`.

A picture that is meant to look otherwise is made anew, then looked at and committed:

    RENEW_PICTURES=1 python -m pytest tests/chat/test_pictures.py
"""

from __future__ import annotations

import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import textual
from textual.widgets import Input, OptionList

from qa.chat.app import ChatApp
from qa.chat.dialogs.articles import Articles
from tests.support.chat import NARROW, WIDE, Chat, chatting
from tests.support.encoder import GatedEncoder
from tests.support.notes import opens, write_notes

PICTURES = Path(__file__).with_name("__snapshots__")
MADE_WITH = "8.2"
"""Other versions of textual draw scroll bars, footers and borders otherwise."""
AGE = "How old is Rygor Kastusev?"
MIDDLE = (80, 24)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not textual.__version__.startswith(f"{MADE_WITH}."),
        reason=f"the pictures were made with textual {MADE_WITH}",
    ),
]


async def nothing_yet(chat: Chat) -> None:
    await chat.until(chat.is_ready)


async def answered(chat: Chat) -> None:
    await chat.ask(AGE)


async def article(chat: Chat) -> None:
    await chat.ask(AGE)
    await chat.press("f2")


async def not_found(chat: Chat) -> None:
    await chat.ask("zzyzx quux?")


async def follow_up(chat: Chat) -> None:
    await chat.ask(AGE)
    await chat.ask("When was he arrested?")


async def help_on_keys(chat: Chat) -> None:
    await chat.until(chat.is_ready)
    await chat.press("f1")


async def find(chat: Chat) -> None:
    await chat.ask(AGE)
    await chat.press("ctrl+f", *"viasna", "down")


async def light(chat: Chat) -> None:
    chat.app.theme = "textual-light"
    await chat.ask(AGE)
    await chat.press("]")


def picture(chat: Chat) -> str:
    """Return the screen as SVG, without what differs from run to run or is not needed to see it."""
    svg = chat.app.export_screenshot(title="article-qa", simplify=True)
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'<clipPath id="[^"]*-line-\d+">.*?</clipPath>\s*', "", svg, flags=re.DOTALL)
    svg = re.sub(r' clip-path="url\(#[^"]*-line-\d+\)"', "", svg)
    svg = re.sub(r"terminal-\d+-", "", svg)
    svg = re.sub(r"\s*<!--.*?-->", "", svg, flags=re.DOTALL)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip()) + "\n"


async def compare(chat: Chat, name: str, drawn_to: Path) -> None:
    """Fail where the screen does not look as it did, and keep how it looks now."""
    for line in chat.app.screen.query(Input):
        line.cursor_blink = False
    chat.app.clear_notifications()
    drawn, kept = "", PICTURES / f"{name}.svg"
    while drawn != (drawn := picture(chat)):  # until nothing moves any more
        await chat.pilot.pause(0.1)
    if os.environ.get("RENEW_PICTURES"):
        PICTURES.mkdir(exist_ok=True)
        kept.write_text(drawn, encoding="utf-8", newline="\n")
    if not kept.exists() or kept.read_text("utf-8") != drawn:
        new = drawn_to / kept.name
        new.write_text(drawn, encoding="utf-8", newline="\n")
        pytest.fail(
            f"The chat looks otherwise than in {kept}: see {new}. If that is meant, renew it with "
            "RENEW_PICTURES=1 python -m pytest tests/chat/test_pictures.py"
        )


@pytest.mark.parametrize(
    ("name", "size", "act"),
    [
        ("ready-middle", MIDDLE, nothing_yet),
        ("answered-wide", WIDE, answered),
        ("answered-middle", MIDDLE, answered),
        ("answered-narrow", NARROW, answered),
        ("article-narrow", NARROW, article),
        ("not-found-middle", MIDDLE, not_found),
        ("follow-up-middle", MIDDLE, follow_up),
        ("help-middle", MIDDLE, help_on_keys),
        ("find-wide", WIDE, find),
        ("find-narrow", NARROW, find),
        ("light-wide", WIDE, light),
    ],
)
async def test_the_chat_about_the_sample_article_looks_as_it_did(
    name: str, size: tuple[int, int], act: Callable[[Chat], Awaitable[None]], tmp_path: Path
) -> None:
    app = ChatApp(opens(tmp_path / "stores"), title="sample article", passages=3)
    async with chatting(app, size) as chat:
        await act(chat)
        await compare(chat, name, tmp_path)


async def test_the_chat_without_colour_looks_as_it_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ChatApp(opens(tmp_path / "stores"), title="sample article", passages=3)
    async with chatting(app, MIDDLE) as chat:
        await chat.ask(AGE)
        await compare(chat, "no-colour-middle", tmp_path)


async def test_the_chat_that_still_reads_looks_as_it_did(tmp_path: Path) -> None:
    encoder = GatedEncoder()
    notes = write_notes(tmp_path / "notes")
    app = ChatApp(opens(tmp_path / "stores", notes, encoder=encoder), title="notes", passages=3)
    async with chatting(app, MIDDLE) as chat:
        await chat.until(lambda: "indexing 0 of 3" in chat.state)
        await chat.submit("When was the bridge built?")
        await chat.submit("Who burned down the castle?")
        await compare(chat, "reading-middle", tmp_path)
    encoder.open()


async def test_the_list_of_articles_looks_as_it_did(tmp_path: Path) -> None:
    notes = write_notes(tmp_path / "notes")
    (notes / "picture.txt").write_bytes(b"\x89PNG\x00\x00")
    app = ChatApp(opens(tmp_path / "stores", notes), title="notes", passages=3)
    async with chatting(app, MIDDLE) as chat:
        await chat.until(chat.is_ready)
        await chat.press("f3")
        await chat.until(lambda: isinstance(chat.app.screen, Articles))
        await chat.highlight(chat.app.screen.query_one("#listed", OptionList), 1)
        await chat.press("enter")
        await compare(chat, "articles-middle", tmp_path)


def test_every_picture_kept_is_compared() -> None:
    source = Path(__file__).read_text("utf-8")
    assert not [kept for kept in PICTURES.glob("*.svg") if f'"{kept.stem}"' not in source]
