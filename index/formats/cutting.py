"""Text without its page furniture, and the way back to the offsets of the whole text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from index.formats.furniture import furniture_of
from index.formats.pages import PrintedLines
from index.formats.parts import Parts, line_groups
from index.paragraphs import stripped
from index.structure import Block, Label
from index.types import Span

MIN_FULL_LINE = 40
MAX_GROUP_LINES = 50
"""How many lines are looked at to see how wide the text is."""
_GOES_ON = re.compile(r"(?:[,\-–—(]|\b(?:a|an|the|of|and|or|to|in|by|for|with|at|on|from|that))$")
_OPENS_BLOCK = re.compile(r"[-*+•–—#>|]|\d{1,3}[.)]\s")


@dataclass(frozen=True, slots=True)
class Cut:
    """A text without its page furniture."""

    text: str
    """With line breaks instead of form feeds."""
    joints: frozenset[int]
    """Offsets in `text` of words before which a sentence goes on over the border of a page."""
    whole: str
    holes: Sequence[Span]
    """What is missing, in order, as spans of the whole text."""
    starts: Sequence[int]
    """Where in `text` each part of the whole starts: the first one, and one after each hole."""

    def span(self, span: Span) -> Span:
        """Return a span of `text` as one of the whole text."""
        start = self._offset(span.start)
        return Span(start, self._offset(span.end - 1) + 1) if span else Span(start, start)

    def _offset(self, offset: int) -> int:
        number = bisect_right(self.starts, offset) - 1
        begin = self.holes[number - 1].end if number else 0
        return begin + offset - self.starts[number]

    def restored(self, parts: Parts) -> Parts:
        """Return parts of `text` as those of the whole text, with the furniture."""
        if not self.holes:
            return parts
        blocks = [replace(block, span=self.span(block.span)) for block in parts.blocks]
        hidden = list(map(self.span, parts.hidden))
        furniture: list[Span] = []
        numbers = iter(blocks)
        block = next(numbers, None)
        for hole in self.holes:
            while block is not None and block.span.end <= hole.start:
                block = next(numbers, None)
            if block is not None and block.span.contains(hole):
                hidden.append(hole)
            else:
                furniture += self._lines(hole)
        return Parts(
            _with_furniture(blocks, furniture),
            list(map(self.span, parts.cells)),
            sorted([*hidden, *furniture]),
            [Label(self._offset(label.start), label.text) for label in parts.labels],
        )

    def _lines(self, hole: Span) -> Iterator[Span]:
        for lines in line_groups(self.whole[hole.start : hole.end]):
            for line in lines:
                inside = stripped(self.whole, hole.start + line.start, hole.start + line.end)
                if inside:
                    yield inside


def cut(text: str) -> Cut:
    """Return a text without its page furniture.

    Where a sentence goes on after it, blank lines and form feeds are removed too.
    """
    lines = PrintedLines.of(text)
    furniture = furniture_of(lines)
    holes: list[Span] = []
    joined: list[int] = []
    last: int | None = None
    for number in range(len(lines)):
        if number in furniture:
            continue
        if last is not None and (number - last > 1 or lines.pages[number] != lines.pages[last]):
            if _goes_on(lines, last, number):
                holes.append(Span(lines.nexts[last], lines.starts[number]))
                joined.append(lines.starts[number] + lines.indent(number))
            else:
                holes += _contents(lines, range(last + 1, number))
        elif last is None:
            holes += _contents(lines, range(number))
        last = number
    holes += _contents(lines, range(0 if last is None else last + 1, len(lines)))
    holes = [hole for hole in holes if hole]
    return _cut(text, holes, joined)


def _cut(text: str, holes: list[Span], joined: Sequence[int]) -> Cut:
    begins = [0, *(hole.end for hole in holes)]
    ends = [*(hole.start for hole in holes), len(text)]
    kept = [text[begin:end] for begin, end in zip(begins, ends, strict=True)]
    starts = [0, *accumulate(map(len, kept[:-1]))]
    joints = set()
    for offset in joined:
        number = bisect_right(begins, offset) - 1
        joints.add(starts[number] + offset - begins[number])
    clean = "".join(kept).replace("\f", "\n")
    return Cut(clean, frozenset(joints), text, holes, starts)


def _contents(lines: PrintedLines, numbers: range) -> Iterator[Span]:
    return (Span(lines.starts[number], lines.ends[number]) for number in numbers)


def _goes_on(lines: PrintedLines, above: int, below: int) -> bool:
    """Return whether a paragraph goes on below the border of a page."""
    if lines.is_interrupted(above, below):
        return True
    last, first = lines[above], lines[below]
    if lines.ends_sentence(above) or _OPENS_BLOCK.match(first):
        return False
    if _GOES_ON.search(last[-6:]):
        return True
    width, number = len(last), above
    while number > 0 and above - number < MAX_GROUP_LINES and not lines.apart[number]:
        number -= 1
        width = max(width, len(lines[number]))
    is_full = number < above and len(last) + 1 + len(first.split(None, 1)[0]) > width
    return is_full and width >= MIN_FULL_LINE and not lines.is_alone(below)


def _with_furniture(blocks: Sequence[Block], furniture: Sequence[Span]) -> list[Block]:
    """Return blocks in order with furniture between them, header rows counted again."""
    new_numbers: list[int] = []
    result: list[Block] = []
    rest = list(reversed(furniture))
    for block in blocks:
        while rest and rest[-1].start < block.span.start:
            result.append(Block(rest.pop(), "furniture"))
        new_numbers.append(len(result))
        header = None if block.header is None else new_numbers[block.header]
        result.append(replace(block, header=header))
    result += [Block(span, "furniture") for span in reversed(rest)]
    return result
