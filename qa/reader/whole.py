"""Extends or trims a span of an article so that it can be an answer.

An answer is in one block, or in one cell of a table, and cuts no word, number, date, name, address
or pair of brackets. This is decided by the text near the span, as people read it: without what is
hidden.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from index.types import Article, Span
from index.view import View, plain
from qa.reader.names import inline_code, names, words
from qa.reader.pairs import Tie, ties
from qa.reader.quantities import quantities

WINDOW_CHARS = 200
"""How far around a span to look."""
MAX_ROUNDS = 10
"""How often to look again from a span that has grown."""

_BLANK_LINE = re.compile(r"(?:\r\n|\r(?!\n)|\n)[ \t]*(?:\r\n|\r|\n)\s*")
_LOOSE = " \t\r\n,;:|"
_BRACKETS = "()[]{}«»‹›“”„`"
_LOOSE_START = re.compile(r"\s+|(?:[-–—•*+>#.!?…]+|and|or|but|nor)(?:\s+|$)")
_LOOSE_END = re.compile(r"\s+$|\s+(?:[-–—•*+#]+|and|or|but|nor)$")
_MAX_LOOSE_CHARS = 8
_EMOJI_STYLE = "\ufe0f"
"""Follows punctuation that is shown as an emoji."""


def whole(article: Article, span: Span, *, comments: bool = False) -> Span | None:
    """Return a span, extended or trimmed so that it can be an answer.

    It has all words of `span` that are in the block or cell which most of `span` is in. Calling
    this again with the result returns the same.

    comments: whether the span may be in a comment.

    Returns: None if nothing is left to be an answer, such as markup or punctuation only.
    """
    for _ in range(MAX_ROUNDS):
        region = _region(article, span, comments)
        grown = _whole_within(article, region, span) if region else None
        if grown is None or grown == span:
            return grown
        span = grown
    return span


def _region(article: Article, span: Span, comments: bool) -> Span | None:
    """Return the block or cell that most of a span is in; the first one on a tie."""
    structure = article.structure
    if not len(structure):
        return _most_of(span, _paragraphs(article.text, span))
    numbers = structure.overlapping(span)
    if not numbers:
        return None
    block = max((structure[n] for n in numbers), key=lambda block: block.span.overlap(span))
    if block.kind == "furniture" or (block.kind == "comment" and not comments):
        return None
    cells = structure.cells(block.span) if block.kind == "row" else []
    return _most_of(span, cells) if cells else block.span


def _paragraphs(text: str, span: Span) -> list[Span]:
    """Return what is between blank lines near a span."""
    start, end = max(0, span.start - WINDOW_CHARS), min(len(text), span.end + WINDOW_CHARS)
    blank = [match.span() for match in _BLANK_LINE.finditer(text, start, end)]
    starts, ends = [start, *(after for _, after in blank)], [*(before for before, _ in blank), end]
    return [Span(*each) for each in zip(starts, ends, strict=True)]


def _most_of(span: Span, regions: Sequence[Span]) -> Span | None:
    best = max(regions, key=span.overlap)
    return best if best.overlap(span) else None


def _whole_within(article: Article, region: Span, span: Span) -> Span | None:
    """Return the part of a span in a region, extended or trimmed; None if nothing is left."""
    first, last = span.start - WINDOW_CHARS, span.end + WINDOW_CHARS
    near = Span(max(region.start, first), min(region.end, last))
    view = plain(article, near)
    place = view.find(Span(max(span.start, region.start), min(span.end, region.end)))
    if place is None:
        return None
    # What is at the edge of `near` may continue beyond it.
    known = Span(int(first >= region.start), max(1, len(view.text) - int(last <= region.end)))
    uncut = [Tie(each, each) for each in _uncut(article, near, view) if known.contains(each)]
    letters = [Tie(each, each) for each in words(view.text) if known.contains(each)]
    pairs = ties(view.text)
    found = _trimmed(view.text, _grown(Span(*place), letters), uncut, pairs)
    found = _grown(found, [*letters, *uncut, *pairs])
    if not any(map(_can_answer, view.text[found.start : found.end])):
        return None
    quoted = view.span(found.start, found.end)
    return quoted and _with_marks(article, near, quoted)


def _uncut(article: Article, near: Span, view: View) -> list[Span]:
    """Return the numbers, names and inline code in a view of the article: they are never cut."""
    uncut = [*quantities(view.text), *names(view.text)]
    for code in inline_code(article.text[near.start : near.end]):  # a view has no backticks
        place = view.find(Span(near.start + code.start, near.start + code.end))
        if place is not None:
            uncut.append(Span(*place))
    return uncut


def _trimmed(text: str, span: Span, uncut: Sequence[Tie], pairs: Sequence[Tie]) -> Span:
    """Return a span without loose punctuation and single brackets at its ends; perhaps empty."""
    start, end = span.start, span.end
    while start < end:
        if size := _loose_at_start(text, Span(start, end), uncut, pairs):
            start += size
        elif size := _loose_at_end(text, Span(start, end), uncut, pairs):
            end -= size
        else:
            break
    return Span(start, end)


def _loose_at_start(text: str, span: Span, uncut: Sequence[Tie], pairs: Sequence[Tie]) -> int:
    """Return how many characters at the start of a span to trim."""
    first = Span(span.start, span.start + 1)
    if any(tie.part.overlap(first) for tie in uncut):
        return 0
    loose = _LOOSE_START.match(text, span.start, span.end)
    if loose or text[span.start] in _LOOSE:
        return len(loose[0]) if loose else 1
    return _single_mark(text, first, span, pairs)


def _loose_at_end(text: str, span: Span, uncut: Sequence[Tie], pairs: Sequence[Tie]) -> int:
    """Return how many characters at the end of a span to trim."""
    last = Span(span.end - 1, span.end)
    if any(tie.part.overlap(last) for tie in uncut):
        return 0
    loose = _LOOSE_END.search(text[max(span.start, span.end - _MAX_LOOSE_CHARS) : span.end])
    if loose or text[span.end - 1] in _LOOSE:
        return len(loose[0]) if loose else 1
    return _single_mark(text, last, span, pairs)


def _single_mark(text: str, place: Span, span: Span, pairs: Sequence[Tie]) -> int:
    """Return the length of a bracket or mark at an end of a span; 0 if its partner is near."""
    for tie in pairs:
        if tie.part.overlap(place):
            next_to = Span(max(0, span.start - len(tie.part)), span.end + len(tie.part))
            return 0 if next_to.contains(tie.whole) else tie.part.overlap(span)
    return int(text[place.start] in _BRACKETS)


def _grown(span: Span, ties: Sequence[Tie]) -> Span:
    """Return a span, extended so that it contains the whole of all that it has a part of."""
    grown = span
    while True:
        for tie in ties:
            if tie.part.overlap(grown):
                start, end = min(grown.start, tie.whole.start), max(grown.end, tie.whole.end)
                grown = Span(start, end)
        if grown == span:
            return grown
        span = grown


def _can_answer(character: str) -> bool:
    """Return whether a text with this character is more than markup and punctuation."""
    symbol = unicodedata.category(character).startswith("S") and not character.isascii()
    return symbol or character.isalnum() or character == _EMOJI_STYLE


def _with_marks(article: Article, near: Span, span: Span) -> Span:
    """Return a span with the hidden marks next to it whose partners are in it."""
    hidden = article.structure.hidden(near)
    if not hidden:
        return span
    first, last = span.start, span.end
    for mark in reversed(hidden):
        first = mark.start if mark.end == first else first
    for mark in hidden:
        last = mark.end if mark.start == last else last
    start, end = span.start, span.end
    for tie in ties(article.text[near.start : near.end]):
        opener, closer = near.start + tie.whole.start, near.start + tie.whole.end
        if first <= opener < start < closer <= span.end:
            start = min(mark.start for mark in hidden if mark.end > opener)
        if span.start <= opener < end < closer <= last:
            end = max(mark.end for mark in hidden if mark.start < closer)
    return Span(start, end)
