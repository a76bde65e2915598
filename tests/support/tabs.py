"""A server of chats in this process, and tabs that are no browsers."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, WSMsgType

from index.types import Notify
from qa.answers.history import History
from qa.corpus import Corpus
from qa.opening import Models, open_corpus
from qa.reader.sentences import SentenceReader
from qa.scope import ALL
from qa.serve.chat import ServedChat
from qa.serve.driver import Page
from qa.serve.guard import Guard
from qa.serve.listening import Listening, listen
from qa.serve.server import ChatServer
from tests.support.encoder import HashedWordsEncoder

PATIENCE_SECONDS = 60
ENTER = "\r"


@dataclass
class Tab:
    """What a browser does: sends keys, and keeps what it gets."""

    socket: ClientWebSocketResponse
    drawn: bytes = b""
    told: list[list[object]] = field(default_factory=list)

    async def type(self, keys: str) -> None:
        await self.socket.send_json(["stdin", keys])

    async def until(self, is_there: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_there():
                message = await self.socket.receive()
                assert message.type in (WSMsgType.TEXT, WSMsgType.BINARY), message
                if message.type is WSMsgType.TEXT:
                    self.told.append(json.loads(message.data))
                else:
                    self.drawn += message.data

    async def until_drawn(self, words: str) -> None:
        await self.until(lambda: words.encode() in self.drawn)

    async def ask(self, question: str, shown: str = "% sure") -> None:
        before = len(self.drawn)
        await self.type(question + ENTER)
        await self.until(lambda: shown.encode() in self.drawn[before:])

    async def until_closed(self) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not self.socket.closed:
                await self.socket.receive()


@dataclass
class Served:
    """A running server."""

    server: ChatServer
    token: str
    listening: Listening
    said: list[str]
    chats: list[ServedChat]
    opened: list[Models]
    http: ClientSession
    task: asyncio.Task[None]
    """Serves until it is cancelled."""

    def url(self, path: str = "") -> str:
        return self.listening.url + path

    @property
    def origin(self) -> str:
        return self.listening.url.rstrip("/")

    @property
    def running(self) -> list[ServedChat]:
        return [chat for chat in self.chats if chat.is_running]

    async def until_running(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.running) != number:
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """End the server as an interrupt does."""
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task

    async def enter(self) -> None:
        async with self.http.get(self.url(), params={"token": self.token}) as response:
            assert response.status == 200

    @asynccontextmanager
    async def tab(self, size: tuple[int, int] = (140, 45)) -> AsyncIterator[Tab]:
        address = self.url(f"ws?width={size[0]}&height={size[1]}")
        async with self.http.ws_connect(address, origin=self.origin, max_msg_size=0) as socket:
            tab = Tab(socket)
            await tab.until_drawn("ready")
            yield tab


@asynccontextmanager
async def serving(notes: Path) -> AsyncIterator[Served]:
    """Serve a folder of notes, with hashed words and sentences in place of the models."""
    models = Models(HashedWordsEncoder(), SentenceReader(0.5, min_confidence=0.1))
    said: list[str] = []
    chats: list[ServedChat] = []
    opened: list[Models] = []

    def shared(_: Notify) -> Models:
        opened.append(models)
        return models

    def open_notes(notify: Notify) -> Corpus:
        return open_corpus(notes, notify=notify, models=shared)

    def make_chat(page: Page) -> ServedChat:
        chats.append(
            ServedChat(
                page, open_notes, title="notes", passages=3, paths=[str(notes)],
                scope=ALL, history=History(notes.parent / "history"),
            )
        )  # fmt: skip
        return chats[-1]

    listening = listen("127.0.0.1", 0)
    guard = Guard(listening.names, listening.is_local)
    server = ChatServer(make_chat, guard, said.append)
    ready = asyncio.Event()
    running = asyncio.create_task(server.run(listening.socket, lambda _: ready.set()))
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait([waiting, running], return_when=asyncio.FIRST_COMPLETED)
    assert not running.done(), running
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        served = Served(server, guard.token, listening, said, chats, opened, http, running)
        yield served
    if not running.done():
        await served.stop()
    for thread in threading.enumerate():
        if thread.name == "session":
            await asyncio.to_thread(thread.join, PATIENCE_SECONDS)
