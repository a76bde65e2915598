"""The dialog that lists the articles, to select which to ask, and what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static

from index.scan import Skip
from qa.chat.line import LineInput
from qa.chat.scope import Selection
from qa.events import Listed
from qa.show.text import counted, visible_line, visible_name

MAX_LISTED = 500
"""Most articles listed at a time; the filter finds the others."""


class Articles(ModalScreen["Selection | None"]):
    """Selects the articles to ask.

    Dismissed with the selection, or with None for no change.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Cancel"),
        Binding("ctrl+a", "all", "Ask all", priority=True),
        Binding("ctrl+s", "accept", "Ask selected", priority=True),
        Binding("ctrl+x", "exclude", "Ask all others", priority=True),
        Binding("down", "list", show=False),
    ]

    def __init__(self, listed: Listed, selected: Sequence[str]) -> None:
        super().__init__()
        self._listed = listed
        self._selected = set(selected)
        self._ids: list[str] = []
        self._not_listed = 0

    def compose(self) -> ComposeResult:
        """Lay out a filter over the articles, and what could not be read below."""
        with Vertical(classes="dialog", id="articles"):
            yield Static("Articles", classes="dialog-title")
            yield LineInput(placeholder="Filter …", id="filter")
            yield OptionList(id="listed", markup=False)
            yield Static(id="count")
            yield OptionList(id="skipped", markup=False)
            yield Static(
                "Enter select  ^S ask these  ^X all others  ^A all  Esc cancel",
                classes="dialog-hint",
            )

    def on_mount(self) -> None:
        """List all articles."""
        self._list("")

    def action_cancel(self) -> None:
        """Close without a change."""
        self.dismiss(None)

    def action_all(self) -> None:
        """Ask all articles."""
        self.dismiss(Selection())

    def action_accept(self) -> None:
        """Ask the selected articles."""
        self.dismiss(Selection.of_ids(sorted(self._selected)))

    def action_exclude(self) -> None:
        """Ask all articles but the selected ones."""
        self.dismiss(Selection.all_but(sorted(self._selected)))

    def action_list(self) -> None:
        """Move the focus from the filter to the list."""
        listing = self.query_one("#listed", OptionList)
        listing.focus()
        if listing.highlighted is None:
            listing.action_first()

    @on(Input.Submitted)
    def _submitted(self) -> None:
        self.action_list()

    @on(Input.Changed)
    def _filter(self, event: Input.Changed) -> None:
        self._list(event.value)

    @on(OptionList.OptionSelected, "#listed")
    def _toggle(self, event: OptionList.OptionSelected) -> None:
        id = self._ids[event.option_index]
        self._selected ^= {id}
        event.option_list.replace_option_prompt_at_index(event.option_index, self._prompt(id))
        self._show_count()

    def _prompt(self, id: str) -> Content:
        mark = "[x]" if id in self._selected else "[ ]"
        return Content(f"{mark} {visible_line(self._listed.titles[id])} · {visible_name(id)}")

    def _list(self, words: str) -> None:
        wanted = words.lower().split()

        def matches(text: str) -> bool:
            return all(word in text.lower() for word in wanted)

        found = [id for id, title in self._listed.titles.items() if matches(f"{id} {title}")]
        self._ids = found[:MAX_LISTED]
        self._not_listed = len(found) - len(self._ids)
        listing = self.query_one("#listed", OptionList)
        listing.clear_options()
        listing.add_options(map(self._prompt, self._ids))
        notes = [(id, note) for id, note in self._listed.notes.items() if matches(id)]
        skipped = [skip for skip in self._listed.skipped if matches(skip.id)]
        unread = [
            *(f"note: {visible_name(id)} · {visible_line(note)}" for id, note in notes),
            *(f"skipped: {visible_name(skip.id)} · {_reason(skip)}" for skip in skipped),
        ]
        unread_list = self.query_one("#skipped", OptionList)
        unread_list.clear_options()
        unread_list.display = bool(unread)
        unread_list.add_options(map(Content, unread[:MAX_LISTED]))
        self._show_count()

    def _show_count(self) -> None:
        asked = f"{len(self._selected):,} selected" if self._selected else "asking all"
        parts = [f"{counted(len(self._listed.titles), 'article')}, {asked}"]
        if self._not_listed:
            parts.append(f"{self._not_listed:,} more: filter to see them")
        if self._listed.notes:
            parts.append(f"{counted(len(self._listed.notes), 'note')} below")
        if self._listed.skipped:
            parts.append(f"{counted(len(self._listed.skipped), 'file')} skipped")
        self.query_one("#count", Static).update(Content("; ".join(parts)))


def _reason(skip: Skip) -> str:
    return f"{skip.reason} ({visible_line(skip.detail)})" if skip.detail else skip.reason
