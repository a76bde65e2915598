"""The highlights in an article: the cited passage, what is quoted of it, and the words found."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import Literal, NamedTuple, TypeVar

from index.structure import EMPTY, Structure
from index.types import Span
from qa.chat.drawn import as_drawn, is_mark
from qa.chat.parts import Part, Parts

MAX_MATCHES = 10_000
SOFT_HYPHEN = "\xad"
_ALIKE = {"'": "['’‘ʼ]", '"': '["“”„‟«»]', "-": "[-‐‑‒–—]"}
"""What else a character of the keyboard finds, as patterns."""
MIN_STATEMENT_CHARS = 60
"""So long an answer stands out by a softer colour: as much of a strong one is hard to read."""
Highlight = Literal["passage", "answer", "statement", "closest", "match", "current"]
"""Kind of a highlighted part; `current` is the current match."""
_Look = TypeVar("_Look")


class Piece(NamedTuple):
    """A stretch of text that looks the same throughout."""

    text: str
    """Safe to show."""
    part: Part | None
    highlight: Highlight | None


class Highlights:
    """The highlighted spans of one text, in offsets of that text."""

    def __init__(self, text: str, structure: Structure = EMPTY) -> None:
        self.text = text
        self.parts = Parts(text, structure)
        self.passage: Span | None = None
        self.quoted: tuple[Span, ...] = ()
        self.unsure = False
        self._matches: list[Span] = []
        self._match = 0

    def cite(self, passage: Span | None, quoted: Sequence[Span] = (), unsure: bool = False) -> None:
        """Highlight a citation. quoted: the answers in it or, if `unsure`, the closest words."""
        self.passage, self.quoted, self.unsure = passage, tuple(quoted), unsure

    @property
    def match_number(self) -> tuple[int, int]:
        """The current match, from 1, and the number of matches; (0, 0) if there are none."""
        return (self._match + 1, len(self._matches)) if self._matches else (0, 0)

    @property
    def targets(self) -> Sequence[int]:
        """Offsets to scroll to, best first: the current match, if any, then the citation."""
        cited = self.quoted[0] if self.quoted else self.passage or Span(0, 0)
        current = self._matches[self._match : self._match + 1]
        return [span.start for span in (*current, cited)]

    def find(self, words: str, start: int) -> None:
        """Find all matches of these words, ignoring case and spacing; at most MAX_MATCHES.

        Quotation marks, apostrophes and dashes may be typed as keyboards have them.
        The first match at or after `start` becomes the current one.
        """
        self._matches, self._match = [], 0
        if words.split():
            between = f"{SOFT_HYPHEN}?" if SOFT_HYPHEN in self.text else ""
            letters = (map(_alike, word) for word in words.split())
            pattern = re.compile(r"\s+".join(map(between.join, letters)), re.IGNORECASE)
            found = islice(pattern.finditer(self.text), MAX_MATCHES)
            self._matches = [Span(*match.span()) for match in found]
            self._match = bisect_left(self._matches, Span(start, start))
            self.step(0)

    def step(self, step: int) -> None:
        """Move by `step` matches, wrapping around at the ends."""
        if self._matches:
            self._match = (self._match + step) % len(self._matches)

    def pieces(self, row: Span) -> Iterator[Piece]:
        """Yield the text of a row, safe to show, cut wherever it looks different."""
        parts = self._inside(self.parts.near(row), row)
        highlights = self._inside(self._near(row), row)
        spans = [span for span, _ in (*parts, *highlights)]
        cuts = {row.start, row.end}.union(*((span.start, span.end) for span in spans))
        for start, end in pairwise(sorted(cuts)):
            piece = Span(start, end)
            text = as_drawn(self.text[start:end])
            yield Piece(text, _last(parts, piece), _last(highlights, piece))

    def _inside(self, looks: Iterable[tuple[Span, _Look]], row: Span) -> list[tuple[Span, _Look]]:
        """Return the spans that are in a row, cut to it."""
        return [(self._whole_letters(span, row), look) for span, look in looks if span.overlap(row)]

    def _whole_letters(self, span: Span, row: Span) -> Span:
        """Cut a span to a row, and widen it so that no letter is separated from its marks."""
        start, end = max(span.start, row.start), min(span.end, row.end)
        while row.start < start < row.end and is_mark(self.text[start]):
            start -= 1
        while end < row.end and is_mark(self.text[end]):
            end += 1
        return Span(min(start, end), end)

    def _near(self, row: Span) -> Iterator[tuple[Span, Highlight]]:
        """Yield all spans that may be in a row; of overlapping spans, the last one is shown."""
        if self.passage is not None:
            yield self.passage, "passage"
        for words in self.quoted:
            is_long = len(words) >= MIN_STATEMENT_CHARS
            yield words, "closest" if self.unsure else "statement" if is_long else "answer"
        nth = max(0, bisect_left(self._matches, Span(row.start, row.start)) - 1)
        while nth < len(self._matches) and self._matches[nth].start < row.end:
            yield self._matches[nth], "current" if nth == self._match else "match"
            nth += 1


def _alike(character: str) -> str:
    """Return the pattern of the characters that a typed one finds."""
    return _ALIKE.get(character) or re.escape(character)


def _last(looks: Sequence[tuple[Span, _Look]], piece: Span) -> _Look | None:
    """Return the last look of those that contain a piece."""
    return next((look for span, look in reversed(looks) if span.contains(piece)), None)
