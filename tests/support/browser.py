"""A headless Chromium, driven by its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pyte
from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from tests.support.hostile import Reader, Token

PATIENCE_SECONDS = 60
SIZE = (1280, 760)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync "
    "--disable-background-networking --disable-component-update --remote-debugging-port=0 "
    "--disable-dev-shm-usage"
).split()
KEYS = {"Enter": (13, "\r"), "F3": (114, ""), "F7": (118, ""), "s": (83, ""), "c": (67, "")}
"""Key codes, and the text that a key enters."""
CONTROL = 2


class Page:
    """A tab, and what it has received."""

    def __init__(self, browser: Browser, session: str) -> None:
        self._browser = browser
        self._session = session
        self.requested: list[str] = []
        self.problems: list[str] = []
        """Errors of scripts, what the policy has blocked, and dialogs."""
        self.drawn = b""
        """What the terminal in the page has been sent."""
        self._screen = pyte.Screen(80, 24)
        self._emulator = pyte.ByteStream(self._screen)
        self.is_closed = False
        """Whether the server has ended the chat."""

    async def call(self, method: str, **parameters: object) -> dict[str, Any]:
        return await self._browser.call(method, self._session, **parameters)

    async def go(self, url: str) -> None:
        for domain in ("Page", "Runtime", "Network", "Log"):
            await self.call(f"{domain}.enable")
        await self.call(
            "Emulation.setDeviceMetricsOverride", width=SIZE[0], height=SIZE[1],
            deviceScaleFactor=1, mobile=False,
        )  # fmt: skip
        await self.call("Page.navigate", url=url)

    async def evaluate(self, script: str) -> Any:
        ran = await self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        assert "exceptionDetails" not in ran, ran
        return ran["result"].get("value")

    async def type(self, text: str) -> None:
        await self.call("Input.insertText", text=text)

    async def press(self, key: str, *, control: bool = False) -> None:
        code, text = KEYS[key]
        named = {
            "key": key, "code": f"Key{key.upper()}" if len(key) == 1 else key,
            "windowsVirtualKeyCode": code, "modifiers": CONTROL if control else 0,
        }  # fmt: skip
        await self.call("Input.dispatchKeyEvent", type="keyDown", text=text, **named)
        await self.call("Input.dispatchKeyEvent", type="keyUp", **named)

    async def until(self, is_there: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not is_there():
                await asyncio.sleep(0.01)

    async def until_shown(self, words: str) -> None:
        """Wait until words are on the screen, as a terminal would show what was drawn."""
        await self.until(lambda: words in self.words())

    def words(self) -> str:
        """Return what a terminal would show."""
        return "\n".join(self._screen.display)

    def tokens(self) -> list[Token]:
        reader = Reader()
        return [*reader.read(self.drawn)]

    async def screenshot(self) -> bytes:
        taken = await self.call("Page.captureScreenshot", format="png")
        return base64.b64decode(taken["data"])

    def take(self, method: str, what: dict[str, Any]) -> None:
        """Note an event."""
        if method == "Network.requestWillBeSent":
            self.requested.append(what["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requested.append(what["url"])
            if size := re.search(r"width=(\d+)&height=(\d+)", what["url"]):
                self._screen.resize(int(size[2]), int(size[1]))
        elif method == "Network.webSocketFrameReceived" and what["response"]["opcode"] == 2:
            received = base64.b64decode(what["response"]["payloadData"])
            self.drawn += received
            self._emulator.feed(received)
        elif method == "Network.webSocketClosed":
            self.is_closed = True
        elif method == "Runtime.exceptionThrown":
            self.problems.append(str(what["exceptionDetails"]))
        elif method == "Page.javascriptDialogOpening":
            self.problems.append(f"dialog: {what['message']}")
        elif method == "Log.entryAdded" and what["entry"]["level"] == "error":
            self.problems.append(str(what["entry"]["text"]))


class Browser:
    """A running Chromium."""

    def __init__(self, socket: ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._pages: dict[str, Page] = {}

    async def call(
        self, method: str, session: str | None = None, **parameters: object
    ) -> dict[str, Any]:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        message = {"id": number, "method": method, "params": parameters}
        await self._socket.send_json(message | ({"sessionId": session} if session else {}))
        return await asyncio.wait_for(answer, PATIENCE_SECONDS)

    async def listen(self) -> None:
        async for received in self._socket:
            if received.type is not WSMsgType.TEXT:
                continue
            message = received.json()
            if answer := self._answers.pop(message.get("id"), None):
                if "error" in message:
                    answer.set_exception(RuntimeError(str(message["error"])))
                else:
                    answer.set_result(message["result"])
            elif page := self._pages.get(message.get("sessionId")):
                page.take(message["method"], message["params"])

    @asynccontextmanager
    async def page(self, url: str) -> AsyncIterator[Page]:
        """Open an address in a tab of its own, as a user of its own."""
        context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        created = await self.call(
            "Target.createTarget", url="about:blank", browserContextId=context
        )
        target = created["targetId"]
        attached = await self.call("Target.attachToTarget", targetId=target, flatten=True)
        page = self._pages[attached["sessionId"]] = Page(self, attached["sessionId"])
        await self.call(
            "Browser.grantPermissions", browserContextId=context,
            permissions=["clipboardReadWrite", "clipboardSanitizedWrite"],
        )  # fmt: skip
        try:
            await page.go(url)
            yield page
        finally:
            await self.call("Target.closeTarget", targetId=target)
            await self.call("Target.disposeBrowserContext", browserContextId=context)


@asynccontextmanager
async def browser(profile: Path) -> AsyncIterator[Browser]:
    """Run Chromium with an empty profile."""
    program = shutil.which("chromium")
    assert program, "the tests of `qa serve` need Chromium: apt-get install chromium"
    process = await asyncio.create_subprocess_exec(
        program, *FLAGS, f"--user-data-dir={profile}", "about:blank",
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stderr
        address = ""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not address:
                line = (await process.stderr.readline()).decode("utf-8", "replace")
                assert line, "Chromium has not started"
                address = line.partition("DevTools listening on ")[2].strip()
        async with ClientSession() as http, http.ws_connect(address, max_msg_size=0) as socket:
            running = Browser(socket)
            listening = asyncio.create_task(running.listen())
            yield running
            listening.cancel()
    finally:
        process.kill()
        await process.communicate()
