"""Builds the structure of Markdown: its blocks, their markup hidden, and the title.

Imported only where Markdown is read: it loads markdown-it.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import pairwise

from index.formats.building import Builder, Range, without
from index.formats.front_matter import add_front_matter, front_matter_title
from index.formats.markdown_blocks import Blocks, Leaf
from index.formats.markdown_html import html_parts
from index.formats.markdown_inline import InlineParser
from index.formats.records import record_runs
from index.structure import Kind, Structure
from index.types import Span

_KINDS: dict[str, Kind] = {"": "paragraph", "first": "item", "item": "paragraph", "quote": "quote"}
_NUMBER = re.compile(r"\d{1,9}[.)][ \t]*\Z")
_HASHES = re.compile(r"#{1,6}[ \t]*")
_TASK = re.compile(r"\[[ xX]\][ \t]+")
_CALLOUT = re.compile(r"\[![\w-]+\][+-]?(?:[ \t]+|$)", re.MULTILINE)
_PIPE = re.compile(r"(?<!\\)\|")
_ENTITY = re.compile(r"&#?\w+;")
_IMAGE = re.compile(r"\[?!\[")


class MarkdownStructure:
    """The blocks of one Markdown text."""

    def __init__(self, text: str) -> None:
        """Parse a text."""
        # As long as the text, so that offsets stay the same; markdown-it would drop the "\r".
        self._source = text.replace("\r\n", " \n").replace("\r", "\n")
        self._builder = Builder(text)
        self._blocks = Blocks(self._source)
        self._inline = InlineParser(self._blocks.env)
        self._top_headings: list[tuple[str, bool]] = []
        self._has_content = False
        self._front_title = ""
        for leaf in self._blocks:
            self._add(leaf)

    def structure(self) -> Structure:
        """Return the structure."""
        return self._builder.structure()

    def titles(self) -> Iterator[str]:
        """Yield what can be the title, the best first.

        A heading of level 1 is one if it is the first thing in the text, or the only one.
        """
        yield self._front_title
        if self._top_headings:
            title, is_first = self._top_headings[0]
            if is_first or len(self._top_headings) == 1:
                yield title

    def _add(self, leaf: Leaf) -> None:
        if leaf.rule == "front_matter":
            self._add_front_matter(leaf)
        elif leaf.rule in ("heading", "lheading"):
            self._add_heading(leaf)
        elif leaf.rule == "table":
            self._add_table(leaf)
        elif leaf.rule in ("code", "fence"):
            self._add_code(leaf)
        elif leaf.rule == "html_block":
            self._add_html(leaf)
        elif leaf.rule == "reference":
            self._add_reference(leaf)
        elif leaf.rule == "comment":
            start, end = self._content(leaf)
            marks = [(start, start + 2), (end - 2, end)]
            self._builder.add("comment", self._whole(leaf), hidden=[*self._markers(leaf), *marks])
        elif leaf.rule == "hr":
            self._builder.add("furniture", self._whole(leaf))
        else:
            self._add_paragraph(leaf)

    def _whole(self, leaf: Leaf) -> Range:
        """Return the lines of a leaf, with the markers of its containers."""
        return self._blocks.begins[leaf.first], self._blocks.eMarks[leaf.last - 1]

    def _content(self, leaf: Leaf) -> Range:
        """Return the lines of a leaf from its content on, without white space at their end."""
        start, end = self._blocks.contents[leaf.first], self._blocks.eMarks[leaf.last - 1]
        return start, start + len(self._source[start:end].rstrip())

    def _markers(self, leaf: Leaf) -> list[Range]:
        """Return the markers of quotes and bullets on the lines of a leaf, not a list's numbers."""
        blocks, found = self._blocks, []
        for line in range(leaf.first, leaf.last):
            start, end = blocks.begins[line], blocks.contents[line]
            if start == end or self._source[start:end].isspace():
                continue
            if leaf.container == "first" and line == leaf.first:
                number = _NUMBER.search(self._source, start, end)
                end = number.start() if number else end
            found.append((start, end))
        return found

    def _markup(self, first: int, last: int, *, with_addresses: bool = True) -> Iterator[Range]:
        """Yield the inline markup on some lines."""
        blocks, parts, starts, length = self._blocks, [], [], 0
        for line in range(first, last):
            parts.append(self._source[blocks.contents[line] : blocks.eMarks[line]].rstrip())
            starts.append(length)
            length += len(parts[-1]) + 1

        def place(offset: int) -> int:
            number = bisect_right(starts, offset) - 1
            return blocks.contents[first + number] + offset - starts[number]

        found = self._inline.markup("\n".join(parts), with_addresses=with_addresses)
        for start, end in found:
            if start < end:
                yield place(start), place(end - 1) + 1

    def _add_paragraph(self, leaf: Leaf) -> None:
        hidden = self._markers(leaf)
        hidden += self._markup(leaf.first, leaf.last)
        start = self._blocks.contents[leaf.first]
        if leaf.container == "first" and (task := _TASK.match(self._source, start)):
            hidden.append(task.span())
        if leaf.container == "quote" and (callout := _CALLOUT.match(self._source, start)):
            hidden.append(callout.span())
        kind = _KINDS[leaf.container]
        if kind == "paragraph" and (records := self._records(leaf)):
            hidden.sort()
            for block, cells in records:
                own = hidden[bisect_left(hidden, block) : bisect_left(hidden, (block[1], 0))]
                self._builder.add("row", block, hidden=own, cells=cells)
            self._has_content = True
            return
        level = leaf.depth if kind == "item" else 0
        number = self._builder.add(kind, self._whole(leaf), level=level, hidden=hidden)
        if number is not None and not _IMAGE.match(self._source, start):
            self._has_content = True

    def _records(self, leaf: Leaf) -> list[tuple[Range, list[Range]]]:
        """Return the `Key: value` lines of a paragraph with their cells; empty if it has others."""
        blocks = self._blocks
        lines = [
            Span(blocks.contents[line], blocks.contents[line] + len(content.rstrip()))
            for line in range(leaf.first, leaf.last)
            for content in [self._source[blocks.contents[line] : blocks.eMarks[line]]]
        ]
        runs = list(record_runs(self._source, lines))
        if [(run.first, run.stop) for run in runs] != [(0, len(lines))]:
            return []
        rows, found = runs[0].parts.blocks, runs[0].parts.cells
        if any(row.kind != "row" for row in rows):  # too long
            return []
        cells = iter([(cell.start, cell.end) for cell in found])
        return [((row.span.start, row.span.end), [next(cells), next(cells)]) for row in rows]

    def _add_heading(self, leaf: Leaf) -> None:
        content, last = self._content(leaf), leaf.last
        if leaf.rule == "lheading":
            last -= 1
            underline = self._blocks.contents[last]
            level = 1 if self._source[underline] == "=" else 2
            marks = [(self._blocks.eMarks[last - 1], content[1])]
        else:
            line = self._source[slice(*content)]
            hashes = _HASHES.match(line)
            opening = hashes.end() if hashes else 0
            level = len(line[:opening].rstrip())
            body = line[opening:].rstrip("#")
            closing = len(body.rstrip()) + opening if not body or body[-1] in " \t" else len(line)
            marks = [(content[0], content[0] + opening), (content[0] + closing, content[1])]
        hidden = [*self._markers(leaf), *marks]
        hidden += self._markup(leaf.first, last, with_addresses=False)
        if leaf.container:  # no section of the article
            kind = _KINDS[leaf.container]
            depth = leaf.depth if kind == "item" else 0
            self._builder.add(kind, self._whole(leaf), level=depth, hidden=hidden)
        else:
            self._add_section(self._whole(leaf), level, hidden)

    def _add_section(self, heading: Range, level: int, hidden: list[Range]) -> None:
        number = self._builder.add("heading", heading, level=level, hidden=hidden)
        if number is None:
            return
        if level == 1 and len(self._top_headings) < 2:
            title = _ENTITY.sub(_character, without(self._source, heading, hidden))
            self._top_headings.append((title, not self._has_content))
        self._has_content = True

    def _add_table(self, leaf: Leaf) -> None:
        header: int | None = None
        for line in range(leaf.first, leaf.last):
            if line == leaf.first + 1:
                continue
            row = Leaf(leaf.rule, line, line + 1, leaf.container if line == leaf.first else "", 0)
            cells, hidden = self._cells(line)
            hidden += self._markers(row)
            block = self._whole(row)
            if line == leaf.first:
                hidden.append((block[1], self._blocks.eMarks[line + 1]))
                block = block[0], self._blocks.eMarks[line + 1]
            number = self._builder.add("row", block, header=header, hidden=hidden, cells=cells)
            if line == leaf.first:
                header = number
        self._has_content = True

    def _cells(self, line: int) -> tuple[list[Range], list[Range]]:
        """Return the cells on a line, and its pipes and the markup in cells."""
        source, start = self._source, self._blocks.contents[line]
        end = start + len(source[start : self._blocks.eMarks[line]].rstrip())
        pipes = [match.start() for match in _PIPE.finditer(source, start, end)]
        hidden = [(pipe, pipe + 1) for pipe in pipes]
        borders = [start - 1, *pipes, end]
        if pipes and pipes[0] == start:
            del borders[0]
        if pipes and pipes[-1] == end - 1 and len(borders) > 2:
            del borders[-1]
        cells = []
        for begin, stop in pairwise(borders):
            cell, markup = self._cell(begin + 1, stop)
            cells.append(cell)
            hidden += markup
        return cells, hidden

    def _cell(self, start: int, end: int) -> tuple[Range, list[Range]]:
        """Return a cell without white space and markup at its ends, and the markup in it."""
        inside = self._source[start:end]
        if not inside.strip():
            return (start, start), []
        start += len(inside) - len(inside.lstrip())
        end = start + len(inside.strip())
        markup = sorted((start + a, start + b) for a, b in self._inline.markup(inside.strip()))
        for begin, stop in markup:
            start = stop if begin == start else start
        for begin, stop in reversed(markup):
            end = begin if stop == end else end
        return (start, max(start, end)), markup

    def _add_code(self, leaf: Leaf) -> None:
        blocks, hidden = self._blocks, self._markers(leaf)
        if leaf.rule == "fence":
            start, end = self._content(leaf)
            hidden.append((start, blocks.contents[min(leaf.first + 1, leaf.last - 1)]))
            fence = self._source[start]
            last = blocks.contents[leaf.last - 1]
            if leaf.last - leaf.first > 1 and not self._source[last:end].strip(f"{fence} \t"):
                hidden.append((blocks.eMarks[leaf.last - 2], end))
            elif leaf.last - leaf.first == 1:
                hidden.append((start, end))
        self._builder.add("code", self._whole(leaf), hidden=hidden)
        self._has_content = True

    def _add_html(self, leaf: Leaf) -> None:
        markers = self._markers(leaf)
        begin = self._blocks.begins[leaf.first]
        for part in html_parts(self._source, *self._content(leaf)):
            start = begin if part.start == self._blocks.contents[leaf.first] else part.start
            first = max(0, bisect_left(markers, (start,)) - 1)  # it can end in the part
            hidden = [*part.hidden, *markers[first : bisect_left(markers, (part.end,))]]
            if part.kind == "heading" and not leaf.container:
                self._add_section((start, part.end), part.level, hidden)
            else:
                kind: Kind = "paragraph" if part.kind == "heading" else part.kind
                level = part.level if kind == "item" else 0
                self._builder.add(kind, (start, part.end), level=level, hidden=hidden)

    def _add_reference(self, leaf: Leaf) -> None:
        """Add the definition of a link, `[label]: address "title"`, as a record."""
        start, end = self._content(leaf)
        label = self._source.index("]:", start)
        address = end - len(self._source[label + 2 : end].lstrip())
        marks = [(start, start + 1), (label, label + 1)]
        cells = [(start + 1, label), (address, end)]
        hidden = [*self._markers(leaf), *marks]
        self._builder.add("row", self._whole(leaf), hidden=hidden, cells=cells)

    def _add_front_matter(self, leaf: Leaf) -> None:
        blocks = self._blocks
        start, end = blocks.begins[leaf.first + 1], blocks.begins[leaf.last - 1]
        self._builder.add("furniture", (blocks.begins[leaf.first], blocks.eMarks[leaf.first]))
        add_front_matter(self._builder, self._source, start, end)
        self._builder.add("furniture", (end, blocks.eMarks[leaf.last - 1]))
        self._front_title = front_matter_title(self._source[start:end])


def _character(entity: re.Match[str]) -> str:
    return html.unescape(entity[0])
