"""Web addresses and other articles in the chat: given at its start, added, fetched again."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.widgets import Input, Static

from qa.answers.history import History
from qa.chat.app import ChatApp
from qa.chat.scope import Selection
from qa.chat.turn import Turn
from qa.chat.typed import paths_in
from qa.events import CitationKey
from tests.support.chat import HOSTILE, Chat, chatting, unsafe
from tests.support.corpora import corpus_of
from tests.support.notes import write_notes
from tests.support.web_server import WebServer, response

TOWER = b"The tower was built in 1820.\n\nIt is 93 metres high.\n"
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
            assert chat.notices == [f"Fetched {server.url('/bridge')}: 1 kB, text/plain"]
            cited = chat.cards[0].passage.citation
            assert (cited.path, cited.address) == (server.url("/bridge"), server.url("/bridge"))
            assert cited.fetched
            assert turn.is_mounted
            assert f"▸ [1] bridge · {server.url('/bridge')} " in chat.screen()
            assert f"(fetched {cited.fetched[:10]}" in chat.screen()
            assert chat.shows_chosen_passage()
            await chat.press("ctrl+o")
            await chat.until(lambda: chat.app.clipboard)
            assert chat.app.clipboard == (
                f"{server.url('/bridge')}#:~:text=The%20bridge%20was%20built%20in%201932."
            )
        assert server.paths == ["/bridge"]


async def test_a_page_that_cannot_be_fetched_is_reported(tmp_path: Path) -> None:
    with WebServer({}) as server:
        async with chatting(app_of(server, tmp_path)) as chat:
            await chat.until(lambda: chat.notices)
            assert "the server says 404 Not Found" in chat.notices[-1]


# Added while it runs


def notes_app(folder: Path, history: History | None = None) -> ChatApp:
    notes = write_notes(folder / "notes")
    return ChatApp(
        lambda notify: corpus_of(
            notes, stores=folder / "stores", notify=notify, data=folder / "data", allow_private=True
        ),
        title="notes",
        passages=3,
        paths=[str(notes)],
        history=history,
    )


async def typed(chat: Chat, text: str) -> Turn:
    """Enter a text, and return its turn once it has ended."""
    number = await chat.submit(text)
    await chat.until(lambda: not chat.transcript.waiting())
    turn = chat.transcript.turn(number)
    assert turn is not None
    return turn


def said(turn: Turn) -> list[str]:
    return [str(line.render()) for line in turn.query(".said, .failure").results(Static)]


async def test_an_address_in_the_place_of_a_question_is_added_and_asked(tmp_path: Path) -> None:
    history = History(tmp_path / "history")
    with WebServer({"/tower": response(TOWER, "text/plain")}) as server:
        address = server.url("/tower")
        async with chatting(notes_app(tmp_path, history), (140, 45)) as chat:
            await chat.ask("When was the bridge built?")
            turn = await typed(chat, address)
            assert said(turn) == [
                f"Fetched {address}: 1 kB, text/plain",
                f"Added: tower · {address}",
            ]
            assert "4 articles" in chat.state
            assert chat.state.endswith(f"notes, {address}")
            await chat.ask("When was the tower built?")
            assert chat.cards[-3].passage.citation.path == address
            assert chat.shows_chosen_passage()
        assert server.paths == ["/tower"]
        (saved,) = history.all()
        assert saved.paths == (str(tmp_path / "notes"), address)
        assert [response.question for response in saved.responses] == [
            "When was the bridge built?",
            "When was the tower built?",
        ]


async def test_why_an_address_is_not_added_is_said_in_its_turn(tmp_path: Path) -> None:
    with WebServer({}) as server:
        async with chatting(notes_app(tmp_path)) as chat:
            (line,) = said(await typed(chat, server.url("/gone")))
            assert "the server says 404 Not Found" in line
            assert "3 articles" in chat.state
            await chat.ask("When was the bridge built?")
            await chat.press("ctrl+n")
            assert not chat.turns


async def test_a_file_that_is_dropped_on_the_terminal_is_added(tmp_path: Path) -> None:
    plain = tmp_path / "my tower.txt"
    plain.write_bytes(b"The dam was built in 1950.")
    async with chatting(notes_app(tmp_path)) as chat:
        assert said(await typed(chat, f"'{plain}'"))[-1].startswith("Added: ")
        await chat.press("f6")
        chat.app.screen.query_one(Input).value = "no such thing"
        await chat.press("enter")
        assert "No such file or folder: no such thing" in chat.shown("#add-note")[0]
        chat.app.screen.query_one(Input).value = str(tmp_path / "*")
        await chat.press("enter", "escape")
        assert len(chat.turns) == 1
        await chat.ask("When was the dam built?")
        assert chat.cards[0].passage.citation.path == str(plain)


@pytest.mark.parametrize(
    "question",
    ["notes", "Is it ./notes/bridge.txt or not?", "/help", "What's ~ in a path?", "/", "it's", "'"],
)
def test_a_question_is_not_taken_for_a_path(
    question: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_notes(tmp_path / "notes")
    monkeypatch.chdir(tmp_path)
    assert paths_in(question, in_question=True) == []


def test_paths_and_addresses_are_taken_as_people_and_terminals_write_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "it's a note.txt"
    file.write_text("x")
    (tmp_path / "b.txt").write_text("x")
    escaped = str(file).replace("'", "\\'").replace(" ", "\\ ")
    for text in (str(file), f'"{file}"', escaped, file.as_uri()):
        assert paths_in(f" {text} ", in_question=True) == [str(file)], text
    assert paths_in("~/b.txt", in_question=True) == [str(tmp_path / "b.txt")]
    assert paths_in("./b.txt https://example.org/a", in_question=True) == [
        "./b.txt",
        "https://example.org/a",
    ]
    assert paths_in("b.txt", in_question=True) == ["b.txt"]
    assert paths_in("b", in_question=True) == []
    assert paths_in("b.txt") == ["b.txt"]
    assert paths_in("b.txt and more") == []


@given(st.lists(st.sampled_from([*"~/.\\'\" a\0[", "file://", "https://", "\u202e"])).map("".join))
def test_whatever_is_typed_is_taken_for_existing_paths_or_a_question(text: str) -> None:
    for path in paths_in(text, in_question=True):
        assert path.startswith("https://") or os.path.exists(path)


async def test_escape_cancels_what_is_fetched(tmp_path: Path) -> None:
    asked, release = threading.Event(), threading.Event()

    def hang(_: bytes) -> Iterable[bytes]:
        asked.set()
        release.wait(60)
        return []

    with WebServer({"/tower": hang}) as server:
        async with chatting(notes_app(tmp_path)) as chat:
            await chat.until(chat.is_ready)
            number = await chat.submit(server.url("/tower"))
            await chat.until(asked.is_set)
            await chat.until(lambda: f"Fetching {server.url('/tower')} …" in chat.screen())
            await chat.press("escape")
            turn = chat.transcript.turn(number)
            assert turn is not None
            assert said(turn) == ["Cancelled."]
            await chat.ask("When was the bridge built?")
            assert "3 articles" in chat.state
        release.set()


async def test_f5_fetches_the_pages_again_and_marks_quotes_that_are_gone(tmp_path: Path) -> None:
    with WebServer({"/bridge": response(PAGE, "text/plain")}) as server:
        async with chatting(app_of(server, tmp_path), (140, 45)) as chat:
            await chat.ask("When was the bridge built?")
            assert server.paths == ["/bridge"]
            server.answers["/bridge"] = response(b"The bridge fell down.\n", "text/plain")
            await chat.press("f5")
            await chat.until(lambda: len(chat.turns) == 2 and not chat.transcript.waiting())
            (line,) = said(chat.turns[1])
            assert line.startswith(f"{server.url('/bridge')}: changed since ")
            assert line.endswith("1 line of text added, 2 removed")
            await chat.until(lambda: chat.cards[0].gone)
            assert server.paths == ["/bridge"] * 2


async def test_without_a_web_page_f5_says_so(tmp_path: Path) -> None:
    async with chatting(notes_app(tmp_path)) as chat:
        await chat.press("f5")
        assert chat.notices == ["None of the articles is a web page. F6 adds one."]
        assert not chat.turns


async def test_what_is_added_is_asked_even_if_only_some_articles_are(tmp_path: Path) -> None:
    with WebServer({"/tower": response(TOWER, "text/plain")}) as server:
        app = notes_app(tmp_path)
        app._selection = Selection.of_ids(["mill.txt"])
        async with chatting(app) as chat:
            await typed(chat, server.url("/tower"))
            await chat.ask("When was the tower built?")
            asked = {card.passage.citation.article for card in chat.cards}
            assert asked == {"mill.txt", server.url("/tower")}


async def test_quotes_stay_when_the_ids_of_articles_change(tmp_path: Path) -> None:
    other = tmp_path / "bridge.txt"
    other.write_text("A bridge of wood.")
    async with chatting(notes_app(tmp_path), (140, 45)) as chat:
        await chat.ask("When was the bridge built?")
        await typed(chat, str(other))
        chat.transcript.choose(CitationKey(1, 1))
        await chat.until(
            lambda: chat.view.article is not None and chat.view.article.id == "notes/bridge.txt"
        )
        assert chat.view.passage is not None
        assert not any(card.gone for card in chat.cards)
        (tmp_path / "notes" / "bridge.txt").write_text("Nothing is left.")
        await chat.ask("Who burned down the castle?")
        await chat.until(lambda: chat.cards[0].gone)


async def test_hostile_titles_of_pages_are_shown_as_marks(tmp_path: Path) -> None:
    page = f"<title>x</title><h1>{HOSTILE}</h1><p>The tower was built in 1820.</p>".encode()
    with WebServer({"/tower": response(page)}) as server:
        async with chatting(notes_app(tmp_path), (140, 45)) as chat:
            lines = said(await typed(chat, server.url("/tower")))
            assert any(line.startswith("Added: [bold]x[/bold]") for line in lines)
            await chat.ask("When was the tower built?")
            assert not unsafe(chat.screen())
