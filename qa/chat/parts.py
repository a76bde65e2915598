"""What the parts of an article are, for how they look: headings, code, markup, addresses.

Every character is shown where it is. Markup is only dimmed, and what it marks looks as it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from index.structure import EMPTY, Structure
from index.types import Span

Part = Literal[
    "heading",
    "furniture",
    "code",
    "header",
    "strong",
    "emphasis",
    "literal",
    "link",
    "markup",
    "address",
]
"""Kind of a part: `header` has the names of a table's columns, `literal` is code in a line."""

_OF_BLOCKS: dict[str, Part] = {
    "heading": "heading",
    "furniture": "furniture",
    "code": "code",
    "comment": "markup",
}
_MEANINGS: dict[str, Part] = {
    "**": "strong",
    "__": "strong",
    "*": "emphasis",
    "_": "emphasis",
    "`": "literal",
    "``": "literal",
}
"""Of markup that stands before and after words."""
_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s<>\"“”|]*[^\s<>\"“”|.,;:!?)\]'’]")
_MAX_NEAR = 1_000
"""How many characters before and after a row are looked at for markup and addresses."""


class Parts:
    """Finds the parts of one text."""

    def __init__(self, text: str, structure: Structure = EMPTY) -> None:
        self._text = text
        self._structure = structure

    def near(self, row: Span) -> Iterator[tuple[Span, Part]]:
        """Yield all parts that may be in a row, the more special ones later."""
        for number in self._structure.overlapping(row):
            block = self._structure[number]
            if kind := _OF_BLOCKS.get(block.kind):
                yield block.span, kind
            elif self._is_header(number):
                yield block.span, "header"
            if block.kind != "furniture":
                yield from self._in_line(block.span, row)
        yield from self._addresses(row)

    def is_of_kind(self, offset: int, kinds: frozenset[str]) -> bool:
        """Return whether a character is in a block of one of these kinds."""
        number = self._structure.at(offset)
        return number is not None and self._structure[number].kind in kinds

    def _is_header(self, number: int) -> bool:
        after = number + 1
        return after < len(self._structure) and self._structure[after].header == number

    def _in_line(self, block: Span, row: Span) -> Iterator[tuple[Span, Part]]:
        """Yield the markup of a block near a row, and before it what it marks."""
        start = max(block.start, row.start - _MAX_NEAR)
        hidden = self._structure.hidden(Span(start, min(block.end, row.end + _MAX_NEAR)))
        begun: dict[str, int] = {}
        for markup in hidden if start == block.start else ():
            words = self._text[markup.start : min(markup.end, markup.start + 3)]
            if (meaning := _MEANINGS.get(words)) is None:
                continue
            if words in begun:
                yield Span(begun.pop(words), markup.start), meaning
            else:
                begun[words] = markup.end
        link: int | None = None
        for markup in hidden:
            yield markup, "markup"
            if self._text[markup.end - 1] == "[":
                link = markup.end
            elif self._text[markup.end - 1 : markup.end + 1] == "](":  # where a link leads
                if link is not None:
                    yield Span(link, markup.start), "link"
                end = self._text.find(")", markup.end, markup.end + _MAX_NEAR)
                yield Span(markup.end, max(markup.end, end + 1)), "address"

    def _addresses(self, row: Span) -> Iterator[tuple[Span, Part]]:
        before = max(0, row.start - _MAX_NEAR)
        start = max(self._text.rfind(blank, before, row.start) for blank in " \n") + 1
        for found in _ADDRESS.finditer(self._text, max(start, before), row.end + _MAX_NEAR):
            if found.start() >= row.end:
                return
            yield Span(*found.span()), "address"
