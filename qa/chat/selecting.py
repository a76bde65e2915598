"""What of an article the mouse has selected, exactly, though some characters are drawn as marks."""

from __future__ import annotations

from textual.geometry import Offset
from textual.selection import Selection

from index.types import Span
from qa.chat.drawn import as_drawn, is_mark
from qa.chat.rows import Rows


def selected_span(text: str, rows: Rows, selection: Selection) -> Span:
    """Return the part of a text that is selected. A mark counts if any of it is selected.

    selection: in rows, and in drawn characters of their words.
    """

    def offset_of(at: Offset, *, ends: bool) -> int:
        row = rows.span(min(at.y, len(rows) - 1))
        before = 0
        for offset in range(row.start, row.end):
            is_accent = ends and offset > row.start and is_mark(text[offset])
            if before >= at.x and not is_accent:  # an accent goes with its letter
                return offset
            before += len(as_drawn(text[offset]))
            if before > at.x and not ends:
                return offset
        return row.end

    # An offset of (0, 0) is false.
    start = 0 if selection.start is None else offset_of(selection.start, ends=False)
    end = len(text) if selection.end is None else offset_of(selection.end, ends=True)
    return Span(start, max(start, end))
