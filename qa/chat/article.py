"""The article as it is, scrolled to the cited passage, however long it is.

show    small: laid out at once; large: in a thread -> LaidOut -> scrolled and drawn
resize  laid out anew likewise; until then the old rows stay
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from time import monotonic
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events, on, work
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.worker import get_current_worker

from index.types import Article, Span
from qa.chat.rows import Rows, lay_out
from qa.show.text import visible

AT_ONCE_CHARS = 300_000
"""So much is laid out sooner than a thread is started."""
MAX_MATCHES = 10_000
NOTICEABLE_SECONDS = 0.15
_MAX_CHARS_A_CELL = 32  # drawn; a million marks on one letter would stop the screen


@dataclass
class LaidOut(Message):
    """A large article has its rows."""

    article: Article
    width: int
    """Of the pane, in cells."""
    rows: Rows


class _Superseded(Exception):
    """Nobody waits for these rows any more."""


class ArticleView(ScrollView, can_focus=True):
    """Shows an article with a passage tinted, answers and found words lit, and line numbers."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "article-view--note",
        "article-view--number",
        "article-view--bar",
        "article-view--passage",
        "article-view--answer",
        "article-view--match",
        "article-view--current",
    }
    DEFAULT_CSS = """
    ArticleView {
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        & > .article-view--note, & > .article-view--number { color: $text-muted; }
        & > .article-view--bar { color: $text-primary; }
        & > .article-view--passage { background: $primary-muted; color: $text; }
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
        &:ansi > .article-view--match, &:ansi > .article-view--current {
            background: ansi_default; color: ansi_default;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Line up", show=False),
        Binding("down,j", "move(1)", "Line down", show=False),
        Binding("pageup", "move(-1, True)", "Page up", show=False),
        Binding("pagedown,space", "move(1, True)", "Page down", show=False),
        Binding("home", "move_to_edge(False)", "Start", show=False),
        Binding("end", "move_to_edge(True)", "End", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._article: Article | None = None
        self._passage: Span | None = None
        self._answers: tuple[Span, ...] = ()
        self._rows: Rows | None = None
        self._rows_for = 0  # the width of the pane that they were, or are being, laid out for
        self._asked_at = 0.0
        self._matches: list[Span] = []
        self._match = 0
        self._seen_height = 0

    @property
    def article(self) -> Article | None:
        """What is shown."""
        return self._article

    @property
    def passage(self) -> Span | None:
        """What is tinted."""
        return self._passage

    @property
    def match_number(self) -> tuple[int, int]:
        """The current match, from 1, and how many there are; (0, 0) without any."""
        return (self._match + 1, len(self._matches)) if self._matches else (0, 0)

    def show(
        self, article: Article, passage: Span | None = None, answers: Sequence[Span] = ()
    ) -> None:
        """Show an article at its first answer, else its passage, else its beginning."""
        if article != self._article:
            self.clear()
            self._article = article
        self._passage, self._answers = passage, tuple(answers)
        if self._rows is None:
            self._lay_out()
        else:
            self._bring_into_view(self._aims()[-1])
        self.refresh()

    def clear(self) -> None:
        """Show nothing."""
        self._article = self._passage = self._rows = None
        self._answers, self._matches, self._rows_for = (), [], 0
        self.virtual_size = Size(0, 0)
        self.refresh()

    def find(self, words: str) -> int:
        """Light every place that has these words, in whatever case and spacing, and go to the next.

        Returns how many there are; no more than MAX_MATCHES are looked for.
        """
        self._matches, self._match = [], 0
        if self._article is not None and words.split():
            pattern = re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)
            found = islice(pattern.finditer(self._article.text), MAX_MATCHES)
            self._matches = [Span(*match.span()) for match in found]
            top = self._rows.span(self._top).start if self._rows is not None else self._aims()[-1]
            self._match = bisect_left(self._matches, Span(top, top))
            self.step_match(0)
        self.refresh()
        return len(self._matches)

    def step_match(self, step: int) -> None:
        """Go on by so many matches, from the last to the first."""
        if self._matches:
            self._match = (self._match + step) % len(self._matches)
            if self._rows is not None and not self._is_on_screen(self._aims()[0]):
                self._bring_into_view(self._aims()[0])
            self.refresh()

    def action_move(self, step: int, by_page: bool = False) -> None:
        """Scroll by lines or pages, without an animation: that takes a second for a page."""
        rows = step * max(1, self._pane.height - 1) if by_page else step
        self.scroll_to(y=self.scroll_offset.y + rows, animate=False)

    def action_move_to_edge(self, end: bool) -> None:
        """Scroll to the beginning or the end."""
        self.scroll_to(y=self.max_scroll_y if end else 0, animate=False)

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        width = self._pane.width
        row = self._top + y
        if self._rows is None and y == self._pane.height // 2:
            style = self.get_component_rich_style("article-view--note")
            note = Strip([Segment(self._note().center(width), style)])
            return note.adjust_cell_length(width, style)
        if self._rows is None or row >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        strip = Strip([*self._margin(self._rows, row), *self._words(self._rows.span(row))])
        return strip.adjust_cell_length(width, self.rich_style)

    @property
    def _pane(self) -> Size:
        """The room there is, beside the scroll bar."""
        return Size(max(0, self.size.width - self.scrollbar_size_vertical), self.size.height)

    @property
    def _top(self) -> int:
        return self.scroll_offset.y

    def _note(self) -> str:
        if self._article is None:
            return "The article shows here."
        return "laying out …" if monotonic() - self._asked_at >= NOTICEABLE_SECONDS else ""

    def _margin(self, rows: Rows, row: int) -> Iterator[Segment]:
        number = str(rows.line_of(row)) if rows.opens_line(row) else ""
        style = self.get_component_rich_style("article-view--number")
        yield Segment(f"{number:>{len(str(rows.lines))}} ", style)
        passage = self._passage
        bar = passage is not None and (
            rows.row_of(passage.start) <= row <= rows.row_of(max(passage.start, passage.end - 1))
        )
        yield Segment("▎" if bar else " ", self.get_component_rich_style("article-view--bar"))

    def _words(self, span: Span) -> Iterator[Segment]:
        """Draw what stands in a row, cut wherever the style changes."""
        assert self._article is not None
        text = self._article.text
        start, end = span.start, min(span.end, span.start + _MAX_CHARS_A_CELL * self._pane.width)
        lit = [
            (self._whole_letters(part, start, end), style)
            for part, style in self._lights(span)
            if part.overlap(span)
        ]
        cuts = {start, end}.union(*((part.start, part.end) for part, _ in lit))
        for first, after in pairwise(sorted(cuts)):
            inside = [style for part, style in lit if part.contains(Span(first, after))]
            yield Segment(visible(text[first:after]), inside[-1] if inside else self.rich_style)

    def _whole_letters(self, part: Span, start: int, end: int) -> Span:
        """Cut a span to [start, end) and widen it so that no letter is parted from its marks."""
        assert self._article is not None
        text = self._article.text
        first, after = max(part.start, start), min(part.end, end)
        while start < first < end and not cell_len(visible(text[first])):
            first -= 1
        while after < end and not cell_len(visible(text[after])):
            after += 1
        return Span(min(first, after), after)

    def _lights(self, span: Span) -> Iterator[tuple[Span, Style]]:
        """Yield what may be lit in a row; the later hides the earlier."""
        if self._passage is not None:
            yield self._passage, self.get_component_rich_style("article-view--passage")
        for answer in self._answers:
            yield answer, self.get_component_rich_style("article-view--answer")
        nth = max(0, bisect_left(self._matches, Span(span.start, span.start)) - 1)
        while nth < len(self._matches) and self._matches[nth].start < span.end:
            name = "article-view--current" if nth == self._match else "article-view--match"
            yield self._matches[nth], self.get_component_rich_style(name)
            nth += 1

    def _aims(self) -> list[int]:
        """Return the offsets worth being seen: the current match if any, then what is cited."""
        cited = self._answers[0] if self._answers else self._passage or Span(0, 0)
        found = self._matches[self._match : self._match + 1]
        return [span.start for span in (*found, cited)]

    def _is_on_screen(self, offset: int, height: int | None = None) -> bool:
        assert self._rows is not None
        height = self._pane.height if height is None else height
        return 0 <= self._rows.row_of(offset) - self._top < height

    def _bring_into_view(self, offset: int, y: int | None = None) -> None:
        """Scroll so that an offset stands `y` rows from the top, or a third of the pane."""
        assert self._rows is not None
        if not self.size:
            self._seen_height = 0  # hidden: when it is seen again, as if for the first time
            return
        y = self._pane.height // 3 if y is None or y >= self._pane.height else y
        self.scroll_to(y=self._rows.row_of(offset) - y, animate=False, force=True)

    def _held(self, height: int) -> tuple[int, int]:
        """Return the offset that a change of size shall not move, and the row it stands on."""
        assert self._rows is not None
        top = self._rows.span(min(self._top, len(self._rows) - 1)).start
        aims = (aim for aim in self._aims() if self._is_on_screen(aim, height))
        offset = next(aims, top)
        return offset, self._rows.row_of(offset) - self._top

    def _lay_out(self) -> None:
        width = self._pane.width
        if self._article is None or not width:
            return  # asked again when there is a size
        self._rows_for, self._asked_at = width, monotonic()
        if len(self._article.text) <= AT_ONCE_CHARS:
            self._take(_rows_of(self._article, width))
        else:
            self.set_timer(NOTICEABLE_SECONDS, self.refresh)
            self._lay_out_aside(self._article, width)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _lay_out_aside(self, article: Article, width: int) -> None:
        worker = get_current_worker()

        def go_on() -> None:
            if worker.is_cancelled:
                raise _Superseded

        try:
            self.post_message(LaidOut(article, width, _rows_of(article, width, go_on)))
        except _Superseded:
            return

    @on(LaidOut)
    def _show_rows(self, message: LaidOut) -> None:
        message.stop()
        if message.article is self._article and message.width == self._rows_for:
            self._take(message.rows)

    def _take(self, rows: Rows) -> None:
        held = (self._aims()[0], None) if self._rows is None else self._held(self._pane.height)
        self._rows = rows
        self.virtual_size = Size(self._rows_for, len(rows))
        self._bring_into_view(*held)
        self.refresh()

    @on(events.Resize)
    def _resize(self) -> None:
        if not self.size:
            return
        seen_height, self._seen_height = self._seen_height, self._pane.height
        if self._rows is not None:
            held = self._held(seen_height) if seen_height else (self._aims()[0], None)
            self._bring_into_view(*held)
        if self._pane.width != self._rows_for:
            self._lay_out()


def _rows_of(article: Article, width: int, on_chunk: Callable[[], object] = lambda: None) -> Rows:
    """Return an article's rows for a pane of so many cells, margin included."""
    lines = article.line_of(max(0, len(article.text) - 1))
    return lay_out(article.text, width - len(f"{lines} ▎"), on_chunk)
