"""What the readers of reStructuredText, Org and LaTeX share: lines, lists, records and tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from index.formats.building import Builder, Range, without
from index.structure import Kind, Structure

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")
_ITEM = re.compile(r"[ \t]*(?:([-*+•][ \t]+)(\[[ xX-]\][ \t]+)?|(?:\d{1,9}|#|[a-zA-Z])[.)][ \t]+)")

Inline = Callable[[str], Iterable[Range]]
"""Returns the markup in a text."""


class MarkedLines:
    """The lines of a text, and the blocks made from them so far."""

    def __init__(self, text: str, inline: Inline) -> None:
        """Split a text into lines. inline: finds the markup inside paragraphs and cells."""
        self.text = text
        self.builder = Builder(text)
        self._inline = inline
        self.starts: list[int] = []
        self.ends: list[int] = []
        """Of each line, without white space and line break at its end."""
        for match in _LINE.finditer(text):
            if match.end() > match.start():
                self.starts.append(match.start())
                self.ends.append(match.start() + len(match[0].rstrip()))

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, line: int) -> str:
        return self.text[self.starts[line] : self.ends[line]]

    def structure(self) -> Structure:
        """Return the structure of the text."""
        return self.builder.structure()

    def is_blank(self, line: int) -> bool:
        """Return whether a line has only white space, or is past the last one."""
        return line >= len(self) or self.starts[line] == self.ends[line]

    def indent(self, line: int) -> int:
        """Return the number of white space characters that a line begins with."""
        content = self[line]
        return len(content) - len(content.lstrip())

    def block_end(self, first: int, *, indent: int = 1) -> int:
        """Return the line after the indented lines below a line, with blank lines between them."""
        last = line = first + 1
        while line < len(self) and (self.is_blank(line) or self.indent(line) >= indent):
            line += 1
            last = last if self.is_blank(line - 1) else line
        return last

    def range(self, first: int, last: int) -> Range:
        """Return the offsets of the lines from `first` up to, not including, `last`."""
        return self.starts[first], self.ends[last - 1]

    def add(self, kind: Kind, first: int, last: int, hidden: Sequence[Range] = ()) -> None:
        """Add lines as a block."""
        self.builder.add(kind, self.range(first, last), hidden=hidden)

    def add_heading(self, whole: Range, words: Range, level: int) -> str:
        """Add a heading of which only some words are read; return them."""
        hidden = [(whole[0], words[0]), (words[1], whole[1]), *self.markup(*words)]
        self.builder.add("heading", whole, level=level, hidden=hidden)
        return without(self.text, whole, hidden)

    def markup(self, start: int, end: int) -> list[Range]:
        """Return the markup inside a paragraph or cell."""
        return [(start + a, start + b) for a, b in self._inline(self.text[start:end])]

    def add_text(self, first: int, last: int, hidden: Sequence[Range] = ()) -> None:
        """Add lines that are a paragraph, or items of a list."""
        begin = first
        for line in range(first + 1, last + 1):
            if line == last or _ITEM.match(self[line]):
                self._add_part(begin, line, hidden)
                begin = line

    def _add_part(self, first: int, last: int, hidden: Sequence[Range]) -> None:
        start, end = self.range(first, last)
        unread = [*hidden, *self.markup(start, end)]
        item = _ITEM.match(self[first])
        if item is None:
            self.builder.add("paragraph", (start, end), hidden=unread)
            return
        if item[1]:  # a bullet; the numbers of a list are read
            unread.append((start, start + item.end()))
        level = 1 + self.indent(first) // 2
        self.builder.add("item", (start, end), level=level, hidden=unread)

    def add_record(self, whole: Range, key: Range, value: Range) -> None:
        """Add a key and its value; what is before, between and after them is markup."""
        hidden = [(whole[0], key[0]), (value[1], whole[1]), *self.markup(*value)]
        self.builder.add("row", whole, hidden=hidden, cells=[key, value])

    def add_row(
        self, whole: Range, cells: Sequence[Range], header: int | None = None
    ) -> int | None:
        """Add the row of a table; return its number. What is between the cells is markup."""
        borders = [whole[0], *(offset for cell in cells for offset in cell), whole[1]]
        hidden = [self.cell(*gap) for gap in zip(borders[::2], borders[1::2], strict=True)]
        for cell in cells:
            hidden += self.markup(*cell)
        return self.builder.add("row", whole, header=header, hidden=hidden, cells=cells)

    def cell(self, start: int, end: int) -> Range:
        """Return a range without the white space at its ends."""
        inside = self.text[start:end]
        if not inside.strip():
            return start, start
        start += len(inside) - len(inside.lstrip())
        return start, start + len(inside.strip())
