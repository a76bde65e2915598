"""A line to type in whose text is safe to show, whatever was pasted or recalled."""

from __future__ import annotations

from textual import events
from textual.widgets import Input

from qa.show.text import typed_line


class LineInput(Input):
    """Textual's input, which would send the terminal what it is given as it is."""

    def validate_value(self, value: str) -> str:
        """Return the text without control and invisible characters, which nobody means to ask."""
        return typed_line(value)

    def _on_paste(self, event: events.Paste) -> None:
        """Hand on all of the lines as one; textual's own handler, which comes next, takes one."""
        event.text = typed_line(event.text)
