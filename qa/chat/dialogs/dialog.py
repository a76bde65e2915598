"""What all dialogs have in common: a frame with a title, content, and the keys below."""

from __future__ import annotations

from collections.abc import Iterable
from sys import maxsize
from typing import TypeVar

from textual.content import Content
from textual.screen import ModalScreen

from qa.chat.hints import Hints, hint_content

GAP = Content("  ")
"""Between two keys."""
_Result = TypeVar("_Result")
Keys = Iterable[tuple[str, str, str]]
"""Keys with what they do, and the action of a click; empty if a click does nothing."""

CLOSE = ("Esc", "close", "screen.dismiss(None)")


class Dialog(ModalScreen[_Result]):
    """A dialog over the conversation."""

    VERTICAL_BREAKPOINTS = [  # noqa: RUF012  as textual declares it
        (0, "-short"),
        (20, "-tall"),
    ]


class KeyHints(Hints):
    """The keys of a dialog, on as many lines as they need; a click on one does what it does."""

    def __init__(self, keys: Keys) -> None:
        super().__init__(classes="dialog-hint")
        self._keys = tuple(keys)

    def on_resize(self) -> None:
        """Fit the keys."""
        self.show(self._keys)

    def show(self, keys: Keys) -> None:
        """Show these keys."""
        self._keys = tuple(keys)
        width = self.size.width or maxsize  # not laid out yet
        lines: list[list[Content]] = [[]]
        for key, does, action in self._keys:
            hint = hint_content(key, does, action)
            if lines[-1] and GAP.join([*lines[-1], hint]).cell_length > width:
                lines.append([])
            lines[-1].append(hint)
        self.update(Content("\n").join(map(GAP.join, lines)))
