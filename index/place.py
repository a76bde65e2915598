"""Where a passage is: its title, the headings above it, the columns of its table."""

from __future__ import annotations

import re
from itertools import zip_longest
from typing import Literal

from index.structure import Structure
from index.types import Article, Span
from index.view import plain, shown

_PAGES = re.compile(r"(page|slide) (\d{1,9})\n\1 (\d{1,9})")
_NUMBER = re.compile(r"(page|slide|cell)s? ([1-9]\d{0,8})(?:–\d+)?")
MAX_HEADING_CHARS = 80
"""Longer headings, titles and column names are cut off where they are context."""
MAX_SOURCE_CHARS = 2_000
"""How much of a heading or a header row is looked at: every passage below looks at it again."""
MAX_TITLE_BLOCKS = 4
"""How many blocks at the start of a passage are compared with the title."""


def place_of(article: Article, span: Span) -> tuple[str, ...]:
    """Return where a passage is: the headings that it is under, outermost first, and its label.

    The headings that the passage begins with count. A passage in a comment says so at the end.
    """
    structure = article.structure
    begin = _first_block(structure, span)
    if begin is None:
        return ()
    path = [structure[number].span for number in structure.headings(begin)]
    if structure[begin].kind == "heading":
        path.append(structure[begin].span)
    comment = "comment" if structure[begin].kind == "comment" else ""
    words = (*(shown(article, each) for each in path), label_of(article, span), comment)
    return tuple(part for part in words if part)


def _first_block(structure: Structure, span: Span) -> int | None:
    """Return the number of the first block of a passage that is no heading, if there is any."""
    inside = structure.overlapping(span)
    if not inside:
        return None
    return next((n for n in inside if structure[n].kind != "heading"), inside[-1])


def label_of(article: Article, span: Span) -> str:
    """Return the label of a passage, such as "page 3" or "cell 2"; empty if it has none.

    One that is on several pages names the first and the last, as in "pages 3–4".
    """
    structure = article.structure
    begin = _first_block(structure, span)
    if begin is None:
        return ""
    first = structure.label(max(span.start, structure[begin].span.start))
    last = structure.label(span.end - 1)
    pages = _PAGES.fullmatch(f"{first}\n{last}")
    if pages is None or int(pages[2]) >= int(pages[3]):
        return first
    return f"{pages[1]}s {pages[2]}–{pages[3]}"


def numbered(label: str, word: Literal["page", "slide", "cell"]) -> int | None:
    """Return the number of a page, slide or cell from a label; None if the label has no such one.

    Of "pages 3–4", the first. Some pages have no number, such as "page iv" of a printed book.
    """
    found = _NUMBER.fullmatch(label)
    return int(found[2]) if found and found[1] == word else None


def context_of(article: Article, span: Span) -> tuple[str, ...]:
    """Return the title and the headings above a passage, outermost first, each cut off if long.

    Without those that are in the passage itself, and without a title that a heading repeats.
    """
    title = title_above(article, span)
    above = [shown(article, heading) for heading in headings_above(article, span)]
    return tuple(part for part in (title, *above) if part)


def title_above(article: Article, span: Span) -> str:
    """Return the title; empty if a heading above the passage or at its start repeats it."""
    structure = article.structure
    inside = structure.overlapping(span)
    above = structure.headings(inside[0]) if inside else []
    for number in (*above, *inside[:MAX_TITLE_BLOCKS]):
        block = structure[number]
        if block.kind == "heading" and shown(article, _start_of(block.span)) == article.title:
            return ""
    return shortened(article.title)


def headings_above(article: Article, span: Span) -> list[Span]:
    """Return the headings above a passage as spans, outermost first, each cut off if it is long."""
    structure = article.structure
    inside = structure.overlapping(span)
    above = structure.headings(inside[0]) if inside else []
    return [heading_words(article, structure[number].span) for number in above]


def columns_above(article: Article, span: Span) -> list[str]:
    """Return the column names of the table that a passage begins in, unless it contains them."""
    structure = article.structure
    inside = structure.overlapping(span)
    header = structure[inside[0]].header if inside else None
    return [] if header is None else column_names(article, structure[header].span)


def column_names(article: Article, header: Span) -> list[str]:
    """Return the names in the header row of a table, each cut off if it is long.

    If a row above it names groups of columns, each name begins with that of its group, as in
    "Ships 1911". Only the first ones of a row that is longer than MAX_SOURCE_CHARS.
    """
    structure = article.structure
    names = _names_in(article, header)
    number = structure.at(header.start)
    above = None if number is None else structure[number].header
    if above is None:
        return names
    groups = _names_in(article, structure[above].span)
    group, full = "", []
    for name, next_group in zip_longest(names, groups[: len(names)], fillvalue=""):
        group = next_group or group  # a group's name is above its first column
        full.append(name if name == group else f"{group} {name}".strip())
    return full


def _names_in(article: Article, header: Span) -> list[str]:
    cells = article.structure.cells(_start_of(header))
    return [shortened(shown(article, cell)) for cell in cells]


def shortened(words: str) -> str:
    """Return words, cut off if they are longer than MAX_HEADING_CHARS."""
    return words if len(words) <= MAX_HEADING_CHARS else f"{words[: MAX_HEADING_CHARS - 1]}…"


def heading_words(article: Article, heading: Span) -> Span:
    """Return the words of a heading, without markup; the first MAX_HEADING_CHARS characters."""
    view = plain(article, _start_of(heading))
    start = len(view.text) - len(view.text.lstrip())
    end = min(len(view.text.rstrip()), start + MAX_HEADING_CHARS)
    return view.span(start, end) or heading


def _start_of(span: Span) -> Span:
    return Span(span.start, min(span.end, span.start + MAX_SOURCE_CHARS))
