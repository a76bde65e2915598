"""Draws an app in a browser: a driver of Textual that talks to a page instead of a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, TextIO

from textual import constants, events
from textual._xterm_parser import XTermParser  # what a terminal sends; textual<9 is required
from textual.app import App
from textual.driver import Driver
from textual.geometry import Size

ON = "\x1b[?1049h\x1b[?1000h\x1b[?1003h\x1b[?1006h\x1b[?25l\x1b[?2004h"
"""The alternate screen, mouse, no cursor, and pastes that are marked as such."""
TICK_SECONDS = constants.ESCAPE_DELAY + 0.01
"""After this time, an escape without a sequence is the key Esc."""


class Page(Protocol):
    """What the browser shows: a terminal."""

    size: tuple[int, int]
    """Columns and rows."""
    driver: PageDriver | None
    """What gets the input, once the app runs."""

    def draw(self, data: str) -> None:
        """Send what a terminal would get."""

    def open_address(self, address: str) -> None:
        """Open a web address in a new tab."""

    def offer(self, name: str, text: str) -> None:
        """Offer a file to be saved."""


class PageDriver(Driver):
    """See `textual.driver.Driver`. All methods are for the event loop's thread."""

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        """app: it has a `page`."""
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._page: Page = app.page  # type: ignore[attr-defined]  # of `ServedChat`
        self._parser = XTermParser(debug)

    @property
    def is_web(self) -> bool:
        """That files are saved, and addresses opened, by a browser."""
        return True

    def write(self, data: str) -> None:
        """Send what a terminal would get."""
        self._page.draw(data)

    def type(self, text: str) -> None:
        """Take what a terminal would send: keys, pastes and the mouse."""
        if not text:  # the parser takes this for the end
            return
        for message in self._parser.feed(text):
            self.process_message(message)
        self._loop.call_later(TICK_SECONDS, self._tick)

    def resize(self, columns: int, rows: int) -> None:
        """Draw in another size from now on."""
        self._size = columns, rows
        size = Size(columns, rows)
        self.send_message(events.Resize(size, size))

    def show_focus(self, has_focus: bool) -> None:
        """Say whether the page gets the keys."""
        self.send_message(events.AppFocus() if has_focus else events.AppBlur())

    def start_application_mode(self) -> None:
        """Begin to draw, and to take input."""
        self.write(ON)
        self.resize(*self._page.size)
        self._page.driver = self

    def disable_input(self) -> None:
        """Take no more input."""
        self._page.driver = None

    def stop_application_mode(self) -> None:
        """Take no more input. The page is left as it is, and says that the chat has ended."""
        self.disable_input()

    def open_url(self, url: str, new_tab: bool = True) -> None:
        """Open a web address in the browser."""
        self._page.open_address(url)

    def deliver_binary(
        self,
        binary: BinaryIO | TextIO,
        *,
        delivery_key: str,
        save_path: Path,
        open_method: Literal["browser", "download"] = "download",
        encoding: str | None = None,
        mime_type: str | None = None,
        name: str | None = None,
    ) -> None:
        """Have the browser save a text."""
        with binary:
            text = binary.read()
        assert isinstance(text, str)
        self._page.offer(save_path.name, text)

    def _tick(self) -> None:
        for message in self._parser.tick():
            self.process_message(message)
