r"""Wraps a whole text into screen rows, exactly, and fast even for ten million characters.

Characters are as wide as `visible` shows them. Rows end at line ends (`\n`, `\r\n`, `\r`),
otherwise after white space or between two wide characters, otherwise at the full width, but never
before a combining mark. White space that does not fit belongs to no row.

Where a page begins, there is an empty row above it, for a rule.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from index.types import Span
from qa.show.text import visible

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Offsets = NDArray[np.int32]
    Kinds = NDArray[np.uint8]

CHUNK_CHARS = 1_000_000
"""Characters laid out at a time: limits the memory, not the result."""
_FEW_LINES = 32  # up to so many are faster to wrap one by one than in lockstep

# The kind of a character: its width in the low bits, and one of these flags.
_WIDTH, _SPACE, _MARK, _LINE_END, _UNKNOWN = 15, 16, 32, 64, 255
_WIDE = 2
_NO_BREAK_SPACES = "\xa0\u2007\u202f"
_EMOJI_SELECTOR = "\ufe0f"  # selects the emoji form, which is often wider


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """The rows of a text, numbered from 0; a text has at least one."""

    starts: Offsets
    """Offset of each row's first character."""
    ends: Offsets
    """Offset after each row's last character, without the line end and overhanging white space."""
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

    def starts_line(self, row: int) -> bool:
        """Return whether a row is the first of its line."""
        return bool(self.line_starts[self.line_of(row) - 1] == self.starts[row])


def lay_out(
    text: str,
    width: int,
    on_chunk: Callable[[], object] = lambda: None,
    *,
    pages: Sequence[int] = (),
) -> Rows:
    """Return rows of at most `width` cells, each with as many characters as fit.

    Only a single character wider than `width` makes a wider row.
    on_chunk: called repeatedly; an exception from it ends the work.
    pages: offsets where pages begin, in order; a row begins there, even inside a paragraph.
    """
    import numpy as np

    kinds = np.full(0x110000, _UNKNOWN, np.uint8)
    parts: list[tuple[Offsets, Offsets, Offsets]] = []
    page_starts = np.array(pages, np.int32)
    at, chars, starts_line = 0, CHUNK_CHARS, True
    while at < len(text) or not parts:
        on_chunk()
        upto, ended = _chunk_end(text, at, chars)
        starts, ends, line_starts = _wrap(text[at:upto], max(1, width), kinds, page_starts - at)
        if not ended:  # the last row may extend beyond the chunk
            if len(starts) == 1:
                chars *= 2
                continue
            upto = at + int(starts[-1])
            starts, ends = starts[:-1], ends[:-1]
        parts.append((starts + at, ends + at, line_starts[0 if starts_line else 1 :] + at))
        at, chars, starts_line = upto, CHUNK_CHARS, ended
    starts, ends, line_starts = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    above = np.searchsorted(starts, page_starts)  # the rows that the rules are inserted above
    offsets = np.append(starts, np.int32(len(text)))[above]
    rules = (above + np.arange(len(above))).astype(np.int32)
    starts, ends = np.insert(starts, above, offsets), np.insert(ends, above, offsets)
    return Rows(starts, ends, line_starts, rules)


def _chunk_end(text: str, start: int, chars: int) -> tuple[int, bool]:
    """Return where a chunk ends, if possible at a line end, and whether it is a line end."""
    if start + chars >= len(text):
        return len(text), True
    stop = start + chars
    after = max(text.rfind("\n", start, stop), text.rfind("\r", start, stop)) + 1
    if after <= start:
        return stop, False
    return after + (text[after - 1 : after + 1] == "\r\n"), True


def _kinds_of(text: str, kinds: Kinds) -> Kinds:
    """Return the kind of each character. kinds: cache by code point, filled as needed."""
    import numpy as np

    if text.isascii():
        codes: NDArray[np.uint8] | NDArray[np.uint32] = np.frombuffer(text.encode(), np.uint8)
    else:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    kind = kinds[codes]
    if not (kind == _UNKNOWN).any():
        return kind
    new = np.zeros(len(kinds), np.bool_)
    new[codes] = True
    for code in np.flatnonzero(new & (kinds == _UNKNOWN)).tolist():
        kinds[code] = _kind_of(chr(code))
    return kinds[codes]


def _kind_of(character: str) -> int:
    if character in "\n\r":
        return _LINE_END
    width = cell_len(visible(character))
    if character == _EMOJI_SELECTOR:
        return _MARK + 1
    if not width:
        return _MARK
    breaks = unicodedata.category(character) == "Zs" and character not in _NO_BREAK_SPACES
    return width + (_SPACE if breaks or character == "\t" else 0)


def _wrap(text: str, width: int, kinds: Kinds, pages: Offsets) -> tuple[Offsets, Offsets, Offsets]:
    """Return the starts and ends of a chunk's rows, and the starts of its lines.

    pages: offsets where a row begins even inside a line.
    """
    import numpy as np

    # One element longer than the text, so that the position after its end has a kind too.
    kind = np.append(_kinds_of(text, kinds), np.uint8(_LINE_END))
    mark = (kind & _MARK) != 0
    space = (kind & _SPACE) != 0
    space[:-1] &= ~mark[1:]  # a space with a mark on it is visible
    breaks = space[:-1] & ~space[1:]
    breaks |= (kind[:-1] == _WIDE) & (kind[1:] == _WIDE)
    places = np.concatenate(([0], np.flatnonzero(breaks) + 1)).astype(np.int32)
    cells = None  # before each character; not needed if every character takes one
    if not text.isascii():
        cells = np.zeros(len(kind), np.int32)
        np.cumsum(kind[:-1] & _WIDTH, out=cells[1:])

    line_starts, line_ends = _lines(text, kind)
    start, stop = _cut(line_starts, line_ends, pages)
    starts: list[Offsets] = []
    ends: list[Offsets] = []
    while len(start) > _FEW_LINES:  # one row of every unfinished line at a time
        # The edge is the first character that does not fit; the cut is where the next row starts.
        if cells is None:
            edge = np.minimum(start + np.int32(width), stop)
        else:
            edge = np.searchsorted(cells, cells[start] + np.int32(width), "right") - 1
            edge = np.minimum(edge.astype(np.int32), stop)
        nth = np.searchsorted(places, edge, "right")
        over = edge < stop
        hangs = over & space[edge]
        cut = np.where(over, places[nth - 1], stop)
        cut[hangs] = places[nth[hangs]]
        stuck = over & (cut <= start)
        cut[stuck] = edge[stuck]
        for one in np.flatnonzero(stuck & (mark[edge] | (edge <= start))).tolist():
            cut[one] = _forced(mark, int(start[one]), int(edge[one]), int(stop[one]))
        starts.append(start)
        ends.append(np.where(hangs, edge, cut))
        start, stop = cut[cut < stop], stop[cut < stop]

    rest: list[tuple[int, int]] = []
    for first, last in zip(start.tolist(), stop.tolist(), strict=True):
        rest += _wrap_line(first, last, width, mark, space, places, cells)
    slow = np.array(rest, np.int32).reshape(-1, 2)
    row_starts = np.concatenate([*starts, slow[:, 0]])
    row_ends = np.concatenate([*ends, slow[:, 1]])
    order = np.argsort(row_starts, kind="stable")
    return row_starts[order], row_ends[order], line_starts


def _lines(text: str, kind: Kinds) -> tuple[Offsets, Offsets]:
    """Return where the lines of a chunk start and end."""
    import numpy as np

    ends = np.flatnonzero(kind == _LINE_END).astype(np.int32)
    if "\r\n" in text:  # the line ends before the \r; the \n ends none
        pairs = np.array([match.start() for match in re.finditer("\r\n", text)], np.int32)
        ends = np.setdiff1d(ends, pairs + 1, assume_unique=True)
        after = ends + 1 + np.isin(ends, pairs, assume_unique=True)
    else:
        after = ends + 1
    starts = np.concatenate(([0], after[:-1])).astype(np.int32)
    if len(starts) > 1 and starts[-1] == len(text):
        starts, ends = starts[:-1], ends[:-1]
    return starts, ends


def _cut(starts: Offsets, ends: Offsets, pages: Offsets) -> tuple[Offsets, Offsets]:
    """Return the starts and ends of lines that are cut wherever a page begins inside one."""
    import numpy as np

    nth = np.searchsorted(starts, pages, "right") - 1
    inside = pages[(nth >= 0) & (pages > starts[nth]) & (pages < ends[nth])]
    return np.sort(np.append(starts, inside)), np.sort(np.append(ends, inside))


def _wrap_line(
    start: int,
    stop: int,
    width: int,
    mark: NDArray[np.bool_],
    space: NDArray[np.bool_],
    places: Offsets,
    cells: Offsets | None,
) -> list[tuple[int, int]]:
    """Return the rows of one line, one after another; `_wrap` does the same for many lines."""
    rows = []
    hangs, breaks = space.data, places.data
    before = None if cells is None else cells.data
    nth = bisect_right(breaks, start)
    while True:
        if before is None:
            edge = start + width
        else:
            full = before[start] + width
            high = start + width + 1  # correct unless there are marks among the characters
            while high <= stop and before[high] <= full:
                high += width
            edge = bisect_right(before, full, start, min(high, stop + 1)) - 1
        if edge >= stop:
            rows.append((start, stop))
            return rows
        nth = bisect_right(breaks, edge, nth, min(len(breaks), nth + edge - start + 1))
        if hangs[edge]:
            cut = breaks[nth]
        else:
            cut = breaks[nth - 1]
            if cut <= start:
                cut = _forced(mark, start, edge, stop)
        rows.append((start, edge if hangs[edge] else cut))
        if cut >= stop:
            return rows
        start = cut


def _forced(mark: NDArray[np.bool_], start: int, edge: int, stop: int) -> int:
    """Return where to cut text without a place to break: before `edge`, but not before a mark."""
    cut = edge
    while cut > start and mark[cut]:
        cut -= 1
    if cut > start:
        return cut
    cut = start + 1
    while cut < stop and mark[cut]:
        cut += 1
    return cut
