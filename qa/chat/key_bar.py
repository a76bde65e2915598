"""The keys at the bottom of the window: as many as fit, the most useful first."""

from __future__ import annotations

from itertools import starmap

from textual.content import Content

from qa.chat.hints import Hints, hint_content
from qa.chat.keys import KEYS_NOT_IN_BROWSER
from qa.chat.pane import FindInput

Hint = tuple[str, str, str]
"""A key, what it does, and the action of a click."""

ASKING: tuple[Hint, ...] = (
    ("⏎", "Ask", "app.submit"),
    ("F1", "Help", "app.help"),
    ("^P", "Commands", "app.command_palette"),
    ("[ ]", "Citation", "app.citation(1)"),
    ("^Y", "Copy", "app.copy"),
    ("^F", "Find", "app.find"),
    ("^O", "Open", "app.open_source"),
    ("F3", "Articles", "app.articles"),
    ("^S", "Save", "app.save"),
    ("^Q", "Quit", "app.quit"),
)
STARTING: tuple[Hint, ...] = (
    ("⏎", "Ask", "app.submit"),
    ("F1", "Help", "app.help"),
    ("^P", "Commands", "app.command_palette"),
    ("F3", "Articles", "app.articles"),
    ("F4", "Conversations", "app.conversations"),
    ("F6", "Add", "app.add"),
    ("^Q", "Quit", "app.quit"),
)
"""Before the first question, there is nothing to copy yet."""
FINDING: tuple[Hint, ...] = (
    ("⏎", "Next", "focused.match(1)"),
    ("↑", "Previous", "focused.match(-1)"),
    ("Esc", "Done", "focused.done"),
)
SWITCH: Hint = ("F2", "Article", "app.switch")
SWITCH_BACK: Hint = ("F2", "Conversation", "app.switch")
"""In narrow windows, after the first hint."""
GAP = 2
"""Cells between two hints."""


class KeyBar(Hints):
    """Shows keys with what they do; a click on one does it."""

    def on_mount(self) -> None:
        """Draw again whenever the focus or the visible pane changes."""
        self.watch(self.screen, "focused", self.show)
        self.show()

    def on_resize(self) -> None:
        """Draw as many hints as fit now."""
        self.show()

    def show(self) -> None:
        """Draw the hints that fit."""
        hints = STARTING if self.screen.has_class("empty") else ASKING
        if isinstance(self.screen.focused, FindInput):
            hints = FINDING
        if self.screen.has_class("-one"):
            back = SWITCH_BACK if self.screen.has_class("article") else SWITCH
            hints = (hints[0], back, *hints[1:])
        if self.app.is_web:
            hints = tuple(hint for hint in hints if hint[0] not in KEYS_NOT_IN_BROWSER)
        fitting = _fitting(hints, self.size.width)
        self.update(Content(" " * GAP).join(starmap(hint_content, fitting)))


def _fitting(hints: tuple[Hint, ...], width: int) -> list[Hint]:
    """Return the first hints that fit on a line together."""
    shown: list[Hint] = []
    cells = 0
    for hint in hints:
        cells += hint_content(*hint).cell_length
        if cells > width:
            break
        shown.append(hint)
        cells += GAP
    return shown
