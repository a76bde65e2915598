"""All keys of the chat, by what they are for."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

KEYS = (
    (
        "Asking",
        (
            ("Enter", "ask"),
            ("Up  Down", "earlier and later questions"),
            ("Esc", "cancel a running question; close; back to the question"),
            ("^N", "new conversation"),
            ("Tab", "between question, article and conversation"),
            ("PgUp PgDn", "scroll the conversation"),
        ),
    ),
    (
        "Citations",
        (
            ("^Up ^Down", "previous and next citation"),
            ("^Y", "copy the quote with its place"),
            ("^O", "open the article in your editor, at the line"),
            ("^F", "find in the article"),
            ("F2", "conversation or article, where one fits"),
        ),
    ),
    (
        "In an empty line or in the conversation",
        (
            ("[  ]", "previous and next citation"),
            ("?", "this help"),
        ),
    ),
    (
        "In the conversation",
        (
            ("y  e  /", "copy, editor, find"),
            ("a", "ask the last question as it stands, without the one before"),
            ("Enter", "go to the article"),
            ("j k Home", "scroll; earlier turns"),
        ),
    ),
    (
        "Everything else",
        (
            ("F3", "articles: which to ask, what was left out"),
            ("F4", "conversations: resume or delete"),
            ("^S", "save the conversation"),
            ("^P", "all commands, themes"),
            ("F1", "this help"),
            ("^Q", "quit"),
        ),
    ),
)


class Help(ModalScreen[None]):
    """All keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1,question_mark,enter,q", "dismiss", "Close")
    ]

    def compose(self) -> ComposeResult:
        """List the keys by what they are for."""
        with VerticalScroll(classes="dialog", id="help"):
            yield Static("Keys (Esc closes this)", classes="dialog-title")
            for title, keys in KEYS:
                yield Static(Content(title), classes="section")
                for key, does in keys:
                    yield Static(Content(f"{key:<10}{does}"), classes="keys")
