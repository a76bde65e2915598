"""Org, the outline format of Emacs: headings, lists, tables, code and properties."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from index.formats.base import Document, Format, title_of
from index.formats.building import Range
from index.formats.encoding import decode
from index.formats.marked_lines import MarkedLines
from index.structure import Kind

_HEADING = re.compile(r"(\*+)[ \t]+(?:(?:TODO|DONE)[ \t]+)?(?:\[#[A-Z]\][ \t]*)?")
_TAGS = re.compile(r"[ \t]+:[\w@#%:]+:$")
_KEYWORD = re.compile(r"#\+([A-Za-z_]+):[ \t]*")
_BEGIN = re.compile(r"[ \t]*#\+begin_(\w+)", re.IGNORECASE)
_END = re.compile(r"[ \t]*#\+end_(\w+)", re.IGNORECASE)
_PROPERTY = re.compile(r"[ \t]*:([\w-]+):[ \t]+(?=\S)")
_FURNITURE = re.compile(r"[ \t]*(?::[\w-]+:|-{5,}|#\+\S.*)$")
"""The border of a drawer, a line across the page, or a keyword without a value."""
_COMMENT = re.compile(r"[ \t]*#(?: |$)")
_FIXED = re.compile(r"[ \t]*:(?: |$)")
_RULE = re.compile(r"[ \t]*\|[-+:| \t]*-[-+:| \t]*$")
_STARTS = (
    _HEADING,
    _KEYWORD,
    _BEGIN,
    _FURNITURE,
    _COMMENT,
    _FIXED,
    _PROPERTY,
    re.compile(r"[ \t]*\|"),
)
_BLOCKS: dict[str, Kind] = {"quote": "quote", "comment": "comment", "verse": "quote"}
_PLAIN_BLOCKS = ("center", "note", "warning", "abstract")
_INLINE = re.compile(
    r"\[\[([^\[\]\n]{1,500})\](?:\[([^\[\]\n]{1,500})\])?\]"
    r"|(?<![\w*/=~+])([*/=~+])(?=\S)([^\n]{0,300}?[^\s])\3(?![\w*/=~+])"
)


def _read(content: bytes, encoding: str | None) -> Document:
    text, used = decode(content, encoding)
    reader = _Org(text)
    reader.read()
    return Document(text, title_of(reader.title), used, reader.lines.structure())


ORG = Format("org 1", (".org",), _read)


def _inline(text: str) -> Iterator[Range]:
    """Yield the markup in a paragraph: emphasis, and links with their words."""
    for match in _INLINE.finditer(text):
        group = 4 if match[3] else 2 if match[2] else 1
        yield match.start(), match.start(group)
        yield match.end(group), match.end()


def _after(lines: Sequence[int], line: int) -> int | None:
    """Return the first of some lines, in order, that is after a line."""
    number = bisect_right(lines, line)
    return lines[number] if number < len(lines) else None


class _Org:
    def __init__(self, text: str) -> None:
        self.lines = MarkedLines(text, _inline)
        self.title = ""
        self._headings: list[int] = []
        self._ends: dict[str, list[int]] = defaultdict(list)
        """The lines that close blocks, by the kind of block."""
        for line in range(len(self.lines)):
            content = self.lines[line]
            if _HEADING.match(content):
                self._headings.append(line)
            elif end := _END.match(content):
                self._ends[end[1].lower()].append(line)

    def read(self) -> None:
        """Add all blocks."""
        line = 0
        while line < len(self.lines):
            line = line + 1 if self.lines.is_blank(line) else self._block(line)

    def _block(self, line: int) -> int:
        """Add the block that begins on a line; return the line after it."""
        lines, content = self.lines, self.lines[line]
        start, end = lines.range(line, line + 1)
        if heading := _HEADING.match(content):
            tags = _TAGS.search(content)
            words = start + heading.end(), start + (tags.start() if tags else len(content))
            lines.add_heading((start, end), (min(words), max(words)), len(heading[1]))
        elif keyword := _KEYWORD.match(content):
            key, value = keyword.span(1), (start + keyword.end(), end)
            lines.add_record((start, end), (start + key[0], start + key[1]), value)
            if keyword[1].lower() == "title":
                self.title += f" {content[keyword.end() :]}"
        elif begin := _BEGIN.match(content):
            return self._delimited(line, begin[1].lower())
        elif _COMMENT.match(content):
            return self._run(line, _COMMENT, "comment")
        elif _FIXED.match(content):
            return self._run(line, _FIXED, "code")
        elif record := _PROPERTY.match(content):
            key = record.span(1)
            value = start + record.end(), end
            lines.add_record((start, end), (start + key[0], start + key[1]), value)
        elif _FURNITURE.match(content):
            lines.add("furniture", line, line + 1)
        elif content.lstrip().startswith("|"):
            return self._table(line)
        else:
            return self._text(line)
        return line + 1

    def _delimited(self, line: int, name: str) -> int:
        """Add what is between #+begin and #+end."""
        last = self._closing(line, name)
        if last is None or name in _PLAIN_BLOCKS or last == line + 1:
            self.lines.add("furniture", line, line + 1)
            return line + 1
        starts, ends = self.lines.starts, self.lines.ends
        hidden = [(starts[line], starts[line + 1]), (ends[last - 1], ends[last])]
        self.lines.add(_BLOCKS.get(name, "code"), line, last + 1, hidden)
        return last + 1

    def _closing(self, line: int, name: str) -> int | None:
        """Return the line that closes a block; None if there is none before the next heading."""
        closing = _after(self._ends.get(name, ()), line)
        heading = _after(self._headings, line)
        return None if closing is None or (heading or closing) < closing else closing

    def _run(self, line: int, mark: re.Pattern[str], kind: Kind) -> int:
        """Add the lines that begin with a mark."""
        last, hidden = line, []
        while last < len(self.lines) and (match := mark.match(self.lines[last])):
            start = self.lines.starts[last]
            hidden.append((start, start + match.end()))
            last += 1
        self.lines.add(kind, line, last, hidden)
        return last

    def _table(self, line: int) -> int:
        last = line
        while last < len(self.lines) and self.lines[last].lstrip().startswith("|"):
            last += 1
        rules = {row for row in range(line, last) if _RULE.match(self.lines[row])}
        first_rule = min(rules - {line}, default=line)  # what is above it are column names
        header: int | None = None
        for row in range(line, last):
            if row in rules:
                self.lines.add("furniture", row, row + 1)
                continue
            is_header = row < first_rule
            whole = self.lines.range(row, row + 1)
            number = self.lines.add_row(whole, self._cells(row), None if is_header else header)
            header = number if is_header else header
        return last

    def _cells(self, row: int) -> list[Range]:
        start, content = self.lines.starts[row], self.lines[row]
        pipes = [start + found for found, mark in enumerate(content) if mark == "|"]
        if pipes[-1] != self.lines.ends[row] - 1 or len(pipes) == 1:
            pipes.append(self.lines.ends[row])
        return [self.lines.cell(begin + 1, end) for begin, end in pairwise(pipes)]

    def _text(self, line: int) -> int:
        last = line + 1
        while last < len(self.lines) and not self.lines.is_blank(last):
            if any(start.match(self.lines[last]) for start in _STARTS):
                break
            last += 1
        self.lines.add_text(line, last)
        return last
