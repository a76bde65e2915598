"""Which parts of a PDF file are headings: by its outline, and by the size and weight of letters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.formats.pdf_parts import Part, size_of

MAX_CHARS = 150
MAX_LINES = 3
MIN_SIZE = 1.12
"""Of the size of the text: headings are larger, or bold."""
MAX_BOLD_CHARS = 100
MAX_BOLD_LINES = 2
MAX_HEADINGS = 0.4
"""Of the parts: where more look like headings, their look says nothing."""
TITLE_SIZE = 1.3
_NUMBER = re.compile(
    r"(?:(?:chapter|part|section|appendix|annex)\s+)?(?:\d+(?:\.\d+)*|[A-Z](?:\.\d+)+|[IVXLC]+)[.:)]?\s+",
    re.IGNORECASE,
)
_DEPTH = re.compile(r"(\d+(?:\.\d+)*)\.?\s+\S")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_NOT_AT_THE_END = (".", ",", ";", "-", "–")


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A line of a file's outline."""

    title: str
    level: int
    """From 1."""
    page: int
    """From 0."""


def mark_headings(parts: Sequence[Part], outline: Iterable[OutlineEntry]) -> dict[int, int]:
    """Mark the parts that are headings; return their levels, from 1, by number of the part."""
    levels = _in_outline(parts, outline)
    others = [number for number in _by_look(parts) if number not in levels]
    ranks = sorted({_rank(parts[number]) for number in others}, reverse=True)
    level_of = {rank: level for level, rank in enumerate(ranks, 1)}
    has_outline = bool(levels)
    open_level = 0
    for number in sorted([*levels, *others]):
        if number in levels:
            open_level = levels[number]
            continue
        depth = _DEPTH.match(parts[number].text)
        if has_outline:
            levels[number] = open_level + 1
        elif depth:
            levels[number] = depth[1].count(".") + 1
        else:
            levels[number] = level_of[_rank(parts[number])]
    for number in levels:
        parts[number].kind = "heading"
    return levels


def main_heading(parts: Sequence[Part], levels: dict[int, int]) -> int | None:
    """Return the number of the part with the title: the largest heading of the first page."""
    body = size_of([line for part in parts for line in part.lines])
    first = [number for number in levels if parts[number].pages[0] == 0]
    if not first:
        return None
    largest = max(first, key=lambda number: (parts[number].em, -number))
    return largest if parts[largest].em >= TITLE_SIZE * body else None


def below_title(parts: Sequence[Part], levels: dict[int, int], title: int) -> dict[int, int]:
    """Return the levels with all headings below the title, if it is larger than all of them."""
    if any(parts[number].em >= parts[title].em for number in levels if number != title):
        return levels
    others = [level for number, level in levels.items() if number != title]
    deeper = 1 if others and min(others) == 1 else 0
    return {number: 1 if number == title else level + deeper for number, level in levels.items()}


def _in_outline(parts: Sequence[Part], outline: Iterable[OutlineEntry]) -> dict[int, int]:
    """Return the levels of the parts whose words are in the outline, for the same page."""
    wanted = {(entry.page, _key(entry.title)): entry.level for entry in reversed(list(outline))}
    levels = {}
    for number, part in enumerate(parts):
        if part.kind in ("paragraph", "item") and len(part.lines) <= MAX_LINES:
            level = wanted.pop((part.pages[0], _key(part.text)), None)
            if level is not None and _key(part.text):
                levels[number] = level
    return levels


def _key(title: str) -> str:
    words = _NUMBER.sub("", title.strip(), count=1) or title
    return re.sub(r"[\W_]+", "", words).casefold()


def _by_look(parts: Sequence[Part]) -> list[int]:
    """Return the numbers of the parts that are larger than the text, or bold."""
    lines = [line for part in parts for line in part.lines]
    body = size_of(lines)
    bold = sum(len(line.text) for line in lines if line.is_bold)
    is_bold = bold > 0.5 * sum(len(line.text) for line in lines)
    found = [
        number for number, part in enumerate(parts) if _looks_like_heading(part, body, is_bold)
    ]
    return found if len(found) <= max(3, MAX_HEADINGS * len(parts)) else []


def _looks_like_heading(part: Part, body: float, is_bold: bool) -> bool:
    text = part.text
    if part.kind not in ("paragraph", "item") or len(text) > MAX_CHARS:
        return False
    if any(len(line.segments) > 1 for line in part.lines):
        return False  # it is a row of a table
    if len(part.lines) > MAX_LINES or not _LETTERS.search(text) or text.endswith(("-", ",", ";")):
        return False
    if part.em >= MIN_SIZE * body:
        return True
    is_short = len(text) <= MAX_BOLD_CHARS and len(part.lines) <= MAX_BOLD_LINES
    stands_out = not is_bold and all(line.is_bold for line in part.lines)
    return is_short and stands_out and part.em >= 0.95 * body and not text.endswith(_NOT_AT_THE_END)


def _rank(part: Part) -> tuple[float, bool]:
    return part.em, all(line.is_bold for line in part.lines)
