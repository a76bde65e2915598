"""A list of any length: only the rows on the screen are drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

Look = str
"""How a part of a row looks: "", "muted", "match" or "mark"."""
Parts = Iterable[tuple[str, Look]]
"""The texts of a row, safe to show, each with its look."""


class Listing(ScrollView, can_focus=False):
    """Shows rows, one of them highlighted. The screen it is on takes the keys.

    A click on the mark of a row marks it. A click elsewhere highlights the row, and a second one
    chooses it.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "listing--highlighted",
        "listing--muted",
        "listing--match",
        "listing--mark",
    }
    DEFAULT_CSS = """
    Listing {
        overflow-x: hidden;
        & > .listing--highlighted { background: $block-cursor-blurred-background; }
        & > .listing--muted { color: $text-muted; }
        & > .listing--match { color: $text-warning; text-style: underline; }
        & > .listing--mark { color: $text-success; text-style: bold; }
        &:ansi > .listing--highlighted { background: ansi_default; text-style: reverse; }
    }
    """

    @dataclass
    class Marked(Message):
        """The mark of a row was clicked."""

        row: int

    @dataclass
    class Chosen(Message):
        """A highlighted row was clicked."""

        row: int

    @dataclass
    class Highlighted(Message):
        """Another row is highlighted, or None if there are none."""

        row: int | None

    def __init__(
        self, draw: Callable[[int, int], Parts], *, mark_cells: int = 0, id: str | None = None
    ) -> None:
        """draw: returns the parts of a row, by its number from 0 and the width in cells.

        mark_cells: width of the mark at the start of a row; 0 if rows have none.
        """
        super().__init__(id=id)
        self._draw = draw
        self._mark_cells = mark_cells
        self.count = 0
        """The number of rows."""
        self.highlighted: int | None = None
        """The number of the highlighted row."""

    def show(self, count: int) -> None:
        """Show this many rows from the start."""
        self.count = count
        self.virtual_size = Size(0, count)
        self.scroll_to(y=0, animate=False, force=True)
        self._highlight(0 if count else None)

    def remove_one(self) -> None:
        """Show one row less; the highlight stays where it is."""
        top, highlighted = self.scroll_offset.y, self.highlighted or 0
        self.count -= 1
        self.virtual_size = Size(0, self.count)
        self.scroll_to(y=top, animate=False, force=True)
        self._highlight(min(highlighted, self.count - 1) if self.count else None)

    def move(self, rows: int) -> None:
        """Move the highlight, at most to the first or the last row."""
        if self.highlighted is not None:
            self._highlight(min(max(0, self.highlighted + rows), self.count - 1))

    @property
    def page(self) -> int:
        """The number of rows to move by at a time."""
        return max(1, self.size.height - 1)

    def _highlight(self, row: int | None) -> None:
        self.highlighted = row
        if row is not None and self.size:
            top = self.scroll_offset.y
            if not top <= row < top + self.size.height:
                y = row if row < top else row - self.size.height + 1
                self.scroll_to(y=y, animate=False, force=True)
        self.refresh()
        self.post_message(self.Highlighted(row))

    def on_resize(self) -> None:
        """Keep the highlighted row in view."""
        self._highlight(self.highlighted)

    def on_click(self, event: events.Click) -> None:
        """Mark, highlight or choose the row."""
        row = self.scroll_offset.y + event.y
        if not 0 <= row < self.count:
            return
        is_second = row == self.highlighted
        self._highlight(row)
        if event.x < self._mark_cells:
            self.post_message(self.Marked(row))
        elif is_second:
            self.post_message(self.Chosen(row))

    def render_line(self, y: int) -> Strip:
        """Draw one row of the screen."""
        width, row = self.scrollable_content_region.width, self.scroll_offset.y + y
        if row >= self.count:
            return Strip.blank(width, self.rich_style)
        ground = self.rich_style
        if row == self.highlighted:
            ground = self.get_component_rich_style("listing--highlighted")
        segments = [
            Segment(text, self._style(look, ground)) for text, look in self._draw(row, width)
        ]
        return Strip(segments).adjust_cell_length(width, ground)

    def _style(self, look: Look, ground: Style) -> Style:
        if not look:
            return ground
        style = self.get_component_rich_style(f"listing--{look}")
        return style + Style(bgcolor=ground.bgcolor, reverse=ground.reverse)
