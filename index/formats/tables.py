"""Tables in plain text: columns that are aligned by spaces, or separated by tabs or bars."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from index.formats.parts import Lines, Parts, Run
from index.paragraphs import stripped
from index.structure import Block
from index.types import Span

MIN_ROWS = 3
MAX_ROW_CHARS = 1_000
"""Longer lines are prose."""
MIN_WIDE_SPACE = 3
"""Narrower spaces separate the cells of aligned columns only."""
MAX_CROSSING = 0.02
"""Share of the rows that may have a long cell across the space between two columns."""
MAX_CROWDED = 0.2
"""Share of the rows that may have two spaces inside a cell; more are justified prose."""
MIN_ALIGNED = 0.6
"""Share of a column's cells that start, or end, at the same character."""
MIN_SAME_TABS = 0.9
"""Share of the rows with the same number of tabs, where one tab separates two cells."""
MAX_HEADER_ROWS = 2
MIN_WITH_DIGITS = 0.7
"""Share of the cells below a column name that have digits where the name has none."""
_CELL = re.compile(r"\S+(?:[ \xa0]\S+)*")
_WIDE_SPACE = re.compile(r"\S(?:[ \xa0]{2}|[ \xa0]?\t)|[|│]")
_RULE = re.compile(r"[\s|+:=\-_─━═┼│]*[-=_─━═]{3}[\s|+:=\-_─━═┼│]*")
_BAR = re.compile(r"[|│]")
_TAB = re.compile(r"\t")
_DIGIT = re.compile(r"\d")


@dataclass(frozen=True, slots=True)
class _Line:
    span: Span
    cells: list[Span]
    """Empty for a rule of dashes."""
    has_bars: bool = False


def table_runs(text: str, lines: Lines) -> Iterator[Run]:
    """Yield the tables in a group of lines."""
    if len(lines) < MIN_ROWS or not _WIDE_SPACE.search(text, lines[0].start, lines[-1].end):
        return
    rows = [_line(text, line) for line in lines]
    number = 0
    while number < len(lines):
        stop = _end_of_rows(rows, number)
        table = _table(text, rows[number:stop])
        if table is not None:
            yield Run(number, stop, table)
        number = max(stop, number + 1)


def _end_of_rows(rows: Sequence[_Line], first: int) -> int:
    """Return the number of the line after the rows of one kind that begin at `first`."""
    has_bars = None
    for number in range(first, len(rows)):
        row = rows[number]
        if row.cells and (len(row.cells) == 1 or has_bars not in (None, row.has_bars)):
            return number
        if row.cells:
            has_bars = row.has_bars
    return len(rows)


def _line(text: str, line: Span) -> _Line:
    if len(line) > MAX_ROW_CHARS:
        return _Line(line, [line])
    content = text[line.start : line.end]
    if _RULE.fullmatch(content):
        return _Line(line, [])
    if content.lstrip().startswith(("|", "│")) or " | " in content or " │ " in content:
        return _Line(line, _separated(text, line, _BAR, strip="|│"), has_bars=True)
    found = _CELL.finditer(text, line.start, line.end)
    return _Line(line, [Span(*match.span()) for match in found])


def _separated(text: str, line: Span, separator: re.Pattern[str], strip: str = "") -> list[Span]:
    """Return the cells between separators, without those that begin or end the line."""
    inner = stripped(text, line.start, line.end) or line
    start, end = inner.start, inner.end
    if strip and text[start] in strip:
        start += 1
    if strip and end > start and text[end - 1] in strip:
        end -= 1
    cells: list[Span] = []
    for match in separator.finditer(text, start, end):
        cells.append(stripped(text, start, match.start()) or Span(start, start))
        start = match.end()
    return [*cells, stripped(text, start, end) or Span(start, start)]


def _table(text: str, lines: Sequence[_Line]) -> Parts | None:
    """Return the rows of a table; None if the lines are not a table."""
    rows = [line for line in lines if line.cells]
    has_rule = len(rows) < len(lines)
    if len(rows) < MIN_ROWS and not (has_rule and len(rows) == 2 and rows[0].has_bars):
        return None
    cells = _in_columns(text, rows)
    if cells is None:
        return None
    header = _header(text, lines, cells)
    parts = Parts()
    header_block = None
    row = 0
    for line in lines:
        whole = stripped(text, line.span.start, line.span.end) or line.span
        if not line.cells:
            parts.blocks.append(Block(whole, "furniture"))
            continue
        parts.add_row(whole, cells[row], header_block)
        if row == header:
            header_block = len(parts.blocks) - 1
        row += 1
    return parts


def _in_columns(text: str, rows: Sequence[_Line]) -> list[list[Span]] | None:
    """Return the cells of each row, with empty ones added; None if the rows are not a table."""
    (count, often), *_ = Counter(len(row.cells) for row in rows).most_common(1)
    alike = often / len(rows)
    if rows[0].has_bars:
        return [row.cells for row in rows] if alike >= MIN_ALIGNED else None
    if all("\t" in text[row.span.start : row.span.end].strip() for row in rows):
        cells = [_separated(text, row.span, _TAB) for row in rows]
        (_, often), *_ = Counter(map(len, cells)).most_common(1)
        if often / len(rows) >= MIN_SAME_TABS:
            return cells
    aligned = _aligned(text, rows)
    if aligned is None and alike == 1 and count > 2 and not any(_is_close(row) for row in rows):
        return [row.cells for row in rows]
    return aligned


def _is_close(row: _Line) -> bool:
    """Return whether a space between two cells is as narrow as between sentences."""
    return any(
        following.start - cell.end < MIN_WIDE_SPACE for cell, following in pairwise(row.cells)
    )


def _aligned(text: str, rows: Sequence[_Line]) -> list[list[Span]] | None:
    """Return the cells by columns; None if the columns are not aligned."""
    places = [_places(text, row) for row in rows]
    columns = _column_starts(places)
    if len(columns) < 2:
        return None
    table: list[list[Span]] = []
    starts: list[Counter[int]] = [Counter() for _ in columns]
    ends: list[Counter[int]] = [Counter() for _ in columns]
    crowded = 0
    for row, own in zip(rows, places, strict=True):
        cells: dict[int, Span] = {}
        for cell, place in zip(row.cells, own, strict=True):
            column = max(0, bisect_right(columns, place.start) - 1)
            crowded += column in cells
            cells[column] = Span(cells.get(column, cell).start, cell.end)
            starts[column][place.start] += 1
            ends[column][place.end] += 1
        table.append(_filled(cells, len(columns)))
    aligned = [
        max(start.most_common(1)[0][1], end.most_common(1)[0][1]) >= MIN_ALIGNED * start.total()
        for start, end in zip(starts[1:], ends[1:], strict=True)
    ]
    is_table = crowded <= MAX_CROWDED * len(rows) and 2 * sum(aligned) >= len(aligned)
    return table if is_table else None


def _places(text: str, row: _Line) -> list[Span]:
    """Return where the cells are on the screen, in characters from the start of the line."""
    line = row.span
    if "\t" not in text[line.start : line.end]:
        return [Span(cell.start - line.start, cell.end - line.start) for cell in row.cells]
    places = []
    for cell in row.cells:
        start = len(text[line.start : cell.start].expandtabs())
        places.append(Span(start, start + len(cell)))
    return places


def _column_starts(places: Sequence[Sequence[Span]]) -> list[int]:
    """Return where columns start: after what is blank in all rows, or in nearly all of many."""
    width = max(row[-1].end for row in places)
    changes = [0] * (width + 1)
    for row in places:
        for cell in row:
            changes[cell.start] += 1
            changes[cell.end] -= 1
    most = MAX_CROSSING * len(places)
    filled = [count > most for count in accumulate(changes)]
    return [n for n, here in enumerate(filled) if here and not (n and filled[n - 1])]


def _filled(cells: dict[int, Span], count: int) -> list[Span]:
    """Return the cells of a row, with an empty span for each missing one."""
    filled: list[Span] = []
    position = min(cell.start for cell in cells.values())
    for column in range(count):
        filled.append(cells.get(column, Span(position, position)))
        position = filled[-1].end
    return filled


def _header(text: str, lines: Sequence[_Line], cells: Sequence[Sequence[Span]]) -> int | None:
    """Return the number of the row with the column names; None if there is none.

    It has a rule below it, or no digits where most of the cells below it have some.
    """
    first_row = next(n for n, line in enumerate(lines) if line.cells)
    rule = next((n for n in range(first_row + 1, len(lines)) if not lines[n].cells), len(lines))
    above_rule = rule - first_row
    if above_rule <= MAX_HEADER_ROWS and above_rule < len(cells):
        return above_rule - 1
    if any(_has_digit(text, cell) for cell in cells[0]):
        return None
    for column, name in enumerate(cells[0]):
        below = [row[column] for row in cells[1:] if column < len(row) and row[column]]
        with_digits = sum(_has_digit(text, cell) for cell in below)
        if name and below and with_digits >= MIN_WITH_DIGITS * len(below):
            return 0
    return None


def _has_digit(text: str, cell: Span) -> bool:
    return _DIGIT.search(text, cell.start, cell.end) is not None
