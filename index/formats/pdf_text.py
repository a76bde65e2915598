"""Makes the text of an article of the pages of a PDF file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.formats.base import Document
from index.formats.pdf_furniture import body_lines
from index.formats.pdf_headings import OutlineEntry, below_title, main_heading, mark_headings
from index.formats.pdf_order import in_order
from index.formats.pdf_pages import PrintedPage
from index.formats.pdf_parts import Part, parts_of
from index.formats.pdf_words import Chunk, chunks_of
from index.formats.writing import Writer

MAX_UNREADABLE = 0.05
"""Share of characters without a meaning above which a text is garbled."""
MIN_WORDS = 50
MAX_WITHOUT_VOWEL = 0.12
"""Share of words without a vowel above which letters stand for others."""
_UNREADABLE = re.compile("[\ufffd\x80-\x9f\ue000-\uf8ff]")
_LATIN_WORD = re.compile(r"\b[a-z]{4,}\b")
_VOWEL = re.compile("[aeiouyw]")
_KEY = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class About:
    """What a file says of itself; empty where it says nothing."""

    title: str
    author: str
    subject: str
    created: str
    """The date as year-month-day."""


def is_garbled(texts: Iterable[str]) -> bool:
    """Return whether a text has other letters than those that are seen on the page."""
    characters = unreadable = words = without_vowel = 0
    for text in texts:
        characters += len(text)
        unreadable += len(_UNREADABLE.findall(text))
        found = _LATIN_WORD.findall(text)
        words += len(found)
        without_vowel += sum(_VOWEL.search(word) is None for word in found)
    if words >= MIN_WORDS and without_vowel > MAX_WITHOUT_VOWEL * words:
        return True
    return unreadable > MAX_UNREADABLE * characters


def write(pages: Sequence[PrintedPage], about: About, outline: Iterable[OutlineEntry]) -> Document:
    """Return the article. What the file says of itself comes after the title, or first."""
    parts = parts_of([in_order(lines) for lines in body_lines(pages)])
    levels = mark_headings(parts, outline)
    main = main_heading(parts, levels)
    title = about.title or (" ".join(parts[main].text.split()) if main is not None else "")
    if main is not None:
        levels = below_title(parts, levels, main)
    writer = _PdfWriter(levels)
    is_printed = _is_printed(title, parts[:8])
    if about.title and not is_printed:
        writer.title(about.title)
        writer.about(about)
        main = None
    elif main is None or main > 0 or parts[main].pages[0] > 0:
        writer.about(about)
        main = None
    for number, (part, chunks) in enumerate(zip(parts, chunks_of(parts), strict=True)):
        writer.part(number, part, chunks)
        if number == main:
            writer.about(about)
    return writer.document(title)


def _is_printed(title: str, parts: Sequence[Part]) -> bool:
    """Return whether a title is among the words of the first parts."""
    return _key(title) in _key(" ".join(part.text for part in parts))


def _key(words: str) -> str:
    return _KEY.sub("", words).casefold()


class _PdfWriter:
    """Writes parts, with their pages."""

    def __init__(self, levels: dict[int, int]) -> None:
        self._writer = Writer()
        self._levels = levels
        self._deeper = 0
        self._page: int | None = None
        self._header: int | None = None
        """Of the last table: the row with the column names."""

    def title(self, words: str) -> None:
        """Add the title; all headings of the text are below it."""
        self._turn_to(0)
        self._writer.add("heading", words, level=1)
        self._deeper = 1

    def about(self, about: About) -> None:
        """Add what the file says of itself as records."""
        self._turn_to(0)
        self._writer.record("Author", about.author)
        self._writer.record("Subject", about.subject)
        self._writer.record("Created", about.created)

    def part(self, number: int, part: Part, chunks: Sequence[Chunk]) -> None:
        """Add a part."""
        self._turn_to(part.pages[0])
        if part.table is not None and part.table.is_records:
            for name, value in part.table.rows:
                self._writer.record(name.rstrip(": "), value)
        elif part.table is not None:
            header = self._header if part.table.is_continued else None
            for row in part.table.rows:
                added = self._writer.row(row, header=header)
                if part.table.has_header and header is None:
                    header = added
            self._header = header
        elif part.kind == "code":
            self._writer.add("code", part.text)
        elif part.kind == "heading":
            words = " ".join(chunk.text for chunk in chunks)
            self._writer.add("heading", words, level=self._levels[number] + self._deeper)
        else:
            self._writer.add(part.kind, chunks[0].text, level=1)
            for chunk in chunks[1:]:
                self._turn_to(chunk.page)
                self._writer.extend(chunk.text, joiner=chunk.joiner)

    def document(self, title: str) -> Document:
        """Return the article."""
        return self._writer.document(title or None)

    def _turn_to(self, page: int) -> None:
        if page != self._page:
            self._writer.label(f"page {page + 1}")
            self._page = page
