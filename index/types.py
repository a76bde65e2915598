"""The value types used everywhere.

A passage or an answer stores offsets, not text. Its text is cut from the article, so the two cannot
disagree.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from index.span import Span as Span  # re-exported: `Span` is one of the types used everywhere
from index.structure import EMPTY, Structure

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float32]

Notify = Callable[[str], object]
"""Called with a sentence for the user: before a slow step, or when a fallback is used."""

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
    "encrypted",
    "no text",
    "garbled",
    "damaged",
    "too slow",
]
"""Why a file is skipped."""


@dataclass(frozen=True, slots=True)
class Article:
    """One source file, decoded once and never normalised: every offset points into `text`."""

    id: str
    """POSIX path relative to the corpus root; "-" for standard input."""
    path: str
    """Path of the file on this machine; "-" for standard input."""
    title: str
    text: str = field(repr=False)
    sha256: str
    """Of the file's bytes, in hexadecimal."""
    structure: Structure = field(default=EMPTY, compare=False, repr=False)
    extractor: str = ""
    """Name and version of the format that made the text, as in "pdf 2".

    Empty if the text is the file's own: only then are its lines and offsets those of the file.
    """

    def line_of(self, offset: int) -> int:
        r"""Return the 1-based number of the line that contains `offset`, as editors count lines.

        `\n`, `\r\n` and a lone `\r` end a line; nothing else does.
        """
        ends = self.text.count("\n", 0, offset)
        if "\r" in self.text:
            ends += self.text.count("\r", 0, offset) - self.text.count("\r\n", 0, offset)
            if self.text[offset - 1 : offset + 1] == "\r\n":
                ends -= 1  # between \r and \n: the line has not ended yet
        return ends + 1


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of an article that is retrieved and shown as a unit."""

    article: Article
    span: Span

    @property
    def text(self) -> str:
        """The article's text inside the span, character for character."""
        return self.article.text[self.span.start : self.span.end]

    @property
    def lines(self) -> tuple[int, int]:
        """The 1-based numbers of the first and last lines of the passage."""
        first = self.article.line_of(self.span.start)
        return first, self.article.line_of(max(self.span.start, self.span.end - 1))


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a question."""

    passage: Passage
    rank: int
    """1 for the best."""
    score: float
    """Fused score in [0, 1]; comparable only among hits for the same question."""
    cosine: float
    """Cosine of question and passage, in [-1, 1]; comparable across questions."""
    bm25: float
    """BM25 score, 0 if no word is shared; comparable only among hits for the same question."""


class EncodedPart(NamedTuple):
    """Some of the texts that were to be encoded."""

    numbers: Sequence[int]
    """Their positions among the texts."""
    vectors: Vector
    """One for each: float32, shape (len(numbers), dimension)."""


class Encoder(Protocol):
    """Turns texts into vectors of unit L2 norm; the inner product of two is their cosine."""

    name: str
    fingerprint: str
    """Changes whenever the vectors would; a store is valid for one fingerprint."""
    dimension: int
    max_tokens: int
    """Tokens of a passage that the model reads, as `count_tokens` counts; the rest is cut off."""
    passages_at_once: int
    """How many to hand over at once, if there are so many: with fewer, encoding is slower."""

    def encode_query(self, question: str) -> Vector:
        """Return the question's vector: float32, shape (dimension,)."""

    def encode_passages(self, texts: Sequence[str]) -> Vector:
        """Return one vector per text, in order: float32, shape (len(texts), dimension)."""

    def encode_in_parts(self, texts: Sequence[str]) -> Generator[EncodedPart, None, None]:
        """Yield the vectors of all texts as they are done, in parts and in any order.

        Several parts a second, so that progress can be reported. Nothing else is encoded once the
        iterator is closed.
        """

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has, special tokens excluded.

        May be called from another thread while passages are encoded.
        """
