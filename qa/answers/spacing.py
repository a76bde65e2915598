"""Texts without what editors and file systems change silently: white space and Unicode form.

Two texts with the same words have the same plain form: one space for any white space, and
canonical decomposition (NFD). Line ends between two Chinese or Japanese characters are dropped,
because such text is wrapped without spaces.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right

from index.types import Span

CHUNK_CHARS = 1024
"""Characters per entry of the map: a bound on memory and on the time to look up an offset."""
MAX_MARKS = 30
"""Most combining marks in a row that are kept together, as in the Stream-Safe Text Format of UAX
#15. Python takes quadratic time to put more of them in order.
"""
_UNSPACED = "\u3001-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
"""Characters of scripts without spaces, in a character class."""
_SPACE = re.compile(r"\s+")
_TOKEN = re.compile(r"\s+|\S+")
_DROPPED = re.compile(f"(?<=[{_UNSPACED}]) (?=[{_UNSPACED}])")
_IS_UNSPACED = re.compile(f"[{_UNSPACED}]")


class PlainText:
    """The plain form of a text, with a map to the text. Takes linear time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = array("q", [0])
        """Offset of each chunk in the text, and the end."""
        self._plain_starts = array("q", [0])
        """The same in the plain form."""
        parts = []
        while self._starts[-1] < len(text):
            start = self._starts[-1]
            end = _chunk_end(text, start + CHUNK_CHARS, start + CHUNK_CHARS + MAX_MARKS)
            parts.append(_plain(text[start:end]))
            self._starts.append(end)
            self._plain_starts.append(self._plain_starts[-1] + len(parts[-1]))
        self.plain = "".join(parts)

    def plain_offset(self, offset: int) -> int:
        """Return where a character is in the plain form. offset: at most the text's length."""
        chunk = max(0, min(bisect_right(self._starts, offset), len(self._starts) - 1) - 1)
        inside = self._offsets(chunk)[offset - self._starts[chunk]]
        return self._plain_starts[chunk] + inside

    def span(self, start: int, end: int) -> Span:
        """Return the span in the text of a part of the plain form that is not empty."""
        return Span(self._character(start), self._character(end - 1) + 1)

    def nearest(self, needle: str, offset: int) -> int | None:
        """Return the start, in the plain form, of the occurrence nearest to an offset there.

        needle: in plain form. A letter without its accent is not an occurrence.
        """
        before, after = self._last(needle, offset), self._first(needle, offset)
        found = [place for place in (before, after) if place is not None]
        return min(found, key=lambda place: (abs(place - offset), place), default=None)

    def _first(self, needle: str, offset: int) -> int | None:
        place = self.plain.find(needle, offset)
        while place >= 0 and not self._ends_at_a_character(place + len(needle)):
            place = self.plain.find(needle, place + 1)
        return place if place >= 0 else None

    def _last(self, needle: str, offset: int) -> int | None:
        place = self.plain.rfind(needle, 0, offset + len(needle))
        while place >= 0 and not self._ends_at_a_character(place + len(needle)):
            place = self.plain.rfind(needle, 0, place + len(needle) - 1)
        return place if place >= 0 else None

    def _ends_at_a_character(self, end: int) -> bool:
        return end == len(self.plain) or not unicodedata.combining(self.plain[end])

    def _character(self, plain_offset: int) -> int:
        """Return the offset in the text of the character at an offset in the plain form."""
        chunk = min(bisect_right(self._plain_starts, plain_offset), len(self._starts) - 1) - 1
        inside = plain_offset - self._plain_starts[chunk]
        return self._starts[chunk] + bisect_right(self._offsets(chunk)[:-1], inside) - 1

    def _offsets(self, chunk: int) -> list[int]:
        """Return where each character of a chunk is in the chunk's plain form, and the end."""
        if chunk + 1 >= len(self._starts):  # an empty text
            return [0]
        return _offsets(self._text[self._starts[chunk] : self._starts[chunk + 1]])


def plain_form(text: str) -> str:
    """Return the plain form of a text."""
    return PlainText(text).plain


def _chunk_end(text: str, end: int, most: int) -> int:
    """Return the first place from `end` on where the plain forms of both parts can be joined.

    most: where a run of combining marks is cut, although their order matters.
    """
    while end < len(text) and (
        text[end].isspace()
        or (unicodedata.combining(text[end]) and end < most)
        or (text[end - 1].isspace() and _is_unspaced(text[end], 0))
    ):
        end += 1
    return min(end, len(text))


def _plain(text: str) -> str:
    return _DROPPED.sub("", _SPACE.sub(" ", unicodedata.normalize("NFD", text)))


def _offsets(text: str) -> list[int]:
    """Return where each character is in the plain form, and the length of the plain form."""
    offsets: list[int] = []
    length = 0
    for token in _TOKEN.finditer(text):
        start, end = token.span()
        if text[start].isspace():
            offsets += [length] * (end - start)
            length += not _is_dropped(text, start, end)
        elif token[0].isascii():
            offsets += range(length, length + end - start)
            length += end - start
        else:
            for character in token[0]:
                offsets.append(length)
                length += len(unicodedata.normalize("NFD", character))
    return [*offsets, length]


def _is_dropped(text: str, start: int, end: int) -> bool:
    """Return whether white space is between two characters of scripts without spaces."""
    inside = start > 0 and end < len(text)
    return inside and _is_unspaced(text[start - 1], -1) and _is_unspaced(text[end], 0)


def _is_unspaced(character: str, part: int) -> bool:
    if character < "\u2000" or _IS_UNSPACED.match(character):
        return character >= "\u2000"
    return _IS_UNSPACED.match(unicodedata.normalize("NFD", character)[part]) is not None


def difference(before: str, now: str) -> str:
    """Return in words how two texts with the same plain form differ; empty if they do not."""
    if before == now:
        return ""
    if unicodedata.normalize("NFD", before) == unicodedata.normalize("NFD", now):
        return "only its Unicode form differs"
    if _SPACE.sub("", before) == _SPACE.sub("", now):
        return "only white space differs"
    return "only white space and its Unicode form differ"
