"""A text input whose content is safe to show, whatever was pasted or recalled."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from qa.show.text import typed_line


class LineInput(Input):
    """Textual's input made safe: by itself, it sends control characters to the terminal."""

    def validate_value(self, value: str) -> str:
        """Return the text without control and invisible characters."""
        return typed_line(value)

    def _on_paste(self, event: events.Paste) -> None:
        """Join the pasted lines: textual's own handler, called next, keeps only the first."""
        event.text = typed_line(event.text)
