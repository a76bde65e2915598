"""The dialog that lists the keys."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from qa.chat.keys import KEYS


class Help(ModalScreen[None]):
    """Lists all keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,enter,q", "dismiss", "Close")
    ]

    def compose(self) -> ComposeResult:
        """List the keys by purpose."""
        with VerticalScroll(classes="dialog", id="help"):
            yield Static("Keys (Esc to close)", classes="dialog-title")
            for title, keys in KEYS:
                yield Static(Content(title), classes="section")
                for key, does in keys:
                    yield Static(Content(f"{key:<10}{does}"), classes="keys")
