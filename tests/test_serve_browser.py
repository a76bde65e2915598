"""`qa serve` in a real browser: a question, a hostile corpus, and its end."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from qa.show.output import Exit
from tests.support.browser import Browser, Page, browser
from tests.support.hostile import QUESTION as HOSTILE_QUESTION
from tests.support.hostile import unsafe_characters, write_corpus
from tests.support.served import Server, serving_process

pytestmark = pytest.mark.slow

READY = "Ask a question"
QUESTION, ANSWER = "How old is Rygor Kastusev?", "67-year-old"
MARKUP_QUESTION = "Who <img src=x onerror=alert(5)> \x1b]0;x\x07 painted it?"
END_SECONDS = 30
SENT = {
    "text", "SGR", "CSI H", "CSI ?1049h", "CSI ?1000h", "CSI ?1003h", "CSI ?1006h", "CSI ?25l",
    "CSI ?2004h", "CSI ?2026h", "CSI ?2026l", "OSC 22", "control 0A",
}  # fmt: skip
"""What the program sends to the page on purpose: also shapes of the pointer, and ends of rows."""


@pytest.fixture
async def chromium(tmp_path: Path) -> AsyncIterator[Browser]:
    async with browser(tmp_path / "profile") as running:
        yield running


async def test_a_question_is_answered_in_a_page_that_loads_nothing_from_elsewhere(
    chromium: Browser, environment: dict[str, str], default_model: None, tmp_path: Path
) -> None:
    with serving_process("-q", environment=environment) as server:
        async with chromium.page(server.url) as page, chromium.page(server.url) as other:
            await page.until_shown(READY)
            await other.until_shown(READY)
            empty = await page.screenshot()
            await page.type(QUESTION)
            await page.press("Enter")
            await page.until_shown("% sure")
            assert ANSWER in page.words()
            assert "% sure" not in other.words(), "each has a conversation of its own"
            await page.press("F7")
            await page.until_shown("sent to the clipboard")
            assert await page.evaluate("navigator.clipboard.readText()") == ANSWER
            assert await page.screenshot() != empty
            await assert_is_unharmed(page, server)
            assert await page.evaluate("location.href") == server.url.partition("?")[0]
            assert await page.evaluate("document.cookie") == "", "scripts cannot read the token"
            server.process.send_signal(signal.SIGINT)
            code = await asyncio.to_thread(server.process.wait, END_SECONDS)
            assert code == Exit.INTERRUPTED
            assert server.process.stderr
            assert "Traceback" not in server.process.stderr.read()
            await page.until(lambda: page.is_closed)
            assert await page.evaluate("getComputedStyle(document.all.ended).display") == "flex"


async def test_hostile_articles_neither_act_on_the_terminal_nor_on_the_page(
    chromium: Browser, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "notes <script>alert(1)<⁄script> \x1b]0;x\x07"
    write_corpus(folder)
    (folder / "page.txt").write_text(
        '<script>alert("page")</script><img src=x onerror=alert(2)> "\'><svg onload=alert(3)>\n'
        "The beacon of the harbour was painted javascript:alert(4) by <b>nobody</b>.\n",
        "utf-8",
    )
    with serving_process("-q", "-k", "30", str(folder), environment=environment) as server:
        async with chromium.page(server.url) as page:
            await page.until_shown(READY)
            await page.until_shown(" · ready")
            for question in (
                HOSTILE_QUESTION,
                MARKUP_QUESTION,
            ):
                before = len(page.drawn)
                await page.type(question)
                await page.press("Enter")
                await page.until(lambda before=before: b"[2]" in page.drawn[before:])
            await page.press("F3")
            await page.until_shown("Beacon")
            await assert_is_unharmed(page, server)
            sent = page.tokens()
            assert not unsafe_characters(sent)
            assert {token.kind for token in sent} <= SENT
            assert await page.evaluate("document.title") == "article-qa"
            assert await page.evaluate("document.querySelectorAll('img, svg, b').length") == 0


async def assert_is_unharmed(page: Page, server: Server) -> None:
    """Assert that no script failed, nothing was blocked, and nothing else was asked."""
    assert await page.evaluate("document.body.classList.contains('-first-byte')")
    assert page.problems == []
    host = urlsplit(server.url).netloc
    assert {urlsplit(url).netloc for url in page.requested if not url.startswith("data:")} == {host}
