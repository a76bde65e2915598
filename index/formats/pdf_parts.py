"""Paragraphs, list items, code and tables of a PDF file, made of its lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.formats.pdf_lines import Line
from index.formats.pdf_order import is_item
from index.formats.pdf_tables import Table, cells_of, has_leaders, table_at
from index.structure import Kind

SAME_SIZE = 0.12
MIN_INDENT_EM = 0.7
MAX_INDENT_EM = 6.0
USUAL_GAP_EM, MAX_USUAL_GAP_EM = 1.2, 3.0
WIDE_GAP = 1.35
"""Of the usual distance of lines: a wider one parts paragraphs."""
MAX_CODE_GAP = 2.5
MAX_CODE = 0.5
"""Share of a file's letters: where more have a fixed pitch, that does not tell code."""
NEIGHBORS = 3
"""How many lines above and below a line say where its right margin is."""
MIN_ROOM = 0.15
"""Share of a line's width that is free at the end of a line that is not filled."""
MAX_NOTES = 8
"""How many notes at the foot of a page are passed over by a paragraph that goes on."""
NOTE_SIZE = 0.94
"""Of the size of the text: notes are smaller."""
_SENTENCE_END = re.compile(r"[.!?:;…][\"'”’»)\]]*(?:\[?\d{1,3}\]?|[*†‡])?$")
_TRAILING_HYPHEN = re.compile(r"\w[-‐]$")


@dataclass(slots=True)
class Part:
    """Lines that belong together."""

    kind: Kind
    lines: list[Line]
    pages: list[int]
    """The page of each line, from 0."""
    table: Table | None = None

    @property
    def text(self) -> str:
        """Its words, with a line break where a line ends."""
        return "\n".join(line.text for line in self.lines)

    @property
    def em(self) -> float:
        """The size of most of its letters."""
        return size_of(self.lines)


def size_of(lines: Sequence[Line]) -> float:
    """Return the size of most of the letters of lines, in points."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.em * 2) / 2] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def parts_of(pages: Sequence[Sequence[Line]]) -> list[Part]:
    """Return the parts of a file, in order.

    Paragraphs are joined over columns and pages; tables know which go on with the one before.
    """
    lines = [line for page in pages for line in page]
    body = size_of(lines)
    mono = sum(len(line.text) for line in lines if line.is_mono)
    has_code = mono < MAX_CODE * sum(len(line.text) for line in lines)
    parts: list[Part] = []
    for number, page in enumerate(pages):
        own = list(_Page(page, number, has_code).parts())
        if own and _join(parts, own[0], body):
            own.pop(0)
        if own and parts and own[0].table and parts[-1].table:
            own[0].table.is_continued = own[0].table.continues(parts[-1].table)
        for part in own:
            if not _join_column(parts, part):
                parts.append(part)
    return parts


def ends_sentence(text: str) -> bool:
    """Return whether a text ends with a sentence, or with what comes before a list."""
    return _SENTENCE_END.search(text[-12:]) is not None


def _usual_gap(lines: Sequence[Line]) -> float:
    """Return how far the lines of a paragraph are from each other, in em."""
    size = size_of(lines)
    gaps = sorted(
        (above.base - below.base) / size
        for above, below in pairwise(lines)
        if above.is_above(below) and max(abs(above.em - size), abs(below.em - size)) <= 0.5
    )
    near = [gap for gap in gaps if gap < MAX_USUAL_GAP_EM]
    return near[len(near) // 4] if near else USUAL_GAP_EM


class _Page:
    """Makes the parts of one page."""

    def __init__(self, lines: Sequence[Line], number: int, has_code: bool) -> None:
        self._lines = lines
        self._number = number
        self._has_code = has_code
        self._usual = _usual_gap(lines)

    def parts(self) -> Iterator[Part]:
        """Yield the parts in order."""
        part: Part | None = None
        number = 0
        while number < len(self._lines):
            line = self._lines[number]
            table = table_at(self._lines, number) if len(line.segments) > 1 else None
            if table is None and has_leaders(line):
                table = Table([cells_of(line)], False, number + 1)
            if table is not None:
                if part is not None:
                    yield part
                    part = None
                lines = list(self._lines[number : table.stop])
                yield Part("row", lines, [self._number] * len(lines), table)
                number = table.stop
                continue
            if part is not None and not self._begins(part, number):
                part.lines.append(line)
                part.pages.append(self._number)
            else:
                if part is not None:
                    yield part
                part = Part(self._kind(line), [line], [self._number])
            number += 1
        if part is not None:
            yield part

    def _kind(self, line: Line) -> Kind:
        if self._has_code and line.is_mono:
            return "code"
        return "item" if is_item(line) else "paragraph"

    def _begins(self, part: Part, number: int) -> bool:
        """Return whether a line begins a part, rather than going on with the one before it."""
        above, line = part.lines[-1], self._lines[number]
        goes_on = not ends_sentence(above.text) and line.text[0].islower()
        kind = self._kind(line)
        if kind == "code" and part.kind != "code" and not ends_sentence(above.text):
            kind = "paragraph"  # it is a line of one that happens to be all code
        if kind in ("code", "item") or part.kind == "code":
            return not (kind == part.kind == "code" and self._is_near(above, line, MAX_CODE_GAP))
        if not above.is_above(line):
            return True
        change = abs(above.em - line.em) / max(above.em, line.em)
        if change > SAME_SIZE or above.is_bold != line.is_bold:
            is_within = goes_on and change < 2 * SAME_SIZE and not self._has_room(number - 1, line)
            return not (is_within and self._is_near(above, line, WIDE_GAP))
        if not self._is_near(above, line, WIDE_GAP):
            return not (goes_on and self._is_near(above, line, 2 * WIDE_GAP))
        return not goes_on and (self._is_indented(part, number) or self._has_room(number - 1, line))

    def _is_near(self, above: Line, line: Line, times: float) -> bool:
        return 0 < above.base - line.base <= times * self._usual * max(above.em, line.em)

    def _is_indented(self, part: Part, number: int) -> bool:
        """Return whether the left end of a line says that it is the first one of a paragraph."""
        above, line = part.lines[-1], self._lines[number]
        below = self._lines[number + 1] if number + 1 < len(self._lines) else None
        least, most = MIN_INDENT_EM * line.em, MAX_INDENT_EM * line.em
        if least < line.x0 - above.x0 < most:  # it is indented
            returns = below is None or not line.is_above(below) or below.x0 < line.x0 - least
            return returns and ends_sentence(above.text)
        if least < above.x0 - line.x0 < most:  # the lines before it are
            first = part.lines[0]
            return (len(part.lines) > 1 and first.x0 < above.x0 - least) or part.kind == "item"
        return False

    def _has_room(self, number: int, line: Line) -> bool:
        """Return whether the first word of a line would have had room at the end of the last."""
        above = self._lines[number]
        near = self._lines[max(0, number - NEIGHBORS) : number + NEIGHBORS + 1]
        right = max(each.x1 for each in near if each.overlaps(above))
        words = line.text.split(maxsplit=1)
        word = (line.x1 - line.x0) * len(words[0]) / len(line.text)
        room = right - above.x1
        if ends_sentence(above.text):
            return room > word + 0.5 * line.em
        return room > max(word + 0.5 * line.em, MIN_ROOM * (right - above.x0))


def _join(parts: list[Part], part: Part, body: float) -> bool:
    """Join the first part of a page to the paragraph that it goes on with; return whether it did.

    That is the last one of the page before, apart from notes.
    """
    if part.kind != "paragraph":
        return False
    for passed, earlier in enumerate(reversed(parts)):
        if _goes_on(earlier, part):
            earlier.lines += part.lines
            earlier.pages += part.pages
            return True
        is_note = earlier.lines[-1].em < NOTE_SIZE * body <= part.lines[0].em
        if not is_note or passed == MAX_NOTES or earlier.pages[-1] < part.pages[0] - 1:
            return False
    return False


def _join_column(parts: list[Part], part: Part) -> bool:
    """Join the first part of a column to the last one of the column before it."""
    if not parts or part.kind != "paragraph" or parts[-1].pages[-1] != part.pages[0]:
        return False
    last = parts[-1].lines[-1]
    if last.is_above(part.lines[0]) or not _goes_on(parts[-1], part):
        return False
    parts[-1].lines += part.lines
    parts[-1].pages += part.pages
    return True


def _goes_on(earlier: Part, part: Part) -> bool:
    """Return whether a paragraph goes on in a part of another column or page."""
    last, first = earlier.lines[-1], part.lines[0]
    if earlier.kind not in ("paragraph", "item") or last.is_bold != first.is_bold:
        return False
    if abs(last.em - first.em) > SAME_SIZE * max(last.em, first.em) or ends_sentence(last.text):
        return False
    if not first.text[0].islower() and _is_indented(part.lines):
        return False
    right = max(line.x1 for line in earlier.lines[-NEIGHBORS:])
    is_full = len(earlier.lines) > 1 and right - last.x1 < MIN_ROOM * (right - last.x0)
    begins_small = first.text[0].islower() or first.text[0].isdigit()
    return begins_small or is_full or _TRAILING_HYPHEN.search(last.text) is not None


def _is_indented(lines: Sequence[Line]) -> bool:
    """Return whether the first one of lines is indented."""
    return len(lines) > 1 and lines[0].x0 - lines[1].x0 > MIN_INDENT_EM * lines[0].em
