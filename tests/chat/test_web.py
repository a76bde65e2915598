"""Web addresses in the chat: fetched when it starts, cited with their time."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa.chat.app import ChatApp
from tests.support.chat import chatting
from tests.support.corpora import corpus_of
from tests.support.web_server import WebServer, response

PAGE = b"The bridge was built in 1932.\n\nIt is 503 metres long.\n"


def app_of(server: WebServer, folder: Path) -> ChatApp:
    url = server.url("/bridge")
    return ChatApp(
        lambda notify: corpus_of(
            url, stores=folder / "stores", notify=notify, data=folder / "data", allow_private=True
        ),
        title=url,
        passages=3,
        paths=[url],
    )


async def test_a_web_page_is_fetched_and_cited_with_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    with WebServer({"/bridge": response(PAGE, "text/plain")}) as server:
        async with chatting(app_of(server, tmp_path), (140, 45)) as chat:
            turn = await chat.ask("When was the bridge built?")
            cited = chat.cards[0].passage.citation
            assert (cited.path, cited.address) == (server.url("/bridge"), server.url("/bridge"))
            assert cited.fetched
            assert turn.is_mounted
            assert f"{server.url('/bridge')} (fetched {cited.fetched[:10]}" in chat.screen()
            assert chat.shows_chosen_passage()
            await chat.press("ctrl+o")
            await chat.until(lambda: chat.notices)
            assert chat.app.clipboard == (
                f"{server.url('/bridge')}#:~:text=The%20bridge%20was%20built%20in%201932."
            )
        assert server.paths == ["/bridge"]


async def test_a_page_that_cannot_be_fetched_is_said(tmp_path: Path) -> None:
    with WebServer({}) as server:
        async with chatting(app_of(server, tmp_path)) as chat:
            await chat.until(lambda: chat.notices)
            assert "the server says 404 Not Found" in chat.notices[-1]


async def test_an_address_in_the_place_of_a_question_says_how_to_ask_it(tmp_path: Path) -> None:
    with WebServer({"/bridge": response(PAGE, "text/plain")}) as server:
        async with chatting(app_of(server, tmp_path)) as chat:
            chat.question.value = "https://example.org/tower"
            chat.question.focus()
            await chat.press("enter")
            await chat.until(lambda: chat.notices)
            assert chat.notices[-1].endswith("qa chat https://example.org/tower")
            assert not chat.turns
        assert server.paths in ([], ["/bridge"])
