"""An article in full, scrolled to the cited passage, however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.selection import Selection
from textual.strip import Strip

from index.structure import Label
from index.types import Article, Span
from qa.chat import article_style
from qa.chat.drawing import RowDrawing
from qa.chat.highlights import Highlights
from qa.chat.layout import ArticleLayout
from qa.chat.pages import pages_of
from qa.chat.selecting import selected_span


class ArticleView(ArticleLayout):
    """Shows an article with line numbers or pages; the passage and what is found stand out."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(article_style.COMPONENTS)
    DEFAULT_CSS = article_style.CSS

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._highlights = Highlights("")
        self._pages: list[Label] = []

    @property
    def passage(self) -> Span | None:
        """The cited passage that is highlighted."""
        return self._highlights.passage

    @property
    def shows_passage(self) -> bool:
        """Whether the cited passage is on the screen, or will be once it is laid out."""
        passage = self.passage
        return passage is not None and (self._rows is None or passage.overlap(self.on_screen) > 0)

    @property
    def targets(self) -> Sequence[int]:
        """Offsets to scroll to, best first: the current match, then the citation."""
        return self._highlights.targets

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
            self._bring_into_view(self.targets[-1])
        self.refresh()

    def clear(self) -> None:
        """Show nothing."""
        self._article = self._rows = None
        self._highlights, self._rows_width = Highlights(""), 0
        self.virtual_size = Size(0, 0)
        self.refresh()

    def find(self, words: str) -> int:
        """Highlight all matches of these words, go to the next, and return their number."""
        start = self.targets[-1] if self._rows is None else self._rows.span(self._top).start
        self._highlights.find(words, start)
        self.step_match(0)
        self.refresh()
        return self.match_number[1]

    def step_match(self, step: int) -> None:
        """Move by `step` matches, wrapping around at the ends."""
        self._highlights.step(step)
        if self.match_number[1]:
            target = self.targets[0]
            if self._rows is not None and not self._is_on_screen(target):
                self._bring_into_view(target)
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        if y == 0 and not self._last_height:
            self.call_later(self._resize)  # Textual 8.2 may send none to a pane shown again
        width, row = self._pane.width, self._top + y
        if self._rows is None or self._article is None:
            strip = self._note() if y == self._pane.height // 2 else Strip([])
            return strip.adjust_cell_length(width, self.rich_style)
        if row >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        drawing = RowDrawing(
            self._article, self._rows, self._highlights, self._pages, width, self._style_of
        )
        selected = self.text_selection.get_span(row) if self.text_selection else None
        selection = self.screen.get_component_rich_style("screen--selection")
        strip = drawing.strip(row, selected, selection)
        return strip.adjust_cell_length(width, self.rich_style)

    def _style_of(self, part: str) -> Style:
        return self.get_component_rich_style(f"article-view--{part}") if part else self.rich_style

    def _note(self) -> Strip:
        if self._article is None:
            note = "The article appears here."
        else:
            note = "laying out …" if self._is_noticeably_late else ""
        return Strip([Segment(note.center(self._pane.width), self._style_of("note"))])

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return the text of the article that is selected, exactly, and what follows it."""
        if self._article is None or self._rows is None:
            return None
        selected = selected_span(self._article.text, self._rows, selection)
        return self._article.text[selected.start : selected.end], "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Draw the new selection."""
        self.refresh()
