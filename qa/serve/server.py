"""The web server: its page, the chats of all tabs, and files to save."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

from aiohttp import WSCloseCode, web

from qa.serve.chat import ServedChat
from qa.serve.driver import Page
from qa.serve.guard import HEADERS, Guard
from qa.serve.tab import Offered, Tab

MAX_CHATS = 50
"""Chats that are open at once."""
MAX_MESSAGE_BYTES = 2_000_000
"""Of what a tab sends at once, such as a text that is pasted."""
HEARTBEAT_SECONDS = 15
"""A tab that does not answer within this time is gone."""
EXIT_SECONDS = 2
"""How long a chat may take to end."""
HERE = Path(__file__).parent
STATIC = "/static"
TOKEN = "token"
DEFAULT_SIZE = (80, 24)

_UNSEEN = logging.getLogger("qa.serve.requests")
_UNSEEN.addHandler(logging.NullHandler())
_UNSEEN.propagate = False
"""Gets what aiohttp has to say about malformed requests, which anybody can send."""

MakeChat = Callable[[Page], ServedChat]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ChatServer:
    """Serves the page, and a chat of its own to each tab that shows it."""

    def __init__(self, make_chat: MakeChat, guard: Guard, say: Callable[[str], object]) -> None:
        """make_chat: returns a chat that is drawn in a page.

        say: called with a sentence for the user who started the server.
        """
        self._make_chat = make_chat
        self._guard = guard
        self._say = say
        self._offered = Offered()
        self._sockets: set[web.WebSocketResponse] = set()
        self._cookie = "qa-serve"

    async def run(self, listening: socket.socket, announce: Callable[[str], object]) -> None:
        """Serve until this is cancelled or the process is told to end; all chats end with it.

        listening: a socket that is bound. announce: called with the token, once the page can be
            opened.
        """
        self._cookie = f"qa-serve-{listening.getsockname()[1]}"  # cookies are not kept by port
        runner = web.AppRunner(
            self._application(), access_log=None, logger=_UNSEEN, shutdown_timeout=EXIT_SECONDS
        )
        await runner.setup()
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in ("SIGTERM", "SIGHUP"):
            with suppress(NotImplementedError, AttributeError):  # Windows has none
                loop.add_signal_handler(getattr(signal, name), ended.set)
        try:
            await web.SockSite(runner, listening).start()
            announce(self._guard.token)
            await ended.wait()
        finally:
            await runner.cleanup()
            listening.close()

    def _application(self) -> web.Application:
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                self._check(request)
                return await handler(request)
            except Exception as error:
                if not isinstance(error, web.HTTPException):
                    self._say(f"A request failed by an unexpected {type(error).__name__}.")
                raise

        application = web.Application(middlewares=[web.middleware(guarded)])
        library = Path(str(files("textual_serve"))) / "static"
        application.add_routes(
            [
                web.get("/", self._page),
                web.get("/page.css", self._file),
                web.get("/page.js", self._file),
                web.get("/ws", self._chat),
                web.get("/download/{key}", self._download),
                web.static(STATIC, library),
            ]
        )
        application.on_response_prepare.append(_add_headers)
        application.on_shutdown.append(self._close_tabs)
        return application

    def _check(self, request: web.Request) -> None:
        """Raise HTTPForbidden unless a request is from the user's own page."""
        hosts, origins = request.headers.getall("Host", []), request.headers.getall("Origin", [])
        host, origin = ",".join(hosts), ",".join(origins) if origins else None
        opens_chat = request.path == "/ws"
        if not self._guard.is_known_host(host):
            text = "Unknown host name. Open the address that `qa serve` printed.\n"
            raise web.HTTPForbidden(text=text)
        if not self._guard.is_own_origin(host, origin, needed=opens_chat):
            raise web.HTTPForbidden(text="This request is from another page.\n")
        given = [request.cookies.get(self._cookie)]
        if request.path == "/":
            given.append(request.query.get(TOKEN))
        if not self._guard.has_token(given):
            raise web.HTTPForbidden(text="Open the whole address that `qa serve` printed.\n")

    async def _page(self, request: web.Request) -> web.StreamResponse:
        response = web.FileResponse(HERE / "page.html")
        response.set_cookie(self._cookie, self._guard.token, httponly=True, samesite="Strict")
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        return web.FileResponse(HERE / request.path.removeprefix("/"))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        file = self._offered.take(request.match_info["key"])
        if file is None:
            raise web.HTTPNotFound(text="This file has been saved already.\n")
        name, text = file
        # Never shown in the browser, whatever is in it.
        disposition = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
        return web.Response(
            body=text.encode("utf-8", "replace"),
            content_type="application/octet-stream",
            headers={"Content-Disposition": disposition},
        )

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        if len(self._sockets) >= MAX_CHATS:
            raise web.HTTPServiceUnavailable(text="Too many chats are open. Close one.\n")
        opened = web.WebSocketResponse(
            heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_MESSAGE_BYTES, compress=False
        )
        await opened.prepare(request)
        self._sockets.add(opened)
        try:
            await self._run_chat(Tab(opened, _size_in(request), self._offered))
        finally:
            self._sockets.discard(opened)
            await opened.close()
        return opened

    async def _run_chat(self, tab: Tab) -> None:
        """Run a chat until the user quits it or the tab is closed."""
        chat = self._make_chat(tab)
        drawing = asyncio.create_task(chat.run_async(size=tab.size))
        tasks = [drawing, asyncio.create_task(tab.send()), asyncio.create_task(tab.receive())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if not drawing.done():
                chat.exit()
                await asyncio.wait([drawing], timeout=EXIT_SECONDS)
        finally:
            chat.end()
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        if chat.return_code == 1 or isinstance(results[0], Exception):
            self._say("A chat was ended by an unexpected error. The others go on.")

    async def _close_tabs(self, _: web.Application) -> None:
        await asyncio.gather(
            *(one.close(code=WSCloseCode.GOING_AWAY) for one in self._sockets),
            return_exceptions=True,
        )


async def _add_headers(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    is_static = request.path.startswith(f"{STATIC}/")
    response.headers["Cache-Control"] = "no-cache" if is_static else "no-store"


def _size_in(request: web.Request) -> tuple[int, int]:
    """Return the columns and rows that a tab has room for."""
    try:
        return int(request.query["width"]), int(request.query["height"])
    except (KeyError, ValueError):
        return DEFAULT_SIZE
