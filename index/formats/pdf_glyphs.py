"""The characters of a PDF page, with their places: what is asked of PDFium about them."""

from __future__ import annotations

import ctypes
import math
import re
from dataclasses import dataclass
from functools import lru_cache

MIN_EM = 0.5
MAX_PAGE_CHARS = 300_000
"""More than the largest sheet has: PDFium's time grows with the square."""
_BOLD = re.compile(r"bold|black|heavy|demi|cmbx|cmssbx|-bd\b", re.IGNORECASE)
_MONO = re.compile(r"mono|courier|consol|menlo|typewriter|cmtt|sftt|nimbusmon", re.IGNORECASE)
_FIXED_PITCH = 1
BOLD_WEIGHT = 600


@dataclass(slots=True)
class Word:
    """A word, and where it is. Lengths are in points."""

    text: str
    """In UTF-16 code units."""
    start: int
    end: int
    x0: float
    x1: float
    base: float
    em: float


class Glyphs:
    """The characters of a page, with their places."""

    def __init__(
        self,
        text_page: object,
        characters: int,
        turns: int,
        box: tuple[float, float, float, float],
    ) -> None:
        import pypdfium2.raw as pdfium

        self._pdfium = pdfium
        self._page = text_page
        self._turns = turns
        self._page_box = box
        self._rectangle, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._origin = ctypes.c_double(), ctypes.c_double()
        self._name, self._flags = ctypes.create_string_buffer(128), ctypes.c_int()
        count = min(characters, MAX_PAGE_CHARS)
        self.is_cut = count < characters
        """Whether the page has more characters."""
        buffer = (ctypes.c_ushort * (count + 1))()
        written = pdfium.FPDFText_GetText(text_page, 0, count, buffer) if count > 0 else 0
        self.units = "".join(map(chr, buffer[: max(0, written - 1)]))
        """UTF-16 code units, one character each, so that their numbers are PDFium's."""
        self._has_all = len(self.units) == characters
        self._level: tuple[float, float, int] | None = None
        self._base, self._em = 0.0, MIN_EM
        self.printed = count
        """Number of the first character that is not printed but filled in."""

    def word(self, start: int, end: int) -> Word:
        """Return where a word is."""
        pdfium, first, box = self._pdfium, self._index(start), self._rectangle
        pdfium.FPDFText_GetLooseCharBox(self._page, first, box)
        left = self._extent()
        level = box.bottom, box.top, self._turns
        if self._turns % 2:
            level = box.left, box.right, self._turns
        if level != self._level:  # else it is on the line of the word before, in its size
            self._level, self._base, self._em = level, *self._base_and_em(first)
        right = left
        if end - start > 1:
            pdfium.FPDFText_GetLooseCharBox(self._page, self._index(end - 1), box)
            right = self._extent()
        ends = min(left[0], right[0]), max(left[1], right[1])
        return Word(self.units[start:end], start, end, *ends, self._base, self._em)

    def _base_and_em(self, index: int) -> tuple[float, float]:
        """Return the height of a character's origin when the page is upright, and its size."""
        self._pdfium.FPDFText_GetCharOrigin(self._page, index, *self._origin)
        self._pdfium.FPDFText_GetMatrix(self._page, index, self._matrix)
        scale = math.hypot(self._matrix.c, self._matrix.d)
        em = max(self._pdfium.FPDFText_GetFontSize(self._page, index) * scale, MIN_EM)
        x, y = self._origin
        left, bottom, right, top = self._page_box
        bases = y.value - bottom, x.value - left, top - y.value, right - x.value
        return bases[self._turns], em

    def _index(self, number: int) -> int:
        """Return the number of a character of the page, of which not all are in its text."""
        if self._has_all:
            return number
        return int(self._pdfium.FPDFText_GetCharIndexFromTextIndex(self._page, number))

    def _extent(self) -> tuple[float, float]:
        """Return the ends of the rectangle, from left to right when the page is upright."""
        found = self._rectangle
        left, bottom, right, top = self._page_box
        if self._turns == 0:
            return found.left - left, found.right - left
        if self._turns == 1:
            return top - found.top, top - found.bottom
        if self._turns == 2:
            return right - found.right, right - found.left
        return found.bottom - bottom, found.top - bottom

    def font(self, number: int) -> tuple[bool, bool]:
        """Return whether a character is bold, and whether its font has a fixed pitch."""
        index, name, flags = self._index(number), self._name, self._flags
        size = self._pdfium.FPDFText_GetFontInfo(self._page, index, name, len(name), flags)
        if not 0 < size <= len(name):  # then nothing was written: a blank of PDFium's own has none
            name.value, flags.value = b"", 0
        is_bold, is_mono = _style_of(name.value)
        weight = self._pdfium.FPDFText_GetFontWeight(self._page, index)
        return weight >= BOLD_WEIGHT or is_bold, bool(flags.value & _FIXED_PITCH) or is_mono

    def is_artifact(self, number: int) -> bool:
        """Return whether a character is marked as no part of the text."""
        shape = self._pdfium.FPDFText_GetTextObject(self._page, self._index(number))
        for place in range(self._pdfium.FPDFPageObj_CountMarks(shape) if shape else 0):
            mark = self._pdfium.FPDFPageObj_GetMark(shape, place)
            name = (ctypes.c_ushort * 16)()
            used = ctypes.c_ulong()
            self._pdfium.FPDFPageObjMark_GetName(mark, name, ctypes.sizeof(name), used)
            if bytes(name)[: used.value].decode("utf-16-le", "replace").rstrip("\0") == "Artifact":
                return True
        return False


@lru_cache(maxsize=1_000)
def _style_of(font: bytes) -> tuple[bool, bool]:
    """Return whether a font is bold, and whether it has a fixed pitch, by its name."""
    name = font.decode("utf-8", "replace")
    return _BOLD.search(name) is not None, _MONO.search(name) is not None
