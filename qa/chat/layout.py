"""Lays an article out for the width of its pane, and keeps in view what matters.

short article    laid out at once
long article     laid out in a thread -> LaidOut -> scrolled and drawn
resize           laid out again in the same way; the old rows stay until then
"""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic
from typing import ClassVar

from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.worker import get_current_worker

from index.types import Article, Span
from qa.chat.messages import LaidOut
from qa.chat.pages import rows_of
from qa.chat.rows import Rows

AT_ONCE_CHARS = 300_000
"""Up to this length, laying out is faster than starting a thread."""
NOTICEABLE_SECONDS = 0.15


class _Superseded(Exception):
    """The rows are no longer needed."""


class ArticleLayout(ScrollView, can_focus=True):
    """A scrolling pane with the rows of one article. `targets` says what to keep in view."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Line up", show=False),
        Binding("down", "move(1)", "Line down", show=False),
        Binding("pageup", "move(-1, True)", "Page up", show=False),
        Binding("pagedown,space", "move(1, True)", "Page down", show=False),
        Binding("home", "move_to_edge(False)", "Start", show=False),
        Binding("end", "move_to_edge(True)", "End", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._article: Article | None = None
        self._rows: Rows | None = None
        self._rows_width = 0
        """Width of the pane that the rows were laid out for, or are being laid out for."""
        self._layout_started = 0.0
        """Time in seconds, by `monotonic`."""
        self._last_height = 0
        """Height of the pane before the latest resize; 0 if it was hidden."""

    @property
    def article(self) -> Article | None:
        """The article shown."""
        return self._article

    @property
    def targets(self) -> Sequence[int]:
        """Offsets to scroll to, best first; at least one."""
        return [0]

    @property
    def offset_in_view(self) -> int:
        """The first offset on the screen that is no white space, or what is to be scrolled to."""
        if self._rows is None or self._article is None:
            return self.targets[-1]
        on_screen = self.on_screen
        shown = self._article.text[on_screen.start : on_screen.end]
        return on_screen.start + len(shown) - len(shown.lstrip())

    @property
    def on_screen(self) -> Span:
        """The part of the text that is on the screen; empty if it is not laid out."""
        if self._rows is None:
            return Span(0, 0)
        last = len(self._rows) - 1
        bottom = min(last, self._top + max(0, self._pane.height - 1))
        top = self._rows.span(min(self._top, last)).start
        return Span(top, max(top, self._rows.span(bottom).end))

    def action_move(self, step: int, by_page: bool = False) -> None:
        """Scroll by lines or pages, without animation: it would take a second per page."""
        rows = step * max(1, self._pane.height - 1) if by_page else step
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)

    def action_move_to_edge(self, end: bool) -> None:
        """Scroll to the start or the end."""
        self.scroll_to(y=self.max_scroll_y if end else 0, animate=False)

    @property
    def _pane(self) -> Size:
        """The size without the scroll bar."""
        return Size(max(0, self.size.width - self.scrollbar_size_vertical), self.size.height)

    @property
    def _top(self) -> int:
        return self.scroll_offset.y

    @property
    def _is_noticeably_late(self) -> bool:
        """Whether the rows take so long that the user should be told."""
        return monotonic() - self._layout_started >= NOTICEABLE_SECONDS

    def _is_on_screen(self, offset: int, height: int | None = None) -> bool:
        assert self._rows is not None
        height = self._pane.height if height is None else height
        return 0 <= self._rows.row_of(offset) - self._top < height

    def _bring_into_view(self, offset: int, y: int | None = None) -> None:
        """Scroll so that an offset is `y` rows from the top, by default a third of the pane."""
        assert self._rows is not None
        if not self.size:
            self._last_height = 0  # hidden: the next resize counts as the first
            return
        y = self._pane.height // 3 if y is None or y >= self._pane.height else y
        self.scroll_to(y=self._rows.row_of(offset) - y, animate=False, force=True)

    def _anchor(self, height: int) -> tuple[int, int]:
        """Return the offset that must stay in place on a resize, and its row on the screen."""
        assert self._rows is not None
        top = self._rows.span(min(self._top, len(self._rows) - 1)).start
        offset = next((at for at in self.targets if self._is_on_screen(at, height)), top)
        return offset, self._rows.row_of(offset) - self._top

    def _lay_out(self) -> None:
        width = self._pane.width
        if not width:
            self._last_height = 0  # hidden: the next resize counts as the first
            return
        if self._article is None:
            return
        self._rows_width, self._layout_started = width, monotonic()
        if len(self._article.text) <= AT_ONCE_CHARS:
            self._set_rows(rows_of(self._article, width))
        else:
            self.set_timer(NOTICEABLE_SECONDS, self.refresh)
            self._lay_out_in_thread(self._article, width)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _lay_out_in_thread(self, article: Article, width: int) -> None:
        worker = get_current_worker()

        def check_cancelled() -> None:
            if worker.is_cancelled:
                raise _Superseded

        try:
            self.post_message(LaidOut(article, width, rows_of(article, width, check_cancelled)))
        except _Superseded:
            return

    @on(LaidOut)
    def _show_rows(self, message: LaidOut) -> None:
        message.stop()
        if message.article is self._article and message.width == self._rows_width:
            self._set_rows(message.rows)

    def _set_rows(self, rows: Rows) -> None:
        if self._rows is None:
            anchor: tuple[int, int | None] = (self.targets[0], None)
        else:
            anchor = self._anchor(self._pane.height)
        self._rows = rows
        self.virtual_size = Size(self._rows_width, len(rows))
        self._bring_into_view(*anchor)
        self.refresh()

    @on(events.Resize)
    def _resize(self) -> None:
        if not self.size:
            return
        last_height, self._last_height = self._last_height, self._pane.height
        if self._rows is not None:
            if last_height:
                self._bring_into_view(*self._anchor(last_height))
            else:
                self._bring_into_view(self.targets[0])
        if self._pane.width != self._rows_width:
            self._lay_out()
