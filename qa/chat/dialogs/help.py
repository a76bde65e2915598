"""The dialog that lists the keys."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from qa.chat.dialogs.dialog import CLOSE, Dialog, KeyHints
from qa.chat.keys import KEYS, KEYS_NOT_IN_BROWSER

KEY_CELLS = max(len(key) for _, keys in KEYS for key, _ in keys)


class Help(Dialog[None]):
    """Lists all keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,enter,q", "dismiss", "Close")
    ]

    def compose(self) -> ComposeResult:
        """List the keys by purpose."""
        with Vertical(classes="dialog", id="help"):
            yield Static("Keys", classes="dialog-title")
            with VerticalScroll():
                hidden = KEYS_NOT_IN_BROWSER if self.app.is_web else frozenset()
                for title, keys in KEYS:
                    yield Static(Content(title), classes="section")
                    yield Static(_table(row for row in keys if row[0] not in hidden))
            yield KeyHints((("↑ ↓", "scroll", ""), CLOSE))


def _table(keys: Iterable[tuple[str, str]]) -> Table:
    """Return keys in one column, and what they do in another."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=KEY_CELLS)
    table.add_column()
    for key, does in keys:
        table.add_row(Text(key, "bold"), Text(does))
    return table
