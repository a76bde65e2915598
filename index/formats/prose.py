"""Prose in plain text: headings, list items and paragraphs."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from index.formats.hyphens import SOFT_HYPHEN
from index.formats.parts import Lines, Parts
from index.paragraphs import HEADING, paragraphs, stripped
from index.structure import Block, Kind
from index.types import Span

MAX_HEADING_CHARS = 100
MIN_LETTERS = 4
"""Of a heading in capitals."""
MAX_INDENT = 200
UNDERLINES = "=-~^"
"""Of headings: the place of each is its level, from 1."""
_ITEM = re.compile(
    r"[ \t]*(?:([-*+•◦▪‣·][ \t]+)|[–—][ \t]|\d{1,3}[.)][ \t]|[a-z]\)[ \t]"
    r"|\((?:\d{1,3}|[a-z]|[ivx]{1,5})\)[ \t])"
)
_SECTION = re.compile(r"(\d{1,2}(?:\.\d{1,2}){1,4})\.?[ \t]+[^\W\d_]|(\d{1,2})\.[ \t]{2,}[^\W\d_]")
_UNDERLINE = re.compile(r"([=\-~^])\1{2,}")


class Prose:
    """Finds the blocks of prose, one group of lines after another.

    Paragraphs are those of `index.paragraphs`, except that indented lines belong to the list item
    above them, and that a paragraph goes on where a page or a divided word does.
    """

    def __init__(self, text: str, title: Span | None, joints: Collection[int]) -> None:
        """Create it.

        title: the line that is the title.
        joints: offsets of words before which no paragraph ends.
        """
        self._text = text
        self._title = title
        self._joints = joints
        self._indents: list[int] = []
        """Of the list items that are open, outermost first."""

    def parts(self, lines: Lines) -> Parts:
        """Return the blocks of lines that have no blank line between them."""
        parts = Parts()
        start = lines[0].start
        if underlined := self._underlined(lines):
            level, heading, underline = underlined
            parts.blocks.append(Block(Span(heading.start, underline.end), "heading", level))
            parts.hidden.append(Span(heading.end, underline.end))
            start = underline.end
        section_level = self._section_level(lines)
        for span in self._paragraphs(Span(start, lines[-1].end)):
            if section_level and span != self._title:
                parts.blocks.append(Block(span, "heading", section_level))
            else:
                self._add(parts, span)
        return parts

    def _underlined(self, lines: Lines) -> tuple[int, Span, Span] | None:
        """Return level, heading and underline if the first line is underlined."""
        if len(lines) < 2:
            return None
        heading, underline = (stripped(self._text, line.start, line.end) for line in lines[:2])
        if heading is None or underline is None or len(heading) > MAX_HEADING_CHARS:
            return None
        mark = _UNDERLINE.fullmatch(self._text, underline.start, underline.end)
        if mark is None or abs(len(underline) - len(heading)) > max(2, len(heading) // 4):
            return None
        if not any(map(str.isalnum, self._text[heading.start : heading.end])):
            return None
        return UNDERLINES.index(mark[1]) + 1, heading, underline

    def _section_level(self, lines: Lines) -> int:
        """Return the level of a line alone if it is a heading, as "3.2 Scope"; otherwise 0."""
        line = stripped(self._text, lines[0].start, lines[0].end)
        if len(lines) > 1 or line is None or len(line) > MAX_HEADING_CHARS:
            return 0
        words = self._text[line.start : line.end]
        if number := _SECTION.match(words):
            return 0 if words[-1] in ".,:;!?" else (number[1] or "").count(".") + 1
        letters = sum(map(str.isalpha, words))
        is_heading = words.isupper() and letters >= MIN_LETTERS and 2 * letters > len(words)
        return int(is_heading and words[-1] not in '.,:;!?"”')

    def _paragraphs(self, within: Span) -> Iterator[Span]:
        """Yield paragraphs, those that belong together joined."""
        current: Span | None = None
        for span in paragraphs(self._text, within):
            if current is None:
                current = span
            elif span.start in self._joints or self._is_in_item(span, current):
                current = Span(current.start, span.end)
            else:
                yield current
                current = span
        if current is not None:
            yield current

    def _is_in_item(self, span: Span, above: Span) -> bool:
        """Return whether a paragraph directly below a list item is a part of it."""
        if not _ITEM.match(self._text, above.start) or _ITEM.match(self._text, span.start):
            return False
        return self._column(span) > self._column(above)

    def _column(self, span: Span) -> int:
        """Return how far the first line of a paragraph is indented."""
        before = self._text[max(0, span.start - MAX_INDENT) : span.start]
        return len(before) - 1 - max(before.rfind("\n"), before.rfind("\r"))

    def _add(self, parts: Parts, span: Span) -> None:
        kind: Kind = "paragraph"
        level = 0
        heading = HEADING.match(self._text, span.start)
        item = _ITEM.match(self._text, span.start)
        if span == self._title or heading:
            kind, level = "heading", heading[0].count("#") if heading else 1
        elif item:
            if item[1] and not self._text[item.end() : span.end].strip(f"{SOFT_HYPHEN} \t"):
                parts.blocks.append(Block(span, "furniture"))
                return
            kind, level = "item", self._level(self._column(span))
            if item[1]:
                parts.hidden.append(Span(*item.span(1)))
        if heading and heading.end() < span.end:
            parts.hidden.append(Span(span.start, heading.end()))
        if kind != "item" and self._indents and self._column(span) <= self._indents[0]:
            self._indents.clear()
        parts.blocks.append(Block(span, kind, level))

    def _level(self, indent: int) -> int:
        """Return how deep a list item is nested, from 1."""
        while self._indents and indent < self._indents[-1]:
            self._indents.pop()
        if not self._indents or indent > self._indents[-1]:
            self._indents.append(indent)
        return len(self._indents)
