"""The lines of a PDF page, as they are read when the page is upright."""

from __future__ import annotations

import ctypes
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from index.formats.pdf_glyphs import Glyphs, Word
from index.formats.pdf_lines import MAX_SPACE_EM, Line, Segment, lines_of
from index.formats.pdf_marks import is_mark, is_raised, with_mark

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

MAX_RISE_EM = 0.7
"""How much higher or lower a word of a line can be, such as a note mark."""
MAX_STAMP_CHARS = 150
"""How much text a scanned page has at most besides its picture, such as who digitised it."""
MIN_COVERED = 0.75
"""Share of a scanned page that its pictures cover."""
MAX_SHAPES = 1_000
"""How many shapes of a page are looked at for whether they are pictures."""
_SAMPLES = 100
"""Characters of a page that are looked at for how they are turned."""
_HYPHEN = "\ufffe"
"""What PDFium writes for the hyphen and the line break of a divided word."""
_LINE = re.compile(rf"((?:(?!\r\n)[^{_HYPHEN}])*)(\r\n|{_HYPHEN}|\Z)")
_WORD = re.compile(r"\S+")
_END_OF_MARK = re.compile(r"(?<=.)[\d\]*†‡§](?=[.,;:!?”\"’)]*$)")
_LIGATURES = re.compile("[\ufb00-\ufb06]")
_CONTROLS = re.compile(r"[\0-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2060\ufeff\ufff9-\uffff]")
_PRIVATE_BULLETS = re.compile(r"[\uf0a7\uf0b7\uf0d8\uf0a8\uf0fc\uf076\uf02d]")


@dataclass(slots=True)
class PrintedPage:
    """A page: its lines in the order in which they are read."""

    lines: list[Line]
    width: float
    height: float
    is_scan: bool = False
    """Whether it shows something, but no text, or is a picture with little text."""
    is_cut: bool = False
    """Whether it has more characters than are read of a page."""


BLANK_PAGE = PrintedPage([], 1, 1)


def read_page(page: PdfPage, printed: int | None = None) -> PrintedPage:
    """Return the lines of a page. It is turned so that most of its letters are upright.

    printed: where the values of form fields begin among the page's characters, if it has any.
    """
    left, bottom, right, top = page.get_bbox()
    text = page.get_textpage()
    try:
        turns = _turns(text.raw, text.count_chars())
        rotation = -90 * turns % 360
        if rotation != page.get_rotation():
            text.close()
            page.set_rotation(rotation)
            text = page.get_textpage()
        glyphs = Glyphs(text.raw, text.count_chars(), turns, (left, bottom, right, top))
        if printed is not None:
            glyphs.printed = printed
        lines = list(lines_of(_segments(glyphs)))
    finally:
        text.close()
    width, height = right - left, top - bottom
    if turns % 2:
        width, height = height, width
    return PrintedPage(lines, width, height, _is_scan(page, lines), glyphs.is_cut)


def _is_scan(page: PdfPage, lines: list[Line]) -> bool:
    """Return whether a page shows something that is not in its text, see `PrintedPage`."""
    import pypdfium2.raw as pdfium

    shapes = int(pdfium.FPDFPage_CountObjects(page.raw))
    if not lines:
        return shapes > 0
    if sum(len(line.text) for line in lines) > MAX_STAMP_CHARS:
        return False
    left, bottom, right, top = page.get_bbox()
    covered = 0.0
    for number in range(min(shapes, MAX_SHAPES)):
        shape = pdfium.FPDFPage_GetObject(page.raw, number)
        if pdfium.FPDFPageObj_GetType(shape) != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        ends = [ctypes.c_float() for _ in range(4)]
        pdfium.FPDFPageObj_GetBounds(shape, *ends)
        x0, y0, x1, y1 = (end.value for end in ends)
        width, height = min(x1, right) - max(x0, left), min(y1, top) - max(y0, bottom)
        covered += max(0, width) * max(0, height)
    return covered > MIN_COVERED * float((right - left) * (top - bottom))


def _turns(text_page: object, characters: int) -> int:
    """Return by how many quarters most of the characters are turned, clockwise."""
    import pypdfium2.raw as pdfium

    votes: Counter[int] = Counter()
    for number in range(0, characters, max(1, characters // _SAMPLES)):
        angle = pdfium.FPDFText_GetCharAngle(text_page, number)
        if angle >= 0:
            votes[round(angle / (math.pi / 2)) % 4] += 1
    return votes.most_common(1)[0][0] if votes else 0


def _segments(glyphs: Glyphs) -> Iterator[Segment]:
    """Yield what is between line breaks and wide gaps, in PDFium's order."""
    for match in _LINE.finditer(glyphs.units):
        words = _words(glyphs, *match.span(1))
        first = 0
        for number in range(1, len(words) + 1):
            is_last = number == len(words)
            if not is_last and not _is_gap(words[number - 1], words[number], glyphs.printed):
                continue
            segment = _segment(glyphs, words[first:number])
            first = number
            if is_last and match[2] == _HYPHEN:
                segment.text += "-"
            if segment.text:
                yield segment


def _is_gap(left: Word, right: Word, printed: int) -> bool:
    em = max(left.em, right.em)
    is_level = abs(left.base - right.base) <= MAX_RISE_EM * em
    is_filled_in = left.start < printed <= right.start
    return right.x0 - left.x1 > MAX_SPACE_EM * em or not is_level or is_filled_in


def _segment(glyphs: Glyphs, words: list[Word]) -> Segment:
    start, end = words[0].start, words[-1].end
    sizes: Counter[float] = Counter()
    for word in words:
        sizes[word.em] += len(word.text)
    em = sizes.most_common(1)[0][0]
    fonts = [glyphs.font(start)]
    if any(fonts[0]):
        fonts.append(glyphs.font(words[len(words) // 2].start))
        fonts.append(glyphs.font(end - 1))
    return Segment(
        _readable(" ".join(word.text for word in words)),
        min(word.x0 for word in words),
        max(word.x1 for word in words),
        next(word.base for word in words if word.em == em),
        em,
        is_bold=all(bold for bold, _ in fonts),
        is_mono=all(mono for _, mono in fonts),
        is_artifact=glyphs.is_artifact(start),
        is_filled_in=start >= glyphs.printed,
    )


def _words(glyphs: Glyphs, start: int, end: int) -> list[Word]:
    """Return the words of a line, without note marks."""
    found = _WORD.finditer(glyphs.units, start, end)
    words = [_without_mark(glyphs, *word.span()) for word in found]
    marks = [
        place
        for place, (word, following) in enumerate(pairwise(words))
        if word.text[0] == "[" and is_mark(word.text) and is_raised(word, following)
    ]
    for place in reversed(marks):
        del words[place]
    return words


def _without_mark(glyphs: Glyphs, start: int, end: int) -> Word:
    """Return a word without the note mark at its end, or with its exponent."""
    word = glyphs.word(start, end)
    match = _END_OF_MARK.search(word.text)
    if match is None or not is_raised(
        glyphs.word(start + match.start(), start + match.end()), word
    ):
        return word
    first = match.start()
    while first > 1 and is_raised(glyphs.word(start + first - 1, start + first), word):
        first -= 1
    mark = word.text[first : match.end()]
    if is_mark(mark):
        word.text = with_mark(word.text[:first], mark) + word.text[match.end() :]
    return word


def _readable(units: str) -> str:
    """Return UTF-16 code units as text without ligatures and invisible characters."""
    text = units.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    text = _LIGATURES.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
    return _CONTROLS.sub("", _PRIVATE_BULLETS.sub("•", text)).strip()
