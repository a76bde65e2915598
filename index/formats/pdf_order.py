"""The order in which the lines of a PDF page are read, where the file has another one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.formats.pdf_lines import Line, Segment

MAX_LATE = 60
"""How many lines of a page are looked at for whether they belong in another place."""
MAX_CELL_LINES = 10
MAX_ROW_EM = 8.0
"""How many lines a cell has at most, and how far below another one a row begins."""
MAX_VALUES = 1_000
MAX_FIELD_HEIGHT_EM = 2.5
"""How far below its name the value of a form field is."""
MIN_COLUMN_ROWS = 5
MIN_COLUMN_CHARS = 20
"""Columns are at least as wide: narrower ones are those of a table."""
MARKER = re.compile(r"[•▪●◦■□‣▸►✓–—*·-]|\(?\d{1,3}[.)]?|\(?[a-zA-Z][.)]")
"""What a list item begins with."""
_ITEM = re.compile(rf"(?:{MARKER.pattern})\s+\S")
_SECTION_NUMBER = re.compile(r"[A-Z\d]{1,2}(?:\.\d{1,2}){1,4}\.?")


def is_item(line: Line) -> bool:
    """Return whether a line begins like a list item."""
    return _ITEM.match(line.text) is not None


def in_order(lines: Sequence[Line]) -> list[Line]:
    """Return the lines of a page in reading order.

    PDFium's order is that of the file, which is nearly always right. Put right are columns that
    the file writes line by line, headings that it writes last, marks before list items, and the
    values of form fields, which come beside or below their names.
    """
    printed = [line for line in lines if not line.segments[0].is_filled_in]
    filled_in = [line for line in lines if line.segments[0].is_filled_in]
    printed = [_with_its_marker(line) for line in printed]
    return _with_late_lines_in_place(_unwoven(_with_values(printed, filled_in)))


def _with_its_marker(line: Line) -> Line:
    """Return a line without a gap between the mark and the words of a list item."""
    first = line.segments[0].text
    is_numbered = line.is_bold and _SECTION_NUMBER.fullmatch(first) is not None
    if len(line.segments) < 2 or not (MARKER.fullmatch(first) or is_numbered):
        return line
    mark, words, *others = line.segments
    return Line([mark.joined(words), *others])


class _Run:
    """Lines below each other with a gap at one place, or on one side of it."""

    def __init__(self, line: Line) -> None:
        self.lines = [line]
        self.sides: list[list[Segment]] = [[segment] for segment in line.segments]
        self.gap = _gap(line)

    def take(self, line: Line) -> bool:
        """Add a line, if it belongs to the run; return whether it does."""
        if line.base >= self.lines[-1].base:
            return False
        start, end = self.gap
        if len(line.segments) == 2:
            own = _gap(line)
            start, end = max(start, own[0]), min(end, own[1])
            if start >= end:
                return False
            for side, segment in zip(self.sides, line.segments, strict=True):
                side.append(segment)
        elif len(line.segments) == 1 and line.x1 < end:
            self.sides[0] += line.segments
            start = max(start, line.x1)
        elif len(line.segments) == 1 and line.x0 > start:
            self.sides[1] += line.segments
            end = min(end, line.x0)
        else:
            return False
        self.gap = start, end
        self.lines.append(line)
        return True

    def in_order(self) -> list[Line]:
        """Return the lines, as two columns if they are columns of prose."""
        is_prose = all(
            len(side) >= MIN_COLUMN_ROWS
            and sum(len(segment.text) for segment in side) / len(side) >= MIN_COLUMN_CHARS
            for side in self.sides
        )
        return [Line([part]) for side in self.sides for part in side] if is_prose else self.lines


def _gap(line: Line) -> tuple[float, float]:
    return line.segments[0].x1, line.segments[1].x0


def _unwoven(lines: list[Line]) -> list[Line]:
    """Return lines, those that run over two columns parted: the left column comes first."""
    result: list[Line] = []
    run: _Run | None = None
    for line in lines:
        if run is not None and run.take(line):
            continue
        if run is not None:
            result += run.in_order()
        run = _Run(line) if len(line.segments) == 2 else None
        if run is None:
            result.append(line)
    return result + (run.in_order() if run is not None else [])


def _with_late_lines_in_place(lines: list[Line]) -> list[Line]:
    """Return lines, those that come after the lines below them moved above them."""
    result: list[Line] = []
    late = 0
    for number, line in enumerate(lines):
        if not result or late == MAX_LATE or line.base < result[-1].base + 0.5 * line.em:
            result.append(line)
        elif (row := _row_of(result, line)) is not None and _is_table(lines, number, result, row):
            result[row] = Line([*result[row].segments, *line.segments], is_row=True)
        elif line.base < result[-1].base + line.em:
            result.append(line)
        else:
            late += 1
            _put_in_place(result, line)
    return result


def _put_in_place(lines: list[Line], late: Line) -> None:
    """Add a line that comes after those below it."""
    if (other := _left_of(lines, late)) is not None:
        *before, left = lines[other].segments
        right, *after = late.segments
        lines[other] = Line([*before, left.joined(right), *after])
    elif (place := _place(lines, late)) is not None:
        lines.insert(place, late)
    else:
        lines.append(late)


def _row_of(lines: list[Line], cell: Line) -> int | None:
    """Return which of the last lines is at the height of a cell, to its left."""
    for number in range(len(lines) - 1, max(len(lines) - MAX_CELL_LINES, 0) - 1, -1):
        line = lines[number]
        if abs(line.base - cell.base) < 0.2 * cell.em and line.x1 < cell.x0:
            return number
    return None


def _is_table(lines: list[Line], number: int, before: list[Line], row: int) -> bool:
    """Return whether the row of a cell has another one above or below it, and so is no column.

    number: of the cell among all lines. before: the lines before it. row: the first of its row.
    """
    if abs(before[row].em - lines[number].em) > 0.1 * before[row].em:
        return False  # it is a label in the margin
    starts = [segment.x0 for segment in before[row].segments]
    for line in before[row + 1 :]:
        is_in_a_cell = any(abs(start - line.x0) < 0.7 * line.em for start in starts)
        if not is_in_a_cell or is_item(line):
            return False
    left, lowest = before[row].x0, min(line.base for line in before[row:])
    if before[row].is_row or any(
        line.is_row for line in before[max(0, row - MAX_CELL_LINES) : row]
    ):
        return True
    following = lines[number + 1 : number + MAX_CELL_LINES]
    return any(
        abs(line.x0 - left) < line.em and 0 < lowest - line.base < MAX_ROW_EM * line.em
        for line in following
    )


def _left_of(lines: list[Line], late: Line) -> int | None:
    """Return the number of the line that a late one goes on with, a blank away."""
    for number, line in enumerate(lines):
        if abs(line.base - late.base) < 0.2 * late.em and 0 < late.x0 - line.x1 < 0.7 * late.em:
            return number
    return None


def _place(lines: list[Line], late: Line) -> int | None:
    """Return before which line of its column a line has its place; None if it has none.

    It has one between two lines that follow each other, or above a first line of a page.
    """
    for number in range(len(lines) - 1, 0, -1):
        above, below = lines[number - 1], lines[number]
        if above.is_above(late) and late.is_above(below) and above.is_above(below):
            is_free = above.base - 0.6 * late.em > late.base > below.base + 0.6 * below.em
            return number if is_free else None
    return None


def _with_values(printed: list[Line], filled_in: Sequence[Line]) -> list[Line]:
    """Return printed lines with the values of form fields beside or below the nearest ones."""
    lines = list(printed)
    for value in filled_in[:MAX_VALUES]:
        beside = [
            number
            for number, line in enumerate(lines)
            if abs(line.base - value.base) <= 0.6 * value.em and line.segments[0].x0 <= value.x0
        ]
        above = [
            number
            for number, line in enumerate(lines)
            if line.is_above(value) and line.base - value.base <= MAX_FIELD_HEIGHT_EM * value.em
        ]
        if beside:
            number = max(beside, key=lambda place: lines[place].x0)
            parts = [*lines[number].segments, *value.segments]
            lines[number] = Line(sorted(parts, key=lambda segment: segment.x0))
        elif above:
            number = min(above, key=lambda place: lines[place].base)
            lines.insert(number + 1, value)
        else:
            lines.append(value)
    return lines
