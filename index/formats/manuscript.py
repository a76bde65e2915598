"""Writes documents that know their title, author and date, from pieces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from index.formats.base import Document, Unreadable
from index.formats.pieces import Piece, Table
from index.formats.writing import Writer
from index.structure import MAX_LEVEL

MAX_HEADING_CHARS = 250
"""What is formatted as a heading but longer is a paragraph."""
_NO_TITLE = re.compile(
    r"(?:microsoft (?:office )?(?:word|powerpoint)\b.*"
    r"|(?:word|powerpoint) (?:document|presentation)"
    r"|(?:untitled|document|presentation|slide|title)[ _-]*\d*"
    r"|.*\.(?:docx?|dotx?|odt|rtf|pptx?|indd|tex|qxd|pages))",
    re.IGNORECASE,
)
"""Titles that programs write when the author gave none."""
_NO_AUTHOR = re.compile(
    r"(?:python-(?:docx|pptx)|apache poi|(?:microsoft |ms )?office user|(?:windows |default )?user"
    r"|admin(?:istrator)?|owner|author|unknown|none|n/?a|steve canny)",
    re.IGNORECASE,
)
"""Authors that programs write when nobody gave a name."""
_DAY = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?(?![\d-])")
_DEFAULT_DAYS = ("0101-01-01", "1601-01-01", "1970-01-01")
"""Days when clocks begin; the first stands for an unknown date in Calibre."""
_WHOLE = ("heading", "code", "comment", "furniture")
"""Kinds that the writer does not continue."""

Record = tuple[str, str]
"""A name and a value, such as "Author" and "Jane Doe"."""


class Manuscript:
    """Writes the pieces of a document.

    The title is a heading at the start of the text. What is known about the document follows it as
    records, so that it can be asked for.
    """

    def __init__(self, title: str = "", records: Sequence[Record] = ()) -> None:
        """Create it. title: from the document's properties; empty if they have none."""
        title = " ".join(title.split())
        self._title = "" if _NO_TITLE.fullmatch(title) else title
        self._records: Sequence[Record] | None = records
        self._writer = Writer()

    def add(self, pieces: Iterable[Piece | Table]) -> None:
        """Add pieces."""
        for piece in pieces:
            if isinstance(piece, Table):
                self._open()
                self._table(piece)
            elif piece.inline.text.strip():
                self._piece(piece)
            elif label := piece.inline.last_label:
                self._writer.label(label)

    def label(self, label: str) -> None:
        """Set the place of what follows, such as "page 12"."""
        self._writer.label(label)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was added that can be read."""
        return self._records is not None

    def document(self, note: str = "") -> Document:
        """Return the article. note: see `Document.note`.

        Raises: Unreadable if nothing was added.
        """
        if self.is_empty:
            raise Unreadable("no text", "there may be pictures in it, but no text")
        return replace(self._writer.document(self._title), note=note)

    def _open(self, first: Piece | None = None) -> bool:
        """Write title and records, once; return whether the first piece was the title."""
        if self._records is None:
            return False
        records, self._records = self._records, None
        words = " ".join(first.inline.text.split()) if first else ""
        is_title = first is not None and (
            first.is_title
            or (is_same(words, self._title) if self._title else first.kind == "heading")
        )
        if first is not None and is_title:
            self._title = words
            if label := first.inline.last_label:
                self._writer.label(label)
        if self._title:
            self._writer.add("heading", self._title, level=1)
        for name, value in records:
            self._writer.record(name, value)
        return is_title

    def _piece(self, piece: Piece) -> None:
        if self._open(piece):
            return
        kind, level = piece.kind, min(piece.level, MAX_LEVEL)
        if kind == "heading" and len(piece.inline.text) > MAX_HEADING_CHARS:
            kind, level = "paragraph", 0
        if piece.is_title and not self._title:
            self._title = piece.inline.text
        if kind in _WHOLE:
            if label := piece.inline.last_label:
                self._writer.label(label)
            self._writer.add(kind, piece.inline.text, level=level)
            return
        before: str | None = None
        for label, text in piece.inline.parts():
            if label:
                self._writer.label(label)
            if not text.strip():
                before = None if before is None else " "
            elif before is None:
                before = text if self._writer.add(kind, text, level=level) is not None else None
            else:
                is_apart = before[-1].isspace() or text[0].isspace()
                self._writer.extend(text, joiner=" " if is_apart else "")
                before = text

    def _table(self, table: Table) -> None:
        header: int | None = None
        for place, row in enumerate(table.rows):
            if label := next((cell.last_label for cell in row[::-1] if cell.last_label), ""):
                self._writer.label(label)
            names_groups = place < table.header_rows - 1
            number = self._writer.row(
                [cell.text for cell in row], header=None if names_groups else header
            )
            header = number if place < table.header_rows else header


def described(title: str, author: str, subject: str, keywords: str) -> tuple[str, list[Record]]:
    """Return the title and the records of a document from its properties, empty if unknown.

    Without dates: a question about the subject would be answered with when the file was made.
    """
    records = [("Author", author_of(author)), ("Subject", subject), ("Keywords", keywords)]
    return title, [(name, value) for name, value in records if value]


def is_same(words: str, name: str) -> bool:
    """Return whether two names are the same, whatever their capitals, spaces and punctuation."""
    return _letters(words) == _letters(name) != ""


def _letters(words: str) -> str:
    return "".join(char for char in words.casefold() if char.isalnum())


def author_of(name: str) -> str:
    """Return an author's name; empty if a program wrote it."""
    name = " ".join(name.split())
    return "" if _NO_AUTHOR.fullmatch(name) else name


def day_of(time: str) -> str:
    """Return the date of an ISO time, as it is written; empty if it is not one or is a default."""
    found = _DAY.match(time.strip())
    return "" if not found or found[0] in _DEFAULT_DAYS else found[0]
