"""Tables of PDF pages: lines whose cells are below each other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.formats.pdf_lines import Line, Segment

MAX_SHIFT_EM = 0.7
"""How far the left, right or middle of two cells of a column can be from each other."""
MAX_ROW_GAP_EM = 3.0
MAX_CELLS = 200
"""A line of more is no row of a table."""
MAX_NAME_CHARS = 40
MIN_RECORDS = 3
MAX_WRAPPED_GAP_EM = 1.75
MAX_CELL_HEIGHT_EM = 14.0
MAX_LED_TO_CHARS = 15
"""How long is what dots lead to: a page or an amount."""
_LEADERS = re.compile(r"\s*(?:(?:[.·_]\s){4,}|[.·_]{6,}|…{3,})[.·_\s]*")


@dataclass(slots=True)
class Table:
    """Rows of cells; all have the same number, some of them empty."""

    rows: list[list[str]]
    has_header: bool
    stop: int
    """Number of the line after its last one."""
    longest: list[Segment] = field(default_factory=list)
    """The printed cells of the row with the most of them."""
    is_continued: bool = False
    """Whether it goes on with the table of the page before, whose column names are its own."""

    def continues(self, earlier: Table) -> bool:
        """Return whether it has no column names, but the columns of a table that has."""
        return (
            (earlier.has_header or earlier.is_continued)
            and not self.has_header
            and len(self.longest) == len(earlier.longest)
            and all(map(_share_a_column, earlier.longest, self.longest))
        )

    @property
    def is_records(self) -> bool:
        """Whether it has names on the left, each with its value on the right."""
        return (
            not self.has_header
            and not self.is_continued
            and len(self.rows) >= MIN_RECORDS
            and all(
                len(row) == 2
                and 0 < len(row[0]) <= MAX_NAME_CHARS
                and not row[0][0].isdigit()
                and row[1]
                for row in self.rows
            )
        )


def has_leaders(line: Line) -> bool:
    """Return whether dots lead from the words of a line to something at its end."""
    cells = cells_of(line)
    return (
        len(cells) > 1
        and len(cells[-1]) <= MAX_LED_TO_CHARS
        and _LEADERS.search(line.text) is not None
    )


def cells_of(line: Line) -> list[str]:
    """Return what gaps and dot leaders part."""
    parts = [part for segment in line.segments for part in _LEADERS.split(segment.text)]
    return [part.strip() for part in parts if part.strip()]


def table_at(lines: Sequence[Line], first: int) -> Table | None:
    """Return the table that begins at a line, if there is one."""
    rows: list[list[Segment]] = []
    is_wrapped = False
    number = first
    while number < len(lines):
        line = lines[number]
        if rows:
            gap = (lines[number - 1].base - line.base) / line.em
            if not (-MAX_CELL_HEIGHT_EM if is_wrapped else 0) < gap < MAX_ROW_GAP_EM:
                break
        if 1 < len(line.segments) <= MAX_CELLS and (not rows or _is_aligned(rows, line)):
            rows.append(list(line.segments))
            is_wrapped = line.is_row
        elif rows and len(line.segments) == 1 and _continues(rows[-1], line, is_wrapped):
            _extend(rows[-1], line.segments[0])
        else:
            break
        number += 1
    if len(rows) < 2 and not is_wrapped:
        return None
    return Table(_cells(rows), _has_header(rows), number, max(rows, key=len))


def _is_aligned(rows: list[list[Segment]], line: Line) -> bool:
    """Return whether a cell of a line, not the first one, is below one of the rows above."""
    return any(
        _share_a_column(above, below) for above in rows[-1][1:] for below in line.segments[1:]
    )


def _share_a_column(above: Segment, below: Segment) -> bool:
    most = MAX_SHIFT_EM * max(above.em, below.em)
    shifts = (
        above.x0 - below.x0,
        above.x1 - below.x1,
        (above.x0 + above.x1 - below.x0 - below.x1) / 2,
    )
    return min(map(abs, shifts)) <= most


def _continues(row: list[Segment], line: Line, is_wrapped: bool) -> bool:
    """Return whether a line goes on in a cell of the row above it.

    is_wrapped: whether the row is known to have cells of several lines, the first one too.
    """
    most = MAX_CELL_HEIGHT_EM if is_wrapped else MAX_WRAPPED_GAP_EM
    cells = row if is_wrapped else row[1:]
    return any(
        abs(cell.x0 - line.x0) <= MAX_SHIFT_EM * line.em
        and 0 < cell.base - line.base <= most * line.em
        for cell in cells
    )


def _extend(row: list[Segment], words: Segment) -> None:
    number = min(range(len(row)), key=lambda place: abs(row[place].x0 - words.x0))
    cell = row[number]
    text = f"{cell.text} {words.text}"
    row[number] = replace(cell, text=text, x1=max(cell.x1, words.x1), base=words.base)


def _cells(rows: list[list[Segment]]) -> list[list[str]]:
    """Return the cells of each row, put into the columns of the rows with the most cells."""
    most = max(len(row) for row in rows)
    full = [row for row in rows if len(row) == most]
    starts = [min(row[column].x0 for row in full) for column in range(most)]
    ends = [max(row[column].x1 for row in full) for column in range(most)]
    table = []
    for row in rows:
        cells = [""] * most
        for segment in row:
            distances = [
                min(abs(segment.x0 - start), abs(segment.x1 - end))
                for start, end in zip(starts, ends, strict=True)
            ]
            column = distances.index(min(distances))
            words = _LEADERS.sub(" ", f"{segment.text} ").strip()
            cells[column] = f"{cells[column]} {words}".strip()
        table.append(cells)
    return table


def _has_header(rows: list[list[Segment]]) -> bool:
    """Return whether the first row has the names of the columns."""
    first, others = rows[0], rows[1:]
    if len(rows) < 3 or any(re.search(r"\d{3}|^\W*\d", cell.text) for cell in first[1:]):
        return False
    is_bold = all(cell.is_bold for cell in first) and not all(c.is_bold for r in others for c in r)
    cells = [cell.text for row in others for cell in row[1:]]
    numbers = sum(re.search(r"\d", cell) is not None for cell in cells)
    return len(first) > 1 and (is_bold or (numbers > 0.6 * len(cells) and len(first) > 2))
