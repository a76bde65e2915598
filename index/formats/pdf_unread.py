"""Which pages of a PDF file could not be read, or not for sure, in words for the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.formats import ocr
from index.formats.base import Unreadable
from index.formats.pdf_glyphs import MAX_PAGE_CHARS

MAX_NAMED_RANGES = 8


@dataclass(slots=True)
class UnreadPages:
    """Numbers of pages, from 0, by what is wrong with them."""

    total: int
    """How many pages the file has."""
    without_text: list[int] = field(default_factory=list)
    """Pages that show something, but no text."""
    pictures: list[int] = field(default_factory=list)
    """Pages that are a picture with little text."""
    recognized: list[int] = field(default_factory=list)
    """Pages of which the text was recognised by OCR."""
    damaged: list[int] = field(default_factory=list)
    cut: list[int] = field(default_factory=list)
    """Pages of which only the beginning was read."""

    def note(self) -> str:
        """Return what of a file could not be read; empty if all of it was."""
        notes = []
        if self.without_text:
            verb = "has" if len(self.without_text) == 1 else "have"
            notes.append(f"{self._named(self.without_text)} {verb} no text: scanned?")
        if self.pictures:
            what = "is a picture" if len(self.pictures) == 1 else "are pictures"
            notes.append(f"{self._named(self.pictures)} {what} with little text: scanned?")
        if self.recognized:
            verb = "was" if len(self.recognized) == 1 else "were"
            notes.append(f"{self._named(self.recognized)} {verb} recognised by OCR")
        if self.damaged:
            notes.append(f"{self._named(self.damaged)} cannot be opened")
        if self.cut:
            most = f"only the first {MAX_PAGE_CHARS:,} characters were read"
            notes.append(f"{self._named(self.cut)}: {most}")
        return "; ".join(notes)

    def refusal(self) -> Unreadable:
        """Return why a file without any text cannot be read."""
        if self.damaged:
            return Unreadable("damaged", f"{self._named(self.damaged)} cannot be opened")
        if not self.without_text:
            return Unreadable("no text", "its pages are blank")
        whole = "its page has" if self.total == 1 else f"its {self.total:,} pages have"
        if ocr.is_installed():
            return Unreadable("no text", f"{whole} no text, and OCR recognises none")
        return Unreadable("no text", f"{whole} no text: scanned? To read it: {ocr.INSTALL}")

    def _named(self, numbers: Sequence[int]) -> str:
        """Return page numbers in words, as in "pages 3 and 5–7 of 12"."""
        ranges: list[list[int]] = []
        for number in numbers:
            if ranges and number == ranges[-1][1] + 1:
                ranges[-1][1] = number
            else:
                ranges.append([number, number])
        names = [f"{a + 1:,}" if a == b else f"{a + 1:,}–{b + 1:,}" for a, b in ranges]
        if len(names) > MAX_NAMED_RANGES:
            names = [*names[:MAX_NAMED_RANGES], "others"]
        last = names.pop()
        listed = f"{', '.join(names)} and {last}" if names else last
        return f"{'page' if len(numbers) == 1 else 'pages'} {listed} of {self.total:,}"
