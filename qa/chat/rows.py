"""The screen rows of a whole text, laid out exactly, and fast even for ten million characters.

See `wrapping` for where a row ends. Where a page begins, there is an empty row above it, for a
rule.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from index.types import Span
from qa.chat.wrapping import no_kinds, wrap

if TYPE_CHECKING:
    from qa.chat.wrapping import Cells, Offsets, Shapes, ShapesOf

CHUNK_CHARS = 1_000_000
"""Characters laid out at a time: limits the memory, not the result."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a text, numbered from 0; a text has at least one."""

    starts: Offsets
    """Offset of each row's first character."""
    ends: Offsets
    """Offset after each row's last character, without the line end and overhanging white space."""
    indents: Cells
    """By how many cells each row is moved to the right: the first of a line by none."""
    line_starts: Offsets
    """Offset of each line's first character; a line end at the end of the text starts no line."""
    rules: Offsets
    """Numbers of the rows that are rules, in the order of their pages."""

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def lines(self) -> int:
        """The number of lines in the text."""
        return len(self.line_starts)

    def span(self, row: int) -> Span:
        """Return the span of a row."""
        return Span(int(self.starts[row]), int(self.ends[row]))

    def row_of(self, offset: int) -> int:
        """Return the row of a character, or the row before it if it is in none."""
        return bisect_right(self.starts, offset) - 1

    def line_of(self, row: int) -> int:
        """Return the number of a row's line, from 1."""
        return bisect_right(self.line_starts, self.starts[row])

    def rule_at(self, row: int) -> int | None:
        """Return which rule a row is, from 0; None if it is text."""
        nth = bisect_left(self.rules, row)
        return nth if nth < len(self.rules) and self.rules[nth] == row else None

    def indent(self, row: int) -> int:
        """Return by how many cells a row is moved to the right."""
        return int(self.indents[row])

    def starts_line(self, row: int) -> bool:
        """Return whether a row is the first of its line."""
        return bool(self.line_starts[self.line_of(row) - 1] == self.starts[row])


def even(width: int) -> ShapesOf:
    """Return the shapes of lines all of whose rows are `width` cells wide."""

    def shapes_of(starts: Offsets, _: Offsets) -> Shapes:
        import numpy as np

        return np.full(len(starts), max(1, width), np.int32), np.zeros(len(starts), np.int32)

    return shapes_of


def lay_out(
    text: str,
    width: int | ShapesOf,
    on_chunk: Callable[[], object] = lambda: None,
    *,
    pages: Sequence[int] = (),
) -> Rows:
    """Return rows of at most `width` cells, each with as many characters as fit.

    Only a single character wider than `width` makes a wider row.
    width: of all rows, or a function that returns the shapes of lines.
    on_chunk: called repeatedly; an exception from it ends the work.
    pages: offsets where pages begin, in order; a row begins there, even inside a paragraph.
    """
    import numpy as np

    shapes_of = even(width) if isinstance(width, int) else width
    kinds = no_kinds()
    parts: list[tuple[Offsets, Offsets, Cells, Offsets]] = []
    page_starts = np.array(pages, np.int32)
    at, chars, starts_line = 0, CHUNK_CHARS, True
    goes_on: tuple[int, int] | None = None
    while at < len(text) or not parts:
        on_chunk()
        upto, ended = _chunk_end(text, at, chars)

        def shapes_in_chunk(starts: Offsets, ends: Offsets, at: int = at) -> Shapes:
            return shapes_of(starts + np.int32(at), ends + np.int32(at))

        rows = wrap(text[at:upto], kinds, page_starts - at, shapes_in_chunk, goes_on)
        last = len(rows.starts)
        if not ended:  # the last row may extend beyond the chunk
            if last == 1:
                chars *= 2
                continue
            last -= 1
            upto = at + int(rows.starts[-1])
        new_lines = rows.line_starts[0 if starts_line else 1 :] + at
        parts.append(
            (rows.starts[:last] + at, rows.ends[:last] + at, rows.indents[:last], new_lines)
        )
        goes_on = None if ended or upto in pages else rows.goes_on
        at, chars, starts_line = upto, CHUNK_CHARS, ended
    starts, ends, indents, line_starts = (np.concatenate(each) for each in zip(*parts, strict=True))
    above = np.searchsorted(starts, page_starts)  # the rows that the rules are inserted above
    offsets = np.append(starts, np.int32(len(text)))[above]
    rules = (above + np.arange(len(above))).astype(np.int32)
    starts, ends = np.insert(starts, above, offsets), np.insert(ends, above, offsets)
    return Rows(starts, ends, np.insert(indents, above, 0), line_starts, rules)


def _chunk_end(text: str, start: int, chars: int) -> tuple[int, bool]:
    """Return where a chunk ends, if possible at a line end, and whether it is a line end."""
    if start + chars >= len(text):
        return len(text), True
    stop = start + chars
    after = max(text.rfind("\n", start, stop), text.rfind("\r", start, stop)) + 1
    if after <= start:
        return stop, False
    return after + (text[after - 1 : after + 1] == "\r\n"), True
