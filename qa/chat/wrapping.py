r"""Wraps a chunk of text into rows: all its lines in lockstep, with numpy.

Characters are as wide as `as_drawn` shows them. Rows end at line ends (`\n`, `\r\n`, `\r`),
otherwise after white space or between two wide characters (but not before punctuation that closes
or after what opens), otherwise at the full width, but never before a combining mark. White space
that does not fit belongs to no row.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from qa.chat.drawn import as_drawn

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Offsets = NDArray[np.int32]
    Cells = NDArray[np.int32]
    Kinds = NDArray[np.uint8]
    Shapes = tuple[Cells, Cells]
    """Of lines: the width of the first row, and by how much less wide the further ones are."""
    ShapesOf = Callable[[Offsets, Offsets], Shapes]
    """Returns the shapes of lines, by the offsets of their starts and ends in the text."""

_FEW_LINES = 32  # up to so many are faster to wrap one by one than in lockstep

# The kind of a character: its width in the low bits, and one of these flags.
_WIDTH, _SPACE, _MARK, _LINE_END, _UNKNOWN = 15, 16, 32, 64, 255
_WIDE = 2
_CLOSES, _OPENS = 128 | _WIDE, 128 | 64 | _WIDE  # wide punctuation
_CLOSING = frozenset("、。，．：；！？・ー…‥々〻ゝゞヽヾ〜～％")
"""Wide characters that begin no row, besides closing brackets and quotation marks."""
_NO_BREAK_SPACES = "\xa0\u2007\u202f"
_EMOJI_SELECTOR = "\ufe0f"  # selects the emoji form, which is often wider


@dataclass(frozen=True, slots=True, eq=False)
class Wrapped:
    """The rows of a chunk, in order."""

    starts: Offsets
    ends: Offsets
    indents: Cells
    """By how many cells each row is narrower than the first one of its line."""
    line_starts: Offsets
    goes_on: tuple[int, int] | None
    """Shape of the line of the last row; None if this row is the first of its line."""


def no_kinds() -> Kinds:
    """Return an empty cache for the kinds of characters."""
    import numpy as np

    return np.full(0x110000, _UNKNOWN, np.uint8)


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
    width = cell_len(as_drawn(character))
    if character == _EMOJI_SELECTOR:
        return _MARK + 1
    if not width:
        return _MARK
    category = unicodedata.category(character)
    if width == _WIDE and (category in ("Pe", "Pf") or character in _CLOSING):
        return _CLOSES
    if width == _WIDE and category in ("Ps", "Pi"):
        return _OPENS
    breaks = category == "Zs" and character not in _NO_BREAK_SPACES
    return width + (_SPACE if breaks or character == "\t" else 0)


def wrap(
    text: str,
    kinds: Kinds,
    pages: Offsets,
    shapes_of: ShapesOf,
    goes_on: tuple[int, int] | None,
) -> Wrapped:
    """Wrap a chunk. kinds: cache by code point, filled as needed.

    pages: offsets where a row begins even inside a line.
    goes_on: the shape of the line that the chunk begins inside of; None if it begins one.
    """
    import numpy as np

    # One element longer than the text, so that the position after its end has a kind too.
    kind = np.append(_kinds_of(text, kinds), np.uint8(_LINE_END))
    mark = (kind & _MARK) != 0
    space = (kind & _SPACE) != 0
    space[:-1] &= ~mark[1:]  # a space with a mark on it is visible
    breaks = space[:-1] & ~space[1:]
    before, after = kind[:-1], kind[1:]
    breaks |= ((before == _WIDE) | (before == _CLOSES)) & ((after == _WIDE) | (after == _OPENS))
    places = np.concatenate(([0], np.flatnonzero(breaks) + 1)).astype(np.int32)
    cells = None  # before each character; not needed if every character takes one
    if not text.isascii() or "\t" in text:
        cells = np.zeros(len(kind), np.int32)
        np.cumsum(kind[:-1] & _WIDTH, out=cells[1:])

    line_starts, line_ends = _lines(text, kind)
    start, stop = _cut(line_starts, line_ends, pages)
    width, hang = shapes_of(start, stop)
    indent = np.zeros(len(start), np.int32)
    if goes_on is not None:
        width[0], hang[0] = goes_on
        indent[0] = hang[0]
    last_start, last_shape = int(start[-1]), (int(width[-1]), int(hang[-1]))
    parts: list[tuple[Offsets, Offsets, Cells]] = []
    while len(start) > _FEW_LINES:  # one row of every unfinished line at a time
        # The edge is the first character that does not fit; the cut is where the next row starts.
        if cells is None:
            edge = np.minimum(start + (width - indent), stop)
        else:
            edge = np.searchsorted(cells, cells[start] + (width - indent), "right") - 1
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
        parts.append((start, np.where(hangs, edge, cut), indent))
        left = cut < stop
        start, stop, width, indent = cut[left], stop[left], width[left], hang[left]
        hang = indent

    rest: list[tuple[int, int, int]] = []
    lines = np.stack([start, stop, width, indent, hang], axis=1).tolist()
    for first, last, room, first_indent, further in lines:
        shape = room, first_indent, further
        rest += _wrap_line(first, last, shape, mark, space, places, cells)
    last_rows = np.array(rest, np.int32).reshape(-1, 3)
    parts.append((last_rows[:, 0], last_rows[:, 1], last_rows[:, 2]))
    starts, ends, indents = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(starts, kind="stable")
    starts = starts[order]
    is_first = goes_on is None if len(starts) == 1 else bool(starts[-1] == last_start)
    return Wrapped(
        starts, ends[order], indents[order], line_starts, None if is_first else last_shape
    )


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
    shape: tuple[int, int, int],
    mark: NDArray[np.bool_],
    space: NDArray[np.bool_],
    places: Offsets,
    cells: Offsets | None,
) -> list[tuple[int, int, int]]:
    """Return the rows of one line, one after another; `wrap` does the same for many lines.

    shape: the width, the indent of the first row and that of the further ones.
    """
    width, indent, hang = shape
    rows: list[tuple[int, int, int]] = []
    hangs, breaks = space.data, places.data
    before = None if cells is None else cells.data
    nth = bisect_right(breaks, start)
    while True:
        room = width - indent
        if before is None:
            edge = start + room
        else:
            full = before[start] + room
            high = start + room + 1  # correct unless there are marks among the characters
            while high <= stop and before[high] <= full:
                high += room
            edge = bisect_right(before, full, start, min(high, stop + 1)) - 1
        if edge >= stop:
            rows.append((start, stop, indent))
            return rows
        nth = bisect_right(breaks, edge, nth, min(len(breaks), nth + edge - start + 1))
        if hangs[edge]:
            cut = breaks[nth]
        else:
            cut = breaks[nth - 1]
            if cut <= start:
                cut = _forced(mark, start, edge, stop)
        rows.append((start, edge if hangs[edge] else cut, indent))
        if cut >= stop:
            return rows
        start, indent = cut, hang


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
