"""Writes an article's text and its structure together, for files that are not text themselves.

The writer knows the offset of everything it writes, so places in the text cannot drift.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence

from index.formats.base import Document, title_of
from index.formats.hyphens import SOFT_HYPHEN
from index.structure import KINDS, Block, Kind, Label, Structure
from index.types import Span

CELL_SEPARATOR = " | "
_PARAGRAPH_BREAK = "\n\n"
_LISTED = ("item", "row")
"""Kinds of which the blocks of one list or table follow each other without a blank line."""
_CONTINUED = ("paragraph", "item", "quote", "caption")
_VISIBLE = re.compile(r"[^\s\xad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]")
_LINE_BREAK = re.compile(r"\r\n?")
_INVALID = re.compile(r"[\0\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\A(?:[^\S\n]*\n)+")


class Writer:
    """Collects the blocks of an article, in order.

    Blocks are numbered from 0. Each method that adds one returns its number, or None if there is
    nothing to read in it: it is not added then.
    """

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._length = 0
        self._blocks = array("Q")  # start, end, kind, level, number of the header row plus 1
        self._cells: list[Span] = []
        self._hidden: list[Span] = []
        self._labels: list[Label] = []
        self._next_label: str | None = None
        self._group: object = None
        """What the last block is a part of: a list, a table, records; None for other blocks."""

    def __len__(self) -> int:
        """Return the number of characters written so far."""
        return self._length

    def add(self, kind: Kind, text: str, *, level: int = 0) -> int | None:
        """Add a block.

        text: its white space is collapsed to single blanks, except in code.
        level: of a heading, or how deep a list item is nested, from 1.
        """
        if kind == "row":
            return self.row([text])
        words = _code(text) if kind == "code" else _collapsed(text)
        if not _VISIBLE.search(words):
            return None
        level = max(level, 1) if kind in ("heading", "item") else 0
        indent = "  " * (level - 1) if kind == "item" else ""
        start = self._begin(kind if kind in _LISTED else None, indent)
        start += len(words) - len(words.lstrip())  # of code, which may begin with blanks
        self._write(words)
        if kind == "furniture":
            self._hidden.append(Span(start, self._length))
        return self._append(kind, start, level)

    def extend(self, text: str, *, joiner: str = " ") -> None:
        """Continue the last block, as when a paragraph goes on on the next page.

        If that block is not prose, a paragraph is added. A label that was set since then is valid
        from the added text on.

        joiner: what is written in between; empty in a word that was divided.
        """
        if not self._blocks or KINDS[self._blocks[-3]] not in _CONTINUED:
            self.add("paragraph", text)
            return
        words = _collapsed(text)
        if _VISIBLE.search(words):
            self._write(joiner)
            self._set_label()
            self._write(words)
            self._blocks[-4] = self._length

    def row(self, cells: Sequence[str], *, header: int | None = None) -> int | None:
        """Add a row of a table.

        cells: their white space is collapsed. Empty ones count.
        header: the number of the row with the column names.
        """
        if self._group == "table" and header is None and self._blocks and self._blocks[-1]:
            self._group = None  # the table above had column names, so this is another one
        return self._add_row(cells, CELL_SEPARATOR, header, "table")

    def record(self, name: str, value: str) -> int | None:
        """Add a record: a row such as `Author: Jane Doe`, with the cells "Author" and "Jane Doe".

        Not added if it has no value.
        """
        if not _VISIBLE.search(value):
            return None
        return self._add_row([name, value], ": ", None, "record")

    def label(self, text: str) -> None:
        """Set the place of everything from here on, such as "page 12"; empty for none."""
        self._next_label = _collapsed(text)

    def document(
        self, title: str | None, *, encoding: str | None = None, note: str = ""
    ) -> Document:
        """Return the article that was written. title: white space and length are put right."""
        structure = Structure(
            self._made(), cells=self._cells, hidden=self._hidden, labels=self._labels
        )
        words = title_of(_collapsed(title or ""))
        text = "".join(self._texts)
        return Document(text, words, encoding, structure, note, is_extracted=True)

    def _add_row(
        self, cells: Sequence[str], separator: str, header: int | None, group: str
    ) -> int | None:
        cells = [_collapsed(cell) for cell in cells]
        if not any(_VISIBLE.search(cell) for cell in cells):
            return None
        line = separator.join(cells)
        row = line.strip()
        indent = len(line) - len(line.lstrip())
        start = self._begin(group)
        self._write(row)
        position = -indent
        for cell in cells:
            ends = [min(max(offset, 0), len(row)) for offset in (position, position + len(cell))]
            self._cells.append(Span(start + ends[0], start + ends[1]))
            position += len(cell) + len(separator)
        return self._append("row", start, 0, header)

    def _begin(self, group: str | None, indent: str = "") -> int:
        """Write what separates the next block from the last one; return where it starts."""
        if self._blocks:
            self._write("\n" if group and group == self._group else _PARAGRAPH_BREAK)
        self._write(indent)
        self._group = group
        self._set_label()
        return self._length

    def _set_label(self) -> None:
        if self._next_label is None:
            return
        if self._next_label or self._labels:
            self._labels.append(Label(self._length, self._next_label))
        self._next_label = None

    def _write(self, text: str) -> None:
        self._texts.append(text)
        self._length += len(text)

    def _append(self, kind: Kind, start: int, level: int, header: int | None = None) -> int:
        number = len(self._blocks) // 5
        shift = 0 if header is None else header + 1
        self._blocks.extend((start, self._length, KINDS.index(kind), level, shift))
        return number

    def _made(self) -> Iterator[Block]:
        numbers = iter(self._blocks)
        for start, end, kind, level, header in zip(*[numbers] * 5, strict=True):
            yield Block(Span(start, end), KINDS[kind], level, header - 1 if header else None)


def _collapsed(text: str) -> str:
    """Return text on one line."""
    return " ".join(_valid(text).split())


def _code(text: str) -> str:
    """Return code without blank lines around it."""
    return _BLANK_LINES.sub("", _LINE_BREAK.sub("\n", _valid(text))).rstrip()


def _valid(text: str) -> str:
    """Return text without soft hyphens, and without the NULs and surrogates that parsers let by."""
    return _INVALID.sub("\ufffd", text.replace(SOFT_HYPHEN, ""))
