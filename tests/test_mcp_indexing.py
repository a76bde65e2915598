"""Agents are answered while articles are being indexed, and told so; and what a desk refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.types import CallToolResult

from index.errors import ModelError, QAError
from index.types import Notify
from qa.corpus import Corpus
from qa.mcp import desk as desks
from qa.mcp.desk import Desk
from qa.mcp.server import server_for
from qa.scope import ALL
from tests.support.encoder import GatedEncoder
from tests.support.mcp_clients import result_of, text_of
from tests.support.notes import opens
from tests.support.surface import PATIENCE_SECONDS

SHIPS = 6


@pytest.fixture
def gated() -> Iterator[GatedEncoder]:
    encoder = GatedEncoder()
    yield encoder
    encoder.open()


@pytest.fixture
def desk(tmp_path: Path, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk of ships, none of which is indexed until the test says so."""
    monkeypatch.setattr("index.comparing.RACY_NS", 0)
    monkeypatch.setattr("tests.support.encoder.HashedWordsEncoder.passages_at_once", 1)
    monkeypatch.setattr("qa.answering.AWAITED_BYTES", 0)
    folder = tmp_path / "ships"
    folder.mkdir()
    for number in range(SHIPS):
        text = f"The ship number {number} carried salt{number} to the harbour.\n"
        (folder / f"{number}.txt").write_text(text)
    desk = Desk(opens(tmp_path / "stores", folder, encoder=gated), str)
    yield desk
    gated.open()
    assert desk.stop()


def release(gated: GatedEncoder) -> None:
    """Have one more file indexed."""
    assert gated.held.wait(PATIENCE_SECONDS)
    gated.held.clear()
    gated.batches.release()


async def called(
    client: Client, gated: GatedEncoder, tool: str, arguments: dict[str, Any]
) -> CallToolResult:
    """Return the result of a tool that is called while the next file is being indexed."""
    call = asyncio.create_task(client.call_tool(tool, arguments))
    await asyncio.sleep(0.1)
    await asyncio.to_thread(release, gated)
    return await call


async def test_while_articles_are_indexed_agents_are_told_from_how_many(
    desk: Desk, gated: GatedEncoder
) -> None:
    asked = {"question": "What did the ship number 0 carry, salt0?"}
    async with Client(server_for(desk)) as client:
        ran = await called(client, gated, "ask", asked)
        assert "salt0" in result_of(ran)["passages"][0]["text"]
        assert (ran.structured_content or {})["so_far"] == {"indexed": 1, "files": SHIPS}
        assert text_of(ran).startswith("Still indexing: this is from 1 of 6 files so far.")
        listed = await called(client, gated, "articles", {})
        assert (listed.structured_content or {})["so_far"]["files"] == SHIPS
        assert result_of(listed)["total"] < SHIPS
        absent = await called(client, gated, "read", {"article": "5.txt"})
        assert absent.is_error
        gated.open()
        ran = await client.call_tool("ask", asked)
        while (ran.structured_content or {})["so_far"]:
            ran = await client.call_tool("ask", asked)
        assert text_of(ran).startswith(("These words", "It is not sure"))
        read = await client.call_tool("read", {"article": "5.txt"})
        assert "salt5" in result_of(read)["text"]


async def test_a_question_that_the_client_cancels_is_cancelled(
    desk: Desk, gated: GatedEncoder
) -> None:
    question = asyncio.create_task(desk.ask("What did the ship number 5 carry?", 3, ALL))
    await asyncio.to_thread(gated.held.wait, PATIENCE_SECONDS)
    question.cancel()
    with pytest.raises(asyncio.CancelledError):
        await question
    gated.open()
    assert (await desk.ask("What did the ship number 5 carry?", 3, ALL)).response.passages


async def test_no_more_questions_wait_than_memory_allows(
    desk: Desk, gated: GatedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "MAX_WAITING", 2)
    waiting = [asyncio.create_task(desk.ask(f"Ship {n}?", 1, ALL)) for n in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(QAError, match="Too many questions"):
        await desk.ask("Ship 3?", 1, ALL)
    gated.open()
    await asyncio.gather(*waiting)


async def test_a_corpus_that_cannot_be_opened_is_told_with_each_question() -> None:
    def fails(_: Notify) -> Corpus:
        raise ModelError("There is no model.", "Install it.")

    desk = Desk(fails, str)
    async with Client(server_for(desk)) as client:
        for _ in range(2):
            ran = await client.call_tool("ask", {"question": "Who?"})
            assert ran.is_error
            assert text_of(ran) == "There is no model. Install it."
    desk.stop()
