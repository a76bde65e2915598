"""An article in full, scrolled to the cited passage, however long it is.

show      short: laid out at once; long: in a thread -> LaidOut -> scrolled and drawn
resize    laid out again in the same way; the old rows stay until then
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from sys import maxsize
from time import monotonic
from typing import ClassVar, get_args

from rich.segment import Segment
from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Size
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip
from textual.worker import get_current_worker

from index.structure import Label
from index.types import Article, Span
from qa.chat.highlights import Highlight, Highlights
from qa.chat.messages import LaidOut
from qa.chat.pages import margin, pages_of, rows_of, rule_above
from qa.chat.rows import Rows

AT_ONCE_CHARS = 300_000
"""Up to this length, laying out is faster than starting a thread."""
NOTICEABLE_SECONDS = 0.15
_MAX_CHARS_PER_CELL = 32  # drawn at most: a million marks on one letter would freeze the screen


class _Superseded(Exception):
    """The rows are no longer needed."""


class ArticleView(ScrollView, can_focus=True):
    """Shows an article with line numbers or pages; the passage and what is found stand out."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"article-view--{part}" for part in ("note", "number", "bar", "rule", *get_args(Highlight))
    }
    DEFAULT_CSS = """
    ArticleView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .article-view--note, & > .article-view--number, & > .article-view--rule,
        & > .article-view--furniture { color: $text-muted; }
        & > .article-view--heading { text-style: bold; }
        & > .article-view--bar { color: $text-primary; }
        & > .article-view--passage, & > .article-view--closest {
            background: $primary-muted; color: $text;
        }
        & > .article-view--closest { text-style: underline; }
        & > .article-view--answer {
            background: $success-muted; color: $text; text-style: bold underline;
        }
        & > .article-view--match {
            background: $warning-muted; color: $text; text-style: underline;
        }
        & > .article-view--current {
            background: $warning-muted; color: $text; text-style: bold reverse;
        }
        &:ansi > .article-view--passage, &:ansi > .article-view--answer,
        &:ansi > .article-view--closest, &:ansi > .article-view--match,
        &:ansi > .article-view--current {
            background: ansi_default; color: ansi_default;
        }
    }
    """
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
        self._highlights = Highlights("")
        self._pages: list[Label] = []
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
    def passage(self) -> Span | None:
        """The cited passage that is highlighted."""
        return self._highlights.passage

    @property
    def match_number(self) -> tuple[int, int]:
        """The current match, from 1, and the number of matches; (0, 0) if there are none."""
        return self._highlights.match_number

    def show(
        self,
        article: Article,
        passage: Span | None = None,
        quoted: Sequence[Span] = (),
        unsure: bool = False,
    ) -> None:
        """Show an article, scrolled to the first words quoted, else its passage, else its start."""
        if article != self._article:
            self.clear()
            self._article, self._highlights = article, Highlights(article.text, article.structure)
            self._pages = pages_of(article)
        self._highlights.cite(passage, quoted, unsure)
        if self._rows is None:
            self._lay_out()
        else:
            self._bring_into_view(self._highlights.targets[-1])
        self.refresh()

    def clear(self) -> None:
        """Show nothing."""
        self._article = self._rows = None
        self._highlights, self._rows_width = Highlights(""), 0
        self.virtual_size = Size(0, 0)
        self.refresh()

    def find(self, words: str) -> int:
        """Highlight all matches of these words, go to the next, and return their number."""
        if self._rows is not None:
            start = self._rows.span(self._top).start
        else:
            start = self._highlights.targets[-1]
        self._highlights.find(words, start)
        self.step_match(0)
        self.refresh()
        return self._highlights.match_number[1]

    def step_match(self, step: int) -> None:
        """Move by `step` matches, wrapping around at the ends."""
        self._highlights.step(step)
        if self._highlights.match_number[1]:
            target = self._highlights.targets[0]
            if self._rows is not None and not self._is_on_screen(target):
                self._bring_into_view(target)
            self.refresh()

    def action_move(self, step: int, by_page: bool = False) -> None:
        """Scroll by lines or pages, without animation: it would take a second per page."""
        rows = step * max(1, self._pane.height - 1) if by_page else step
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)

    def action_move_to_edge(self, end: bool) -> None:
        """Scroll to the start or the end."""
        self.scroll_to(y=self.max_scroll_y if end else 0, animate=False)

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        if y == 0 and not self._last_height:
            self.call_later(self._resize)  # Textual 8.2 may send none to a pane shown again
        width = self._pane.width
        row = self._top + y
        if self._rows is None and y == self._pane.height // 2:
            style = self.get_component_rich_style("article-view--note")
            note = Strip([Segment(self._note().center(width), style)])
            return note.adjust_cell_length(width, style)
        if self._rows is None or row >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        rule = self._rows.rule_at(row)
        if rule is not None:
            style = self.get_component_rich_style("article-view--rule")
            strip = Strip([Segment(rule_above(self._pages[rule], width), style)])
        else:
            words = Strip(self._selected(row, self._words(self._rows.span(row))))
            # Selections count characters of the words, without the margin.
            words = words.apply_offsets(0, row)
            strip = Strip.join([Strip(self._margin(self._rows, row)), words])
        return strip.adjust_cell_length(width, self.rich_style)

    @property
    def _pane(self) -> Size:
        """The size without the scroll bar."""
        return Size(max(0, self.size.width - self.scrollbar_size_vertical), self.size.height)

    @property
    def _top(self) -> int:
        return self.scroll_offset.y

    def _note(self) -> str:
        if self._article is None:
            return "The article appears here."
        return "laying out …" if monotonic() - self._layout_started >= NOTICEABLE_SECONDS else ""

    def _margin(self, rows: Rows, row: int) -> Iterator[Segment]:
        assert self._article is not None
        number = rows.line_of(row) if rows.starts_line(row) else None
        style = self.get_component_rich_style("article-view--number")
        yield Segment(margin(self._article, rows.lines, number), style)
        passage = self.passage
        bar = passage is not None and (
            rows.row_of(passage.start) <= row <= rows.row_of(max(passage.start, passage.end - 1))
        )
        yield Segment("▎" if bar else " ", self.get_component_rich_style("article-view--bar"))

    def _words(self, row: Span) -> Iterator[Segment]:
        end = min(row.end, row.start + _MAX_CHARS_PER_CELL * self._pane.width)
        for text, highlight in self._highlights.pieces(Span(row.start, end)):
            if highlight is None:
                yield Segment(text, self.rich_style)
            else:
                yield Segment(text, self.get_component_rich_style(f"article-view--{highlight}"))

    def _selected(self, row: int, words: Iterable[Segment]) -> Iterator[Segment]:
        """Yield the words of a row, with those that the mouse selected in another style."""
        selected = self.text_selection.get_span(row) if self.text_selection else None
        if selected is None:
            yield from words
            return
        style = self.screen.get_component_rich_style("screen--selection")
        first, last, at = selected[0], selected[1] if selected[1] >= 0 else maxsize, 0
        for text, own, _ in words:
            cuts = sorted({0, len(text), *(min(max(0, c - at), len(text)) for c in (first, last))})
            for start, end in pairwise(cuts):
                is_selected = first <= at + start < last
                yield Segment(text[start:end], style if is_selected else own)
            at += len(text)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the text of the article that is selected, exactly, and what follows it."""
        if self._article is None or self._rows is None:
            return None
        text, rows = self._article.text, self._rows

        def offset_of(at: Offset) -> int:
            row = rows.span(min(at.y, len(rows) - 1))
            return min(row.start + at.x, row.end)

        start = offset_of(selection.start) if selection.start else 0
        end = offset_of(selection.end) if selection.end else len(text)
        return text[start:end], "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the new selection."""
        self.refresh()

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
        targets = self._highlights.targets
        offset = next((at for at in targets if self._is_on_screen(at, height)), top)
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
            anchor: tuple[int, int | None] = (self._highlights.targets[0], None)
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
                self._bring_into_view(self._highlights.targets[0])
        if self._pane.width != self._rows_width:
            self._lay_out()
