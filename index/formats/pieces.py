"""The pieces of a document before they are written: prose and tables.

Formats such as DOCX find what belongs together piece by piece: a text box inside a paragraph, a
page break inside a word, paragraphs inside a cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from index.structure import Kind


class Inline:
    """Text with the places that begin in it, such as pages."""

    __slots__ = ("_labels", "_texts")

    def __init__(self, text: str = "") -> None:
        self._texts = [text] if text else []
        self._labels: list[tuple[int, str]] = []  # number of the text it is before, and the label

    def write(self, text: str | None) -> None:
        """Add text."""
        if text:
            self._texts.append(text)

    def prepend(self, text: str) -> None:
        """Add text before this one, unless this one is blank."""
        if text and self.text.strip():
            self._texts.insert(0, text)
            self._labels = [(at + 1 if at else 0, label) for at, label in self._labels]

    def label(self, label: str) -> None:
        """Set the place of what follows."""
        self._labels.append((len(self._texts), label))

    def append(self, other: Inline, separator: str = "") -> None:
        """Add other text after this one."""
        if self._texts and other._texts:
            self._texts.append(separator)
        self._labels += [(len(self._texts) + at, label) for at, label in other._labels]
        self._texts += other._texts

    @property
    def text(self) -> str:
        """All of the text."""
        return "".join(self._texts)

    @property
    def last_label(self) -> str:
        """The place that the text ends in; empty if none begins in it."""
        return self._labels[-1][1] if self._labels else ""

    def parts(self) -> Iterator[tuple[str, str]]:
        """Yield the text from each place to the next, with the place; empty for the first."""
        start, current = 0, ""
        for at, label in self._labels:
            yield current, "".join(self._texts[start:at])
            start, current = at, label
        yield current, "".join(self._texts[start:])


@dataclass(frozen=True, slots=True)
class Piece:
    """A block that is not a table row."""

    kind: Kind
    inline: Inline
    level: int = 0
    """As in `Block`."""
    is_title: bool = False
    """Whether it is marked as the document's title."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose rows have cells of text."""

    rows: list[list[Inline]]
    header_rows: int
    """How many of the first rows name the columns."""


def joined(pieces: Iterable[Piece | Table]) -> Inline:
    """Return all the text of pieces, one after the other."""
    whole = Inline()
    for piece in pieces:
        if isinstance(piece, Piece):
            whole.append(piece.inline, "\n")
        else:
            for row in piece.rows:
                for number, cell in enumerate(row):
                    whole.append(cell, " | " if number else "\n")
    return whole
