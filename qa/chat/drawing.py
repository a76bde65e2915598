"""Draws the rows of an article: line numbers, a bar beside the passage, words, and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from sys import maxsize

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from index.structure import Label
from index.types import Article, Span
from qa.chat.highlights import Highlights, Piece
from qa.chat.pages import BAR, number_margin, right_margin, rule_above
from qa.chat.rows import Rows
from qa.chat.shapes import MARKED_KINDS, WRAP_MARK

_MAX_CHARS_PER_CELL = 32  # drawn at most: a million marks on one letter would freeze the screen
_CODE = frozenset({"code"})


@dataclass(frozen=True, slots=True)
class RowDrawing:
    """What the rows of an article are drawn from."""

    article: Article
    rows: Rows
    highlights: Highlights
    pages: Sequence[Label]
    width: int
    """Of the pane, in cells."""
    style_of: Callable[[str], Style]
    """Returns the style of a part, a highlight or a margin; of "" for all other text."""

    def strip(self, row: int, selected: tuple[int, int] | None, selection: Style) -> Strip:
        """Return a row, at least as wide as its words.

        selected: the characters of the row that the mouse selected, the end at -1 for all that
            follow; None for none. selection: their style.
        """
        rule = self.rows.rule_at(row)
        if rule is not None:
            before, name, after = rule_above(self.pages[rule], self.width)
            line = self.style_of("line")
            return Strip(
                [Segment(before, line), Segment(name, self.style_of("rule")), Segment(after, line)]
            )
        span = self.rows.span(row)
        ground = None
        if self.highlights.parts.is_of_kind(span.start, _CODE):
            ground = self.style_of("code")
        words = self._words(span, ground)
        if selected is not None:
            words = _with_selection(words, *selected, selection)
        # Selections count characters of the words, without the margin.
        shown = Strip(words).apply_offsets(0, row)
        strip = Strip.join([Strip(self._margin(row)), Strip(self._indent(row, ground)), shown])
        if ground is not None:
            strip = strip.extend_cell_length(self.width - right_margin(self.width), ground)
        return strip

    def _margin(self, row: int) -> Iterator[Segment]:
        rows = self.rows
        number = rows.line_of(row) if rows.starts_line(row) else None
        margin = number_margin(self.article, rows.lines, self.width, number)
        yield Segment(margin, self.style_of("number"))
        passage = self.highlights.passage
        bar = passage is not None and (
            rows.row_of(passage.start) <= row <= rows.row_of(max(passage.start, passage.end - 1))
        )
        yield Segment(BAR if bar else " " * len(BAR), self.style_of("bar"))

    def _indent(self, row: int, ground: Style | None) -> Iterator[Segment]:
        indent = self.rows.indent(row)
        is_marked = self.highlights.parts.is_of_kind(self.rows.span(row).start, MARKED_KINDS)
        mark = WRAP_MARK if is_marked and indent >= len(WRAP_MARK) else ""
        yield Segment(f"{mark:>{indent}}", _on(ground, self.style_of("mark")))

    def _words(self, span: Span, ground: Style | None) -> Iterator[Segment]:
        end = min(span.end, span.start + _MAX_CHARS_PER_CELL * self.width)
        for piece in self.highlights.pieces(Span(span.start, end)):
            yield Segment(piece.text, self._style(piece, ground))

    def _style(self, piece: Piece, ground: Style | None) -> Style:
        style = self.style_of(piece.part or "")
        if piece.highlight is None:
            return _on(ground, style)
        highlight = self.style_of(piece.highlight)
        if piece.highlight == "passage":
            return _on(highlight, style)
        return highlight + Style(bold=False) if piece.part == "markup" else highlight


def _on(ground: Style | None, style: Style) -> Style:
    """Return a style on the background of another one, if any."""
    return style if ground is None else style + Style(bgcolor=ground.bgcolor)


def _with_selection(
    words: Iterable[Segment], first: int, last: int, selection: Style
) -> Iterator[Segment]:
    """Yield words with those that the mouse selected in another style."""
    at, last = 0, last if last >= 0 else maxsize
    for text, own, _ in words:
        cuts = sorted({0, len(text), *(min(max(0, c - at), len(text)) for c in (first, last))})
        for start, end in pairwise(cuts):
            is_selected = first <= at + start < last
            yield Segment(text[start:end], selection if is_selected else own)
        at += len(text)
