"""A browser's tab that shows a chat: messages of textual.js over a WebSocket."""

from __future__ import annotations

import asyncio
import json
import secrets
from itertools import groupby

from aiohttp import WSCloseCode, WSMsgType, web

from qa.serve.driver import PageDriver

MAX_PENDING_BYTES = 16_000_000
"""A tab that has so much left to receive is closed: it does not keep up."""
MAX_OFFERED = 20
"""Files that wait to be fetched by all tabs."""
COLUMNS = range(20, 1000)
ROWS = range(5, 500)
PING_CHARS = 100


class NotUnderstood(Exception):
    """Not a message of textual.js."""


class Offered:
    """Files that tabs may fetch, once each."""

    def __init__(self) -> None:
        self._files: dict[str, tuple[str, str]] = {}

    def add(self, name: str, text: str) -> str:
        """Return the key of a file, which cannot be guessed."""
        while len(self._files) >= MAX_OFFERED:
            del self._files[next(iter(self._files))]
        key = secrets.token_urlsafe()
        self._files[key] = name, text
        return key

    def take(self, key: str) -> tuple[str, str] | None:
        """Return the name and the text of a file that was not taken before."""
        return self._files.pop(key, None)


class Tab:
    """A page for a chat: see `qa.serve.driver.Page`. For the event loop's thread."""

    def __init__(
        self, socket: web.WebSocketResponse, size: tuple[int, int], offered: Offered
    ) -> None:
        """size: columns and rows, until the browser says another."""
        self.size = allowed_size(*size)
        self.driver: PageDriver | None = None
        self._socket = socket
        self._offered = offered
        self._pending: list[bytes | str] = []
        self._pending_bytes = 0
        self._is_pending = asyncio.Event()

    def draw(self, data: str) -> None:
        """Send what a terminal would get."""
        self._put(data.encode("utf-8", "replace"))

    def open_address(self, address: str) -> None:
        """Open a web address in a new tab."""
        self._put(json.dumps(["open_url", {"url": address, "new_tab": True}]))

    def offer(self, name: str, text: str) -> None:
        """Offer a file to be saved."""
        self._put(json.dumps(["deliver_file_start", self._offered.add(name, text)]))

    async def send(self) -> None:
        """Send what is drawn, until the tab does not keep up or is closed."""
        while self._pending_bytes <= MAX_PENDING_BYTES:
            await self._is_pending.wait()
            self._is_pending.clear()
            pending, self._pending, self._pending_bytes = self._pending, [], 0
            for kind, parts in groupby(pending, type):
                if kind is bytes:
                    await self._socket.send_bytes(b"".join(parts))  # type: ignore[arg-type]  # all
                else:
                    for part in parts:
                        await self._socket.send_str(str(part))

    async def receive(self) -> None:
        """Pass on what is typed, until the tab is closed or sends something else."""
        async for message in self._socket:
            try:
                if message.type is not WSMsgType.TEXT:
                    raise NotUnderstood
                self._take(message.data)
            except NotUnderstood:
                await self._socket.close(code=WSCloseCode.UNSUPPORTED_DATA)

    def _put(self, part: bytes | str) -> None:
        self._pending.append(part)
        self._pending_bytes += len(part)
        self._is_pending.set()

    def _take(self, text: str) -> None:
        try:
            kind, *rest = json.loads(text)
        except (ValueError, TypeError, RecursionError) as error:
            raise NotUnderstood from error
        match kind, rest:
            case "stdin", [str(typed)]:
                if self.driver:
                    self.driver.type(typed)
            case "resize", [{"width": int(columns), "height": int(rows)}]:
                self.size = allowed_size(columns, rows)
                if self.driver:
                    self.driver.resize(*self.size)
            case (("focus" | "blur"), []):
                if self.driver:
                    self.driver.show_focus(kind == "focus")
            case "ping", [str(sent)] if len(sent) <= PING_CHARS:
                self._put(json.dumps(["pong", sent]))
            case _:
                raise NotUnderstood


def allowed_size(columns: int, rows: int) -> tuple[int, int]:
    """Return the size, or the nearest one that the chat can be drawn in."""
    return tuple(
        min(max(cells, allowed.start), allowed.stop)
        for cells, allowed in ((columns, COLUMNS), (rows, ROWS))
    )  # type: ignore[return-value]  # two of them
