"""The paragraphs of text without markup."""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.types import Span

MAX_WRAP_WIDTH = 120
"""No editor hard-wraps at more, so a longer line is a paragraph of its own."""
HEADING = re.compile(r" {0,3}#{1,6}\s")
"""A line that is a heading, as in Markdown; people use it in any text."""
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?")
_OPENS_PARAGRAPH = re.compile(r"\s*(?:[-*+•–—]\s|\d{1,3}[.)]\s|#{1,6}\s|>|\||```|~~~|={3,}|-{3,})")


def paragraphs(text: str, within: Span) -> Iterator[Span]:
    """Yield the paragraphs, separated by blank lines, list or heading markers, and line breaks.

    The line breaks of hard-wrapped text do not count: those before a word that would not have
    fitted on the line.
    """
    lines = [
        Span(match.start(), match.end())
        for match in _LINE.finditer(text, within.start, within.end)
        if match.end() > match.start()
    ]
    contents = [text[line.start : line.end].rstrip() for line in lines]
    start: int | None = None
    widths = _block_widths(contents)
    for i, (line, content) in enumerate(zip(lines, contents, strict=True)):
        if start is None and content:
            start = line.start
        following = contents[i + 1] if i + 1 < len(lines) else ""
        wrapped = (
            content
            and following
            and widths[i] <= MAX_WRAP_WIDTH
            and len(content) + 1 + len(following.split(None, 1)[0]) > widths[i]
            and not _OPENS_PARAGRAPH.match(following)
            and not HEADING.match(content)
        )
        if start is not None and not wrapped:
            if paragraph := stripped(text, start, line.end):
                yield paragraph
            start = None


def _block_widths(contents: list[str]) -> list[int]:
    """Return for each line the length of the longest line in its block between blank lines."""
    widths: list[int] = []
    while len(widths) < len(contents):
        first = len(widths)
        last = first
        while last < len(contents) and contents[last]:
            last += 1
        widest = max(map(len, contents[first:last]), default=0)
        widths.extend([widest] * max(1, last - first))
    return widths


def stripped(text: str, start: int, end: int) -> Span | None:
    """Return [start, end) without white space at its ends; None if nothing is left."""
    inside = text[start:end]
    if not (content := inside.strip()):
        return None
    start += inside.index(content[0])
    return Span(start, start + len(content))
