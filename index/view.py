"""Views: an article's words as they are searched and read, with a map back to its text.

A view skips what is hidden, and can add words, such as the headings above a passage and the names
of a table's columns. What is found in it is quoted from the article: `View.span` returns the
offsets.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from index.types import Article, Span


@dataclass(frozen=True, slots=True)
class View:
    """A text made of slices of an article, in order, and of added words."""

    text: str
    starts: tuple[int, ...]
    """Offset in `text` of each slice."""
    slices: tuple[Span, ...]
    """The slices, as spans of the article's text: in order, apart, not empty."""

    def parts(self, start: int, end: int) -> list[Span]:
        """Return the parts of the article that `text[start:end]` was taken from, in order.

        Empty if all of it was added. Otherwise, the parts joined are what the view says there,
        without the added words.
        """
        found = []
        first = max(0, bisect_right(self.starts, start) - 1)
        for number in range(first, bisect_left(self.starts, end)):
            offset, part = self.starts[number], self.slices[number]
            begin = part.start + max(0, start - offset)
            stop = min(part.end, part.start + end - offset)
            if begin < stop:
                found.append(Span(begin, stop))
        return found

    def span(self, start: int, end: int) -> Span | None:
        """Return the span of the article that `text[start:end]` was taken from.

        It can contain more than the view says: what is hidden. None if all of it was added.
        """
        parts = self.parts(start, end)
        return Span(parts[0].start, parts[-1].end) if parts else None

    def find(self, span: Span) -> tuple[int, int] | None:
        """Return start and end in `text` of a span of the article; None if it is not there."""
        found = [
            (offset - part.start, part)
            for offset, part in zip(self.starts, self.slices, strict=True)
            if part.overlap(span)
        ]
        if not found:
            return None
        (shift, first), (last_shift, last) = found[0], found[-1]
        return max(first.start, span.start) + shift, min(last.end, span.end) + last_shift


@dataclass(slots=True)
class Draft:
    """A view that is being built."""

    article: Article
    """Whose text is quoted."""
    texts: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    slices: list[Span] = field(default_factory=list)
    length: int = 0

    def add(self, words: str) -> None:
        """Add words that are not the article's."""
        self.texts.append(words)
        self.length += len(words)

    def quote(self, span: Span) -> None:
        """Add a slice of the article, without what is hidden in it."""
        start = span.start
        for hidden in self.article.structure.hidden(span):
            self._slice(start, hidden.start)
            start = hidden.end
        self._slice(start, span.end)

    def _slice(self, start: int, end: int) -> None:
        if start < end:
            self.starts.append(self.length)
            self.slices.append(Span(start, end))
            self.add(self.article.text[start:end])

    def view(self) -> View:
        """Return the view."""
        return View("".join(self.texts), tuple(self.starts), tuple(self.slices))


def plain(article: Article, span: Span) -> View:
    """Return a span of an article without what is hidden in it."""
    draft = Draft(article)
    draft.quote(span)
    return draft.view()


def shown(article: Article, span: Span) -> str:
    """Return the words of a span as people read them: nothing hidden, on one line.

    Code keeps its lines.
    """
    text = plain(article, span).text
    number = article.structure.at(span.start)
    if number is not None and article.structure[number].kind == "code":
        return text.strip("\r\n")
    return " ".join(text.split())
