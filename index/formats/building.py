"""Builds the structure of an article from blocks that a format finds."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator

from index.formats.hyphens import divided_words, soft_hyphens
from index.paragraphs import paragraphs
from index.structure import KINDS, Block, Kind, Structure
from index.types import Span

Range = tuple[int, int]
"""Start and end offset: cheaper than a Span, of which there would be millions."""

_PROSE = ("paragraph", "item", "quote")
_WORD = re.compile(r"\w")
_SPACES = re.compile(r"\s*")


class Builder:
    """Collects the blocks of a text with markup, in order; see `Parts` for text without.

    Keeps what a Structure promises: only white space is between blocks, and every block that is
    not furniture has something to read.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._divided = divided_words(text)[::-1]
        self._end = 0  # of the last block
        self._blocks = array("Q")  # start, end, kind, level, number of the header row plus 1
        self._cells, self._hidden = array("Q"), array("Q")

    def add(
        self,
        kind: Kind,
        block: Range,
        *,
        level: int = 0,
        header: int | None = None,
        hidden: Iterable[Range] = (),
        cells: Iterable[Range] = (),
    ) -> int | None:
        """Add the next block; return its number.

        None if there is nothing to read in it, or if it is a row without cells, which is added as a
        paragraph.

        block: any white space at its ends is cut off. It starts after the block before it; text
            between the two becomes paragraphs, or furniture if it has no words.
        hidden: in any order, even overlapping, even outside of the block.
        cells: in order.
        """
        trimmed = self._trimmed(*block)
        if trimmed is None:
            return None
        self._fill(trimmed[0])
        cells = list(cells)
        if kind == "row" and not cells:
            self._append("paragraph", trimmed, hidden=hidden)
            return None
        return self._append(kind, trimmed, level, header, hidden, cells)

    def structure(self) -> Structure:
        """Return the structure of the whole text."""
        self._fill(len(self._text))
        return Structure(self._made(), cells=_spans(self._cells), hidden=_spans(self._hidden))

    def _made(self) -> Iterator[Block]:
        numbers = iter(self._blocks)
        for start, end, kind, level, header in zip(*[numbers] * 5, strict=True):
            yield Block(Span(start, end), KINDS[kind], level, header - 1 if header else None)

    def _trimmed(self, start: int, end: int) -> Range | None:
        """Return a range without white space at its ends; None if nothing is left."""
        spaces = _SPACES.match(self._text, max(start, self._end), end)
        start = spaces.end() if spaces else end
        while end > start and self._text[end - 1].isspace():
            end -= 1
        return (start, end) if start < end else None

    def _fill(self, end: int) -> None:
        """Turn the text between the last block and the next one into blocks."""
        gap = self._trimmed(self._end, end)
        if gap is None:
            return
        if not _WORD.search(self._text, *gap):
            self._append("furniture", gap)
            return
        for part in paragraphs(self._text, Span(*gap)):
            self._append("paragraph", (part.start, part.end))

    def _append(
        self,
        kind: Kind,
        block: Range,
        level: int = 0,
        header: int | None = None,
        hidden: Iterable[Range] = (),
        cells: Iterable[Range] = (),
    ) -> int | None:
        hidden = [*hidden, *self._divided_in(kind, block)]
        hidden += ((hyphen.start, hyphen.end) for hyphen in soft_hyphens(self._text, *block))
        unread = _merged(hidden, *block)
        if kind == "furniture" or self._is_blank(block, unread):
            kind, level, header, unread, cells = "furniture", 0, None, [block], ()
        number = len(self._blocks) // 5
        shift = 0 if header is None else header + 1
        self._blocks.extend((*block, KINDS.index(kind), level, shift))
        for pair in unread:
            self._hidden.extend(pair)
        for cell in cells:
            self._cells.extend(min(max(offset, block[0]), block[1]) for offset in cell)
        self._end = block[1]
        return None if kind == "furniture" else number

    def _divided_in(self, kind: Kind, block: Range) -> Iterator[Range]:
        """Yield the hyphens and line breaks to hide in words that are divided at line ends."""
        while self._divided and self._divided[-1].start < block[1]:
            span = self._divided.pop()
            if kind in _PROSE and block[0] <= span.start and span.end <= block[1]:
                yield span.start, span.end

    def _is_blank(self, block: Range, hidden: list[Range]) -> bool:
        """Return whether nothing but white space is left to read of a block."""
        start = block[0]
        for begin, end in [*hidden, (block[1], block[1])]:
            spaces = _SPACES.match(self._text, start, begin)
            if spaces is None or spaces.end() < begin:
                return False
            start = end
        return True


def without(text: str, block: Range, hidden: Iterable[Range]) -> str:
    """Return what is read of a block."""
    parts, start = [], block[0]
    for begin, end in [*_merged(hidden, *block), (block[1], block[1])]:
        parts.append(text[start:begin])
        start = end
    return "".join(parts)


def _merged(ranges: Iterable[Range], start: int, end: int) -> list[Range]:
    """Return the parts of ranges that are in [start, end), sorted, overlapping ones joined."""
    found: list[Range] = []
    for each in sorted(ranges):
        begin, stop = max(start, each[0]), min(end, each[1])
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        elif begin < stop:
            found.append(each if each == (begin, stop) else (begin, stop))
    return found


def _spans(numbers: array[int]) -> Iterator[Span]:
    pairs = iter(numbers)
    for start, end in zip(pairs, pairs, strict=True):
        yield Span(start, end)
