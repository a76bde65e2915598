"""The values everything else passes around.

A passage or an answer holds no text of its own: it is cut from its article, so an offset that
disagrees with its text cannot be stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]


Reason = Literal[
    "hidden",
    "ignored",
    "binary",
    "empty",
    "too large",
    "unreadable",
    "encoding",
    "link",
    "loop",
    "not a file",
    "changing",
]
"""Why a file is not asked."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range [start, end) of Unicode code points of one article's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        """Tell whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end

    def overlap(self, other: Span) -> int:
        """Return how many code points both spans share."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))


@dataclass(frozen=True, slots=True)
class Article:
    """One source file, decoded once and never normalised: every offset points into `text`."""

    id: str
    """POSIX path relative to the corpus root; "-" for standard input."""
    path: str
    """Where the file stands on this machine; "-" for standard input."""
    title: str
    text: str
    sha256: str
    """Of the file's bytes, in hexadecimal."""

    def line_of(self, offset: int) -> int:
        r"""Return the 1-based number of the line that holds `offset`, as editors count.

        `\n`, `\r\n` and a lone `\r` end a line; nothing else does.
        """
        ends = self.text.count("\n", 0, offset)
        if "\r" in self.text:
            ends += self.text.count("\r", 0, offset) - self.text.count("\r\n", 0, offset)
            if self.text[offset - 1 : offset + 1] == "\r\n":
                ends -= 1  # between the two halves of one line end: the line has not ended yet
        return ends + 1


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of an article that is retrieved and shown as one."""

    article: Article
    span: Span

    @property
    def text(self) -> str:
        """The article's text inside the span, to the letter."""
        return self.article.text[self.span.start : self.span.end]

    @property
    def lines(self) -> tuple[int, int]:
        """The 1-based numbers of the first and the last line the passage touches."""
        first = self.article.line_of(self.span.start)
        return first, self.article.line_of(max(self.span.start, self.span.end - 1))


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question."""

    passage: Passage
    rank: int
    """1 for the best."""
    score: float
    """Fused score in [0, 1]; comparable between the hits of one question only."""
    cosine: float
    """Cosine of question and passage, in [-1, 1]; comparable between questions."""
    bm25: float
    """Word score, 0 when no word is shared, higher is better; comparable within one question."""


class Encoder(Protocol):
    """Turns texts into vectors of unit L2 norm whose inner product is their cosine."""

    name: str
    fingerprint: str
    """Changes whenever the vectors would: a store is bound to it."""
    dimension: int
    max_tokens: int
    """Word pieces of a passage that the model reads, as `count_tokens` has it; more are cut off."""

    def encode_query(self, question: str) -> Vector:
        """Return the question's vector: float32, shape (dimension,)."""

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """Return one vector a text, in order: float32, shape (len(texts), dimension)."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many word pieces each text has, its own special ones not included."""
