"""What is highlighted in an article: the cited passage, the answers in it, and the words found."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import Literal

from rich.cells import cell_len

from index.types import Span
from qa.show.text import visible

MAX_MATCHES = 10_000
Highlight = Literal["passage", "answer", "match", "current"]
"""What a part of the text is; `current` is the match that was stepped to."""


class Highlights:
    """The highlighted spans of one text, all in offsets of it."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.passage: Span | None = None
        self.answers: tuple[Span, ...] = ()
        self._matches: list[Span] = []
        self._match = 0

    @property
    def match_number(self) -> tuple[int, int]:
        """The current match, from 1, and how many there are; (0, 0) without any."""
        return (self._match + 1, len(self._matches)) if self._matches else (0, 0)

    @property
    def targets(self) -> Sequence[int]:
        """The offsets to bring into view, best first: of the current match, of the citation."""
        cited = self.answers[0] if self.answers else self.passage or Span(0, 0)
        current = self._matches[self._match : self._match + 1]
        return [span.start for span in (*current, cited)]

    def find(self, words: str, start: int) -> None:
        """Find all places with these words, in any case and spacing; at most MAX_MATCHES.

        The first one from `start` on becomes the current match.
        """
        self._matches, self._match = [], 0
        if words.split():
            pattern = re.compile(r"\s+".join(map(re.escape, words.split())), re.IGNORECASE)
            found = islice(pattern.finditer(self.text), MAX_MATCHES)
            self._matches = [Span(*match.span()) for match in found]
            self._match = bisect_left(self._matches, Span(start, start))
            self.step(0)

    def step(self, step: int) -> None:
        """Go on by so many matches, from the last to the first."""
        if self._matches:
            self._match = (self._match + step) % len(self._matches)

    def pieces(self, row: Span) -> Iterator[tuple[str, Highlight | None]]:
        """Yield what stands in a row, safe to show, cut wherever the highlight changes."""
        parts = [
            (self._whole_letters(span, row), highlight)
            for span, highlight in self._near(row)
            if span.overlap(row)
        ]
        cuts = {row.start, row.end}.union(*((part.start, part.end) for part, _ in parts))
        for start, end in pairwise(sorted(cuts)):
            inside = [highlight for part, highlight in parts if part.contains(Span(start, end))]
            yield visible(self.text[start:end]), inside[-1] if inside else None

    def _whole_letters(self, span: Span, row: Span) -> Span:
        """Cut a span to a row and widen it so that no letter is separated from its marks."""
        start, end = max(span.start, row.start), min(span.end, row.end)
        while row.start < start < row.end and not cell_len(visible(self.text[start])):
            start -= 1
        while end < row.end and not cell_len(visible(self.text[end])):
            end += 1
        return Span(min(start, end), end)

    def _near(self, row: Span) -> Iterator[tuple[Span, Highlight]]:
        """Yield all spans that may be in a row; where they overlap, the later one is seen."""
        if self.passage is not None:
            yield self.passage, "passage"
        for answer in self.answers:
            yield answer, "answer"
        nth = max(0, bisect_left(self._matches, Span(row.start, row.start)) - 1)
        while nth < len(self._matches) and self._matches[nth].start < row.end:
            yield self._matches[nth], "current" if nth == self._match else "match"
            nth += 1
