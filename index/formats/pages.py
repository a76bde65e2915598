"""The lines of a text that was laid out in pages, and how to tell what belongs to a page."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field

MAX_FURNITURE_CHARS = 150
MIN_KEY_LETTERS = 3
_LINE = re.compile(r"([^\r\n\f]*)(\r\n|[\r\n\f]|\Z)")
_PAGE = r"(?:page|pag\.|pg\.?|p\.|seite|página|blatt)"
_COUNT = r"(?:\d{1,4}|[ivxlc]{1,7})"
_PAGE_NUMBER = re.compile(
    rf"[\[({{]?\s*{_PAGE}\s*{_COUNT}(?:\s*(?:of|/|von|de|sur)\s*\d{{1,4}})?\s*[\])}}]?"
    rf"|[-–—~•]\s*{_COUNT}\s*[-–—~•]|\[\s*{_COUNT}\s*\]|\d{{1,4}} of \d{{1,4}}"
    r"|.*\s{2,}\[?page \d{1,4}\]?",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"\d{1,4}")
_NUMBER_AT_AN_END = re.compile(r"(\d{1,4})\b|.*\b(\d{1,4})\W?$")
_SEGMENT_BORDER = re.compile(r"\t+| {2,}")
_NO_LETTERS = re.compile(r"[\W\d_]+")
_PART = re.compile(
    r"(?:chapter|part|section|book|act|scene|article|appendix|lesson|volume|canto|letter|day|week"
    r"|step|kapitel|teil|chapitre|partie|capítulo)\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)\]]*$")


@dataclass(slots=True)
class PrintedLines:
    """The lines of a text that are not blank, in columns. Each has a number, from 0."""

    text: str
    starts: array[int] = field(default_factory=lambda: array("Q"))
    ends: array[int] = field(default_factory=lambda: array("Q"))
    nexts: array[int] = field(default_factory=lambda: array("Q"))
    """Where the line after it starts, even if that is blank."""
    pages: array[int] = field(default_factory=lambda: array("L"))
    """The number of form feeds before it."""
    apart: bytearray = field(default_factory=bytearray)
    """Whether a blank line or a form feed is above it."""

    @classmethod
    def of(cls, text: str) -> PrintedLines:
        """Return the lines of a text. Form feeds end lines."""
        lines = cls(text)
        page, apart = 0, True
        for match in _LINE.finditer(text):
            start, end = match.span(1)
            if end > start and not text[start:end].isspace():
                lines.starts.append(start)
                lines.ends.append(end)
                lines.nexts.append(match.end())
                lines.pages.append(page)
                lines.apart.append(apart)
                apart = False
            else:
                apart = True
            if match[2] == "\f":
                page, apart = page + 1, True
        return lines

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, number: int) -> str:
        """Return the text of a line, without the white space around it."""
        return self.text[self.starts[number] : self.ends[number]].strip()

    def is_short(self, number: int) -> bool:
        """Return whether a line is short enough for a running head."""
        return self.ends[number] - self.starts[number] <= MAX_FURNITURE_CHARS

    def is_apart_below(self, number: int) -> bool:
        """Return whether a blank line or a form feed is below a line."""
        return number + 1 == len(self) or bool(self.apart[number + 1])

    def is_alone(self, number: int) -> bool:
        """Return whether blank lines or form feeds are above and below a line."""
        return bool(self.apart[number]) and self.is_apart_below(number)

    def indent(self, number: int) -> int:
        """Return the number of white space characters that a line begins with."""
        line = self.text[self.starts[number] : self.ends[number]]
        return len(line) - len(line.lstrip())

    def ends_sentence(self, number: int) -> bool:
        """Return whether a sentence, or a clause before a list, ends at the end of a line."""
        return _SENTENCE_END.search(self[number][-5:]) is not None

    def is_interrupted(self, above: int, below: int) -> bool:
        """Return whether a sentence of one line goes on in another one: in lower case."""
        if not (0 <= above < below < len(self)):
            return False
        return self[below][0].islower() and not self.ends_sentence(above)


def is_page_number(line: str) -> bool:
    """Return whether a line is a page number that nothing else looks like, as "[Page 4]"."""
    return _PAGE_NUMBER.fullmatch(line) is not None


def bare_number(line: str) -> int | None:
    """Return the number that a line consists of."""
    return int(line) if _BARE_NUMBER.fullmatch(line) else None


def number_of(line: str) -> int | None:
    """Return the number that a line starts or ends with, as a running head does."""
    match = _NUMBER_AT_AN_END.match(line)
    return int(match[1] or match[2]) if match else None


def is_part(line: str) -> bool:
    """Return whether a line looks like the heading of a numbered part, as "Chapter 3"."""
    return _PART.match(line) is not None


def key_of(line: str) -> str:
    """Return what a running head says on every page: its letters. Empty if it has few."""
    key = _NO_LETTERS.sub(" ", line).casefold().strip()
    return key if len(key) >= MIN_KEY_LETTERS else ""


def segments(line: str) -> list[str]:
    """Return the parts of a line that wide spaces separate."""
    return _SEGMENT_BORDER.split(line)
