"""The dialog that lists the articles: to find, read and mark some; and the files that are skipped.

The filter has the focus throughout: letters filter, the arrow keys move the highlight.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.style import Style
from textual.widgets import Input, Static

from qa.chat.catalogue import MARK_CELLS, Filter, SkippedRow, article_rows
from qa.chat.dialogs.dialog import CLOSE, Dialog, KeyHints
from qa.chat.line import LineInput
from qa.chat.listing import Listing, Parts
from qa.chat.scope import Selection
from qa.events import Listed
from qa.show.text import counted

CHROME_ROWS = 13
"""Rows of the dialog besides the list."""
MIN_LIST_ROWS = 8
ARTICLE_KEYS = (
    ("Enter", "read", "screen.read"),
    ("Space", "mark", "screen.mark"),
    ("^A", "all or none", "screen.mark_all"),
    ("^S", "ask marked", "screen.accept"),
    ("^X", "ask others", "screen.exclude"),
    ("Esc", "cancel", "screen.cancel"),
)
SKIPPED_KEYS = (("Tab", "articles", "screen.switch"), CLOSE)


@dataclass(frozen=True, slots=True)
class ToRead:
    """An article to read."""

    id: str
    marked: frozenset[str]
    """The ids that were marked meanwhile, for when the dialog is opened again."""


class FilterInput(LineInput):
    """The words to find. Space marks an article if nothing is typed or the highlight was moved."""

    has_moved = False
    """Whether the highlight was moved since something was typed."""

    @dataclass
    class Space(Message):
        """The highlighted article is to be marked."""

    async def _on_key(self, event: events.Key) -> None:
        """Take a space that marks; textual's own handler, called next, types all others."""
        if event.key == "space" and (self.has_moved or not self.value):
            event.stop()
            event.prevent_default()
            self.post_message(self.Space())


class Articles(Dialog["Selection | ToRead | None"]):
    """Selects the articles to ask, or one to read.

    Dismissed with the selection, an article to read, or None for no change.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("ctrl+a", "mark_all", "Mark all or none", priority=True),
        Binding("ctrl+s", "accept", "Ask the marked", priority=True),
        Binding("ctrl+x", "exclude", "Ask all others", priority=True),
        Binding("tab,shift+tab", "switch", "Articles or skipped files", priority=True),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("pagedown", "move(1, True)", show=False),
        Binding("pageup", "move(-1, True)", show=False),
    ]

    def __init__(self, listed: Listed, marked: Iterable[str]) -> None:
        super().__init__()
        self._articles = article_rows(listed)
        self._skipped = [SkippedRow(skip) for skip in listed.skipped]
        self._marked = listed.titles.keys() & set(marked)  # some may have been deleted
        self._article_filter, self._skipped_filter = Filter(self._articles), Filter(self._skipped)
        self._shows_skipped = False

    def compose(self) -> ComposeResult:
        """Lay out a filter over the list, and below it details and counts."""
        with Vertical(classes="dialog", id="articles"):
            yield Static(id="sections", classes="dialog-title")
            yield FilterInput(placeholder="Filter by title or path …", id="filter")
            yield Listing(self._draw, mark_cells=MARK_CELLS, id="listed")
            yield Static(id="details")
            yield Static(id="count")
            yield KeyHints(ARTICLE_KEYS)

    def on_mount(self) -> None:
        """List all articles."""
        rows = max(MIN_LIST_ROWS, len(self._articles), len(self._skipped))
        self.query_one("#articles").styles.height = rows + CHROME_ROWS
        self._show()

    @property
    def _filter(self) -> Filter:
        return self._skipped_filter if self._shows_skipped else self._article_filter

    @property
    def _listing(self) -> Listing:
        return self.query_one(Listing)

    # User actions

    def action_cancel(self) -> None:
        """Close without a change."""
        self.dismiss(None)

    def action_accept(self) -> None:
        """Ask the marked articles; all if none or all are marked."""
        some = len(self._marked) < len(self._articles)
        self.dismiss(Selection.of_ids(sorted(self._marked) if some else ()))

    def action_exclude(self) -> None:
        """Ask all articles but the marked ones."""
        self.dismiss(Selection.all_but(sorted(self._marked)))

    def action_mark_all(self) -> None:
        """Mark all articles that are listed, or none of them if all are marked already."""
        if self._shows_skipped:
            return
        listed = {self._articles[row].id for row in self._article_filter.found}
        self._marked = self._marked - listed if listed <= self._marked else self._marked | listed
        self._listing.refresh()
        self._show_count()

    def action_switch(self) -> None:
        """Show the skipped files, or the articles again."""
        if self._skipped:
            self._shows_skipped = not self._shows_skipped
            self._show()

    def action_move(self, step: int, by_page: bool = False) -> None:
        """Move the highlight by rows or pages."""
        self.query_one(FilterInput).has_moved = True
        self._listing.move(step * self._listing.page if by_page else step)

    @on(FilterInput.Space)
    def action_mark(self) -> None:
        """Mark the highlighted article, or unmark it."""
        self._mark(self._listing.highlighted)

    @on(Listing.Marked)
    def _mark_clicked(self, event: Listing.Marked) -> None:
        self._mark(event.row)

    @on(Input.Submitted)
    def action_read(self) -> None:
        """Close, and read the highlighted article."""
        self._read(self._listing.highlighted)

    @on(Listing.Chosen)
    def _read_clicked(self, event: Listing.Chosen) -> None:
        self._read(event.row)

    @on(Input.Changed)
    def _filter_changed(self, event: Input.Changed) -> None:
        self.query_one(FilterInput).has_moved = False
        self._show()

    # What is shown

    def _mark(self, row: int | None) -> None:
        if row is not None and not self._shows_skipped:
            self._marked ^= {self._articles[self._filter.found[row]].id}
            self._listing.refresh()
            self._show_count()

    def _read(self, row: int | None) -> None:
        if row is not None and not self._shows_skipped:
            id = self._articles[self._filter.found[row]].id
            self.dismiss(ToRead(id, frozenset(self._marked)))

    def _draw(self, row: int, width: int) -> Parts:
        nth = self._filter.found[row]
        if self._shows_skipped:
            return self._skipped[nth].parts(width, self._filter.words)
        article = self._articles[nth]
        return article.parts(width, self._filter.words, article.id in self._marked)

    def _show(self) -> None:
        self._filter.find(self.query_one(FilterInput).value)
        self._listing.show(len(self._filter.found))
        self.query_one(KeyHints).show(SKIPPED_KEYS if self._shows_skipped else ARTICLE_KEYS)
        sections = [f"Articles {len(self._articles):,}"]
        if self._skipped:
            sections.append(f"Skipped {len(self._skipped):,}")
        plain, shown = Style.from_meta({"@click": "screen.switch"}), Style(reverse=True)
        parts = [
            Content.styled(f" {section} ", shown if number == self._shows_skipped else plain)
            for number, section in enumerate(sections)
        ]
        hint = Content.styled("  Tab", "$text-muted")
        title = Content.styled(sections[0], "bold $text-primary")
        shown_sections = Content(" ").join(parts) + hint if self._skipped else title
        self.query_one("#sections", Static).update(shown_sections)
        self._show_count()

    @on(Listing.Highlighted)
    def _show_details(self, event: Listing.Highlighted) -> None:
        details = ""
        if event.row is not None and event.row < len(self._filter.found):
            rows = self._skipped if self._shows_skipped else self._articles
            details = rows[self._filter.found[event.row]].details
        self.query_one("#details", Static).update(Content(details))

    def _show_count(self) -> None:
        found, noun = len(self._filter.found), "file" if self._shows_skipped else "article"
        total = len(self._skipped if self._shows_skipped else self._articles)
        count = counted(total, noun)
        if self._filter.words:
            count = f"{found:,} of {count}"
        if self._shows_skipped:
            self.query_one("#count", Static).update(Content(f"{count} skipped"))
            return
        marked = f"{len(self._marked):,} marked" if self._marked else "asking all"
        self.query_one("#count", Static).update(Content(f"{count}, {marked}"))
