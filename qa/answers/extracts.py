"""Cuts the part of an article that was asked for, and no more than a reader can take at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.errors import ArticleError, QuestionError
from index.types import Article, Passage, Span
from index.web.snapshots import About
from qa.answers.place import span_of_label, span_of_lines
from qa.answers.results import ExtractJson
from qa.answers.wire import citation_of

MAX_CHARS = 20_000
"""Length of an extract. What follows it is read with the cursor."""
_LINES = re.compile(r"([1-9]\d{0,8})(?:\s*[-–]\s*([1-9]\d{0,8}))?")
_CURSOR = re.compile(r"([0-9a-f]{16})-(\d{1,12})-(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Part:
    """What part of an article is asked for: one of these, or nothing for all of it."""

    lines: str = ""
    """Such as "7" or "7-9"."""
    label: str = ""
    """Such as "page 12", "slide 3" or "pages 12–13"."""
    start: int | None = None
    """Offset, in Unicode code points."""
    end: int | None = None
    """Exclusive."""
    cursor: str = ""
    """As `ExtractJson.next` has it."""


def extract(
    article: Article, part: Part, snapshot: About | None = None, *, max_chars: int = MAX_CHARS
) -> ExtractJson:
    """Return a part of an article, or its beginning and a cursor if it is longer than `max_chars`.

    snapshot: of a web page.

    Raises: QuestionError if there is no such part.
    """
    whole = _span(article, part)
    end = _end_of_extract(article.text, whole, max_chars)
    passage = Passage(article, Span(whole.start, end))
    return ExtractJson(
        text=passage.text,
        citation=citation_of(passage, snapshot),
        characters=len(article.text),
        next=f"{article.sha256[:16]}-{end}-{whole.end}" if end < whole.end else "",
    )


def _span(article: Article, part: Part) -> Span:
    if len(list(_given(part))) > 1:
        raise QuestionError("Give only one of lines, label, offsets and cursor.")
    try:
        if part.cursor:
            return _after(article, part.cursor)
        if part.lines:
            found = _LINES.fullmatch(part.lines.strip())
            if not found:
                raise QuestionError("Lines are given as 7 or 7-9, counted from 1.")
            first = int(found[1])
            return span_of_lines(article, article.id, first, int(found[2] or first))
        if part.label:
            return span_of_label(article, article.id, part.label)
    except ArticleError as error:
        raise QuestionError(error.message, error.hint) from error
    length = len(article.text)
    start = part.start or 0
    end = length if part.end is None else min(part.end, length)
    if not 0 <= start < end:
        raise QuestionError(f"No text from {start:,} to {end:,}: it has {length:,} characters.")
    return Span(start, end)


def _given(part: Part) -> Iterator[str]:
    if part.lines:
        yield "lines"
    if part.label:
        yield "label"
    if part.start is not None or part.end is not None:
        yield "offsets"
    if part.cursor:
        yield "cursor"


def _after(article: Article, cursor: str) -> Span:
    found = _CURSOR.fullmatch(cursor)
    if not found:
        raise QuestionError("This is not a cursor.", "Pass what the last part has as next.")
    if not article.sha256.startswith(found[1]):
        raise QuestionError("The article has changed since.", "Read it from the start again.")
    start, end = int(found[2]), int(found[3])
    if not start < end <= len(article.text):
        raise QuestionError("This cursor is of no part of the article.")
    return Span(start, end)


def _end_of_extract(text: str, whole: Span, max_chars: int) -> int:
    """Return where to cut: after a line if one ends in the second half, and in no line end."""
    if whole.end - whole.start <= max_chars:
        return whole.end
    end = whole.start + max_chars
    if line_end := text.rfind("\n", whole.start + max_chars // 2, end) + 1:
        return line_end
    if text[end - 1 : end + 1] == "\r\n":
        return end - 1 if end - 1 > whole.start else end + 1
    return end
