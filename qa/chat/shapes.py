"""The shapes of an article's lines: how wide their rows are, and how far the further ones hang.

Prose has a measure that is pleasant to read. Code and table rows are as wide as the pane; where
they do not fit, what goes on is below what it belongs to, as in lists.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from index.structure import Kind
from index.types import Article
from qa.chat.drawn import as_drawn

if TYPE_CHECKING:
    from qa.chat.wrapping import Offsets, Shapes

MEASURE = 90
"""Most cells of a row of prose."""
WRAP_MARK = "↪ "
"""At the start of what goes on of a line of code or of a table row."""
MARKED_KINDS = frozenset({"code", "row"})
_HANGING_KINDS: tuple[Kind, ...] = ("code", "row", "item", "quote")
_FAR = 1_000  # a block that begins so far into its line is not indented
_BULLET = r"[-*+•◦▪‣·–—]|\(?(?:\d{1,4}|[a-zA-Z]|[ivxIVX]{1,5})[.)]"
_MARKER = re.compile(rf"[ \t]{{0,60}}(?:(?:>[ \t]?){{1,9}}|(?:{_BULLET})[ \t]+)?")
_LEAD = re.compile(r"[ \t]{0,60}")


class LineShapes:
    """Returns the shapes of an article's lines in a pane; see `ShapesOf`."""

    def __init__(self, article: Article, width: int) -> None:
        """width: of the pane without its margins, in cells."""
        import numpy as np

        self._text = article.text
        self._width = max(1, width)
        self._measure = min(self._width, MEASURE)
        structure = article.structure
        self._numbers = sorted(
            number for kind in _HANGING_KINDS for number in structure.of_kind(kind)
        )
        self._structure = structure
        spans = [structure[number].span for number in self._numbers]
        self._starts = np.array([span.start for span in spans], np.int32)
        self._ends = np.array([span.end for span in spans], np.int32)

    def __call__(self, starts: Offsets, ends: Offsets) -> Shapes:
        """Return the widths and the indents of lines. ends: may be those of a chunk."""
        import numpy as np

        widths = np.full(len(starts), self._measure, np.int32)
        indents = np.zeros(len(starts), np.int32)
        if not len(self._numbers):
            return widths, indents
        nth = np.searchsorted(self._ends, starts, "right")
        near = np.append(self._starts, np.iinfo(np.int32).max)[nth] - _FAR <= starts
        is_long = ends - starts > self._measure // 2
        is_long[-1] = True  # it may go on after the chunk
        for line in np.flatnonzero(near & is_long).tolist():
            widths[line], indents[line] = self._shape(int(starts[line]), int(nth[line]))
        return widths, indents

    def _shape(self, start: int, nth: int) -> tuple[int, int]:
        """Return the width and the indent of a line. nth: of the first block that ends after it."""
        lead = _LEAD.match(self._text, start)
        marker = _MARKER.match(self._text, start)
        assert lead is not None
        assert marker is not None
        if self._starts[nth] > lead.end():
            return self._measure, 0
        if self._structure[self._numbers[nth]].kind in MARKED_KINDS:
            return self._width, min(len(as_drawn(lead[0])) + len(WRAP_MARK), self._width // 2)
        return self._measure, min(len(as_drawn(marker[0])), self._measure // 2)
