"""The structure of an article: its blocks, what inside them is not read, and where they are.

Held in arrays of numbers, so that an article of a million blocks is stored and loaded in
milliseconds. Everything is found by bisection.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from index.span import Span

Kind = Literal[
    "heading", "paragraph", "item", "row", "code", "quote", "caption", "comment", "furniture"
]
"""What a block is. "furniture" repeats on every page, such as a page number; it is never read."""
KINDS: tuple[Kind, ...] = get_args(Kind)
MAX_LEVEL = 6
"""Deeper headings count as this deep, so that a heading path has at most this many headings."""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of an article that an answer does not cross."""

    span: Span
    kind: Kind
    level: int = 0
    """Of a heading, from 1; of a list item, how deep it is nested, from 1; otherwise 0."""
    header: int | None = None
    """Of a table row: the number of the row with the column names, counted in blocks from 0."""


@dataclass(frozen=True, slots=True)
class Label:
    """Where a part of an article is, other than by its headings: a time or a page, say."""

    start: int
    """Offset in the article's text; valid up to the next label."""
    text: str


class Structure:
    """The blocks of an article, in order. They do not overlap; only white space is between them."""

    __slots__ = (
        "_blocks",
        "_cells",
        "_headers",
        "_hidden",
        "_kinds",
        "_label_starts",
        "_labels",
        "_levels",
        "_sections",
    )

    def __init__(
        self,
        blocks: Iterable[Block] = (),
        *,
        cells: Iterable[Span] = (),
        hidden: Iterable[Span] = (),
        labels: Iterable[Label] = (),
    ) -> None:
        """Create a structure.

        blocks: in order of their spans, which do not overlap.
        cells: of table rows, and the key and the value of records; inside "row" blocks, in order.
            An empty cell has an empty span.
        hidden: spans inside blocks that are not read, in order: markup, a running head inside a
            paragraph, the hyphen and line break inside a word.
        labels: in order of their starts.

        Raises: ValueError for spans out of order.
        """
        self._blocks, self._cells, self._hidden = _Spans(), _Spans(cells), _Spans(hidden)
        self._kinds, self._levels = array("B"), array("B")
        self._headers = array("I")  # of each block: number of its header row, plus 1
        self._sections = array("I")  # of each block: number of the heading it is under, plus 1
        for block in blocks:
            self._blocks.append(block.span)
            self._kinds.append(KINDS.index(block.kind))
            self._levels.append(min(block.level, MAX_LEVEL))
            self._headers.append(0 if block.header is None else block.header + 1)
        self._find_sections()
        labels = list(labels)
        self._label_starts = array("I", [label.start for label in labels])
        self._labels = [label.text for label in labels]

    def _find_sections(self) -> None:
        open_headings: list[int] = []
        for number, (kind, level) in enumerate(zip(self._kinds, self._levels, strict=True)):
            if KINDS[kind] == "heading":
                while open_headings and self._levels[open_headings[-1]] >= level:
                    open_headings.pop()
            self._sections.append(open_headings[-1] + 1 if open_headings else 0)
            if KINDS[kind] == "heading":
                open_headings.append(number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Structure) and self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def __len__(self) -> int:
        """Return the number of blocks."""
        return len(self._kinds)

    def __getitem__(self, number: int) -> Block:
        """Return a block by its number, from 0."""
        kind, header = KINDS[self._kinds[number]], self._headers[number]
        span, level = self._blocks[number], self._levels[number]
        return Block(span, kind, level, header - 1 if header else None)

    def __iter__(self) -> Iterator[Block]:
        return (self[number] for number in range(len(self)))

    def of_kind(self, kind: Kind) -> Iterator[int]:
        """Yield the numbers of the blocks of a kind, in order."""
        wanted = KINDS.index(kind)
        return (number for number, known in enumerate(self._kinds) if known == wanted)

    def overlapping(self, span: Span) -> range:
        """Return the numbers of the blocks that share a code point with `span`."""
        return self._blocks.overlapping(span)

    def at(self, offset: int) -> int | None:
        """Return the number of the block that contains an offset; None if it is between blocks."""
        found = self.overlapping(Span(offset, offset + 1))
        return found[0] if found else None

    def headings(self, number: int) -> list[int]:
        """Return the numbers of the headings that a block is under, outermost first."""
        path = []
        section = self._sections[number]
        while section:
            path.append(section - 1)
            section = self._sections[section - 1]
        return path[::-1]

    def cells(self, span: Span) -> list[Span]:
        """Return the cells that are inside `span`, in order; empty ones too."""
        return [self._cells[number] for number in self._cells.inside(span)]

    def cell_at(self, offset: int) -> Span | None:
        """Return the cell that contains an offset; None if there is none."""
        found = self._cells.overlapping(Span(offset, offset + 1))
        return self._cells[found[0]] if found else None

    def hidden(self, span: Span) -> list[Span]:
        """Return the parts of `span` that are not read, in order."""
        found = [self._hidden[number] for number in self._hidden.overlapping(span)]
        return [Span(max(span.start, each.start), min(span.end, each.end)) for each in found]

    def label(self, offset: int) -> str:
        """Return the label that is valid at an offset; empty if there is none."""
        number = bisect_right(self._label_starts, offset)
        return self._labels[number - 1] if number else ""

    def labels(self, span: Span | None = None) -> list[Label]:
        """Return the labels that begin in `span`, in order; all labels if there is none."""
        if span is None:
            return list(map(Label, self._label_starts, self._labels))
        first = bisect_left(self._label_starts, span.start)
        last = bisect_left(self._label_starts, span.end)
        return [Label(self._label_starts[n], self._labels[n]) for n in range(first, last)]

    def to_bytes(self) -> bytes:
        """Return the structure as bytes, for `from_bytes` on the same machine."""
        labels = json.dumps(self._labels).encode("ascii")
        numbers = [*self._blocks.columns, self._headers, self._sections]
        numbers += [*self._cells.columns, *self._hidden.columns, self._label_starts]
        sizes = array("I", map(len, [*numbers, self._kinds, self._levels]))
        parts = [sizes, *numbers, self._kinds, self._levels]
        return b"".join(part.tobytes() for part in parts) + labels

    @classmethod
    def from_bytes(cls, content: bytes) -> Structure:
        """Return the structure that `to_bytes` was called on. Raises: ValueError."""
        made = cls()
        blocks, cells, hidden = made._blocks, made._cells, made._hidden
        numbers = [*blocks.columns, made._headers, made._sections]
        numbers += [*cells.columns, *hidden.columns, made._label_starts]
        parts = [*numbers, made._kinds, made._levels]
        position = len(parts) * made._headers.itemsize
        sizes = array("I", content[:position])
        for part, size in zip(parts, sizes, strict=True):
            end = position + size * part.itemsize
            part.frombytes(content[position:end])
            position = end
        made._labels = json.loads(content[position:])
        return made


class _Spans:
    """Spans in order, as two arrays. None overlaps another."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        """Raises: ValueError for spans out of order."""
        self._starts, self._ends = array("I"), array("I")
        for span in spans:
            self.append(span)

    def append(self, span: Span) -> None:
        """Add the last span. Raises: ValueError if it starts before the end of the one before."""
        if self._ends and span.start < self._ends[-1]:
            raise ValueError(f"{span} overlaps what is before it")
        self._starts.append(span.start)
        self._ends.append(span.end)

    def __getitem__(self, number: int) -> Span:
        return Span(self._starts[number], self._ends[number])

    @property
    def columns(self) -> list[array[int]]:
        """The arrays of starts and ends."""
        return [self._starts, self._ends]

    def overlapping(self, span: Span) -> range:
        """Return the numbers of the spans that share a code point with `span`."""
        first = bisect_right(self._ends, span.start)
        return range(first, max(first, bisect_left(self._starts, span.end)) if span else first)

    def inside(self, span: Span) -> range:
        """Return the numbers of the spans that are inside `span`."""
        first = bisect_left(self._starts, span.start)
        return range(first, max(first, bisect_right(self._ends, span.end)))


EMPTY = Structure()
"""Of an article whose parts are not known."""
