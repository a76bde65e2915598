"""The dialog that adds articles to the conversation."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from qa.chat.dialogs.dialog import CLOSE, Dialog, KeyHints
from qa.chat.line import LineInput
from qa.chat.typed import paths_in
from qa.show.text import visible_line


class Add(Dialog["list[str] | None"]):
    """Asks what to add. Dismissed with addresses and existing paths, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "Close")]

    def compose(self) -> ComposeResult:
        """Lay out an input."""
        with Vertical(classes="dialog", id="add"):
            yield Static("Add articles", classes="dialog-title")
            yield LineInput(placeholder="Web address, file or folder …", id="added")
            yield Static(id="add-note")
            yield KeyHints(
                (("Enter", "add; a web page is fetched and kept", "focused.submit"), CLOSE)
            )

    @on(Input.Submitted)
    def _add(self, event: Input.Submitted) -> None:
        typed = event.value.strip()
        if paths := paths_in(typed):
            self.dismiss(paths)
        elif typed:
            note = f"No such file or folder: {visible_line(typed)}. Addresses begin with https://"
            self.query_one("#add-note", Static).update(Content(note))
