"""The parts of a structure while a format collects them, and the lines of a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from index.structure import Block, Label, Structure
from index.types import Span

_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\n|\r|$)")
Lines = list[Span]
"""Lines without their line breaks."""


@dataclass(slots=True)
class Parts:
    """Blocks with their cells, what is hidden, and labels; each in order, as `Structure` wants.

    For formats whose blocks are found piece by piece and then moved, such as the bodies of mail.
    `Builder` is for text with markup, of which it packs millions of spans.
    """

    blocks: list[Block] = field(default_factory=list)
    cells: list[Span] = field(default_factory=list)
    hidden: list[Span] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)

    def add(self, more: Parts) -> None:
        """Append parts that come after these. Their header rows are counted from their start."""
        before = len(self.blocks)
        for block in more.blocks:
            if before and block.header is not None:
                block = replace(block, header=block.header + before)
            self.blocks.append(block)
        self.cells += more.cells
        self.hidden += more.hidden
        self.labels += more.labels

    def add_row(self, span: Span, cells: list[Span], header: int | None = None) -> None:
        """Append a row with its cells."""
        self.blocks.append(Block(span, "row", header=header))
        self.cells += cells

    def shifted(self, by: int) -> Parts:
        """Return the parts with `by` added to all offsets."""
        return Parts(
            [replace(block, span=_shifted(block.span, by)) for block in self.blocks],
            [_shifted(span, by) for span in self.cells],
            [_shifted(span, by) for span in self.hidden],
            [Label(label.start + by, label.text) for label in self.labels],
        )

    def structure(self) -> Structure:
        """Return the structure."""
        return Structure(self.blocks, cells=self.cells, hidden=self.hidden, labels=self.labels)


@dataclass(frozen=True, slots=True)
class Run:
    """A run of lines in a group, recognised as a table, a chat or records, and its parts."""

    first: int
    """Number of the first line."""
    stop: int
    """Number of the line after the last one."""
    parts: Parts


def _shifted(span: Span, by: int) -> Span:
    return Span(span.start + by, span.end + by)


def line_groups(text: str) -> Iterator[Lines]:
    """Yield the lines of each group of lines between blank lines."""
    group: Lines = []
    for match in _LINE.finditer(text):
        start, end = match.span(1)
        if end - start and not text[start:end].isspace():
            group.append(Span(start, end))
        elif group:
            yield group
            group = []
    if group:
        yield group


def ends(span: Span) -> tuple[int, int]:
    """Return start and end."""
    return span.start, span.end


def indent_of(text: str, line: Span) -> int:
    """Return the number of white space characters that a line begins with."""
    content = text[line.start : line.end]
    return len(content) - len(content.lstrip())


def merged(spans: list[Span]) -> list[Span]:
    """Return spans in order, those that overlap or touch joined to one."""
    result: list[Span] = []
    for span in sorted(spans):
        if result and span.start <= result[-1].end:
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        elif span:
            result.append(span)
    return result
